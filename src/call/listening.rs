//! The caller's side: from the first sound of a turn to words that are answered.
//!
//! At the first pause a guess is made: the words and the turn detector's opinion are fetched at once. If nothing more is
//! said the guess is the turn, and the answer begins as soon as [`super::endpoint`] is satisfied; if speech goes on the
//! guess is abandoned. Knows nothing of what the words mean.
//!
//! Invariant: words are answered in the order they were said, and never while an operation is under way.

use super::action::{Action, Hints, Stages};
use super::ahead::Ahead;
use super::endpoint::{self, Evidence};
use super::event::{RecogniserFailed, Transcript};
use super::second_thought::SecondThought;
use super::session::{Leaving, Session};
use super::timer::Timer;
use super::timing::ms;
use super::transcript::{What, Words, join, says_something};
use super::turn::{CallerTurn, Course, Guess, Window};
use super::{CallTime, JobId, Position};
use crate::dialogue::{Converse, Heard};

/// The quietest level there is, in dBFS.
const LEVEL_DB_MIN: f32 = -100.0;
/// The most turns kept for after an operation; more are joined to the last.
const DEFERRED_MAX: usize = 4;
/// Once an overlong turn has so many bytes of words, the agent answers although the caller goes on.
const CARRIED_BYTES_MAX: usize = 1_500;

/// A turn that is over, whose words are being made out in a last look.
#[derive(Clone, Debug)]
pub(super) struct Closing {
    job: JobId,
    asked_at: CallTime,
    turn: CallerTurn,
}

impl<C: Converse> Session<C> {
    /// Takes an answer of the voice detector.
    pub(super) fn voice(&mut self, until: Position, probability: f32, level_db: f32) {
        let window = self.floor.sift(Window {
            at: self.at,
            until,
            probability,
            level_db: if level_db.is_finite() { level_db.clamp(LEVEL_DB_MIN, 0.0) } else { LEVEL_DB_MIN },
        });
        if self.leaving == Leaving::Saying || !self.keys.is_empty() {
            self.ear.reset();
            return;
        }
        let Some(turn) = &mut self.turn else {
            let over_agent = self.playback.audible(self.at).then_some(self.rejected);
            let background = over_agent.is_some() && self.is_background(window.level_db);
            let window = if background { Window { probability: 0.0, ..window } } else { window };
            if let Some(onset) = self.ear.onset(&window, over_agent, &self.timing) {
                self.onset(onset, &window);
            }
            return;
        };
        match turn.window(&window, &self.timing) {
            Course::On => {
                self.judge();
                self.consider();
            }
            Course::Paused if self.was_nothing() => self.nothing_so_far(self.sound().0),
            Course::Paused => self.guess(),
            Course::Resumed => {
                let paused_ms = self.turn.as_ref().map_or(0, CallerTurn::paused_ms);
                self.pauses.note(paused_ms);
                self.keep_part();
                self.keep_made_out();
                self.drop_guess();
                self.goes_on();
                self.consider();
            }
            Course::TooLong => self.cut(),
        }
    }

    /// The caller has begun to speak.
    fn onset(&mut self, onset: Position, window: &Window) {
        let mut turn = CallerTurn::begin(onset, window, &self.timing);
        turn.no_input_due = self.timers.clear(Timer::NoInput);
        let before = self.take_back(onset);
        if let Some(before) = &before {
            turn.continues(before);
        }
        self.turn = Some(turn);
        if before.is_none() {
            self.hold_words();
        }
        self.consider();
    }

    /// Fetches the words so far, on the guess that the turn is over.
    fn guess(&mut self) {
        // What was prepared for an earlier turn says nothing about this one.
        self.drop_ahead();
        let transcribing = self.job();
        let hints = self.hints(false);
        let Some(turn) = &mut self.turn else { return };
        let (from, to) = (turn.began, turn.latest());
        turn.guesses = turn.guesses.saturating_add(1);
        turn.guess = Some(Guess {
            transcribing: Some(transcribing),
            judging: None,
            judge_asked: false,
            until: to,
            asked_at: self.at,
            transcript: None,
            recognise_ms: None,
            finished: None,
            needed_ms: 0,
        });
        self.out.push(Action::Transcribe { job: transcribing, from, to, hints });
        self.judge();
        self.weigh();
    }

