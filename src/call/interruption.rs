//! Is somebody cutting in? The agent falls silent first, and finds out then.
//!
//! A sound over the agent's words holds them: nothing is sent, and what was sent and not heard is kept. Then a verdict is
//! reached, from the words if there are any and from the clock if they take too long. Words: the agent's are cut off where
//! they were held. A cough, an "mm-hm", the agent's own echo: it goes on from there. A sound without words that does not
//! end is tolerated: the agent goes on beside it, and listens to it again now and then.
//!
//! What the sound was is told by [`super::verdict`], which is pure; this keeps the promises of the floor.
//!
//! Invariant: words are held, and a sound is tolerated, only while a turn of the caller's is open.
//! Invariant: an interruption once confirmed is not taken back.

use super::action::{Action, Hints, Outgoing};
use super::event::Transcript;
use super::session::Session;
use super::speaking::Line;
use super::timer::Timer;
use super::timing::ms;
use super::verdict::{ECHO_DIES_MS, FAINT_DB, Sound, Verdict, judge};
use super::{CallTime, JobId, Position, endpoint, transcript};
use crate::dialogue::{Converse, Heard, Then};
use crate::nlu::Field;
use std::collections::BTreeSet;
use std::time::Duration;

/// Once an echo was heard on a line, what interrupts must be louder than that by so much, in dB: its loudest window is
/// not yet known.
const OVER_ECHO_DB: f32 = 10.0;
/// A window softer than the caller's loudest by so much, in dB, is somebody behind them, or an echo.
const BEHIND_DB: f32 = 20.0;
/// The loudest of a caller of whom nothing is known yet, in dBFS: that of a voice levelled like ours.
const LOUDEST_DB: f32 = -14.0;
/// However loud an echo was, a caller who is as loud as usual interrupts: their windows lie so much below their loudest.
const CALLERS_RANGE_DB: f32 = 6.0;
/// So many different words may be assent that was misheard.
const ASSENT_WORDS_MAX: usize = 2;
/// Times in one utterance that a sound which was nothing makes the next one less believable.
const REJECTED_MAX: u32 = 3;

/// The agent's words are held.
#[derive(Clone, Debug)]
pub(super) struct Held {
    /// When they fell silent.
    since: CallTime,
    /// The look at what is being said, while it is being said.
    look: Look,
    /// Where the audio of the latest look ends.
    looked_to: Position,
    /// Whether a look found assent.
    assent: bool,
}

/// The look at an interruption that does not pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    /// None is made: nearly all had been heard, and the pause tells.
    Overlap,
    NotYet,
    Asked(JobId),
    /// There were no words in it.
    Nothing,
    /// There were, and it is faint: an echo, unless it goes on although the agent is silent.
    Faint,
    /// There may be words in it, and none to be believed: if it goes on they count as words.
    Doubtful,
    /// It goes on, and is looked at once more: "mm, wait" begins like "mm-hm".
    Again(JobId),
    /// There were none in all of it, and it is over if it does not go on soon: there are gaps in words, and what goes on after
    /// one is doubtful.
    Over,
    /// There were words in the beginning of it. What it all comes to, its pause tells: a beginning is often misheard, and the
    /// agent is silent either way.
    Words,
}

/// A sound without words goes on, and so does the agent.
#[derive(Clone, Debug)]
pub(super) struct Tolerated {
    /// The look at what has become of it.
    look: Option<JobId>,
    /// Whether a look found assent.
    assent: bool,
}

/// Where a sound over the agent's words stands, and what became of those before it: for whoever watches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interruption {
    /// How far the agent, silent for it, has come in finding out; none while it is not silent for anybody.
    pub held: Option<FoundOut>,
    /// Whether the agent speaks on beside a sound without words.
    pub beside: bool,
    /// What the last sound was taken for, by its words.
    pub judged: Option<Verdict>,
    /// How often the agent went on with what it was saying.
    pub went_on: u32,
    /// How often it was cut off.
    pub cut_off: u32,
}

/// What is known of a sound the agent is silent for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoundOut {
    /// Nothing.
    Nothing,
    /// It is being listened to.
    Listening,
    /// There are no words in it so far.
    NoWords,
    /// There are, but it is faint: an echo, unless it goes on.
    Faint,
    /// There are words in it: the agent stays silent.
    Words,
}

impl Look {
    const fn found_out(self) -> FoundOut {
        match self {
            Self::NotYet | Self::Overlap => FoundOut::Nothing,
            Self::Asked(_) | Self::Again(_) => FoundOut::Listening,
            Self::Nothing | Self::Doubtful | Self::Over => FoundOut::NoWords,
            Self::Faint => FoundOut::Faint,
            Self::Words => FoundOut::Words,
        }
    }
}

