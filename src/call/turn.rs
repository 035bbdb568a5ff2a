//! Has the caller begun, are they still speaking, and what do we know of their turn so far?
//!
//! [`Ear`] turns the voice detector's windows into onsets; [`CallerTurn`] follows one turn from its onset to the silence
//! that ends it. Both count in the media clock, so a late packet is no pause. The decision how much silence is enough
//! is [`super::endpoint`]'s; this module knows nothing of playback, dialogue or timers.
//!
//! Invariant: `began <= last_voiced <= latest` in every turn.

use super::event::Transcript;
use super::timing::Timing;
use super::transcript::says_something;
use super::{CallTime, JobId, Position};
use std::time::Duration;

/// Samples of one window of the voice detector, at 16 kHz.
const WINDOW: u64 = 512;
/// A window so much below the loudest just before it is the end of a word dying away, whatever the voice detector says:
/// it holds on to a voice for three windows …
const FADED_DB: f32 = 26.0;
/// … and how fast that is forgotten, in dB a window: a soft word may follow a loud one.
const FORGOTTEN_DB: f32 = 1.0;

/// Two windows: words may lie so little apart, and the sounds of a word hardly do.
const GAP_MS: u64 = 64;

/// One answer of the voice detector, with when it came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub(super) at: CallTime,
    pub(super) until: Position,
    pub(super) probability: f32,
    pub(super) level_db: f32,
}

impl Window {
    fn from(&self) -> Position {
        Position(self.until.0.saturating_sub(WINDOW))
    }
}

/// Listens for the beginning of speech.
#[derive(Clone, Debug, Default)]
pub(super) struct Ear {
    /// Windows of speech in a row.
    run: u32,
    /// Where they began.
    began: Position,
    /// The probabilities of the latest windows, the newest at `newest`.
    latest: [f32; LATEST],
    newest: usize,
}

/// Windows whose probabilities are kept: the most that can be asked for to cut the agent off.
pub(super) const LATEST: usize = 16;

/// How loud the line is while nobody speaks, by a minimum that rises slowly (after minimum statistics, Martin 2001): what
/// hardly rises above a steady noise is that noise, whatever the voice detector takes it for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Floor {
    db: f32,
}

/// A voice on top of a noise as loud as itself is louder than the noise by so much, in dB.
const ABOVE_FLOOR_DB: f32 = 3.0;
/// What a line is taken for before anything was heard on it, in dBFS: who is speaking already when it opens is no noise.
const FLOOR_AT_FIRST_DB: f32 = -45.0;
/// How fast the floor rises while no window is softer, in dB a window: 3 dB a second, so that a sentence without a gap
/// lifts it little.
const FLOOR_RISE_DB: f32 = 0.1;

impl Default for Floor {
    fn default() -> Self {
        Self { db: FLOOR_AT_FIRST_DB }
    }
}

impl Floor {
    /// The window as it counts: without any voice in it if it is no louder than the line itself.
    pub(super) fn sift(&mut self, window: Window) -> Window {
        self.db = (self.db + FLOOR_RISE_DB).min(window.level_db);
        let rises = window.level_db >= self.db + ABOVE_FLOOR_DB;
        if rises { window } else { Window { probability: 0.0, ..window } }
    }
}

impl Ear {
    /// Takes a window; says where speech began once enough of it has been heard.
    ///
    /// Over the agent's words one window is enough that may well be a voice, or two that are likely together: it only falls
    /// silent, and finds out then.
    /// After so many sounds that were nothing it takes longer, and surer speech on the whole: a plosive in the middle of a
    /// word may be unsure.
    pub(super) fn onset(&mut self, window: &Window, over_agent: Option<u32>, timing: &Timing) -> Option<Position> {
        self.newest = (self.newest + 1) % LATEST;
        self.latest[self.newest] = window.probability;
        if window.probability >= timing.voice_on {
            if self.run == 0 {
                self.began = window.from();
            }
            self.run = self.run.saturating_add(1);
        } else {
            self.run = 0;
        }
        let enough = match over_agent {
            Some(0) => window.probability >= timing.barge_in_once || self.mean(2) * 2.0 >= timing.barge_in_on,
            Some(rejected) => {
                let windows = timing.barge_in_windows * (1 + rejected);
                self.run >= windows && self.mean(windows) >= timing.barge_in_again
            }
            None => self.run >= timing.onset_windows,
        };
        let began = if self.run > 0 { self.began } else { window.from() };
        enough.then(|| {
            self.reset();
            began
        })
    }

