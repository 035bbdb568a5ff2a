// A house of its own and a browser for a file of tests: real binary, real models, a store that goes with it.
//
// Needs target/release/ringlypro, the models and, where a page is opened, Debian's Chromium (or CHROMIUM=/path); `make test` sees
// to all three.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

export const BINARY = new URL("../../target/release/ringlypro", import.meta.url).pathname;
export const TOKEN = "a-token-for-the-browser-test";

/** A Chromium that asks nobody on the network for anything. It comes with the page's packages, which a house alone does without. */
export const launch = (...more) =>
  createRequire(new URL("../../web/package.json", import.meta.url))("playwright-core").chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync", ...more],
  });

export class House {
  data = mkdtempSync(join(tmpdir(), "ringly-page-"));

  constructor(settings = {}) {
    this.environment = { ...process.env, DATA_DIR: this.data, PORT: "0", ACCESS_TOKEN: TOKEN, LOG_LEVEL: "warn", ...settings };
  }

  /** Starts the house and reads its address off what it prints. */
  async start() {
    this.process = spawn(BINARY, ["serve"], { env: this.environment, stdio: ["ignore", "pipe", "inherit"] });
    for await (const line of createInterface({ input: this.process.stdout })) {
      this.address = /Page\s+(http:\/\/[^/]+)\//.exec(line)?.[1];
      if (this.address) break;
    }
    this.process.stdout.resume();
    assert.ok(this.address, "the house never said where it is");
  }

  async stop() {
    if (this.process?.exitCode === null) {
      this.process.kill("SIGTERM");
      await once(this.process, "exit");
    }
    rmSync(this.data, { recursive: true, force: true });
  }

  /** The page, signed in, and what its console complained about. */
  async open(browser, options = {}) {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, ...options });
    const complaints = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    await page.goto(`${this.address}/?token=${TOKEN}`);
    await page.getByText("ready for calls").waitFor();
    return { page, complaints };
  }
}

/** Keeps what a page looks like where SCREENSHOTS says; nothing otherwise. */
export async function look(page, name) {
  if (process.env.SCREENSHOTS) await page.screenshot({ path: join(process.env.SCREENSHOTS, `${name}.png`), fullPage: true });
}

/** How many pixels the page is wider than its window. */
export const sticksOut = (page) => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
