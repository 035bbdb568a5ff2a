// Microphone and loudspeaker of a call. Knows the browser's audio, not the call's socket.

import workletUrl from "./worklet.ts?worker&url";

/** What the gateway takes; the first is asked for, being all that speech needs. */
const RATES = [16_000, 24_000, 44_100, 48_000];
/** The level that fills no part of a meter. */
const FLOOR_DB = -60;

/** What keeps a call from being heard, in words for the caller. */
export class SoundError extends Error {}

export interface Handlers {
  /** 20 ms of the microphone, 16 bit. */
  frame(pcm: ArrayBuffer): void;
  /** Playback got to a mark. */
  mark(name: string): void;
  /** The microphone is gone. */
  lost(): void;
}

/** Whether the browser lets the page choose where sound comes out. */
export const canChooseOutput = typeof AudioContext !== "undefined" && "setSinkId" in AudioContext.prototype;

/** The devices of a kind; without names until the microphone was allowed once. */
export async function devices(kind: "audioinput" | "audiooutput"): Promise<MediaDeviceInfo[]> {
  const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  return all.filter((device) => device.kind === kind && device.deviceId !== "");
}

export class Sound {
  private source: MediaStreamAudioSourceNode | null = null;
  private muted = false;

  private constructor(
    private readonly context: AudioContext,
    private stream: MediaStream,
    private readonly microphone: AudioWorkletNode,
    private readonly speaker: AudioWorkletNode,
    private readonly yours: AnalyserNode,
    private readonly theirs: AnalyserNode,
    private readonly handlers: Handlers,
  ) {}

  /** Opens both ends; must be called from a click, or the browser stays silent. */
  static async open(input: string, output: string, handlers: Handlers): Promise<Sound> {
    const stream = await listen(input);
    let context: AudioContext | null = null;
    try {
      context = contextFor(stream);
      await context.audioWorklet.addModule(workletUrl);
      const microphone = new AudioWorkletNode(context, "microphone", { numberOfInputs: 1, channelCount: 1, channelCountMode: "explicit" });
      const speaker = new AudioWorkletNode(context, "speaker", { numberOfInputs: 0, outputChannelCount: [1] });
      const [yours, theirs] = [context.createAnalyser(), context.createAnalyser()];
      yours.fftSize = theirs.fftSize = 1024;
      // The microphone's node gives out silence; connected, every browser keeps it running.
      microphone.connect(context.destination);
      speaker.connect(theirs).connect(context.destination);
      microphone.port.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => handlers.frame(data);
      speaker.port.onmessage = ({ data }: MessageEvent<string>) => handlers.mark(data);
      const sound = new Sound(context, stream, microphone, speaker, yours, theirs, handlers);
      sound.connect(stream);
      await sound.speakTo(output);
      await context.resume();
      return sound;
    } catch (error) {
      for (const track of stream.getTracks()) track.stop();
      await context?.close();
      throw error instanceof SoundError ? error : new SoundError(`The browser's audio could not be started (${String(error)}).`);
    }
  }

  get rate(): number {
    return this.context.sampleRate;
  }

  /** Plays after what is queued. */
  play(audio: ArrayBuffer): void {
    this.speaker.port.postMessage({ audio }, [audio]);
  }

  /** Asks to be told when what is queued now has been played. */
  mark(name: string): void {
    this.speaker.port.postMessage({ mark: name });
  }

  /** Falls silent at once. */
  clear(): void {
    this.speaker.port.postMessage({ clear: true });
  }

  mute(muted: boolean): void {
    this.muted = muted;
    for (const track of this.stream.getAudioTracks()) track.enabled = !muted;
  }

  /** Changes the microphone in the middle of a call. */
  async listenTo(input: string): Promise<void> {
    const stream = await listen(input);
    for (const track of this.stream.getTracks()) track.stop();
    this.stream = stream;
    this.connect(stream);
    this.mute(this.muted);
  }

  /** Changes where the agent is heard. */
  async speakTo(output: string): Promise<void> {
    if (!canChooseOutput) return;
    const context = this.context as AudioContext & { setSinkId(id: string): Promise<void> };
    await context.setSinkId(output).catch(() => {
      throw new SoundError("That loudspeaker cannot be used. Choose another.");
    });
  }

  /** How loud both sides are, 0 to 1. */
  levels(): { yours: number; theirs: number } {
    return { yours: this.muted ? 0 : level(this.yours), theirs: level(this.theirs) };
  }

  async close(): Promise<void> {
    this.microphone.port.onmessage = this.speaker.port.onmessage = null;
    for (const track of this.stream.getTracks()) track.stop();
    if (this.context.state !== "closed") await this.context.close();
  }

  private connect(stream: MediaStream): void {
    this.source?.disconnect();
    this.source = this.context.createMediaStreamSource(stream);
    this.source.connect(this.yours);
    this.source.connect(this.microphone);
    for (const track of stream.getAudioTracks()) {
      track.onended = () => {
        if (this.stream === stream) this.handlers.lost();
      };
    }
  }
}

/** A context the gateway understands. Some browsers refuse a microphone of another rate than the context's. */
function contextFor(stream: MediaStream): AudioContext {
  const wanted = new AudioContext({ sampleRate: RATES[0]!, latencyHint: "interactive" });
  try {
    wanted.createMediaStreamSource(stream).disconnect();
    return wanted;
  } catch {
    void wanted.close();
  }
  const own = new AudioContext({ latencyHint: "interactive" });
  if (RATES.includes(own.sampleRate)) return own;
  void own.close();
  throw new SoundError(`This device records at ${own.sampleRate} Hz, which the phone cannot carry.`);
}

async function listen(input: string): Promise<MediaStream> {
  if (!navigator.mediaDevices) {
    throw new SoundError("The browser gives the microphone only to pages over HTTPS or on localhost. Open this page there.");
  }
  const audio: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };
  if (input) audio.deviceId = { exact: input };
  try {
    return await navigator.mediaDevices.getUserMedia({ audio });
  } catch (error) {
    throw new SoundError(refusal(error instanceof DOMException ? error.name : ""));
  }
}

function refusal(name: string): string {
  switch (name) {
    case "NotAllowedError":
      return "The microphone was refused. Allow it for this page in the browser's address bar, then call again.";
    case "NotFoundError":
      return "There is no microphone. Plug one in, then call again.";
    case "NotReadableError":
      return "The microphone does not answer: another program may be using it.";
    case "OverconstrainedError":
      return "The chosen microphone is not there any more. Choose another.";
    default:
      return "The microphone cannot be used.";
  }
}

function level(analyser: AnalyserNode): number {
  const samples = new Float32Array(analyser.fftSize);
  analyser.getFloatTimeDomainData(samples);
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  return Math.max(0, Math.min(1, 1 - (10 * Math.log10(power + 1e-12)) / FLOOR_DB));
}
