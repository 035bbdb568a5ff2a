// The phone in the page: a real browser with a file for a microphone, in a real call with a real house.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { promisify } from "node:util";
import { BINARY, House, launch, look, sticksOut } from "./house.mjs";

/** A call lasts half a minute; a busy machine may take several times as long. */
const CALL_MS = 150_000;
/** The greeting takes five seconds; whoever speaks before it is over interrupts it, whoever waits for ten is asked again. */
const GREETING_SECONDS = 9;
/** In the middle of the greeting. */
const INTERRUPTING_SECONDS = 3;
const SPOKEN = "I'd like to book a cleaning.";
/** A level no silence reaches: half of the meter is -30 dB. */
const AUDIBLE = 0.5;

const house = new House({ CALLS_MAX: "1" });
const FAKE_MICROPHONE = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--autoplay-policy=no-user-gesture-required"];
let browser;

/** The caller's line in a WAV file, after so much silence. */
async function microphone(silentSeconds) {
  const line = join(house.data, "line.wav");
  await promisify(execFile)(BINARY, ["say", SPOKEN, "-o", line], { env: house.environment });
  const wav = readFileSync(line);
  const at = wav.indexOf("data") + 4;
  const [header, samples] = [wav.subarray(0, at), wav.subarray(at + 4)];
  const bytesPerSecond = header.readUInt32LE(28);
  const silence = Buffer.alloc(silentSeconds * bytesPerSecond);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(silence.length + samples.length);
  const whole = Buffer.concat([header, size, silence, samples]);
  whole.writeUInt32LE(whole.length - 8, 4);
  const path = join(house.data, `microphone-${silentSeconds}.wav`);
  writeFileSync(path, whole);
  return `--use-file-for-fake-audio-capture=${path}%noloop`;
}

before(async () => {
  await house.start();
  browser = await launch(...FAKE_MICROPHONE, await microphone(GREETING_SECONDS));
});

after(async () => {
  await browser?.close();
  await house.stop();
});

// A call that a failed test left open would take the only line.
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
});

const call = (page) => page.getByRole("button", { name: "Call Rachel" });
const hangUp = (page) => page.getByRole("button", { name: "Hang up" });
const agentTurns = (page) => page.locator("#live-calls .agent");

/** Presses Call and waits until the agent is heard. */
async function greeted(page) {
  await call(page).click();
  await page.locator("#phone-state").getByText("Talking with Rachel").waitFor({ timeout: CALL_MS });
  await page.waitForFunction((level) => document.getElementById("phone-theirs").value > level, AUDIBLE, { timeout: CALL_MS });
}

test("one presses Call, is greeted, speaks, is answered, and hangs up; the call stands in the past calls", { timeout: 2 * CALL_MS }, async () => {
  const { page, complaints } = await house.open(browser);
  await look(page, "phone-idle-1440");
  await page.getByLabel("Call as").fill("(305) 555-0142");
  await greeted(page);
  await page.locator("#live-calls .who").getByText("(305) 555-0142").waitFor();
  await agentTurns(page).getByText("Oak Street Dental").waitFor({ timeout: CALL_MS });

  await page.waitForFunction((level) => document.getElementById("phone-yours").value > level, AUDIBLE, { timeout: CALL_MS });
  await page.locator("#live-calls .caller").getByText(/cleaning/i).waitFor({ timeout: CALL_MS });
  const answer = page.locator("#live-calls .caller ~ .agent");
  await answer.first().waitFor({ timeout: CALL_MS });
  assert.match(await answer.first().innerText(), /cleaning|day|when|time/i);

  await page.getByRole("button", { name: "Keypad" }).click();
  await look(page, "phone-keypad-1440");
  await page.getByRole("button", { name: "*", exact: true }).click();
  await answer.nth(1).waitFor({ timeout: CALL_MS });
  assert.match(await page.locator("#phone-length").innerText(), /^\d+:\d\d$/);

  await hangUp(page).click();
  await page.getByText(/^You hung up\. The call lasted \d+:\d\d\.$/).waitFor();
  await page.getByText("Nobody is on the phone.").waitFor();
  const past = page.locator("#calls .call").first();
  await past.getByText("caller hung up").waitFor();
  await past.locator("summary").click();
  await past.locator(".turns .caller").getByText(/cleaning/i).waitFor();
  await look(page, "phone-over-1440");
  assert.deepEqual(complaints, []);
  await page.close();
});

