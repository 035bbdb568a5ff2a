// The door for models as others see it: the official conformance suite against its fixtures; the MCP Inspector and the official
// Python client in both majors against a real house, over HTTP with a key and on stdio beside it, on the same store. `.ci/mcp`
// fetches them; needs Node 22.19 and target/release/ringlypro. Half a minute.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { BINARY, House, TOKEN } from "../web/house.mjs";

const here = (path) => new URL(path, import.meta.url).pathname;
const SUITE = here("node_modules/@modelcontextprotocol/conformance/dist/index.js");
const INSPECTOR = here("node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js");
const PYTHON = here("../../target/mcp");
const house = new House();
/** The suite's own house: its fixtures stand in front of the real server. */
const examined = new House();
const environment = { ...house.environment, MCP_CATALOG_PATH: join(house.data, "catalog.json") };
let server, url, key;

/** Asks the house over REST, with the owner's token. */
async function rest(path, options = {}) {
  const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
  const response = await fetch(`${house.address}/api${path}`, { headers, ...options });
  return { status: response.status, body: await response.json() };
}

before(async () => {
  await house.start();
  const scopes = ["read_contacts", "write_contacts", "delete_contacts", "reception", "read_records"];
  const made = await rest("/keys", { method: "POST", body: JSON.stringify({ name: "a model", scopes }) });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  key = made.body.token;
  server = spawn(BINARY, ["mcp", "--conformance", "0"], { env: examined.environment, stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: server.stdout })) {
    url = line.trim();
    break;
  }
  assert.match(url ?? "", /^http:\/\/127\.0\.0\.1:\d+\/mcp$/);
});

after(async () => {
  if (server?.exitCode === null) {
    server.kill("SIGTERM");
    await once(server, "exit");
  }
  await examined.stop();
  await house.stop();
});

/** Runs a program to its end; what it wrote. Fails with its last words. */
async function run(program, words, more = {}) {
  const child = spawn(program, words, { cwd: house.data, env: { ...environment, ...more }, stdio: ["ignore", "pipe", "pipe"] });
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
  for (const [way, target] of [
    ["HTTP", () => [`${house.address}/mcp`, "--header", `Authorization: Bearer ${key}`]],
    // It hands its own environment on to nobody.
    ["stdio", () => [BINARY, "mcp", "-e", `DATA_DIR=${house.data}`]],
  ]) {
    test(`the Inspector works a real house over ${way}, in the ${era} era`, async () => {
      const inspect = async (...words) =>
        JSON.parse(await run(process.execPath, [INSPECTOR, "--cli", ...target(), "--protocol-era", era, "--method", ...words]));
      const call = async (tool, ...given) =>
        (await inspect("tools/call", "--tool-name", tool, ...given.flatMap((one) => ["--tool-arg", one]))).structuredContent.outcome;
      const { tools } = await inspect("tools/list");
      assert.ok(tools.some((tool) => tool.name === "book_appointment"));
      const { id } = await call("create_contact", "first_name=Ana", `last_name=${way} ${era}`);
      assert.equal((await call("get_contact", `contact=${id}`)).last_name, `${way} ${era}`);
      assert.equal((await rest(`/contacts/${id}`)).body.last_name, `${way} ${era}`);
    });
  }
}

for (const major of [1, 2]) {
  for (const [way, target] of [["HTTP", () => [`${house.address}/mcp`]], ["stdio", () => [BINARY, "mcp"]]]) {
    test(`the Python client ${major} works a real house over ${way}`, async () => {
      const packages = readdirSync(PYTHON).find((name) => name.startsWith(`python-${major}-`));
      const more = { PYTHONPATH: join(PYTHON, packages), RINGLYPRO_KEY: key };
      const contact = (await run("python3", [here(`client_${major}.py`), ...target()], more)).trim();
      const { body } = await rest(`/actions?concerning=${contact}`);
      const done = body.items.map((entry) => entry.operation).toReversed();
      assert.deepEqual(done, ["create_contact", "delete_contact"]);
      assert.equal((await rest(`/contacts/${contact}`)).status, 404);
    });
  }
}

test("without a key the house lists nothing", async () => {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list", params: {} });
  const headers = { accept: "application/json, text/event-stream", "content-type": "application/json" };
  assert.equal((await fetch(`${house.address}/mcp`, { method: "POST", headers, body })).status, 401);
});
