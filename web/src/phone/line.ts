// The socket of a call: audio as binary, everything else as JSON (`src/browser/control.rs`). Knows no audio device.

import type * as api from "../api";

/** Seconds of microphone waiting to be sent: beyond them the line is dead, not slow. */
const UNSENT_SECONDS_MAX = 5;

export type Ending = { ending: "hung-up" | "caller-left" | "failed" | "refused" } | { ending: "transferred"; to: string };

export interface Handlers {
  audio(pcm: ArrayBuffer): void;
  mark(name: string): void;
  clear(): void;
  /** Once, however it ends; none when the socket broke. */
  over(ending: Ending | null): void;
}

type FromGateway = { event: "mark"; name: string } | { event: "clear" } | ({ event: "ended" } & Ending);

export class Line {
  private readonly socket: WebSocket;
  private ending: Ending | null = null;
  private left = false;

  constructor(
    ticket: api.Ticket,
    private readonly rate: number,
    private readonly handlers: Handlers,
  ) {
    this.socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/api/phone`);
    this.socket.binaryType = "arraybuffer";
    this.socket.onopen = () => this.send({ event: "start", ...ticket, rate });
    this.socket.onmessage = ({ data }: MessageEvent<ArrayBuffer | string>) => this.take(data);
    this.socket.onclose = () => this.finish();
  }

  /** Sends 20 ms of the microphone. */
  say(pcm: ArrayBuffer): void {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    if (this.socket.bufferedAmount > UNSENT_SECONDS_MAX * this.rate * 2) {
      this.finish();
      return;
    }
    this.socket.send(pcm);
  }

  played(name: string): void {
    this.send({ event: "mark", name });
  }

  press(digit: string): void {
    this.send({ event: "dtmf", digit });
  }

  hangUp(): void {
    this.left = true;
    this.send({ event: "stop" });
    this.finish();
  }

  private take(data: ArrayBuffer | string): void {
    if (typeof data !== "string") {
      this.handlers.audio(data);
      return;
    }
    const message = JSON.parse(data) as FromGateway;
    if (message.event === "mark") this.handlers.mark(message.name);
    else if (message.event === "clear") this.handlers.clear();
    else this.ending = message;
  }

  private send(message: object): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  private finish(): void {
    this.socket.onclose = this.socket.onmessage = null;
    this.socket.close();
    this.handlers.over(this.left ? { ending: "caller-left" } : this.ending);
  }
}