impl<C: Converse> Session<C> {
    /// Where an interruption stands.
    pub(super) fn interruption(&self) -> Interruption {
        Interruption {
            held: self.held.as_ref().map(|held| held.look.found_out()),
            beside: self.tolerated.is_some(),
            ..self.interruptions
        }
    }

    /// Falls silent at once because the caller has the floor; the verdict follows.
    ///
    /// Words over our last syllable are an answer: it may have been heard. Their pause tells whether there are any.
    pub(super) fn hold_words(&mut self) {
        if self.lines.is_empty() || self.held.is_some() {
            return;
        }
        let heard_out = self.is_heard_out();
        if self.playback.audible(self.at) {
            self.out.push(Action::Send(Outgoing::Clear));
            self.playback.ask_way(self.at, &mut self.out);
        }
        self.playback.hold(self.at);
        for line in &mut self.lines {
            line.began = line.began.filter(|_| self.playback.has_begun(line.utterance));
        }
        let look = if heard_out { Look::Overlap } else { Look::NotYet };
        self.held = Some(Held { since: self.at, look, looked_to: Position(0), assent: false });
        self.interruptions.judged = None;
        if !heard_out {
            self.timers.set(Timer::Verdict, self.at + ms(self.timing.look_ms));
        }
    }

    /// The time for the verdict has come: a look at what is being said, then the clock's word.
    pub(super) fn verdict_due(&mut self) {
        let Some(turn) = &self.turn else { return };
        if let Some(held) = self.held.as_mut().filter(|held| held.look == Look::Over) {
            if turn.last_voiced() <= held.looked_to {
                return self.ignore_sound(turn.loudest_db());
            }
            held.look = Look::Doubtful;
        }
        if turn.guess.is_some() {
            // They have paused: their words are on the way, and tell more than the clock.
            return;
        }
        let voiced = turn.voiced();
        if let Some(Tolerated { look: None, assent }) = self.tolerated {
            let look = Some(self.look());
            self.tolerated = Some(Tolerated { look, assent });
        }
        let Some(held) = &mut self.held else { return };
        let verdict_at = held.since + ms(self.timing.verdict_ms);
        match held.look {
            Look::NotYet => {
                self.look_at_held(Look::Asked);
                self.timers.set(Timer::Verdict, verdict_at);
            }
            Look::Asked(_) | Look::Faint if verdict_at <= self.at && voiced => {
                // No echo goes on while the agent is silent.
                self.interruptions.judged = (held.look == Look::Faint).then_some(Verdict::Words);
                self.confirm_interruption();
            }
            Look::Doubtful if self.at < verdict_at => self.timers.set(Timer::Verdict, verdict_at),
            Look::Doubtful if voiced => held.look = Look::Words,
            // There were no words in it, and it goes on.
            Look::Nothing => self.look_at_held(Look::Again),
            Look::Asked(_)
            | Look::Again(_)
            | Look::Faint
            | Look::Doubtful
            | Look::Over
            | Look::Words
            | Look::Overlap => {}
        }
    }

    /// Speech goes on after a pause: the verdict is due again.
    pub(super) fn goes_on(&mut self) {
        let over = matches!(self.held, Some(Held { look: Look::Over, .. }));
        let undecided = self.held.is_some() || self.tolerated.is_some();
        if undecided && (over || !self.timers.is_set(Timer::Verdict)) {
            self.timers.set(Timer::Verdict, self.at + ms(1));
        }
    }

    /// Has what is being said listened to as far as it is.
    fn look(&mut self) -> JobId {
        let job = self.job();
        let hints = Hints { language: self.converse.language(), field: Field::Anything, last: false };
        if let Some(turn) = &self.turn {
            self.out.push(Action::Transcribe { job, from: turn.began, to: turn.latest(), hints });
        }
        job
    }

    fn look_at_held(&mut self, look: fn(JobId) -> Look) {
        let job = self.look();
        if let (Some(held), Some(turn)) = (&mut self.held, &self.turn) {
            (held.look, held.looked_to) = (look(job), turn.latest());
        }
    }