    /// The mean probability of the latest windows.
    fn mean(&self, windows: u32) -> f32 {
        let count = LATEST.min(windows as usize);
        let sum: f32 = (0..count).map(|back| self.latest[(self.newest + LATEST - back) % LATEST]).sum();
        sum / count as f32
    }

    /// Forgets what it has counted.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }
}

/// A turn of the caller's, from its onset on.
#[derive(Clone, Debug)]
pub(super) struct CallerTurn {
    /// Where its audio begins, pre-roll included.
    pub(super) began: Position,
    /// When it was noticed.
    pub(super) began_at: CallTime,
    /// Whether it cut the agent off.
    pub(super) interrupted: bool,
    /// The guess made at the present pause.
    pub(super) guess: Option<Guess>,
    /// What was made out before the last pause or while it lasted, in case nothing can be made of the whole.
    pub(super) made_out: Option<Transcript>,
    /// How many guesses were made.
    pub(super) guesses: u32,
    /// When [`super::timer::Timer::NoInput`] was due before the caller spoke.
    pub(super) no_input_due: Option<CallTime>,
    last_voiced: Position,
    last_voiced_at: CallTime,
    latest: Position,
    latest_at: CallTime,
    voiced: bool,
    resuming: u32,
    /// The last pause inside it, in milliseconds.
    paused_ms: u64,
    /// The level of its loudest window, in dBFS.
    loudest_db: f32,
    /// The same, forgotten with time.
    lately_db: f32,
}

/// The pauses a caller makes inside their turns, the latest of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Pauses {
    latest_ms: [u64; PAUSES],
    next: usize,
}

/// Pauses that are remembered.
const PAUSES: usize = 8;
/// Longer than this somebody looked something up; that is no habit, and nobody would like us to wait for it each time.
const HABIT_MS_MAX: u64 = 1_000;

impl Pauses {
    /// Takes a pause after which the caller went on.
    pub(super) fn note(&mut self, pause_ms: u64) {
        self.latest_ms[self.next] = pause_ms.min(HABIT_MS_MAX);
        self.next = (self.next + 1) % PAUSES;
    }

    /// What they are likely to pause again, in milliseconds: the second longest of the latest. One is no habit.
    pub(super) fn usual_ms(&self) -> u64 {
        let mut sorted = self.latest_ms;
        sorted.sort_unstable();
        sorted[PAUSES - 2]
    }
}

/// What a window did to a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Course {
    /// Speaking, or pausing as before.
    On,
    /// The pause is long enough for a guess.
    Paused,
    /// Speech goes on after a guess was made: the guess is worth nothing.
    Resumed,
    /// As long as a turn may be.
    TooLong,
}

impl CallerTurn {
    /// A turn that began at `onset` and is being spoken.
    pub(super) fn begin(onset: Position, window: &Window, timing: &Timing) -> Self {
        Self {
            began: onset.min(window.until).back_ms(timing.pre_roll_ms),
            began_at: window.at.back(window.until.0.saturating_sub(onset.0) / 16),
            interrupted: false,
            guess: None,
            made_out: None,
            guesses: 0,
            no_input_due: None,
            last_voiced: window.until,
            last_voiced_at: window.at,
            latest: window.until,
            latest_at: window.at,
            voiced: true,
            resuming: 0,
            paused_ms: 0,
            loudest_db: window.level_db,
            lately_db: window.level_db,
        }
    }

