// The page at `/mcp-copilot`: whoever runs the business writes, the copilot answers with words and rows.

import "./style.css";
import * as api from "./api";
import { byId, h } from "./dom";
import { phone, Times } from "./format";

const messages = byId("messages");
const words = byId("words") as HTMLInputElement;
const send = byId("ask").querySelector("button") as HTMLButtonElement;

/** The session of this page; one that is gone is opened anew. */
let session: string | null = null;
let times = new Times("UTC");

function status(text: string, on: boolean): void {
  const element = byId("status");
  element.textContent = text;
  element.classList.toggle("on", on);
}

function said(who: "me" | "them", text: string, ...more: Node[]): void {
  messages.append(h("li", { class: who }, h("p", {}, text), ...more));
  messages.lastElementChild?.scrollIntoView({ block: "end" });
}

/** A row's cells by kind of card; what a page has no columns for is left to the words. */
function cells(kind: string, row: Record<string, unknown>): string[] | null {
  const text = (key: string) => (typeof row[key] === "string" ? (row[key] as string) : "");
  switch (kind) {
    case "contacts":
      return [
        text("name") || `${text("first_name")} ${text("last_name")}`.trim(),
        row["phone"] ? phone(text("phone")) : "",
        text("email"),
        Array.isArray(row["tags"]) ? row["tags"].join(", ") : "",
      ];
    case "notes":
      return [text("body"), text("created_at") ? times.day(text("created_at")) : ""];
    case "appointments": {
      const slot = row["slot"] as { start: string };
      return [times.day(slot.start), times.clock(slot.start), text("service_name"), text("customer_name")];
    }
    case "slots":
      return [times.day(text("start")), times.clock(text("start"))];
    default:
      return null;
  }
}

function drawn(card: api.Card): Node[] {
  const rows = card.items.map((row) => cells(card.kind, row)).filter((row) => row !== null);
  if (rows.length === 0) return [];
  const body = rows.map((row, place) => {
    const item = h("tr", {}, h("td", { class: "quiet" }, String(place + 1)), ...row.map((cell) => h("td", {}, cell)));
    if (card.choice) item.addEventListener("click", () => void ask(String(place + 1)));
    return item;
  });
  return [h("div", { class: "card" }, h("table", { class: card.choice ? "choice" : "" }, h("tbody", {}, ...body)))];
}

function suggest(suggestions: string[]): void {
  byId("suggestions").replaceChildren(
    ...suggestions.map((text) => {
      const button = h("button", { type: "button" }, text);
      button.addEventListener("click", () => void ask(text));
      return button;
    }),
  );
}

async function answer(message: string): Promise<api.CopilotReply> {
  session ??= await api.openCopilot();
  try {
    return await api.askCopilot(session, message);
  } catch (error) {
    // After half an hour without a word a session is forgotten.
    if (!(error instanceof api.ApiError) || error.status !== 404) throw error;
    session = await api.openCopilot();
    return api.askCopilot(session, message);
  }
}

async function ask(message: string): Promise<void> {
  said("me", message);
  suggest([]);
  send.disabled = true;
  try {
    const reply = await answer(message);
    const rows = reply.data.card ? drawn(reply.data.card) : [];
    // Rows say what the list in the words says.
    said("them", rows.length > 0 ? (reply.text.split("\n1. ")[0] ?? "") : reply.text, ...rows);
    suggest(reply.data.suggestions ?? []);
    status("ready", true);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    said("them", text);
    status(text, false);
  } finally {
    send.disabled = false;
    words.focus();
  }
}

byId("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  const message = words.value.trim();
  if (!message) return;
  words.value = "";
  void ask(message);
});

async function start(): Promise<void> {
  const [business] = await api.businesses();
  if (!business) throw new Error("no business is set up yet");
  byId("business").textContent = business.name;
  document.title = `Copilot · ${business.name}`;
  times = new Times(business.zone);
  await ask("hello");
}

start().catch((error: unknown) => status(error instanceof Error ? error.message : String(error), false));
