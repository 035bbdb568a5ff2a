// The gateway's JSON, as `src/http/api` writes it.

export interface Business {
  id: string;
  name: string;
  phone: string;
  zone: string;
  agent_name: string;
}

export interface Turn {
  number: number;
  who: "caller" | "agent";
  text: string;
  cut_off: boolean;
  began_ms: number;
  ended_ms: number;
  confidence: number | null;
  why: string[];
  stages: Record<string, number | null>;
}

export interface Call {
  id: string;
  call_sid: string;
  from: string | null;
  to: string;
  status: string;
  started_at: string;
  ended_at: string | null;
  ending: string | null;
}

export interface Recording {
  /** From 1; a call that came back after a break has several. */
  part: number;
  /** When it begins on the transcript's clock; null when nobody knows. */
  began_ms: number | null;
  length_ms: number;
  bytes: number;
}

export interface Appointment {
  id: string;
  customer_name: string;
  customer_phone: string | null;
  service_name: string;
  slot: { start: string; end: string };
  status: string;
  source: string;
}

export interface Problem {
  title: string;
  detail?: string;
}

/** An answer of the gateway that is no success. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

/** What opens a call from the browser, once. */
export interface Ticket {
  call: string;
  ticket: string;
}

async function get<T>(path: string): Promise<T> {
  return answered(await fetch(path, { headers: { accept: "application/json" } }));
}

async function answered<T>(response: Response): Promise<T> {
  if (!response.ok) {
    const problem = (await response.json().catch(() => ({ title: response.statusText }))) as Problem;
    throw new ApiError(problem.detail ?? problem.title, response.status);
  }
  return (await response.json()) as T;
}

export const businesses = () => get<{ businesses: Business[] }>("/api/businesses").then((page) => page.businesses);

export const calls = (cursor?: string) =>
  get<{ calls: Call[]; next: string | null }>(`/api/calls${cursor ? `?cursor=${encodeURIComponent(cursor)}` : ""}`);

export const call = (id: string) => get<{ call: Call; turns: Turn[]; recordings: Recording[] }>(`/api/calls/${id}`);

export const recordingAddress = (id: string, part: number) => `/api/calls/${id}/recording?part=${part}`;

export async function appointments(from: Date, to: Date): Promise<Appointment[]> {
  const asked = `/api/appointments?limit=200&from=${from.toISOString()}&to=${to.toISOString()}`;
  const all: Appointment[] = [];
  let next: string | null = null;
  do {
    const on: string = next === null ? "" : `&cursor=${encodeURIComponent(next)}`;
    const page = await get<{ appointments: Appointment[]; next: string | null }>(asked + on);
    all.push(...page.appointments);
    next = page.next;
  } while (next !== null);
  return all;
}

/** Rows for a page to draw, as `src/copilot/reply.rs` has them. */
export interface Card {
  kind: string;
  items: Record<string, unknown>[];
  /** Whether one of them is to be chosen. */
  choice: boolean;
  more: boolean;
}

export interface CopilotReply {
  text: string;
  status: "open" | "done" | "failed" | "closed";
  data: { card?: Card; suggestions?: string[] };
}

async function post<T>(path: string, body: object): Promise<T> {
  const headers = { "content-type": "application/json", accept: "application/json" };
  return answered(await fetch(path, { method: "POST", headers, body: JSON.stringify(body) }));
}

/** Opens a session with the copilot; its id. */
export const openCopilot = () =>
  post<{ sessionId: string }>("/api/mcp/copilot/sessions/initialize", { crmType: "embedded" }).then(
    (opened) => opened.sessionId,
  );

export const askCopilot = (sessionId: string, message: string) =>
  post<CopilotReply>("/api/mcp/copilot/chat", { sessionId, message });

/** Takes a line for a call from this browser; `from` is the number to call as, empty to withhold it. */
export async function ring(business: string, from: string): Promise<Ticket> {
  return post("/api/phone", { business, from });
}