    /// Asks the turn detector for its opinion of a guess, once, when there has been silence enough to have one.
    fn judge(&mut self) {
        let job = self.job();
        let Some(turn) = &mut self.turn else { return };
        let due = turn.heard_silence_ms() >= self.timing.judge_ms;
        let (from, to) = (turn.began, turn.latest());
        if let Some(guess) = turn.guess.as_mut().filter(|guess| due && !guess.judge_asked) {
            (guess.judge_asked, guess.judging) = (true, Some(job));
            self.out.push(Action::JudgeTurn { job, from, to });
        }
    }

    /// Takes the recogniser's answer.
    pub(super) fn heard(&mut self, job: JobId, result: Result<Transcript, RecogniserFailed>) {
        if self.looked(job, result.as_ref().ok()) {
            return;
        }
        if let Some(closing) = self.closing.take_if(|closing| closing.job == job) {
            self.closed(closing, result);
        } else if let Some(guess) = self.turn.as_mut().and_then(|turn| turn.guess.as_mut())
            && guess.transcribing == Some(job)
        {
            guess.transcribing = None;
            guess.recognise_ms = u32::try_from(self.at.as_ms().saturating_sub(guess.asked_at.as_ms())).ok();
            guess.transcript = result.ok();
            let guessed = self.turn.as_ref().and_then(|turn| Some((turn, turn.guess.as_ref()?.transcript.as_ref()?)));
            let words = guessed.map(|(turn, transcript)| turn.said(transcript).text.clone());
            let (loudest_db, until) = self.sound();
            if words.is_some_and(|words| self.weigh_interruption(&words, loudest_db, until)) {
                return self.nothing_so_far(loudest_db);
            }
            self.prepare();
            self.weigh();
        }
    }

    /// Speech goes on after a pause: in a long turn the words up to there are kept, known or on the way, and only the rest is
    /// listened to.
    fn keep_part(&mut self) {
        let carried = self.carried.as_ref().map_or(0, |words| words.text.len());
        let free = carried < CARRIED_BYTES_MAX && self.closing.is_none() && self.held.is_none();
        let Some(mut turn) = self.turn.take_if(|turn| free && turn.length_ms() >= self.timing.part_ms) else { return };
        let Some(guess) = turn.guess.take() else {
            self.turn = Some(turn);
            return;
        };
        self.turn = Some(guess.after(&turn));
        match (guess.transcript.clone(), guess.transcribing) {
            (Some(transcript), _) => {
                self.abandon(Some(guess));
                let words = self.words(&turn, turn.said(&transcript));
                self.carried = words.say_something().then_some(words);
            }
            (None, Some(job)) => {
                self.out.extend(guess.judging.map(Action::Abandon));
                self.closing = Some(Closing { job, asked_at: guess.asked_at, turn });
            }
            // Nothing could be made out: the whole is listened to again.
            (None, None) => {
                self.abandon(Some(guess));
                self.turn = Some(turn);
            }
        }
    }

    /// Speech goes on after a pause: should nothing be made of the whole in the end, the words up to here were said.
    fn keep_made_out(&mut self) {
        if let Some(turn) = &mut self.turn
            && let Some(transcript) = turn.guess.as_ref().and_then(|guess| guess.transcript.as_ref())
            && says_something(&transcript.text)
        {
            turn.made_out = Some(transcript.clone());
        }
    }

    /// Takes the turn detector's answer.
    pub(super) fn judged(&mut self, job: JobId, finished: Option<f32>) {
        if let Some(guess) = self.turn.as_mut().and_then(|turn| turn.guess.as_mut())
            && guess.judging == Some(job)
        {
            guess.judging = None;
            guess.finished = finished;
            self.weigh();
        }
    }

