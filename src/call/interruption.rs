//! Is somebody cutting in? The agent falls silent first, and finds out then.
//!
//! A sound over the agent's words holds them: nothing is sent, and what was sent and not heard is kept. Then a verdict is
//! reached, from the words if there are any and from the clock if they take too long. Words: the agent's are cut off where
//! they were held. A cough, an "mm-hm", the agent's own echo: it goes on from there.
//!
//! What the sound was is told by [`judge`], which is pure; the rest keeps the promises of the floor.
//!
//! Invariant: words are held only while a turn of the caller's is open.
//! Invariant: an interruption once confirmed is not taken back.

use super::action::{Action, Hints, Outgoing};
use super::session::Session;
use super::speaking::Line;
use super::timer::Timer;
use super::timing::ms;
use super::turn::CallerTurn;
use super::{CallTime, JobId, endpoint, transcript};
use crate::dialogue::{Converse, Then};
use crate::nlu::{Field, Language};

/// Words of which so many letters in a hundred are the agent's own are its echo.
const ECHO_SHARE: usize = 75;
/// Letters compared: an echo that goes on for longer has long been told.
const ECHO_LETTERS_MAX: usize = 120;
/// An echo has at least so many words; fewer are no evidence.
const ECHO_WORDS_MIN: usize = 2;
/// An echo is weaker than the caller by so much, in dB: what a telephone's hybrid returns.
const ECHO_WEAKER_DB: f32 = 6.0;
/// Once an echo was heard on a line, what interrupts must be louder than that by so much, in dB: its loudest window is
/// not yet known.
const OVER_ECHO_DB: f32 = 10.0;
/// A window softer than the caller's loudest by so much, in dB, is somebody behind them, or an echo.
const BEHIND_DB: f32 = 20.0;
/// The loudest of a caller of whom nothing is known yet, in dBFS: that of a voice levelled like ours.
const LOUDEST_DB: f32 = -14.0;
/// Times in one utterance that a sound which was nothing makes the next one less believable.
const REJECTED_MAX: u32 = 3;

/// The agent's words are held.
#[derive(Clone, Debug)]
pub(super) struct Held {
    /// When they fell silent.
    since: CallTime,
    /// The look at what is being said, while it is being said.
    look: Look,
}

/// The look at an interruption that does not pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    NotYet,
    Asked(JobId),
    /// There were no words in it.
    Nothing,
}

/// What a sound over the agent's words was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Somebody wants to say something.
    Words,
    /// Nobody does.
    Nothing,
    /// It is the agent itself.
    Echo,
}

/// What is known of a sound.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sound<'a> {
    pub(super) words: &'a str,
    pub(super) language: Language,
    pub(super) field: Field,
    /// Whether the last clause, which asks, was being heard.
    pub(super) asked: bool,
    /// What the agent was saying.
    pub(super) agent: &'a str,
    /// How much weaker than the caller usually is, in dB; without end while nobody knows how loud they are.
    pub(super) weaker_db: f32,
}

/// Tells words from nothing.
pub(super) fn judge(sound: &Sound<'_>) -> Verdict {
    if !transcript::says_something(sound.words) {
        return Verdict::Nothing;
    }
    let answers = sound.asked && endpoint::is_answer(sound.field, sound.language, sound.words);
    if !answers && endpoint::is_back_channel(sound.language, sound.words) {
        return Verdict::Nothing;
    }
    if sound.weaker_db >= ECHO_WEAKER_DB && is_echo(sound.words, sound.agent) {
        return Verdict::Echo;
    }
    Verdict::Words
}

/// Whether most of these letters are the agent's, in its order: half a word of an echo is written as another word.
fn is_echo(words: &str, agent: &str) -> bool {
    let plain = |text: &str| -> Vec<char> {
        endpoint::words_of(text).flat_map(|word| word.chars().chain([' '])).flat_map(char::to_lowercase).collect()
    };
    let (mut heard, said) = (plain(words), plain(agent));
    heard.truncate(ECHO_LETTERS_MAX);
    let strange = letters_astray(&heard, &said);
    endpoint::words_of(words).count() >= ECHO_WORDS_MIN && strange * 100 <= heard.len() * (100 - ECHO_SHARE)
}

/// The least letters to be changed, left out or put in to find the one somewhere in the other (Sellers 1980).
fn letters_astray(sought: &[char], text: &[char]) -> usize {
    let mut ending_here: Vec<usize> = (0..=sought.len()).collect();
    let mut least = sought.len();
    for letter in text {
        let mut diagonal = ending_here[0];
        for n in 1..=sought.len() {
            let changed = diagonal + usize::from(sought[n - 1] != *letter);
            diagonal = ending_here[n];
            ending_here[n] = changed.min(ending_here[n] + 1).min(ending_here[n - 1] + 1);
        }
        least = least.min(ending_here[sought.len()]);
    }
    least
}

impl<C: Converse> Session<C> {
    /// Windows of speech that hold the agent's words: more after sounds that were nothing.
    pub(super) fn barge_in_windows(&self) -> u32 {
        self.timing.barge_in_windows * (1 + self.rejected)
    }

