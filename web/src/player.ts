// The recording of a call with its transcript: the turn being heard is marked and kept in view, a turn that is clicked is
// played. The recording's clock is the transcript's.

import * as api from "./api";
import { h } from "./dom";
import { length } from "./format";
import type { Transcript } from "./calls";

/** What stands above a past call's transcript. */
export function player(callId: string, recordings: api.Recording[], transcript: Transcript): HTMLElement {
  if (recordings.length === 0) return h("p", { class: "empty" }, "There is no recording of this call.");
  const parts = recordings.map((recording, index) => {
    const audio = h("audio", { controls: "", preload: "metadata", src: api.recordingAddress(callId, recording.part) });
    audio.setAttribute("aria-label", `Recording, ${length(recording.length_ms)}`);
    const trouble = h("p", { class: "empty", role: "status", hidden: "" }, "This recording cannot be played here.");
    audio.addEventListener("error", () => (trouble.hidden = false));
    // A call that came back after a break has further parts, which begin at times of their own.
    if (index === 0) follow(audio, transcript);
    const name = recordings.length > 1 ? h("figcaption", { class: "quiet" }, `Part ${recording.part}`) : null;
    return h("figure", { class: "player" }, name, audio, trouble);
  });
  return h("div", {}, ...parts);
}

function follow(audio: HTMLAudioElement, transcript: Transcript): void {
  const show = () => transcript.mark(Math.round(audio.currentTime * 1000));
  // `timeupdate` comes four times a second: often enough for turns.
  for (const event of ["timeupdate", "seeked", "play"]) audio.addEventListener(event, show);
  audio.addEventListener("ended", () => transcript.mark(null));
  transcript.playable((ms) => {
    audio.currentTime = ms / 1000;
    void audio.play().catch(() => undefined);
  });
}
