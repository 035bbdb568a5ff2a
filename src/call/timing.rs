//! How long everything may take: the numbers of a call in one place.
//!
//! Knows nothing of what is done when a time has come (see [`super::session`]). Milliseconds throughout; every value can
//! be configured, and the defaults say why they are what they are.

use super::turn::LATEST;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The configurable times and thresholds of a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Timing {
    /// Probability from which a window holds speech.
    pub voice_on: f32,
    /// Probability under which speech that was going on has stopped (lower, so that it does not flutter).
    pub voice_off: f32,
    /// Windows (32 ms) of speech that begin a turn while the agent is silent. Three catch a short "yes".
    pub onset_windows: u32,
    /// How likely a single window over the agent's words must be a voice to silence it.
    pub barge_in_once: f32,
    /// What the probabilities of two windows in a row must add up to, to silence the agent: coughs, doors and a ringing
    /// telephone reach 0.35. Little, because it goes on if they were nothing.
    pub barge_in_on: f32,
    /// After a sound that was nothing: so many more windows of speech in a row silence it, for each such sound …
    pub barge_in_windows: u32,
    /// … and what their mean probability must be.
    pub barge_in_again: f32,
    /// When, after it fell silent, what is being said over it is listened to although it has not ended.
    pub look_ms: u64,
    /// When it is listened to once more if there were no words in it and it goes on.
    pub second_look_ms: u64,
    /// Silence after which a sound without words is over, should the verdict not be due before: the longest gap in a word or
    /// between two that belong together.
    pub gap_ms: u64,
    /// When, after it fell silent, speech that goes on is an interruption if nobody has made out anything of it yet.
    pub verdict_ms: u64,
    /// When a sound without words that goes on is listened to again, the agent having gone on too.
    pub look_again_ms: u64,
    /// Windows of speech that continue a turn after a pause; one alone is a click or a breath.
    pub resume_windows: u32,
    /// Audio kept from before the onset: the beginning of a word is softer than what is noticed of it.
    pub pre_roll_ms: u64,
    /// Silence after which the turn might be over and recognition is started on a guess: longer than a stop consonant.
    pub guess_ms: u64,
    /// Silence after which the turn detector is asked; with less of it, it was not trained to tell.
    pub judge_ms: u64,
    /// The longest silence waited for more words, whatever the evidence.
    pub longest_wait_ms: u64,
    /// From this length on, what was made out before a pause is not listened to again: the last look stays short.
    pub part_ms: u64,
    /// Factor on every silence of the table in `call::endpoint`: above 1 for callers who take their time.
    pub patience: f32,
    /// The longest turn; a recogniser works on 30 s at most.
    pub longest_turn_ms: u64,
    /// How much of a stalled stream counts as silence: it may be the network and not the caller.
    pub stall_ms: u64,
    /// How far ahead of playback frames are sent: a late wake-up is not heard, and a clear still has little to undo.
    pub lead_ms: u64,
    /// How long after its time a mark is still waited for before the clock is believed.
    pub mark_patience_ms: u64,
    /// What the way to the caller is taken to last until a mark has told.
    pub transit_ms: u64,
    /// A caller who answers over a rest shorter than this has heard us: people overlap by a syllable.
    pub overlap_ms: u64,
    /// Silence after the agent's words before it asks whether anybody is there.
    pub no_input_ms: u64,
    /// The same after "hold on".
    pub hold_ms: u64,
    /// The least time the caller has after a sound that was no words.
    pub no_input_again_ms: u64,
    /// How long an operation runs before the agent says that it is working on it.
    pub still_working_ms: u64,
    /// How long until it says so again.
    pub still_working_again_ms: u64,
    /// How long an operation may take.
    pub operation_ms: u64,
    /// How long recognition of a turn may take.
    pub recogniser_ms: u64,
    /// How long the voice may take to its next piece of audio.
    pub speech_ms: u64,
    /// How long a call may last.
    pub longest_call_ms: u64,
    /// The pause that ends typed digits.
    pub dtmf_pause_ms: u64,
    /// How long the last words may take, from deciding to end until hanging up.
    pub goodbye_ms: u64,
    /// So much of an answer nobody takes in who is speaking themselves: it can be taken back.
    pub unheard_ms: u64,
    /// How long after our decision that a turn was over its continuation still counts as the same turn, as long as the
    /// caller has heard nothing of the answer.
    pub second_thought_ms: u64,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            voice_on: 0.5,
            voice_off: 0.35,
            onset_windows: 3,
            barge_in_once: 0.35,
            barge_in_on: 0.51,
            barge_in_windows: 2,
            barge_in_again: 0.65,
            look_ms: 200,
            second_look_ms: 350,
            gap_ms: 300,
            verdict_ms: 500,
            look_again_ms: 1_000,
            resume_windows: 2,
            pre_roll_ms: 300,
            guess_ms: 96,
            judge_ms: 190,
            longest_wait_ms: 3_000,
            part_ms: 6_000,
            patience: 1.0,
            longest_turn_ms: 25_000,
            stall_ms: 100,
            lead_ms: 120,
            mark_patience_ms: 500,
            transit_ms: 100,
            overlap_ms: 300,
            no_input_ms: 6_000,
            hold_ms: 30_000,
            no_input_again_ms: 2_000,
            still_working_ms: 1_200,
            still_working_again_ms: 4_000,
            operation_ms: 10_000,
            recogniser_ms: 8_000,
            speech_ms: 5_000,
            longest_call_ms: 30 * 60 * 1_000,
            dtmf_pause_ms: 2_000,
            goodbye_ms: 20_000,
            unheard_ms: 300,
            second_thought_ms: 1_500,
        }
    }
}

