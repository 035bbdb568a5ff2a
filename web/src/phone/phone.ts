// The phone in the page: what is pressed and what is shown. Sound is `sound.ts`, the socket is `line.ts`.

import "./phone.css";
import * as api from "../api";
import { byId, h } from "../dom";
import { length, phone } from "../format";
import { Line, type Ending } from "./line";
import { canChooseOutput, devices, Sound, SoundError } from "./sound";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
const SECOND_MS = 1_000;

/** A call from the press of the button to its end. */
interface Talk {
  sound: Sound | null;
  line: Line | null;
  answered: number | null;
  /** Keeps the screen on. */
  awake: WakeLockSentinel | null;
}

export class Phone {
  private talk: Talk | null = null;

  private readonly call = h("button", { type: "button", class: "primary", id: "phone-call" });
  private readonly from = h("input", { type: "tel", id: "phone-from", autocomplete: "tel", placeholder: "number withheld", maxlength: "24" });
  private readonly idle = h("div", { class: "phone-idle" }, this.call, h("label", {}, "Call as ", this.from));

  private readonly state = h("span", { id: "phone-state", role: "status" });
  private readonly clock = h("span", { id: "phone-length", class: "phone-clock" });
  private readonly yours = meter("phone-yours");
  private readonly theirs = meter("phone-theirs");
  private readonly mute = h("button", { type: "button", "aria-pressed": "false" }, "Mute");
  private readonly keys = h("button", { type: "button", "aria-expanded": "false", "aria-controls": "phone-keypad" }, "Keypad");
  private readonly hangUp = h("button", { type: "button", class: "danger" }, "Hang up");
  private readonly keypad = h("div", { id: "phone-keypad", class: "keypad", role: "group", "aria-label": "Keypad", hidden: "" });
  private readonly busy = h(
    "div",
    { class: "phone-busy", hidden: "" },
    h("div", { class: "row" }, this.state, this.clock),
    h("div", { class: "meters" }, h("label", { for: "phone-yours" }, "You"), this.yours, h("label", { for: "phone-theirs" }, "Agent"), this.theirs),
    h("div", { class: "phone-buttons" }, this.mute, this.keys, this.hangUp),
    this.keypad,
  );

  private readonly message = h("p", { id: "phone-message", role: "alert" });
  private readonly input = h("select", { id: "phone-input" });
  private readonly output = h("select", { id: "phone-output" });

  constructor(private readonly business: api.Business) {
    this.call.textContent = `Call ${business.agent_name}`;
    const settings = h(
      "details",
      { class: "phone-settings" },
      h("summary", {}, "Microphone and loudspeaker"),
      h("label", { for: "phone-input" }, "Microphone"),
      this.input,
      canChooseOutput ? h("label", { for: "phone-output" }, "Loudspeaker") : null,
      canChooseOutput ? this.output : null,
    );
    byId("phone").append(this.idle, this.busy, this.message, settings);
    this.keypad.append(...KEYS.map((key) => this.key(key)));
    this.call.addEventListener("click", () => void this.begin());
    this.hangUp.addEventListener("click", () => this.leave());
    this.mute.addEventListener("click", () => this.setMuted(this.mute.getAttribute("aria-pressed") !== "true"));
    this.keys.addEventListener("click", () => this.showKeypad(this.keypad.hidden !== false));
    this.input.addEventListener("change", () => this.choose((sound) => sound.listenTo(this.input.value)));
    this.output.addEventListener("change", () => this.choose((sound) => sound.speakTo(this.output.value)));
    document.addEventListener("keydown", (event) => this.typed(event));
    window.addEventListener("pagehide", () => this.leave());
    navigator.mediaDevices?.addEventListener("devicechange", () => void this.list());
    void this.list();
  }

  /** Microphone first, then a line: nobody's line is taken for a refused microphone. */
  private async begin(): Promise<void> {
    if (this.talk) return;
    const talk: Talk = { sound: null, line: null, answered: null, awake: null };
    this.talk = talk;
    this.show("");
    this.state.textContent = "Opening the microphone…";
    try {
      talk.sound = await Sound.open(this.input.value, this.output.value, {
        frame: (pcm) => talk.line?.say(pcm),
        mark: (name) => talk.line?.played(name),
        lost: () => this.show("The microphone was unplugged. Choose another below; the agent cannot hear you."),
      });
      void this.list();
      if (this.talk !== talk) return void talk.sound.close();
      this.state.textContent = "Calling…";
      const ticket = await api.ring(this.business.id, this.from.value);
      if (this.talk !== talk) return;
      this.connect(talk, talk.sound, ticket);
    } catch (error) {
      if (this.talk === talk) this.end(error instanceof Error ? error.message : String(error));
    }
  }

