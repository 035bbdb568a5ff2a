//! The ear: a caller's µ-law packets become audio addressed by position, and voice events.
//!
//! Positions follow the *media clock* (the packets' timestamps), not arrival: a lost packet is filled with silence, a
//! repeated or late one is dropped, so the session's positions stay true over a bad network. The last
//! [`KEPT_SECONDS`] are kept for the recogniser. It does not know what a turn is.
//!
//! Invariant: `oldest() <= p <= end()` for every sample kept, and windows are heard in order, each once.

use super::tape::Tape;
use crate::audio::gain::level_db;
use crate::audio::mulaw;
use crate::audio::resample::Resampler;
use crate::audio::{LISTENING_HZ, Pcm, TELEPHONE_HZ};
use crate::call::Position;
use crate::call::event::Event;
use crate::speech::{VAD_WINDOW, Vad};
use crate::telemetry::cpu::{self, Stage};
use std::collections::VecDeque;

/// Audio kept for the recogniser: the longest turn (25 s) with its pre-roll and room to spare. 1.2 MB a call.
const KEPT_SECONDS: usize = 36;
/// Samples kept.
const KEPT: usize = KEPT_SECONDS * LISTENING_HZ as usize;
/// A timestamp this far from where it should be is rounding, not loss: half a frame.
const JITTER_MS: u64 = 10;
/// The longest gap that is heard as silence. Beyond it the clock jumps: nobody needs a minute of zeros analysed.
const FILLED_MS_MAX: u64 = 2_000;
/// A jump further than this is no clock of Twilio's: the packet is taken as following the last one.
const JUMP_MS_MAX: u64 = 60 * 60 * 1_000;

/// Samples of a millisecond on the telephone.
const SAMPLES_PER_MS: u64 = TELEPHONE_HZ as u64 / 1_000;

/// One call's ear.
pub struct Ear {
    vad: Box<dyn Vad>,
    resampler: Resampler<TELEPHONE_HZ, LISTENING_HZ>,
    /// The newest samples, 16 kHz, 16 bit.
    kept: VecDeque<i16>,
    /// Position of the end of `kept`.
    end: u64,
    /// Samples that do not fill a window yet.
    window: Vec<f32>,
    /// The media clock: samples of the stream (8 kHz) taken so far.
    heard: u64,
    /// Where it is recorded.
    tape: Tape,
    /// Reused for decoding.
    narrow: Vec<f32>,
    wide: Vec<f32>,
    /// Milliseconds filled in for lost packets, for the call's log line.
    pub(super) lost_ms: u64,
}

impl Ear {
    /// An ear at the beginning of a stream.
    pub fn new(vad: Box<dyn Vad>) -> Self {
        Self::taped(vad, Tape::new(None))
    }

    /// An ear that is recorded.
    pub(super) fn taped(vad: Box<dyn Vad>, tape: Tape) -> Self {
        Self {
            vad,
            resampler: Resampler::new(),
            kept: VecDeque::with_capacity(KEPT),
            end: 0,
            window: Vec::with_capacity(VAD_WINDOW),
            heard: 0,
            tape,
            narrow: Vec::new(),
            wide: Vec::new(),
            lost_ms: 0,
        }
    }

    /// Takes a packet; puts the voice events it completes into `events`.
    pub fn hear(&mut self, timestamp_ms: u64, mulaw: &[u8], events: &mut Vec<Event>) {
        let heard_ms = self.heard / SAMPLES_PER_MS;
        let ahead = timestamp_ms.saturating_sub(heard_ms);
        let behind = heard_ms.saturating_sub(timestamp_ms);
        if behind > JITTER_MS && behind <= JUMP_MS_MAX {
            return; // a repeat, or too late: its time has been heard as silence
        }
        if ahead > JITTER_MS && ahead <= JUMP_MS_MAX {
            self.fill(ahead, events);
        }
        self.tape.heard(self.heard, mulaw);
        self.heard += mulaw.len() as u64;
        self.narrow.clear();
        mulaw::decode_into(mulaw, &mut self.narrow);
        self.take_narrow(events);
    }

    /// The audio between two positions, as far as it is (still) there.
    pub fn clip(&self, from: Position, to: Position) -> Pcm<LISTENING_HZ> {
        let oldest = self.end - self.kept.len() as u64;
        let index = |position: Position| {
            usize::try_from(position.0.clamp(oldest, self.end) - oldest).unwrap_or(self.kept.len())
        };
        let (from, to) = (index(from), index(to));
        Pcm(self.kept.range(from..to.max(from)).map(|sample| f32::from(*sample) / 32_768.0).collect())
    }