    /// Takes the next window.
    pub(super) fn window(&mut self, window: &Window, timing: &Timing) -> Course {
        self.latest = self.latest.max(window.until);
        self.latest_at = window.at;
        let threshold = if self.voiced { timing.voice_off } else { timing.voice_on };
        self.loudest_db = self.loudest_db.max(window.level_db);
        self.lately_db = (self.lately_db - FORGOTTEN_DB).max(window.level_db);
        self.voiced = window.probability >= threshold && window.level_db > self.lately_db - FADED_DB;
        self.resuming = if self.voiced { self.resuming.saturating_add(1) } else { 0 };
        let resumed = self.guess.is_some() && self.resuming >= timing.resume_windows;
        if resumed {
            self.paused_ms = self.heard_silence_ms().saturating_sub(u64::from(self.resuming) * WINDOW / 16);
        }
        if self.voiced && (self.guess.is_none() || resumed) {
            self.last_voiced = self.latest;
            self.last_voiced_at = window.at;
        }
        if self.length_ms() >= timing.longest_turn_ms {
            Course::TooLong
        } else if resumed {
            Course::Resumed
        } else if self.guess.is_none() && !self.voiced && self.heard_silence_ms() >= self.pause_ms(timing) {
            Course::Paused
        } else {
            Course::On
        }
    }

    /// The silence after which a guess is made. Who speaks for long without a pause is listened to at the gap of a word, so
    /// that the last look stays short.
    fn pause_ms(&self, timing: &Timing) -> u64 {
        if self.length_ms() >= timing.part_ms { timing.guess_ms.min(GAP_MS) } else { timing.guess_ms }
    }

    /// Milliseconds of silence since the last word.
    pub(super) fn silence_ms(&self, at: CallTime, timing: &Timing) -> u64 {
        let since_window = at.as_ms().saturating_sub(self.latest_at.as_ms());
        if since_window >= timing.longest_wait_ms {
            return since_window;
        }
        self.heard_silence_ms() + since_window.min(timing.stall_ms)
    }

    /// When there will have been so much silence, if the stream goes on; after `at` in any case.
    pub(super) fn silent_at(&self, needed_ms: u64, at: CallTime, timing: &Timing) -> CallTime {
        let more = needed_ms.saturating_sub(self.heard_silence_ms());
        let due = self.latest_at + Duration::from_millis(more);
        if more <= timing.stall_ms && due > at {
            return due;
        }
        // The stream has to bring the rest; if it stalls altogether, the longest wait ends the turn.
        self.stalled_at(timing).max(at + Duration::from_millis(timing.stall_ms))
    }

    /// Whether the stream has brought nothing for the longest wait.
    pub(super) fn is_stalled(&self, at: CallTime, timing: &Timing) -> bool {
        self.stalled_at(timing) <= at
    }

    /// When it will have brought nothing for so long.
    pub(super) fn stalled_at(&self, timing: &Timing) -> CallTime {
        self.latest_at + Duration::from_millis(timing.longest_wait_ms)
    }

    /// Makes this the continuation of an earlier turn: their audio is one.
    pub(super) fn continues(&mut self, earlier: &Self) {
        self.began = earlier.began.min(self.began);
        self.began_at = earlier.began_at;
        self.interrupted = earlier.interrupted;
        self.guesses = earlier.guesses;
        self.made_out.clone_from(&earlier.made_out);
        self.loudest_db = self.loudest_db.max(earlier.loudest_db);
    }

    /// The part that follows when a turn is too long for one piece.
    pub(super) fn next_part(&self) -> Self {
        Self {
            began: self.latest,
            began_at: self.last_voiced_at,
            guess: None,
            made_out: None,
            resuming: 0,
            ..self.clone()
        }
    }

    /// What was said by these words of its whole: they, or if they are none what was made out before.
    pub(super) fn said<'a>(&'a self, whole: &'a Transcript) -> &'a Transcript {
        self.made_out.as_ref().filter(|_| !says_something(&whole.text)).unwrap_or(whole)
    }

    /// The last pause inside it, once speech has gone on.
    pub(super) fn paused_ms(&self) -> u64 {
        self.paused_ms
    }