/// The longest turn that can be asked for: the recogniser takes 30 s, and the ear keeps little more.
const LONGEST_TURN_MS_MAX: u64 = 28_000;
/// Less patience cuts everybody off, more bores everybody: beyond these it is a slip of the pen.
const PATIENCE_MIN: f32 = 0.25;
const PATIENCE_MAX: f32 = 4.0;
/// No time in a call is longer than a day.
const ANY_MS_MAX: u64 = 24 * 60 * 60 * 1_000;

impl Timing {
    /// Whether a call can be held by these values; else what is wrong with them.
    pub fn check(&self) -> Result<(), String> {
        let times = [
            ("guess_ms", self.guess_ms),
            ("longest_wait_ms", self.longest_wait_ms),
            ("longest_turn_ms", self.longest_turn_ms),
            ("stall_ms", self.stall_ms),
            ("mark_patience_ms", self.mark_patience_ms),
            ("no_input_ms", self.no_input_ms),
            ("hold_ms", self.hold_ms),
            ("no_input_again_ms", self.no_input_again_ms),
            ("still_working_ms", self.still_working_ms),
            ("still_working_again_ms", self.still_working_again_ms),
            ("operation_ms", self.operation_ms),
            ("recogniser_ms", self.recogniser_ms),
            ("speech_ms", self.speech_ms),
            ("longest_call_ms", self.longest_call_ms),
            ("dtmf_pause_ms", self.dtmf_pause_ms),
            ("goodbye_ms", self.goodbye_ms),
            ("look_again_ms", self.look_again_ms),
        ];
        if let Some((name, _)) = times.iter().find(|(_, ms)| !(1..=ANY_MS_MAX).contains(ms)) {
            return Err(format!("{name} must be at least 1 and at most a day"));
        }
        if !(self.look_ms < self.second_look_ms && self.second_look_ms < self.verdict_ms) {
            return Err("look_ms < second_look_ms < verdict_ms must hold".to_owned());
        }
        let windows = [self.onset_windows, self.barge_in_windows, self.resume_windows];
        if windows.iter().any(|windows| !(1..=LATEST).contains(&(*windows as usize))) {
            return Err(format!("speech is noticed after 1 to {LATEST} windows"));
        }
        let ordered = 0.0 < self.voice_off && self.voice_off <= self.voice_on && self.voice_on <= self.barge_in_again;
        if !ordered || self.barge_in_again > 1.0 {
            return Err("0 < voice_off <= voice_on <= barge_in_again <= 1 must hold".to_owned());
        }
        if !(self.voice_on..=2.0).contains(&self.barge_in_on) {
            return Err("barge_in_on must lie between voice_on and 2: it is the sum of two probabilities".to_owned());
        }
        if !(0.0 < self.barge_in_once && self.barge_in_once <= 1.0) {
            return Err("barge_in_once must lie between 0 and 1: it is a probability".to_owned());
        }
        if self.longest_turn_ms > LONGEST_TURN_MS_MAX || self.longest_turn_ms <= self.pre_roll_ms {
            return Err(format!("longest_turn_ms must lie between pre_roll_ms and {LONGEST_TURN_MS_MAX}"));
        }
        if !(PATIENCE_MIN..=PATIENCE_MAX).contains(&self.patience) {
            return Err(format!("patience must lie between {PATIENCE_MIN} and {PATIENCE_MAX}"));
        }
        if self.guess_ms >= self.longest_wait_ms {
            return Err("guess_ms must be less than longest_wait_ms".to_owned());
        }
        Ok(())
    }
}

/// Milliseconds as a duration.
pub(super) const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_pass_their_own_check_and_values_that_cannot_work_do_not() {
        assert_eq!(Timing::default().check(), Ok(()));
        for wrong in [
            Timing { still_working_again_ms: 0, ..Timing::default() },
            Timing { onset_windows: 0, ..Timing::default() },
            Timing { voice_on: f32::NAN, ..Timing::default() },
            Timing { barge_in_on: f32::NAN, ..Timing::default() },
            Timing { barge_in_on: 0.0, ..Timing::default() },
            Timing { barge_in_once: 0.0, ..Timing::default() },
            Timing { longest_turn_ms: 60_000, ..Timing::default() },
            Timing { guess_ms: 5_000, ..Timing::default() },
            Timing { patience: f32::NAN, ..Timing::default() },
        ] {
            assert!(wrong.check().is_err(), "{wrong:?}");
        }
    }
}