    /// Works out anew how much silence the turn needs, now that more is known, and whether there has been so much.
    pub(super) fn weigh(&mut self) {
        let (field, language) = (self.converse.expecting(), self.converse.language());
        let answered = self.ahead.as_ref().is_some_and(Ahead::understood);
        let whole = self.ahead.as_ref().is_some_and(Ahead::whole);
        let pauses_ms = self.pauses.usual_ms();
        let earlier = self.carried.as_ref().map_or("", |words| words.text.as_str());
        if let Some(guess) = self.turn.as_mut().and_then(|turn| turn.guess.as_mut()) {
            let words = guess.transcript.as_ref().map(|transcript| join(earlier, &transcript.text));
            let words = words.as_deref();
            let evidence = Evidence { field, language, words, finished: guess.finished, answered, whole, pauses_ms };
            guess.needed_ms = endpoint::silence_needed_ms(&evidence, &self.timing);
        }
        self.consider();
    }

    /// Ends the turn if there has been enough silence and the words are in; else sets when to look again.
    pub(super) fn consider(&mut self) {
        self.arm_recogniser();
        let Some(turn) = &self.turn else { return };
        let stalled = turn.is_stalled(self.at, &self.timing);
        let Some(guess) = &turn.guess else {
            if stalled {
                self.guess();
            } else {
                self.timers.set(Timer::EndOfTurn, turn.stalled_at(&self.timing));
            }
            return;
        };
        if turn.voiced() && !stalled {
            self.timers.set(Timer::EndOfTurn, turn.stalled_at(&self.timing));
            return;
        }
        if turn.silence_ms(self.at, &self.timing) < guess.needed_ms {
            self.timers.set(Timer::EndOfTurn, turn.silent_at(guess.needed_ms, self.at, &self.timing));
            return;
        }
        // Silent long enough. What is missing now has a timer of its own.
        self.timers.clear(Timer::EndOfTurn);
        if guess.transcribing.is_some() || self.closing.is_some() {
            return;
        }
        let transcript = guess.transcript.clone();
        match (self.turn.take(), transcript) {
            (Some(turn), Some(transcript)) => self.end_turn(turn, &transcript),
            (Some(turn), None) => self.last_look(turn),
            (None, _) => {}
        }
    }

    /// Has a turn that is over recognised once more, this time for good.
    fn last_look(&mut self, mut turn: CallerTurn) {
        self.abandon(turn.guess.take());
        let job = self.job();
        let hints = self.hints(true);
        self.out.push(Action::Transcribe { job, from: turn.began, to: turn.latest(), hints });
        self.closing = Some(Closing { job, asked_at: self.at, turn });
        self.arm_recogniser();
    }

    /// Ends a turn that is as long as a turn may be. If the caller goes on, so does the turn, in a second part.
    fn cut(&mut self) {
        let Some(turn) = self.turn.take() else { return };
        let carried = self.carried.as_ref().map_or(0, |words| words.text.len());
        let next = (carried < CARRIED_BYTES_MAX && self.closing.is_none()).then(|| turn.next_part());
        if let Some(closing) = self.closing.take() {
            self.out.push(Action::Abandon(closing.job));
        }
        self.last_look(turn);
        self.turn = next;
        self.consider();
    }

    /// The words of a turn's last look are in, or will never be.
    fn closed(&mut self, closing: Closing, result: Result<Transcript, RecogniserFailed>) {
        if self.turn.is_some() {
            let words = self.words(&closing.turn, closing.turn.said(&result.unwrap_or_default()));
            self.carried = words.say_something().then_some(words);
            self.prepare();
            return self.weigh();
        }
        if let Ok(transcript) = result {
            return self.end_turn(closing.turn, &transcript);
        }
        self.unclear(&closing.turn);
        self.consider();
    }