    /// Falls silent at once because the caller has the floor; the verdict follows.
    ///
    /// A caller who talks over our last syllable has heard us: then nothing was cut off, and what was planned stands.
    pub(super) fn hold_words(&mut self) {
        if self.lines.is_empty() || self.held.is_some() {
            return;
        }
        let audible = self.playback.audible(self.at);
        if self.is_heard_out() {
            return self.cut_off();
        }
        if audible {
            self.out.push(Action::Send(Outgoing::Clear));
        }
        self.playback.hold(self.at);
        for line in &mut self.lines {
            line.began = line.began.filter(|_| self.playback.has_begun(line.utterance));
        }
        self.held = Some(Held { since: self.at, look: Look::NotYet });
        self.timers.set(Timer::Verdict, self.at + ms(self.timing.look_ms));
    }

    /// The time for the verdict has come: a look at what is being said, then the clock's word.
    pub(super) fn verdict_due(&mut self) {
        let job = self.job();
        let language = self.converse.language();
        let (Some(held), Some(turn)) = (&mut self.held, &self.turn) else { return };
        let over = held.since + ms(self.timing.verdict_ms) <= self.at;
        if turn.guess.is_some() {
            // They have paused: their words are on the way, and tell more than the clock.
            return;
        }
        match held.look {
            Look::NotYet => {
                held.look = Look::Asked(job);
                let hints = Hints { language, field: Field::Anything, last: false };
                self.out.push(Action::Transcribe { job, from: turn.began, to: turn.latest(), hints });
                self.timers.set(Timer::Verdict, held.since + ms(self.timing.verdict_ms));
            }
            Look::Asked(_) if over && turn.voiced() => self.confirm_interruption(),
            // It has been listened to and is no speech; it ends at its pause.
            Look::Asked(_) | Look::Nothing => {}
        }
    }

    /// Takes the words of a look; false when it is none.
    pub(super) fn looked(&mut self, job: JobId, words: Option<&str>) -> bool {
        let Some(held) = self.held.as_mut().filter(|held| held.look == Look::Asked(job)) else { return false };
        held.look = Look::Nothing;
        // What the recogniser could not tell, the pause will.
        if words.is_some_and(|words| self.judge_sound(words) == Verdict::Words) {
            self.confirm_interruption();
        }
        true
    }

    /// The words of a pause are in: was it an interruption? True when it was not, and the turn is over.
    pub(super) fn weigh_interruption(&mut self, words: &str) -> bool {
        if self.held.is_none() {
            return false;
        }
        match self.judge_sound(words) {
            Verdict::Words => {
                self.confirm_interruption();
                return false;
            }
            Verdict::Nothing => {}
            Verdict::Echo => self.echo_db = self.turn.as_ref().map(CallerTurn::loudest_db),
        }
        self.drop_turn();
        self.reject_interruption();
        true
    }

    fn judge_sound(&self, words: &str) -> Verdict {
        let agent = self.lines.iter().map(Line::text).collect::<Vec<_>>().join(" ");
        let loudest = self.turn.as_ref().map_or(0.0, CallerTurn::loudest_db);
        judge(&Sound {
            words,
            language: self.converse.language(),
            field: self.converse.expecting(),
            asked: self.playback.in_last_clause(),
            agent: &agent,
            weaker_db: self.callers_db.map_or(f32::INFINITY, |usual| usual - loudest),
        })
    }

    /// Whether a window over the agent's words is too soft to be the caller's: an echo, or somebody behind them.
    pub(super) fn is_background(&self, level_db: f32) -> bool {
        let behind = self.callers_db.unwrap_or(LOUDEST_DB) - BEHIND_DB;
        let echo = self.echo_db.map_or(behind, |echo| echo + OVER_ECHO_DB);
        level_db < behind.max(echo)
    }

    /// It was nothing: the agent goes on where it was held.
    pub(super) fn reject_interruption(&mut self) {
        if let Some(held) = self.held.take() {
            self.give_up(held.look);
            self.playback.resume();
            self.rejected = (self.rejected + 1).min(REJECTED_MAX);
        }
    }

    /// Somebody wants to say something: what was not heard will not be.
    pub(super) fn confirm_interruption(&mut self) {
        if let Some(held) = self.held.take() {
            self.give_up(held.look);
            self.cut_off();
        }
    }

    fn give_up(&mut self, look: Look) {
        self.timers.clear(Timer::Verdict);
        if let Look::Asked(job) = look {
            self.out.push(Action::Abandon(job));
        }
    }

    /// Whether all has been made and nearly all has been heard.
    fn is_heard_out(&self) -> bool {
        let all_made = self.speaking.is_none() && self.lines.iter().all(|line| line.began.is_some());
        all_made && !self.playback.is_held() && self.playback.rest_ms(self.at) <= self.timing.overlap_ms
    }

    /// Cuts the agent's words off for good.
    pub(super) fn cut_off(&mut self) {
        self.held = None;
        self.timers.clear(Timer::Verdict);
        if self.lines.is_empty() {
            return;
        }
        let heard_out = self.is_heard_out();
        if self.playback.audible(self.at) {
            self.out.push(Action::Send(Outgoing::Clear));
        }
        if let Some(speaking) = self.speaking.take() {
            self.out.push(Action::Abandon(speaking.job));
            self.timers.clear(Timer::SpeechTimeout);
        }
        let heard = self.end_lines(heard_out);
        if heard_out {
            return;
        }
        self.then = Then::Listen;
        self.timers.clear(Timer::Goodbye);
        self.converse.interrupted(&heard);
        if let Some(turn) = &mut self.turn {
            turn.interrupted = true;
        }
    }
}