    /// How long it is so far, in milliseconds of audio.
    pub(super) fn length_ms(&self) -> u64 {
        self.latest.as_ms().saturating_sub(self.began.as_ms())
    }

    /// The level of its loudest window, in dBFS.
    pub(super) fn loudest_db(&self) -> f32 {
        self.loudest_db
    }

    /// Whether the last window held speech.
    pub(super) fn voiced(&self) -> bool {
        self.voiced
    }

    /// Where the audio ends so far.
    pub(super) fn latest(&self) -> Position {
        self.latest
    }

    /// When the last word was heard.
    pub(super) fn last_voiced_at(&self) -> CallTime {
        self.last_voiced_at
    }

    /// Where the last word ended.
    pub(super) fn last_voiced(&self) -> Position {
        self.last_voiced
    }

    pub(super) fn heard_silence_ms(&self) -> u64 {
        self.latest.0.saturating_sub(self.last_voiced.0) / 16
    }
}

/// A guess that the turn is over: its words and the turn detector's opinion are being fetched.
#[derive(Clone, Debug)]
pub(super) struct Guess {
    /// The transcription; none once it has been answered.
    pub(super) transcribing: Option<JobId>,
    /// The turn detector's job; none before it is asked and once it has been answered.
    pub(super) judging: Option<JobId>,
    /// Whether the turn detector has been asked.
    pub(super) judge_asked: bool,
    /// Where the audio of its words ends.
    pub(super) until: Position,
    /// When the words were asked for.
    pub(super) asked_at: CallTime,
    /// The words.
    pub(super) transcript: Option<Transcript>,
    /// How long they took.
    pub(super) recognise_ms: Option<u32>,
    /// The turn detector's opinion.
    pub(super) finished: Option<f32>,
    /// The silence the turn needs to be over, given all this.
    pub(super) needed_ms: u64,
}

