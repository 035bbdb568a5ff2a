// The audio thread: the microphone cut into frames, and the agent played from a queue that knows what was played.
//
// Frames are 16 bit, mono, 20 ms, at the rate of the audio context. A mark is answered when the sample before it has
// been played; a clear throws away what is queued and answers every mark at once.

declare const sampleRate: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

const FRAMES_A_SECOND = 50;
/** More than the agent ever sends ahead (a fraction of a second): beyond it the sender is broken. */
const QUEUE_SECONDS_MAX = 30;
const QUANTUM = 128;

class Microphone extends AudioWorkletProcessor {
  private frame = new Int16Array(Math.round(sampleRate / FRAMES_A_SECOND));
  private filled = 0;

  process(inputs: Float32Array[][]): boolean {
    const input = inputs[0]?.[0];
    // Without a device the time goes on all the same: silence.
    const length = input?.length ?? QUANTUM;
    for (let i = 0; i < length; i++) {
      const sample = Math.max(-1, Math.min(1, input?.[i] ?? 0));
      this.frame[this.filled++] = sample * 32_767;
      if (this.filled === this.frame.length) {
        this.port.postMessage(this.frame.buffer, [this.frame.buffer]);
        this.frame = new Int16Array(Math.round(sampleRate / FRAMES_A_SECOND));
        this.filled = 0;
      }
    }
    return true;
  }
}

type Order = { audio: ArrayBuffer } | { mark: string } | { clear: true };

class Speaker extends AudioWorkletProcessor {
  private queue: Int16Array[] = [];
  /** Samples of the queue's first piece that are played. */
  private offset = 0;
  /** Samples ever queued and ever played (or thrown away). */
  private queued = 0;
  private played = 0;
  private marks: { at: number; name: string }[] = [];

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<Order>) => this.take(data);
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const output = outputs[0]?.[0];
    let at = 0;
    while (output && at < output.length && this.queue[0]) {
      const piece = this.queue[0];
      const count = Math.min(output.length - at, piece.length - this.offset);
      for (let i = 0; i < count; i++) output[at + i] = (piece[this.offset + i] ?? 0) / 32_768;
      at += count;
      this.offset += count;
      this.played += count;
      if (this.offset === piece.length) {
        this.queue.shift();
        this.offset = 0;
      }
    }
    this.answer();
    return true;
  }

  private take(order: Order): void {
    if ("audio" in order) {
      const piece = new Int16Array(order.audio);
      if (piece.length === 0 || this.queued - this.played + piece.length > QUEUE_SECONDS_MAX * sampleRate) return;
      this.queue.push(piece);
      this.queued += piece.length;
    } else if ("mark" in order) {
      this.marks.push({ at: this.queued, name: order.mark });
    } else {
      this.queue = [];
      this.offset = 0;
      this.played = this.queued;
      this.answer();
    }
  }

  private answer(): void {
    while (this.marks[0] && this.marks[0].at <= this.played) this.port.postMessage(this.marks.shift()?.name);
  }
}

registerProcessor("microphone", Microphone);
registerProcessor("speaker", Speaker);