test("muted means nothing is heard; the keyboard's keys are keys; who asks for a person is told the number", { timeout: 2 * CALL_MS }, async () => {
  const { page, complaints } = await house.open(browser, { viewport: { width: 360, height: 780 } });
  await look(page, "phone-idle-360");
  await greeted(page);
  await page.getByRole("button", { name: "Mute" }).click();
  await page.getByRole("button", { name: "Unmute", pressed: true }).waitFor();
  await page.getByRole("button", { name: "Keypad" }).click();
  await look(page, "phone-keypad-360");
  assert.ok((await sticksOut(page)) <= 0);
  const small = await page.locator("#phone button:visible").evaluateAll((all) => all.filter((b) => b.getBoundingClientRect().height < 44).length);
  assert.equal(small, 0, "every button is as tall as a thumb");
  await page.locator("#live-calls .who").getByText("Browser phone").waitFor();
  // The line in the file is over by the time that the agent asks whether anybody is there.
  await agentTurns(page).nth(1).waitFor({ timeout: CALL_MS });
  assert.equal(await page.locator("#live-calls .caller").count(), 0);
  await page.keyboard.press("0");
  await page.getByText(/would connect you to \(305\) 555-0110/).waitFor({ timeout: CALL_MS });
  const past = page.locator("#calls .call").first();
  await past.getByText("transferred").waitFor();
  await past.locator("summary").click();
  await past.locator(".turns .agent").nth(1).waitFor();
  // A turn's words are its own text; what stands in small letters is its time.
  const words = await past.locator(".turns .caller").evaluateAll((all) => all.map((one) => [...one.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data).join("")));
  assert.deepEqual(words, ["0"]);
  await look(page, "phone-transferred-360");
  assert.deepEqual(complaints, []);
  await page.close();
});

test("who talks over the agent silences it, and only what was heard of it stands in the transcript", { timeout: CALL_MS }, async () => {
  const other = await launch(...FAKE_MICROPHONE, await microphone(INTERRUPTING_SECONDS));
  const { page } = await house.open(other);
  await greeted(page);
  const cut = agentTurns(page).first();
  await cut.getByText("interrupted").waitFor({ timeout: CALL_MS });
  assert.doesNotMatch(await cut.innerText(), /help you/);
  await page.locator("#live-calls .caller ~ .agent").first().waitFor({ timeout: CALL_MS });
  await hangUp(page).click();
  await page.getByText("You hung up.").waitFor();
  await other.close();
});

test("microphone and loudspeaker can be chosen before and changed in the middle of a call", { timeout: CALL_MS }, async () => {
  const { page, complaints } = await house.open(browser, { viewport: { width: 360, height: 780 } });
  await page.getByText("Microphone and loudspeaker").click();
  await greeted(page);
  const [input, output] = [page.getByLabel("Microphone", { exact: true }), page.getByLabel("Loudspeaker", { exact: true })];
  for (const choice of [input, output]) {
    await choice.locator("option").nth(1).waitFor({ state: "attached" });
    await choice.selectOption({ index: 1 });
  }
  await look(page, "phone-devices-360");
  assert.ok((await sticksOut(page)) <= 0);
  await page.waitForFunction((level) => document.getElementById("phone-theirs").value > level, AUDIBLE, { timeout: CALL_MS });
  assert.equal(await page.locator("#phone-message").innerText(), "");
  await hangUp(page).click();
  await page.getByText("You hung up.").waitFor();
  assert.notEqual(await input.inputValue(), "");
  assert.deepEqual(complaints, []);
  await page.close();
});

test("when every line is busy that is said in words", { timeout: CALL_MS }, async () => {
  const first = await house.open(browser);
  await greeted(first.page);
  const second = await house.open(browser, { viewport: { width: 360, height: 780 } });
  await call(second.page).click();
  await second.page.getByText("All lines are busy. Call again in a minute.").waitFor();
  await look(second.page, "phone-busy-360");
  await call(second.page).waitFor();
  await hangUp(first.page).click();
  await first.page.getByText("You hung up.").waitFor();
  await first.page.close();
  await second.page.close();
});

test("a house that goes away in mid-call is told as such, and the next call works", { timeout: CALL_MS }, async () => {
  const { page } = await house.open(browser);
  await page.evaluate(() => {
    const own = window.WebSocket;
    window.WebSocket = class extends own {
      constructor(...all) {
        super(...all);
        window.broken = () => this.close();
      }
    };
  });
  await greeted(page);
  await page.evaluate(() => window.broken());
  await page.getByText("The connection to the server broke. Call again.").waitFor();
  await look(page, "phone-broken-1440");
  await page.getByText("Nobody is on the phone.").waitFor();
  await greeted(page);
  await hangUp(page).click();
  await page.getByText("You hung up.").waitFor();
  await page.close();
});

for (const [what, flags, words] of [
  ["refused", ["--use-fake-device-for-media-stream", "--deny-permission-prompts"], "The microphone was refused."],
  ["absent", ["--use-fake-ui-for-media-stream"], "There is no microphone."],
]) {
  test(`a microphone that is ${what} is told in words, and takes no line`, async () => {
    const other = await launch(...flags);
    const { page } = await house.open(other, { viewport: { width: 360, height: 780 } });
    await call(page).click();
    await page.getByText(words).waitFor();
    await look(page, `phone-${what}-360`);
    await page.getByText("Nobody is on the phone.").waitFor();
    assert.equal((await (await fetch(`${house.address}/health`)).json()).calls, 0);
    await other.close();
  });
}