    /// Takes the words of a look; false when it is none.
    pub(super) fn looked(&mut self, job: JobId, heard: Option<&Transcript>) -> bool {
        let (loudest_db, until) = self.sound();
        // What the recogniser could not tell, the pause will.
        let judged = |until| heard.map(|heard| self.judge_sound(&heard.text, loudest_db, until));
        let (now, if_it_goes_on) = (judged(until), judged(CallTime(Duration::MAX)));
        let (says, says_if_it_goes_on) = (now == Some(Verdict::Words), if_it_goes_on == Some(Verdict::Words));
        if let Some(Tolerated { assent, .. }) = self.tolerated.take_if(|tolerated| tolerated.look == Some(job)) {
            if says {
                self.interruptions.judged = now;
                // Beside the agent's words an echo goes on with them: silence will tell.
                if self.weaker_db(loudest_db) >= FAINT_DB { self.hold_words() } else { self.cut_off() }
            } else {
                self.tolerate(assent);
            }
            return true;
        }
        let Some(held) = self.held.as_mut() else { return false };
        let again = match held.look {
            Look::Asked(asked) if asked == job => false,
            Look::Again(asked) if asked == job => true,
            Look::NotYet
            | Look::Overlap
            | Look::Nothing
            | Look::Faint
            | Look::Doubtful
            | Look::Over
            | Look::Words
            | Look::Asked(_)
            | Look::Again(_) => return false,
        };
        let doubtful = again && heard.is_some_and(|heard| heard.doubtful);
        let found_words = heard.is_some_and(|heard| transcript::says_something(&heard.text));
        held.assent |= now == Some(Verdict::Nothing) && found_words;
        self.interruptions.judged = now;
        held.look = match (says, says_if_it_goes_on, doubtful) {
            (true, ..) => Look::Words,
            (false, true, _) => Look::Faint,
            (false, false, true) => Look::Doubtful,
            (false, false, false) => Look::Nothing,
        };
        let (nothing, assent) = (held.look == Look::Nothing, held.assent);
        let again_at = held.since + ms(if nothing { self.timing.second_look_ms } else { self.timing.verdict_ms });
        let goes_on = self.turn.as_ref().is_some_and(|turn| turn.guess.is_none());
        if says {
            if let Some(turn) = &mut self.turn {
                turn.made_out = heard.cloned();
            }
            self.timers.clear(Timer::Verdict);
        } else if self.was_nothing() {
            self.nothing_so_far(loudest_db);
        } else if again && nothing {
            self.reject_interruption();
            self.tolerate(assent);
        } else if goes_on {
            self.timers.set(Timer::Verdict, again_at.max(self.at + ms(1)));
        }
        true
    }

    /// Whether the sound the agent is silent for has paused, and no words were found in it up to there.
    pub(super) fn was_nothing(&self) -> bool {
        let (Some(held), Some(turn)) = (&self.held, &self.turn) else { return false };
        let paused = turn.guess.is_some() || turn.heard_silence_ms() >= self.timing.guess_ms;
        let found_none = matches!(held.look, Look::Nothing | Look::Faint | Look::Doubtful | Look::Over)
            && self.interruptions.judged.is_some();
        found_none && paused && turn.last_voiced() <= held.looked_to
    }

    /// There are no words in it, and it has paused: it is over if it does not go on soon.
    pub(super) fn nothing_so_far(&mut self, loudest_db: f32) {
        let (Some(held), Some(turn)) = (&mut self.held, &self.turn) else { return self.ignore_sound(loudest_db) };
        let verdict_at = held.since + ms(self.timing.verdict_ms);
        let over_at = verdict_at.min(turn.last_voiced_at() + ms(self.timing.gap_ms));
        if over_at <= self.at {
            return self.ignore_sound(loudest_db);
        }
        held.looked_to = turn.last_voiced();
        let look = std::mem::replace(&mut held.look, Look::Over);
        self.give_up(look);
        self.timers.set(Timer::Verdict, over_at);
    }

    /// It was nothing, so loud, and it is over.
    pub(super) fn ignore_sound(&mut self, loudest_db: f32) {
        if self.interruptions.judged == Some(Verdict::Echo) {
            self.echo_db = Some(loudest_db);
        }
        self.drop_turn();
        self.drop_tolerance();
        self.reject_interruption();
    }

    /// Goes on beside a sound without words, which is looked at again after a while.
    fn tolerate(&mut self, assent: bool) {
        self.tolerated = Some(Tolerated { look: None, assent });
        self.timers.set(Timer::Verdict, self.at + ms(self.timing.look_again_ms));
    }

    /// Whether a sound without words goes on beside the agent's; no longer once either is over.
    pub(super) fn tolerates(&mut self) -> bool {
        if self.turn.is_none() || self.lines.is_empty() {
            self.drop_tolerance();
        }
        self.tolerated.is_some()
    }

    /// The words of a pause are in, and how loud and how long the sound was: was it an interruption? True when it was not, and the
    /// turn is over.
    pub(super) fn weigh_interruption(&mut self, words: &str, loudest_db: f32, until: CallTime) -> bool {
        let tolerated = self.tolerates();
        if self.held.is_none() && !tolerated {
            return false;
        }
        let mut verdict = self.judge_sound(words, loudest_db, until);
        if verdict == Verdict::Words && self.is_garbled_assent(words) {
            verdict = Verdict::Nothing;
        }
        self.interruptions.judged = Some(verdict);
        match verdict {
            Verdict::Words if tolerated => {
                self.drop_tolerance();
                self.cut_off();
                return false;
            }
            Verdict::Words => {
                self.confirm_interruption();
                return false;
            }
            Verdict::Nothing | Verdict::Echo => {}
        }
        true
    }

