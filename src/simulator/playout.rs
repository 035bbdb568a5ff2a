//! Twilio's playout buffer: what it was sent is played at real time, and marks are answered when playback gets there.
//!
//! Pure: it is told when 20 ms have passed. Invariant: marks are answered in the order they were sent, each exactly
//! once; none before the audio sent ahead of it has been played to its last sample, unless a clear discarded it.

use crate::audio::FRAME_BYTES;
use std::collections::VecDeque;

/// µ-law for no sound.
pub(super) const SILENCE: u8 = 0xff;
/// The most audio kept: ten minutes. A gateway that sends more is not pacing itself at all.
const BUFFER_BYTES_MAX: usize = 10 * 60 * 8_000;
/// The most marks that may wait: many more than clauses in ten minutes.
const MARKS_MAX: usize = 10_000;

/// The buffer.
#[derive(Debug, Default)]
pub(super) struct Playout {
    queue: VecDeque<u8>,
    /// Pending marks with the number of bytes, counted from the stream's start, that come before each.
    marks: VecDeque<(u64, String)>,
    /// Bytes ever queued and not cleared, plus those cleared: the position of the next byte.
    queued: u64,
    /// The position playback has reached; everything before it has been played to the end.
    played: u64,
    /// Bytes of the frame that is being played now: played when the next one is asked for.
    playing: u64,
    /// Bytes thrown away because the buffer was full.
    overflowed: u64,
}

impl Playout {
    /// Queues audio.
    pub(super) fn push(&mut self, audio: &[u8]) {
        let room = BUFFER_BYTES_MAX - self.queue.len();
        let kept = audio.len().min(room);
        self.queue.extend(&audio[..kept]);
        self.queued += kept as u64;
        self.overflowed += (audio.len() - kept) as u64;
    }

    /// Queues a mark behind the audio queued so far.
    pub(super) fn mark(&mut self, name: String) {
        if self.marks.len() < MARKS_MAX {
            self.marks.push_back((self.queued, name));
        }
    }

    /// Throws away what has not begun to play; the names of all pending marks, to be answered at once.
    pub(super) fn clear(&mut self) -> Vec<String> {
        self.queued -= self.queue.len() as u64;
        self.queue.clear();
        self.marks.drain(..).map(|(_, name)| name).collect()
    }

    /// The next 20 ms begin: the frame that is heard now, and the marks playback has just reached.
    pub(super) fn next_frame(&mut self) -> ([u8; FRAME_BYTES], Vec<String>) {
        self.played += self.playing;
        let mut reached = Vec::new();
        while self.marks.front().is_some_and(|(position, _)| *position <= self.played) {
            reached.extend(self.marks.pop_front().map(|(_, name)| name));
        }
        let mut frame = [SILENCE; FRAME_BYTES];
        let count = self.queue.len().min(FRAME_BYTES);
        for (byte, played) in frame.iter_mut().zip(self.queue.drain(..count)) {
            *byte = played;
        }
        self.playing = count as u64;
        (frame, reached)
    }

    /// Milliseconds of audio that wait.
    pub(super) fn waiting_ms(&self) -> u64 {
        self.queue.len() as u64 / 8
    }

    /// Whether a gateway sent more than the buffer holds.
    pub(super) const fn overflowed(&self) -> bool {
        self.overflowed > 0
    }
}

#[cfg(test)]
mod tests {
    use super::{FRAME_BYTES, Playout, SILENCE};
    use proptest::prelude::*;

    #[test]
    fn audio_is_played_in_order_and_silence_fills_the_rest() {
        let mut playout = Playout::default();
        playout.push(&[1; 100]);
        playout.push(&[2; 100]);
        let (first, _) = playout.next_frame();
        assert_eq!((first[0], first[99], first[100], first[159]), (1, 1, 2, 2));
        let (second, _) = playout.next_frame();
        assert_eq!((second[39], second[40]), (2, SILENCE));
    }

    #[test]
    fn a_mark_is_answered_when_the_audio_before_it_has_been_played_to_the_end() {
        let mut playout = Playout::default();
        playout.push(&[1; 2 * FRAME_BYTES]);
        playout.mark("end".into());
        assert!(playout.next_frame().1.is_empty());
        assert!(playout.next_frame().1.is_empty());
        assert_eq!(playout.next_frame().1, ["end"]);
    }

    #[test]
    fn a_mark_behind_nothing_is_answered_at_the_next_frame() {
        let mut playout = Playout::default();
        playout.mark("now".into());
        assert_eq!(playout.next_frame().1, ["now"]);
    }

    #[test]
    fn a_clear_answers_every_pending_mark_at_once_and_silences_the_next_frame() {
        let mut playout = Playout::default();
        playout.push(&[1; 1_000]);
        playout.mark("a".into());
        playout.push(&[1; 1_000]);
        playout.mark("b".into());
        playout.next_frame();
        assert_eq!(playout.clear(), ["a", "b"]);
        assert_eq!(playout.next_frame(), ([SILENCE; FRAME_BYTES], vec![]));
        playout.push(&[3; FRAME_BYTES]);
        playout.mark("c".into());
        assert_eq!(playout.next_frame().0, [3; FRAME_BYTES]);
        assert_eq!(playout.next_frame().1, ["c"]);
    }

    proptest! {
        #[test]
        fn every_mark_is_answered_once_and_in_order(steps in proptest::collection::vec((0..4_u8, 0..500_usize), 0..60)) {
            let mut playout = Playout::default();
            let (mut sent, mut answered) = (0, Vec::new());
            for (step, length) in steps {
                match step {
                    0 => playout.push(&vec![7; length]),
                    1 => { playout.mark(sent.to_string()); sent += 1; }
                    2 => answered.extend(playout.clear()),
                    _ => answered.extend(playout.next_frame().1),
                }
            }
            while playout.waiting_ms() > 0 {
                answered.extend(playout.next_frame().1);
            }
            answered.extend(playout.next_frame().1);
            answered.extend(playout.next_frame().1);
            let expected: Vec<_> = (0..sent).map(|number| number.to_string()).collect();
            prop_assert_eq!(answered, expected);
        }
    }
}