    /// A turn is over and its words are known.
    fn end_turn(&mut self, mut turn: CallerTurn, transcript: &Transcript) {
        let transcript = &turn.said(transcript).clone();
        if self.weigh_interruption(&transcript.text, turn.loudest_db(), turn.last_voiced_at()) {
            return self.ignore_sound(turn.loudest_db());
        }
        let in_one_piece = self.carried.is_none();
        let words = self.words(&turn, transcript);
        self.abandon(turn.guess.take());
        self.timers.clear(Timer::EndOfTurn);
        self.arm_recogniser();
        if words.say_something() {
            self.asked_again = false;
            self.callers_db =
                Some(self.callers_db.map_or(turn.loudest_db(), |usual| f32::midpoint(usual, turn.loudest_db())));
            self.deliver(words, in_one_piece.then_some(turn));
        } else if turn.interrupted && !self.asked_again {
            // We fell silent for nothing: ask again, once.
            self.unclear(&turn);
        } else if let Some(due) = turn.no_input_due {
            self.timers.set(Timer::NoInput, due.max(self.at + ms(self.timing.no_input_again_ms)));
        }
    }

    /// The caller said something, and nobody will know what.
    fn unclear(&mut self, turn: &CallerTurn) {
        if let Some(transcript) = &turn.made_out {
            let words = self.words(turn, transcript);
            return self.deliver(words, None);
        }
        if let Some(words) = self.carried.take() {
            return self.deliver(words, None);
        }
        self.asked_again = true;
        let nothing = Transcript::default();
        let words = Words { what: What::Unclear, ..self.words(turn, &nothing) };
        self.deliver(words, None);
    }

    /// The words of a turn, those of its earlier parts included.
    fn words(&mut self, turn: &CallerTurn, transcript: &Transcript) -> Words {
        let since_last = self.at.as_ms().saturating_sub(turn.last_voiced_at().as_ms());
        let stages = Stages {
            endpoint_ms: u32::try_from(since_last).ok(),
            guesses: Some(turn.guesses),
            recognise_ms: turn.guess.as_ref().and_then(|guess| guess.recognise_ms).or(Some(transcript.took_ms)),
            ..Stages::default()
        };
        let (mut began, mut confidence, mut text) = (turn.began_at, transcript.confidence, transcript.text.clone());
        if let Some(earlier) = self.carried.take() {
            began = earlier.began;
            confidence = if text.is_empty() { earlier.confidence } else { confidence.min(earlier.confidence) };
            text = join(&earlier.text, &text);
        }
        Words { what: What::Spoken, text: join(&text, ""), confidence, began, ended: turn.last_voiced_at(), stages }
    }

    /// Has words answered, now or after the operation under way.
    pub(super) fn deliver(&mut self, words: Words, turn: Option<CallerTurn>) {
        if self.work.is_none() && self.deferred.is_empty() {
            self.answer(words, turn);
            return;
        }
        if self.deferred.len() < DEFERRED_MAX {
            self.deferred.push_back(words);
        } else if let Some(last) = self.deferred.back_mut() {
            last.text = join(&last.text, &words.text);
            last.ended = last.ended.max(words.ended);
        }
    }

    /// Answers what was said while an operation ran, once its outcome is known and the caller has finished.
    pub(super) fn answer_deferred(&mut self) -> bool {
        let listening = self.work.is_none() && self.turn.is_none() && self.closing.is_none() && self.keys.is_empty();
        if !listening || self.leaving != Leaving::No {
            return false;
        }
        let Some(words) = self.deferred.pop_front() else { return false };
        self.answer(words, None);
        true
    }

    fn answer(&mut self, words: Words, turn: Option<CallerTurn>) {
        self.keep_answer();
        // The time when it was said, so that a guess and the turn it became are answered alike.
        let (now, before, then) = (self.time_of_day(words.ended), self.converse.clone(), self.then.clone());
        let step = self.converse.hear(&now, words.heard());
        let (why, stages, utterance) = (step.why.clone(), words.stages, self.next_utterance);
        if let Some(turn) = turn {
            self.second_thought = Some(SecondThought { converse: before, then, turn, words, why, utterance });
        } else if words.what != What::Unclear {
            let turn = self.record.caller(&words, why);
            self.out.push(Action::Record(turn));
        }
        self.follow(step, stages, false);
    }

    /// Nobody has said anything for the longest time we wait.
    pub(super) fn no_input(&mut self) {
        self.keep_answer();
        let now = self.now();
        let step = self.converse.hear(&now, Heard::Silence);
        self.follow(step, Stages::default(), false);
    }

