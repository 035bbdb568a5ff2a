// The copilot's page in a real browser, on a real house.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { House, TOKEN, launch, look, sticksOut } from "./house.mjs";

const house = new House();
let browser;

before(async () => {
  await house.start();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await house.stop();
});

async function opened(options) {
  const { page, complaints } = await house.open(browser, options);
  await page.goto(`${house.address}/mcp-copilot`);
  await page.getByText("I look after the records of").waitFor();
  return { page, complaints };
}

async function say(page, words) {
  await page.getByLabel("Message").fill(words);
  await page.getByRole("button", { name: "Send" }).click();
}

test("a contact is added, tagged, found as a row, and deleted after a yes", async () => {
  const { page, complaints } = await opened();
  await say(page, "create contact Ana Silva 305 555 0177");
  await page.getByText("✅ Added Ana Silva").waitFor();
  await say(page, "tag her as vip");
  await page.getByText("✅ Tagged Ana Silva: vip.").waitFor();
  await say(page, "show contacts tagged vip");
  await page.locator(".messages td").getByText("(305) 555-0177").last().waitFor();
  await look(page, "copilot");
  await say(page, "delete her");
  await page.getByText("Yes or no?").waitFor();
  await page.getByRole("button", { name: "Yes" }).click();
  await page.getByText("✅ Ana Silva is deleted.").waitFor();
  assert.deepEqual(complaints, []);
  await page.close();
});

test("it fits a telephone's screen", async () => {
  const { page } = await opened({ viewport: { width: 360, height: 720 } });
  await say(page, "show services");
  await page.getByText("The services are").waitFor();
  await look(page, "copilot-360");
  assert.ok((await sticksOut(page)) <= 0);
  await page.close();
});

test("whoever is not let in yet signs in where they were going", async () => {
  const headers = { Authorization: `Bearer ${TOKEN}`, "Content-Type": "application/json" };
  const [{ id: business }] = (await (await fetch(`${house.address}/api/businesses`, { headers })).json()).businesses;
  const who = { email: "lena@example.com", password: "a password of some length" };
  const body = JSON.stringify({ ...who, businesses: [{ business, role: "agent" }] });
  assert.equal((await fetch(`${house.address}/api/users`, { method: "POST", headers, body })).status, 201);
  const page = await browser.newPage({ viewport: { width: 360, height: 720 } });
  await page.goto(`${house.address}/mcp-copilot`);
  await look(page, "locked-360");
  await page.getByLabel("E-mail").fill(who.email);
  await page.getByLabel("Password").fill("not this one");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("status").filter({ hasText: /./ }).waitFor();
  await page.getByLabel("Password").fill(who.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("I look after the records of").waitFor();
  await page.goto(`${house.address}/api/docs`);
  await page.getByRole("heading", { level: 1 }).waitFor();
  await look(page, "docs-360");
  assert.ok((await sticksOut(page)) <= 0);
  await page.close();
});
