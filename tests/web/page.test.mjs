// The page in a real browser, on a real house that a simulated caller calls.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { BINARY, House, launch, look, sticksOut } from "./house.mjs";

/** A call lasts about a minute; a busy machine may take twice as long. */
const CALL_MS = 150_000;

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

const open = (options) => house.open(browser, options);

test("without the token there is nothing to see", async () => {
  const page = await browser.newPage();
  const response = await page.goto(house.address);
  assert.equal(response.status(), 401);
  assert.ok(!(await page.content()).includes("Oak Street Dental"));
  await page.close();
});

test("the token does not stay in the address", async () => {
  const { page } = await open();
  assert.equal(new URL(page.url()).search, "");
  await page.close();
});

test("a call is followed live, then found among the past calls, and its appointment in the week", { timeout: CALL_MS }, async () => {
  const { page, complaints } = await open();
  await page.getByText("Nobody is on the phone.").waitFor();

  const caller = spawn(BINARY, ["call", "--persona", "booking", "--gateway", house.address, "--output", join(house.data, "out")], {
    env: house.environment,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const said = [];
  createInterface({ input: caller.stdout }).on("line", (line) => said.push(line));

  const live = page.locator("#live-calls .call");
  await live.getByText("(305) 555-0142").waitFor();
  await live.locator(".agent").getByText("Oak Street Dental").waitFor({ timeout: CALL_MS });
  await live.locator(".caller").first().waitFor({ timeout: CALL_MS });
  await live.getByText("played back when it is over").waitFor();
  assert.equal(await live.locator("audio").count(), 0);

  const [code] = await once(caller, "exit");
  assert.equal(code, 0, said.join("\n"));
  await page.getByText("Nobody is on the phone.").waitFor();

  const past = page.locator("#calls .call");
  assert.equal(await past.count(), 1);
  await past.locator("summary").click();
  await past.locator(".turns .caller").first().waitFor();
  assert.match(await past.locator(".turns").innerText(), /cleaning/i);

  await page.locator("#days li").getByText(/cleaning/).waitFor();
  assert.equal(await page.locator("#days li").count(), 1);
  assert.deepEqual(complaints, []);
  await page.close();
});

test("a past call is played and its transcript follows", async () => {
  const { page, complaints } = await open();
  const past = page.locator("#calls .call").first();
  await past.locator("summary").click();
  const audio = past.locator("audio");
  await audio.waitFor();
  await page.waitForFunction((a) => a.duration > 5 && Number.isFinite(a.duration), await audio.elementHandle());

  // A click on a turn plays from there, and that turn is marked and seen.
  const turns = past.locator(".turns li");
  const last = turns.nth((await turns.count()) - 2);
  const began = Number(await last.getAttribute("data-began")) / 1000;
  await last.getByRole("button").click();
  const marked = past.locator('.turns li[aria-current="true"]');
  await marked.waitFor();
  assert.equal(await marked.getAttribute("data-turn"), await last.getAttribute("data-turn"));
  await page.waitForFunction(([a, from]) => !a.paused && a.currentTime > from, [await audio.elementHandle(), began]);
  await page.waitForFunction((item) => {
    const [list, own] = [item.parentElement.getBoundingClientRect(), item.getBoundingClientRect()];
    return own.top >= list.top - 1 && own.top < list.bottom;
  }, await last.elementHandle());

  // Seeking marks another one; nothing is marked where nobody speaks.
  await audio.evaluate((a) => (a.pause(), (a.currentTime = 0.5)));
  await page.waitForFunction((list) => list.querySelector('[aria-current="true"]')?.dataset.turn === "0", await past.locator(".turns").elementHandle());
  await look(page, "playing-1440");
  assert.deepEqual(complaints, []);
  await page.close();
});

for (const width of [1440, 360]) {
  test(`nothing sticks out at ${width} pixels`, async () => {
    const { page, complaints } = await open({ viewport: { width, height: 900 } });
    const past = page.locator("#calls .call");
    await past.first().locator("summary").click();
    await past.first().locator(".turns li").first().waitFor();
    await past.first().locator("audio").waitFor();
    const wider = await sticksOut(page);
    assert.ok(wider <= 0, `the page is ${wider} pixels too wide`);
    await look(page, `page-${width}`);
    assert.deepEqual(complaints, []);
    await page.close();
  });
}

test("the week can be turned and turned back", async () => {
  const { page } = await open();
  const week = page.locator("#week");
  await week.getByText(" to ").waitFor();
  const now = await week.innerText();
  await page.getByRole("button", { name: "Week after" }).click();
  await page.waitForFunction((before) => document.getElementById("week").innerText !== before, now);
  await page.getByRole("button", { name: "Today" }).click();
  await page.waitForFunction((before) => document.getElementById("week").innerText === before, now);
  await page.close();
});

test("a call whose line broke has a part for each stream, and a turn is played from its own", { timeout: CALL_MS }, async () => {
  const { page, complaints } = await open();
  const args = ["call", "--persona", "booking", "--from", "+13055550143", "--break-after", "9", "--gateway", house.address, "--output", join(house.data, "out")];
  const caller = spawn(BINARY, args, { env: house.environment, stdio: ["ignore", "ignore", "inherit"] });
  assert.equal((await once(caller, "exit"))[0], 0);
  await page.getByText("Nobody is on the phone.").waitFor();

  const past = page.locator("#calls .call").filter({ hasText: "(305) 555-0143" });
  await past.locator("summary").click();
  await past.getByText("Part 2").waitFor();
  const parts = await past.locator("audio").elementHandles();
  assert.equal(parts.length, 2);
  for (const part of parts) await page.waitForFunction((a) => a.duration > 2 && Number.isFinite(a.duration), part);
  const plays = async (turn, [playing, silent]) => {
    await turn.getByRole("button").click();
    await page.waitForFunction(([a, b]) => !a.paused && b.paused, [playing, silent]);
  };
  const turns = past.locator(".turns li");
  await plays(turns.first(), parts);
  await plays(turns.last(), [parts[1], parts[0]]);
  await look(page, "parts-1440");
  assert.deepEqual(complaints, []);
  await page.close();
});