    /// Whether a word or two that mean nothing are what was taken for assent a moment ago.
    fn is_garbled_assent(&self, words: &str) -> bool {
        let held = self.held.as_ref().is_some_and(|held| held.assent);
        let assent = held || self.tolerated.as_ref().is_some_and(|tolerated| tolerated.assent);
        let different: BTreeSet<String> = endpoint::words_of(words).map(str::to_lowercase).collect();
        let means_nothing = || {
            let said = Heard::Words { text: words, confidence: 1.0 };
            self.converse.clone().hear(&self.now(), said).missed
        };
        assent && different.len() <= ASSENT_WORDS_MAX && means_nothing()
    }

    /// How loud the caller's turn is, at its loudest, and when it was last heard.
    pub(super) fn sound(&self) -> (f32, CallTime) {
        self.turn.as_ref().map_or((LOUDEST_DB, self.at), |turn| (turn.loudest_db(), turn.last_voiced_at()))
    }

    fn weaker_db(&self, loudest_db: f32) -> f32 {
        self.callers_db.unwrap_or(LOUDEST_DB) - loudest_db
    }

    fn judge_sound(&self, words: &str, loudest_db: f32, until: CallTime) -> Verdict {
        let agent = self.lines.iter().map(Line::text).collect::<Vec<_>>().join(" ");
        judge(&Sound {
            words,
            language: self.converse.language(),
            field: self.converse.expecting(),
            asked: self.playback.in_last_clause(),
            heard_out: self.held.as_ref().is_some_and(|held| held.look == Look::Overlap),
            agent: &agent,
            weaker_db: self.weaker_db(loudest_db),
            died: self.held.as_ref().is_some_and(|held| until <= held.since + ms(ECHO_DIES_MS)),
        })
    }

    /// Whether a window over the agent's words is too soft to be the caller's: an echo, or somebody behind them.
    pub(super) fn is_background(&self, level_db: f32) -> bool {
        let callers = self.callers_db.unwrap_or(LOUDEST_DB);
        let behind = callers - BEHIND_DB;
        let echo = self.echo_db.map_or(behind, |echo| (echo + OVER_ECHO_DB).min(callers - CALLERS_RANGE_DB));
        level_db < behind.max(echo)
    }

    /// It was nothing: the agent goes on where it was held.
    pub(super) fn reject_interruption(&mut self) {
        if let Some(held) = self.held.take() {
            self.give_up(held.look);
            self.playback.resume();
            self.interruptions.went_on += 1;
            self.rejected = (self.rejected + 1).min(REJECTED_MAX);
        }
    }

    /// Somebody wants to say something: what was not heard will not be.
    pub(super) fn confirm_interruption(&mut self) {
        if let Some(held) = &self.held {
            self.give_up(held.look);
            self.cut_off();
        }
    }

    fn give_up(&mut self, look: Look) {
        self.timers.clear(Timer::Verdict);
        if let Look::Asked(job) | Look::Again(job) = look {
            self.out.push(Action::Abandon(job));
        }
    }

    /// Tolerates a sound no longer; whether one was.
    pub(super) fn drop_tolerance(&mut self) -> bool {
        let Some(Tolerated { look, .. }) = self.tolerated.take() else { return false };
        self.timers.clear(Timer::Verdict);
        self.out.extend(look.map(Action::Abandon));
        true
    }

    /// Whether all has been made and nearly all has been heard.
    fn is_heard_out(&self) -> bool {
        let all_made = self.speaking.is_none() && self.lines.iter().all(|line| line.began.is_some());
        all_made && !self.playback.is_held() && self.playback.rest_ms(self.at) <= self.timing.overlap_ms
    }

    /// Cuts the agent's words off for good. If nearly all was heard, what was planned stands.
    pub(super) fn cut_off(&mut self) {
        let heard_out = self.held.take().map_or_else(|| self.is_heard_out(), |held| held.look == Look::Overlap);
        self.timers.clear(Timer::Verdict);
        if self.lines.is_empty() {
            return;
        }
        if self.playback.audible(self.at) {
            self.out.push(Action::Send(Outgoing::Clear));
        }
        if let Some(speaking) = self.speaking.take() {
            self.out.push(Action::Abandon(speaking.job));
            self.timers.clear(Timer::SpeechTimeout);
        }
        let heard = self.end_lines(heard_out);
        self.interruptions.cut_off += 1;
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
