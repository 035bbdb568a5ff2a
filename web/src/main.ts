// The page at `/`: a phone, live calls with their transcripts, past calls, the week's appointments.

import "./style.css";
import * as api from "./api";
import { Calendar } from "./calendar";
import { LiveCalls, PastCalls } from "./calls";
import { byId } from "./dom";
import { phone, Times } from "./format";
import { Phone } from "./phone/phone";

function status(text: string, on: boolean): void {
  const element = byId("status");
  element.textContent = text;
  element.classList.toggle("on", on);
}

function failed(error: unknown): void {
  status(error instanceof Error ? error.message : String(error), false);
}

/** Follows live calls; the browser reconnects by itself and the gateway then sends a snapshot anew. */
function follow(live: LiveCalls, refresh: () => void): void {
  const events = new EventSource("/api/live");
  const on = <T>(name: string, handle: (data: T) => void) =>
    events.addEventListener(name, (event) => handle(JSON.parse((event as MessageEvent<string>).data) as T));
  events.onerror = () => status("reconnecting…", false);
  on<{ calls: { call: api.Call; turns: api.Turn[] }[] }>("snapshot", ({ calls }) => {
    status("ready for calls", true);
    live.clear();
    for (const { call, turns } of calls) {
      live.began(call);
      for (const turn of turns) live.turn(call.id, turn);
    }
    refresh();
  });
  on<{ call: api.Call }>("began", ({ call }) => live.began(call));
  on<{ id: string; text: string }>("partial", ({ id, text }) => live.partial(id, text));
  on<{ id: string; turn: api.Turn }>("turn", ({ id, turn }) => live.turn(id, turn));
  on<{ id: string }>("ended", ({ id }) => {
    live.ended(id);
    refresh();
  });
  on<object>("appointments", refresh);
}

async function start(): Promise<void> {
  const [business] = await api.businesses();
  if (!business) throw new Error("no business is set up yet");
  byId("business").textContent = business.name;
  byId("number").textContent = phone(business.phone);
  document.title = `${business.name} · RinglyPro`;
  const times = new Times(business.zone);
  new Phone(business);
  const calendar = new Calendar(times, failed);
  const past = new PastCalls(times);
  const refresh = () => void Promise.all([past.reload(), calendar.reload()]).catch(failed);
  follow(new LiveCalls(times), refresh);
}

start().catch(failed);