impl Guess {
    /// The part of a turn that follows the pause of this guess.
    pub(super) fn after(&self, turn: &CallerTurn) -> CallerTurn {
        CallerTurn { began: self.until, guess: None, made_out: None, ..turn.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(n: u64, probability: f32) -> Window {
        Window { at: CallTime::from_ms(n * 32), until: Position(n * WINDOW), probability, level_db: -20.0 }
    }

    #[test]
    fn a_click_is_no_onset_and_three_windows_are() {
        let (mut ear, timing) = (Ear::default(), Timing::default());
        let heard = [0.9, 0.0, 0.9, 0.9, 0.1, 0.6, 0.6, 0.6];
        let onsets: Vec<_> = (1..).zip(heard).map(|(n, p)| ear.onset(&window(n, p), None, &timing)).collect();
        assert_eq!(onsets[..7], [None; 7]);
        assert_eq!(onsets[7], Some(Position(5 * WINDOW)), "the onset is where the run began");
    }

    #[test]
    fn after_a_sound_that_was_nothing_it_takes_longer_and_surer_speech_to_silence_the_agent() {
        let (mut ear, timing) = (Ear::default(), Timing::default());
        assert!((1..40).all(|n| ear.onset(&window(n, 0.6), Some(1), &timing).is_none()));
        ear.reset();
        let first = (1..40).find(|&n| ear.onset(&window(n, 0.9), Some(2), &timing).is_some());
        assert_eq!(first, Some(6));
        // A word with an unsure sound in it is speech all the same; a gap is the end of it.
        let mut heard = |probabilities: [f32; 5], rejected: u32| {
            ear.reset();
            (1..).zip(probabilities).any(|(n, p)| ear.onset(&window(n, p), Some(rejected), &timing).is_some())
        };
        assert!(heard([0.8, 0.95, 0.6, 0.95, 0.95], 1));
        assert!(!heard([0.95, 0.95, 0.3, 0.95, 0.95], 1));
        // The first sound only makes it fall silent: a syllable that begins softly is enough, a cough is not.
        assert!(heard([0.02, 0.27, 0.31, 0.1, 0.1], 0));
        assert!(!heard([0.2, 0.13, 0.09, 0.2, 0.3], 0));
    }

    #[test]
    fn a_steady_noise_is_no_voice_and_a_voice_above_it_is() {
        let mut floor = Floor::default();
        for n in 1..250 {
            floor.sift(Window { level_db: -30.0, ..window(n, 0.0) });
        }
        let mut counts = |n: u64, level_db: f32| floor.sift(Window { level_db, ..window(n, 0.9) }).probability > 0.0;
        assert!((1..60).all(|n| !counts(n, if n % 2 == 0 { -31.0 } else { -29.5 })), "a fan, after a few seconds");
        assert!((60..90).all(|n| counts(n, -20.0)), "a second of speech over it");
        assert!(!counts(90, -30.0), "and the fan again");
        assert!((91..94).all(|n| !counts(n, -60.0)), "it stops");
        assert!((94..100).all(|n| counts(n, -45.0)), "now a soft voice is heard");
        assert!(Floor::default().sift(window(1, 0.9)).probability > 0.0, "as is who speaks from the beginning");
    }

    #[test]
    fn a_pause_asks_for_a_guess_and_a_breath_does_not_undo_it() {
        let timing = Timing::default();
        let mut turn = CallerTurn::begin(Position(0), &window(3, 0.9), &timing);
        let pause: Vec<_> = (4..11).map(|n| turn.window(&window(n, 0.1), &timing)).collect();
        assert_eq!(pause.iter().position(|c| *c == Course::Paused), Some(2), "after 96 ms");
        turn.guess = Some(Guess {
            transcribing: None,
            judging: None,
            judge_asked: true,
            until: Position(0),
            asked_at: CallTime::default(),
            transcript: None,
            recognise_ms: None,
            finished: None,
            needed_ms: 0,
        });
        assert_eq!(turn.window(&window(11, 0.9), &timing), Course::On);
        assert_eq!(turn.window(&window(12, 0.1), &timing), Course::On);
        assert_eq!(turn.silence_ms(CallTime::from_ms(12 * 32), &timing), 9 * 32);
        assert_eq!(turn.window(&window(13, 0.9), &timing), Course::On);
        assert_eq!(turn.window(&window(14, 0.9), &timing), Course::Resumed);
        assert_eq!(turn.silence_ms(CallTime::from_ms(14 * 32), &timing), 0);
    }

    #[test]
    fn in_a_long_turn_a_gap_between_two_words_is_enough_for_a_guess() {
        let timing = Timing::default();
        let mut turn = CallerTurn::begin(Position(0), &window(3, 0.9), &timing);
        let mut guessed = Vec::new();
        for n in 4..300 {
            // A gap of 64 ms every two seconds.
            let probability = if n % 62 < 2 { 0.1 } else { 0.9 };
            if turn.window(&window(n, probability), &timing) == Course::Paused {
                guessed.push(turn.length_ms());
            }
        }
        assert!(guessed.first().is_some_and(|at| (6_000..8_000).contains(at)), "{guessed:?}");
    }

    #[test]
    fn one_long_pause_is_no_habit_and_two_are() {
        let mut pauses = Pauses::default();
        pauses.note(900);
        assert_eq!(pauses.usual_ms(), 0);
        pauses.note(600);
        assert_eq!(pauses.usual_ms(), 600);
        (0..PAUSES).for_each(|_| pauses.note(200));
        assert_eq!(pauses.usual_ms(), 200, "who has become quicker is answered sooner");
    }

    #[test]
    fn a_stalled_stream_is_not_taken_for_silence_until_the_longest_wait() {
        let timing = Timing::default();
        let turn = CallerTurn::begin(Position(0), &window(3, 0.9), &timing);
        let later = |ms: u64| CallTime::from_ms(3 * 32 + ms);
        assert_eq!(turn.silence_ms(later(2_000), &timing), timing.stall_ms);
        assert!(turn.silence_ms(later(3_000), &timing) >= timing.longest_wait_ms);
        assert!(turn.silent_at(500, later(2_000), &timing) > later(2_000));
    }
}
