// The door for models as others see it: the official conformance suite, the MCP Inspector and the official Python client in both
// majors, against the real program. `.ci/mcp` fetches them; needs Node 22.19 and target/release/ringlypro. Half a minute.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";

const here = (path) => new URL(path, import.meta.url).pathname;
const BINARY = process.env.RINGLYPRO ?? here("../../target/release/ringlypro");
const SUITE = here("node_modules/@modelcontextprotocol/conformance/dist/index.js");
const INSPECTOR = here("node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js");
const PYTHON = here("../../target/mcp");
const data = mkdtempSync(join(tmpdir(), "ringly-mcp-"));
const environment = { ...process.env, DATA_DIR: data, LOG_LEVEL: "warn", MCP_CATALOG_PATH: join(data, "catalog.json") };
let server, url;

before(async () => {
  server = spawn(BINARY, ["mcp", "--conformance", "0"], { env: environment, stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: server.stdout })) {
    url = line.trim();
    break;
  }
  assert.match(url ?? "", /^http:\/\/127\.0\.0\.1:\d+\/mcp$/);
});

after(async () => {
  if (server.exitCode === null) {
    server.kill("SIGTERM");
    await once(server, "exit");
  }
  rmSync(data, { recursive: true, force: true });
});

/** Runs a program to its end; what it wrote. Fails with its last words. */
async function run(program, words, more = {}) {
  const child = spawn(program, words, { cwd: data, env: { ...environment, ...more }, stdio: ["ignore", "pipe", "pipe"] });
  let out = "", all = "";
  child.stdout.on("data", (text) => { out += text; all += text; });
  child.stderr.on("data", (text) => { all += text; });
  const [code] = await once(child, "close");
  assert.equal(code, 0, `${words.join(" ")} ended with ${code}:\n${all.slice(-4_000)}`);
  return out;
}

for (const revision of ["2025-11-25", "2026-07-28"]) {
  test(`the conformance suite, all that ${revision} requires`, async () => {
    await run(process.execPath, [SUITE, "server", "--url", url, "--requirements", revision]);
  });
}

for (const era of ["legacy", "modern"]) {
  for (const [way, target] of [["HTTP", () => [url]], ["stdio", () => [BINARY, "mcp"]]]) {
    test(`the Inspector lists and calls over ${way}, in the ${era} era`, async () => {
      const inspect = (...words) => run(process.execPath, [INSPECTOR, "--cli", ...target(), "--protocol-era", era, ...words]);
      const { tools } = JSON.parse(await inspect("--method", "tools/list"));
      assert.ok(tools.some((tool) => tool.name === "book_appointment"));
      const made = JSON.parse(await inspect("--method", "tools/call", "--tool-name", "create_contact", "--tool-arg", "first_name=Ana"));
      assert.equal(made.structuredContent.outcome.first_name, "Ana");
    });
  }
}

for (const major of [1, 2]) {
  for (const [way, target] of [["HTTP", () => [url]], ["stdio", () => [BINARY, "mcp"]]]) {
    test(`the Python client ${major} works over ${way}`, async () => {
      const packages = readdirSync(PYTHON).find((name) => name.startsWith(`python-${major}-`));
      await run("python3", [here(`client_${major}.py`), ...target()], { PYTHONPATH: join(PYTHON, packages) });
    });
  }
}
