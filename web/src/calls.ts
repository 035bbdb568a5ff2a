// Calls: the live ones as they happen, the past ones on demand.

import * as api from "./api";
import { byId, h } from "./dom";
import { caller, length, type Times } from "./format";
import { player } from "./player";

const ENDINGS: Record<string, string> = {
  "hung-up": "ended",
  transferred: "transferred",
  "caller-left": "caller hung up",
  failed: "broke off",
  interrupted: "broke off",
  busy: "no line was free",
  "agent-disabled": "agent switched off",
};

function turnItem(turn: api.Turn): HTMLLIElement {
  const stages = Object.entries(turn.stages ?? {}).filter((entry): entry is [string, number] => entry[1] !== null);
  // `recognise` lies within `endpoint`.
  const reply = stages.filter(([stage]) => stage !== "recognise_ms").reduce((sum, [, ms]) => sum + ms, 0);
  const intent = turn.why[0] === "unknown" ? "" : (turn.why[0] ?? "").replaceAll("_", " ");
  const detail = [
    length(turn.began_ms),
    turn.cut_off ? "interrupted" : "",
    intent,
    turn.number > 0 && reply > 0 ? `answered in ${(reply / 1000).toFixed(1)} s` : "",
  ];
  const explained = stages.map(([stage, ms]) => `${stage.replace(/_ms$/, "").replaceAll("_", " ")} ${ms} ms`).join(", ");
  return h(
    "li",
    {
      class: turn.who,
      "data-turn": String(turn.number),
      "data-began": String(turn.began_ms),
      "data-ended": String(turn.ended_ms),
    },
    turn.text || "(nothing understood)",
    h("small", { title: explained }, detail.filter(Boolean).join(" · ")),
  );
}

/** The transcript of one call; turns may arrive twice and out of order. */
export class Transcript {
  readonly list = h("ol", { class: "turns" });

  /** Lets a click on a turn play from there. */
  playable(play: (ms: number) => void): void {
    this.list.classList.add("playable");
    for (const item of this.items()) {
      const began = Number(item.dataset["began"]);
      const button = h("button", { type: "button", class: "from-here", "aria-label": `Play from ${length(began)}` }, "▶");
      item.prepend(button);
      item.addEventListener("click", () => {
        // Whoever selects text wants the text.
        if (document.getSelection()?.isCollapsed !== false) play(began);
      });
    }
  }

  /** Marks the turn heard at this time and keeps it in view; none between turns or when nothing is played. */
  mark(ms: number | null): void {
    const heard = (item: HTMLElement) =>
      ms !== null && Number(item.dataset["began"]) <= ms && ms < Number(item.dataset["ended"]);
    // Where both speak, the one who began last.
    const now = this.items().filter(heard).pop();
    for (const item of this.items()) {
      const changed = item.classList.toggle("now", item === now) && item.getAttribute("aria-current") === null;
      if (item !== now) item.removeAttribute("aria-current");
      if (!changed) continue;
      item.setAttribute("aria-current", "true");
      // The list alone is scrolled: the page stays where its reader has put it.
      const middle = item.offsetTop - (this.list.clientHeight - item.offsetHeight) / 2;
      this.list.scrollTo({ top: middle, behavior: "smooth" });
    }
  }

  private items(): HTMLElement[] {
    return [...this.list.children] as HTMLElement[];
  }

  /** What is being understood; the next turn replaces it. Not read out: the turn will be. */
  partial(text: string): void {
    this.list.querySelector(".partial")?.remove();
    this.list.append(h("li", { class: "caller partial", "aria-hidden": "true" }, text));
  }

  add(turn: api.Turn): void {
    this.list.querySelector(".partial")?.remove();
    const item = turnItem(turn);
    const known = this.list.querySelector(`[data-turn="${turn.number}"]`);
    if (known) {
      known.replaceWith(item);
      return;
    }
    const later = [...this.list.children].find((other) => Number((other as HTMLElement).dataset["turn"]) > turn.number);
    this.list.insertBefore(item, later ?? null);
  }
}