  private connect(talk: Talk, sound: Sound, ticket: api.Ticket): void {
    talk.line = new Line(ticket, sound.rate, {
      audio: (pcm) => {
        this.answered(talk);
        sound.play(pcm);
      },
      mark: (name) => sound.mark(name),
      clear: () => sound.clear(),
      over: (ending) => {
        if (this.talk === talk) this.end(said(ending), !isGood(ending));
      },
    });
    this.watch(talk, sound);
    // A phone that locks its screen takes the microphone away; without the right to keep it awake, so be it.
    navigator.wakeLock?.request("screen").then(
      (awake) => (this.talk === talk ? (talk.awake = awake) : void awake.release()),
      () => {},
    );
  }

  private answered(talk: Talk): void {
    if (talk.answered !== null) return;
    talk.answered = Date.now();
    this.clock.textContent = length(0);
    this.state.textContent = `Talking with ${this.business.agent_name}`;
  }

  /** Keeps the meters and the clock moving while the call lasts. */
  private watch(talk: Talk, sound: Sound): void {
    const look = () => {
      if (this.talk !== talk) return;
      const levels = sound.levels();
      this.yours.value = levels.yours;
      this.theirs.value = levels.theirs;
      requestAnimationFrame(look);
    };
    const tick = () => {
      if (this.talk !== talk) return;
      if (talk.answered !== null) this.clock.textContent = length(Date.now() - talk.answered);
      setTimeout(tick, SECOND_MS);
    };
    look();
    tick();
  }

  private leave(): void {
    if (this.talk?.line) this.talk.line.hangUp();
    else if (this.talk) this.end("Call cancelled.", false);
  }

  private end(message: string, isFault = true): void {
    const talk = this.talk;
    this.talk = null;
    void talk?.sound?.close();
    void talk?.awake?.release();
    const lasted = talk?.answered ? ` The call lasted ${length(Date.now() - talk.answered)}.` : "";
    this.setMuted(false);
    this.showKeypad(false);
    this.show(message + lasted, isFault);
    this.clock.textContent = "";
    this.yours.value = this.theirs.value = 0;
    this.call.focus({ preventScroll: true });
  }

  private show(message: string, isFault = true): void {
    this.idle.hidden = this.talk !== null;
    this.busy.hidden = this.talk === null;
    this.message.textContent = message;
    this.message.classList.toggle("fault", isFault);
  }

  private setMuted(muted: boolean): void {
    this.talk?.sound?.mute(muted);
    this.mute.setAttribute("aria-pressed", String(muted));
    this.mute.textContent = muted ? "Unmute" : "Mute";
  }

  private showKeypad(shown: boolean): void {
    this.keypad.hidden = !shown;
    this.keys.setAttribute("aria-expanded", String(shown));
  }

  private key(digit: string): HTMLButtonElement {
    const key = h("button", { type: "button" }, digit);
    key.addEventListener("click", () => this.talk?.line?.press(digit));
    return key;
  }

  /** With the keypad open, the keyboard's digits are keys too. */
  private typed(event: KeyboardEvent): void {
    const field = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
    if (this.keypad.hidden || field || event.ctrlKey || event.metaKey || event.altKey || !KEYS.includes(event.key)) return;
    this.talk?.line?.press(event.key);
  }

  private choose(change: (sound: Sound) => Promise<void>): void {
    const sound = this.talk?.sound;
    if (!sound) return;
    this.show("");
    change(sound).catch((error: unknown) => this.show(error instanceof SoundError ? error.message : String(error)));
  }

  private async list(): Promise<void> {
    const fill = (select: HTMLSelectElement, found: MediaDeviceInfo[]) => {
      const chosen = select.value;
      const named = found.filter((device) => device.deviceId !== "default" && device.label !== "");
      select.replaceChildren(
        h("option", { value: "" }, "The system's own"),
        ...named.map((device) => h("option", { value: device.deviceId }, device.label)),
      );
      select.value = named.some((device) => device.deviceId === chosen) ? chosen : "";
    };
    fill(this.input, await devices("audioinput"));
    fill(this.output, await devices("audiooutput"));
  }
}

function meter(id: string): HTMLMeterElement {
  return h("meter", { id, min: "0", max: "1", value: "0" });
}

/** Whether nothing went wrong. */
function isGood(ending: Ending | null): boolean {
  return ending !== null && ending.ending !== "failed" && ending.ending !== "refused";
}

/** How a call ended, in words. */
function said(ending: Ending | null): string {
  switch (ending?.ending) {
    case "hung-up":
      return "The agent hung up.";
    case "caller-left":
      return "You hung up.";
    case "transferred":
      return `The agent would connect you to ${phone(ending.to)} now. A browser cannot be connected, so the call ends here.`;
    case "failed":
      return "The call broke on our side. Call again.";
    case "refused":
      return "The line was not given. Call again.";
    case undefined:
      return "The connection to the server broke. Call again.";
  }
}