    /// Stands silence in for a lost stretch.
    fn fill(&mut self, gap_ms: u64, events: &mut Vec<Event>) {
        let filled_ms = gap_ms.min(FILLED_MS_MAX);
        self.lost_ms += gap_ms;
        self.heard += gap_ms * SAMPLES_PER_MS;
        let skipped = (gap_ms - filled_ms) * u64::from(LISTENING_HZ) / 1_000;
        if skipped > 0 {
            // What was kept would no longer be addressed rightly: positions jump, so the past is let go.
            self.kept.clear();
            self.window.clear();
            self.end += skipped;
        }
        self.narrow.clear();
        self.narrow.resize(usize::try_from(filled_ms * SAMPLES_PER_MS).unwrap_or(0), 0.0);
        self.take_narrow(events);
    }

    fn take_narrow(&mut self, events: &mut Vec<Event>) {
        self.wide.clear();
        self.resampler.push(&self.narrow, &mut self.wide);
        for index in 0..self.wide.len() {
            let sample = self.wide[index];
            if self.kept.len() == KEPT {
                self.kept.pop_front();
            }
            #[expect(clippy::cast_possible_truncation, reason = "clamped to the range first")]
            self.kept.push_back((sample * 32_768.0).clamp(-32_768.0, 32_767.0) as i16);
            self.end += 1;
            self.window.push(sample);
            if let Ok(window) = <&[f32; VAD_WINDOW]>::try_from(self.window.as_slice()) {
                let probability = cpu::spent(Stage::VoiceDetector, || self.vad.speech(window));
                let level_db = level_db(window);
                self.window.clear();
                events.push(Event::Voice { until: Position(self.end), probability, level_db });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Deaf;

    impl Vad for Deaf {
        fn speech(&mut self, _: &[f32; VAD_WINDOW]) -> f32 {
            0.0
        }
    }

    fn ear() -> Ear {
        Ear::new(Box::new(Deaf))
    }

    fn hear(ear: &mut Ear, timestamps: impl IntoIterator<Item = u64>) -> Vec<Event> {
        let mut events = Vec::new();
        for timestamp in timestamps {
            ear.hear(timestamp, &[0xD5; 160], &mut events);
        }
        events
    }

    #[test]
    fn a_second_of_packets_is_a_second_of_positions() {
        let mut ear = ear();
        hear(&mut ear, (0..100).map(|n| n * 20));
        let second_and_a_half = ear.clip(Position(0), Position(24_000)).0.len();
        assert_eq!(second_and_a_half, 24_000);
        assert!(ear.end.abs_diff(32_000) < 400, "{}", ear.end);
    }

    #[test]
    fn a_lost_packet_does_not_shift_what_follows() {
        let (mut whole, mut broken) = (ear(), ear());
        hear(&mut whole, (0..50).map(|n| n * 20));
        hear(&mut broken, (0..50).filter(|n| ![10, 11, 30].contains(n)).map(|n| n * 20));
        assert_eq!(whole.end, broken.end);
        assert_eq!(broken.lost_ms, 60);
    }

    #[test]
    fn a_repeated_or_late_packet_is_dropped() {
        let (mut whole, mut broken) = (ear(), ear());
        hear(&mut whole, (0..20).map(|n| n * 20));
        hear(&mut broken, (0..20).flat_map(|n| [n * 20, n * 20, (n * 20u64).saturating_sub(60)]));
        assert_eq!(whole.end, broken.end);
    }

    #[test]
    fn a_minute_of_nothing_moves_the_clock_without_being_analysed() {
        let mut ear = ear();
        let events = hear(&mut ear, [0, 60_000]);
        assert!(events.len() < 80, "{}", events.len());
        assert!(ear.end.abs_diff(60_020 * 16) < 400, "{}", ear.end);
    }

    #[test]
    fn no_more_than_the_bound_is_kept() {
        let mut ear = ear();
        hear(&mut ear, (0..4_000).map(|n| n * 20));
        assert_eq!(ear.kept.len(), KEPT);
        assert_eq!(ear.clip(Position(0), Position(16_000)).0.len(), 0, "long gone");
    }

    proptest! {
        #[test]
        fn no_order_of_timestamps_breaks_it(timestamps in prop::collection::vec(any::<u64>(), 0..20), length in 0usize..400) {
            let mut ear = ear();
            let mut events = Vec::new();
            for timestamp in timestamps {
                ear.hear(timestamp % 10_000_000, &vec![0; length], &mut events);
                ear.hear(timestamp, &vec![0; length], &mut events);
            }
            let ends: Vec<_> = events.iter().map(|event| if let Event::Voice { until, .. } = event { until.0 } else { 0 }).collect();
            prop_assert!(ends.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!(ear.clip(Position(0), Position(u64::MAX)).0.len() <= KEPT);
        }
    }
}
