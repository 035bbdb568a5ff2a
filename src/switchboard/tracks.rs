//! The two tracks of a call before they are encoded, on one clock: samples at 8 kHz since the answer.
//!
//! The caller's side lies where the media clock puts it: a lost packet leaves silence, what follows does not move. How far
//! that clock is from ours is learnt in the first second, from the packet that was under way the shortest. The agent's side
//! lies where the caller hears it: behind what is still playing, or now when nothing is; a clear takes back what has not
//! been played. So a time of the transcript is a place in the recording. Pure; knows nothing of files or codecs.
//!
//! Invariant: what has been given out is never changed, and time is given out without a gap.

use crate::audio::opus::{PACKET_SAMPLES, StereoFrame};
use crate::audio::{TELEPHONE_HZ, mulaw};
use std::collections::VecDeque;

/// Samples of a millisecond.
const SAMPLES_PER_MS: u64 = TELEPHONE_HZ as u64 / 1_000;
/// Nothing is given out before, so that the caller's side can still be moved.
const LEARNING: u64 = 1_000 * SAMPLES_PER_MS;
/// How long the caller's packets are waited for when the network holds them up. Bounds what is kept, too.
const LATE_MAX: u64 = 10_000 * SAMPLES_PER_MS;
/// Nobody's audio lies further ahead than this: the agent is sent 120 ms ahead, the caller not at all.
const AHEAD_MAX: u64 = 2_000 * SAMPLES_PER_MS;

/// Both sides of a call.
#[derive(Debug, Default)]
pub(super) struct Tracks {
    /// The time of the first sample kept; what lies before has been given out.
    origin: u64,
    caller: VecDeque<f32>,
    agent: VecDeque<f32>,
    /// What turns a position of the media clock into our time.
    offset: Option<i64>,
    /// When the far end will have played all it was sent.
    plays_next: u64,
    /// The latest time heard of.
    now: u64,
    /// When the call was over.
    over: Option<u64>,
    /// Reused for decoding.
    decoded: Vec<f32>,
}

impl Tracks {
    /// A packet of the caller's that came at `at` and begins at `position` of the media clock.
    pub(super) fn caller(&mut self, at: u64, position: u64, mulaw: &[u8]) {
        self.now = self.now.max(at);
        let length = mulaw.len() as u64;
        // As if it had come without any delay.
        let soonest = signed(at) - signed(position) - signed(length);
        let offset = match self.offset {
            None => soonest,
            Some(offset) => {
                let end = signed(position) + offset + signed(length);
                let lost = end > signed(at + AHEAD_MAX) || end + signed(LATE_MAX) < signed(at);
                if lost {
                    soonest // its clock has jumped
                } else if soonest < offset && self.is_learning() {
                    let earlier = usize::try_from(offset - soonest).unwrap_or(0).min(self.caller.len());
                    self.caller.drain(..earlier);
                    soonest
                } else {
                    offset
                }
            }
        };
        self.offset = Some(offset);
        let start = signed(position) + offset;
        self.decoded.clear();
        mulaw::decode_into(mulaw, &mut self.decoded);
        write(&mut self.caller, start - signed(self.origin), &self.decoded);
    }

    /// A frame sent to the caller at `at`.
    pub(super) fn agent(&mut self, at: u64, mulaw: &[u8]) {
        self.now = self.now.max(at);
        let start = self.plays_next.max(at);
        if start > at + AHEAD_MAX {
            return;
        }
        self.decoded.clear();
        mulaw::decode_into(mulaw, &mut self.decoded);
        write(&mut self.agent, signed(start) - signed(self.origin), &self.decoded);
        self.plays_next = start + mulaw.len() as u64;
    }

    /// What has not been played at `at` never will be.
    pub(super) fn clear(&mut self, at: u64) {
        self.now = self.now.max(at);
        let heard = usize::try_from(at.saturating_sub(self.origin)).unwrap_or(usize::MAX);
        self.agent.truncate(heard);
        self.plays_next = at;
    }

    /// The call was over at `at`; everything up to then can be given out.
    pub(super) fn finish(&mut self, at: u64) {
        self.now = self.now.max(at);
        let left = usize::try_from(self.now.saturating_sub(self.origin)).unwrap_or(usize::MAX);
        self.caller.truncate(left);
        self.agent.truncate(left);
        self.over = Some(self.now);
    }

    /// The next 20 ms that cannot change any more. Once the call is over, all there is, the last one filled up with silence.
    pub(super) fn next(&mut self) -> Option<StereoFrame> {
        let length = PACKET_SAMPLES as u64;
        let ready = match self.over {
            Some(end) => self.origin < end,
            None if self.is_learning() => false,
            None => {
                let brought = self.origin + self.caller.len() as u64;
                self.origin + length <= brought.max(self.now.saturating_sub(LATE_MAX)).min(self.now)
            }
        };
        if !ready {
            return None;
        }
        let mut frame = [0.0; PACKET_SAMPLES * 2];
        for pair in frame.chunks_exact_mut(2) {
            pair[0] = self.caller.pop_front().unwrap_or(0.0);
            pair[1] = self.agent.pop_front().unwrap_or(0.0);
        }
        self.origin += length;
        Some(frame)
    }

    /// How long the call was, in samples, once it is over.
    pub(super) fn length(&self) -> u64 {
        self.over.unwrap_or(self.now)
    }

    fn is_learning(&self) -> bool {
        self.now < LEARNING
    }
}

/// Puts samples at a place of a track, silence before it where there is none yet. What is there already stays, and what
/// lies before the track's beginning has been given out.
fn write(track: &mut VecDeque<f32>, start: i64, samples: &[f32]) {
    let end = usize::try_from(start).unwrap_or(0);
    if track.len() < end {
        track.resize(end, 0.0);
    }
    let taken = usize::try_from(signed(track.len() as u64) - start).unwrap_or(0).min(samples.len());
    track.extend(&samples[taken..]);
}

fn signed(samples: u64) -> i64 {
    i64::try_from(samples).unwrap_or(i64::MAX / 4)
}

#[cfg(test)]
#[path = "tracks_tests.rs"]
mod tests;