/** The calls going on now. */
export class LiveCalls {
  private readonly calls = new Map<string, { card: HTMLDetailsElement; transcript: Transcript }>();

  constructor(private readonly times: Times) {
    this.show();
  }

  /** Forgets everything: a fresh snapshot follows. */
  clear(): void {
    for (const { card } of this.calls.values()) card.remove();
    this.calls.clear();
    this.show();
  }

  began(call: api.Call): void {
    if (this.calls.has(call.id)) return;
    const transcript = new Transcript();
    const summary = h(
      "summary",
      {},
      h("span", { class: "who" }, caller(call)),
      h("time", { datetime: call.started_at }, this.times.clock(call.started_at)),
    );
    const later = h("p", { class: "quiet" }, "It can be played back when it is over.");
    const card = h("details", { class: "call", open: "", "data-call": call.id }, summary, transcript.list, later);
    this.calls.set(call.id, { card, transcript });
    byId("live-calls").prepend(card);
    this.show();
  }

  turn(id: string, turn: api.Turn): void {
    this.calls.get(id)?.transcript.add(turn);
  }

  partial(id: string, text: string): void {
    this.calls.get(id)?.transcript.partial(text);
  }

  ended(id: string): void {
    this.calls.get(id)?.card.remove();
    this.calls.delete(id);
    this.show();
  }

  private show(): void {
    byId("live-count").textContent = String(this.calls.size);
    const box = byId("live-calls");
    box.querySelector(".empty")?.remove();
    if (this.calls.size === 0) box.append(h("p", { class: "empty" }, "Nobody is on the phone."));
  }
}

/** The calls that are over, newest first, a page at a time. */
export class PastCalls {
  private next: string | null = null;

  constructor(private readonly times: Times) {
    byId("more").addEventListener("click", () => void this.more());
  }

  async reload(): Promise<void> {
    const page = await api.calls();
    const open = new Set([...byId("calls").querySelectorAll<HTMLElement>("details[open]")].map((d) => d.dataset["call"]));
    byId("calls").replaceChildren();
    this.append(page, open);
  }

  private async more(): Promise<void> {
    if (this.next) this.append(await api.calls(this.next), new Set());
  }

  private append(page: { calls: api.Call[]; next: string | null }, open: Set<string | undefined>): void {
    const over = page.calls.filter((call) => call.ended_at !== null);
    for (const call of over) {
      const item = this.item(call);
      byId("calls").append(item);
      if (open.has(call.id)) item.open = true;
    }
    this.next = page.next;
    byId("more").hidden = page.next === null;
    if (byId("calls").childElementCount === 0) {
      byId("calls").append(h("p", { class: "empty" }, "No calls yet. Press Call, or try: ringlypro call"));
    }
  }

  private item(call: api.Call): HTMLDetailsElement {
    const lasted = call.ended_at ? length(Date.parse(call.ended_at) - Date.parse(call.started_at)) : "";
    const summary = h(
      "summary",
      {},
      h("span", { class: "who" }, caller(call)),
      h("time", { datetime: call.started_at }, this.times.moment(call.started_at)),
      h("span", { class: "quiet" }, lasted),
      h("span", { class: "quiet ending" }, ENDINGS[call.ending ?? ""] ?? call.ending ?? call.status),
    );
    const item = h("details", { class: "call", "data-call": call.id }, summary);
    item.addEventListener("toggle", () => {
      if (item.open && item.childElementCount === 1) void this.open(call.id, item);
    });
    return item;
  }

  private async open(id: string, item: HTMLDetailsElement): Promise<void> {
    const transcript = new Transcript();
    item.append(transcript.list);
    const { turns, recordings } = await api.call(id);
    for (const turn of turns) transcript.add(turn);
    transcript.list.before(player(id, recordings, transcript));
    if (turns.length === 0) item.append(h("p", { class: "empty" }, "Nothing was said."));
  }
}