    /// The recogniser is too slow: whatever is overdue is given up.
    pub(super) fn recogniser_timeout(&mut self) {
        let overdue = |asked_at: CallTime| asked_at + ms(self.timing.recogniser_ms) <= self.at;
        if self.closing.as_ref().is_some_and(|closing| overdue(closing.asked_at)) {
            if let Some(closing) = self.closing.take() {
                self.out.push(Action::Abandon(closing.job));
                self.closed(closing, Err(RecogniserFailed));
            }
        } else if let Some(guess) = self.turn.as_ref().and_then(|turn| turn.guess.as_ref())
            && guess.transcribing.is_some()
            && overdue(guess.asked_at)
            && let Some(mut turn) = self.turn.take()
        {
            self.abandon(turn.guess.take());
            self.timers.clear(Timer::EndOfTurn);
            // Over our words: nobody will know what it was, and what is being said matters more.
            if self.held.is_some() {
                self.reject_interruption();
            } else if !self.drop_tolerance() {
                self.unclear(&turn);
            }
        }
        self.arm_recogniser();
    }

    /// Forgets the turn the caller is speaking.
    pub(super) fn drop_turn(&mut self) {
        self.drop_guess();
        self.turn = None;
        self.carried = None;
        self.ear.reset();
        self.timers.clear(Timer::EndOfTurn);
        if let Some(closing) = self.closing.take() {
            self.out.push(Action::Abandon(closing.job));
        }
        self.arm_recogniser();
    }

    /// Records what has been made out of turns that will not be answered any more.
    pub(super) fn record_rest(&mut self) {
        let deferred = std::mem::take(&mut self.deferred);
        let typed = std::mem::take(&mut self.keys);
        let typed = (!typed.is_empty()).then(|| self.typed(typed));
        let spoken = self.turn.take().map(|turn| {
            let transcript = turn.guess.as_ref().and_then(|guess| guess.transcript.clone()).unwrap_or_default();
            let words = self.words(&turn, turn.said(&transcript));
            self.turn = Some(turn);
            words
        });
        let carried = self.carried.take();
        for words in deferred.into_iter().chain(carried).chain(spoken).chain(typed) {
            if words.what != What::Unclear && words.say_something() {
                let turn = self.record.caller(&words, Vec::new());
                self.out.push(Action::Record(turn));
            }
        }
        self.drop_turn();
        self.drop_read();
    }

    fn drop_guess(&mut self) {
        let guess = self.turn.as_mut().and_then(|turn| turn.guess.take());
        self.abandon(guess);
        self.drop_ahead();
    }

    fn abandon(&mut self, guess: Option<Guess>) {
        let jobs = guess.map(|guess| [guess.transcribing, guess.judging]);
        self.out.extend(jobs.into_iter().flatten().flatten().map(Action::Abandon));
    }

    /// Sets when the recogniser has taken too long, for whichever job is oldest.
    fn arm_recogniser(&mut self) {
        let closing = self.closing.as_ref().map(|closing| closing.asked_at);
        let guess = self.turn.as_ref().and_then(|turn| turn.guess.as_ref());
        let guess = guess.filter(|guess| guess.transcribing.is_some()).map(|guess| guess.asked_at);
        let oldest = closing.into_iter().chain(guess).min();
        self.timers.set_or_clear(Timer::RecogniserTimeout, oldest.map(|asked| asked + ms(self.timing.recogniser_ms)));
    }

    fn hints(&self, last: bool) -> Hints {
        Hints { language: self.converse.language(), field: self.converse.expecting(), last }
    }
}

impl Words {
    /// Whether there is anything to answer in it.
    fn say_something(&self) -> bool {
        self.what == What::Typed || says_something(&self.text)
    }

    fn heard(&self) -> Heard<'_> {
        match self.what {
            What::Spoken => Heard::Words { text: &self.text, confidence: self.confidence },
            What::Typed => Heard::Digits(&self.text),
            What::Unclear => Heard::Unclear,
        }
    }
}
