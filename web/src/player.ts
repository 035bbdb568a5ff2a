// The recording of a call with its transcript: the turn being heard is marked and kept in view, a turn that is clicked is
// played. A recording's clock is the transcript's, from where it begins: a call that came back after a break has several.

import * as api from "./api";
import { h } from "./dom";
import { length } from "./format";
import type { Transcript } from "./calls";

/** A recording that is known to begin at a time of the transcript's. */
interface Part {
  audio: HTMLAudioElement;
  began: number;
}

/** What stands above a past call's transcript. */
export function player(callId: string, recordings: api.Recording[], transcript: Transcript): HTMLElement {
  if (recordings.length === 0) return h("p", { class: "empty" }, "There is no recording of this call.");
  const parts: Part[] = [];
  const figures = recordings.map((recording) => {
    const audio = h("audio", { controls: "", preload: "metadata", src: api.recordingAddress(callId, recording.part) });
    audio.setAttribute("aria-label", `Recording, ${length(recording.length_ms)}`);
    const trouble = h("p", { class: "empty", role: "status", hidden: "" }, "This recording cannot be played here.");
    audio.addEventListener("error", () => (trouble.hidden = false));
    if (recording.began_ms !== null) parts.push({ audio, began: recording.began_ms });
    const name = recordings.length > 1 ? h("figcaption", { class: "quiet" }, `Part ${recording.part}`) : null;
    return h("figure", { class: "player" }, name, audio, trouble);
  });
  if (parts.length > 0) follow(parts, transcript);
  return h("div", {}, ...figures);
}

function follow(parts: Part[], transcript: Transcript): void {
  for (const { audio, began } of parts) {
    const show = () => transcript.mark(began + Math.round(audio.currentTime * 1000));
    // `timeupdate` comes four times a second: often enough for turns.
    for (const event of ["timeupdate", "seeked", "play"]) audio.addEventListener(event, show);
    audio.addEventListener("ended", () => transcript.mark(null));
    // One at a time: each marks the turn it plays.
    audio.addEventListener("play", () => {
      for (const other of parts) if (other.audio !== audio) other.audio.pause();
    });
  }
  transcript.playable((ms) => {
    const part = parts.filter(({ began }) => began <= ms).pop() ?? parts[0];
    if (!part) return;
    part.audio.currentTime = Math.max(0, ms - part.began) / 1000;
    void part.audio.play().catch(() => undefined);
  });
}
