//! When a caller speaks: they listen, wait for the agent to be silent as long as a person would, and take their turn.
//!
//! Pure and on the sample clock: every 20 ms it is given the frame that is heard and gives the frame that is spoken.
//! What to say is decided elsewhere ([`super::mind`]); a decision about words that went on meanwhile is void.

use super::mind::{Act, Decision};
use super::sound::{self, WINDOW};
use crate::audio::{FRAME_BYTES, TELEPHONE_HZ};
use std::collections::VecDeque;
use std::time::Duration;

/// After this much silence the caller begins to think about an answer, so as to have it when it is their turn.
const THINK_AFTER: usize = ms(300);
/// An agent that speaks again after this much silence has begun a new turn.
const NEW_TURN_AFTER: usize = ms(1_500);
/// Keys are pressed this far apart.
const KEY_SPACING: usize = ms(200);

const fn ms(milliseconds: usize) -> usize {
    milliseconds * TELEPHONE_HZ as usize / 1_000
}

/// A line as it was spoken, in samples of the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SpokenLine {
    pub(super) text: String,
    pub(super) from: usize,
    pub(super) to: usize,
}

/// What happens in a frame.
#[derive(Debug)]
pub(super) struct Tick {
    /// What the caller speaks.
    pub(super) spoken: [f32; FRAME_BYTES],
    /// A key they press.
    pub(super) press: Option<char>,
    /// Whether they hang up now.
    pub(super) hang_up: bool,
    /// What their mind is asked.
    pub(super) asks: Option<Asks>,
}

/// What the mind is asked; the sound is fetched by the asker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asks {
    /// What to answer to the agent's speech between two samples.
    Turn { number: u32, from: usize, to: usize },
    /// What to do about silence.
    NoAnswer,
}

/// Something done at a set moment, its sounds ready.
#[derive(Debug)]
pub(super) struct ReadyMoment {
    pub(super) trigger: Trigger,
    pub(super) after: usize,
    pub(super) acts: VecDeque<Act>,
}

/// What a moment is counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trigger {
    /// The first sound of the agent's turn.
    Turn(u32),
    /// The end of the caller's line.
    Line(u32),
}

/// The caller's side of the conversation.
#[derive(Debug)]
pub(super) struct Caller {
    pause: usize,
    patience: usize,
    moments: Vec<ReadyMoment>,
    /// The sample the next frame begins with.
    now: usize,
    turn: Option<AgentSpeech>,
    /// The end of the speech that was last asked about.
    asked: Option<usize>,
    ready: Option<Decision>,
    acts: VecDeque<Act>,
    speaking: Option<(Act, usize)>,
    next_key: usize,
    /// Since when the caller waits for an answer to their line.
    waiting_since: Option<usize>,
    lines: Vec<SpokenLine>,
}

/// The agent's present or last turn.
#[derive(Debug)]
struct AgentSpeech {
    number: u32,
    from: usize,
    /// One past the last voiced sample heard, to a window.
    to: usize,
    /// The caller has spoken since: the next sound is a new turn.
    answered: bool,
}

impl Caller {
    pub(super) fn new(pause: Duration, patience_ms: u64, moments: Vec<ReadyMoment>) -> Self {
        let samples = |milliseconds: u64| usize::try_from(milliseconds).map_or(usize::MAX, |n| n.saturating_mul(8));
        Self {
            pause: samples(u64::try_from(pause.as_millis()).unwrap_or(u64::MAX)),
            patience: samples(patience_ms),
            moments,
            now: 0,
            turn: None,
            asked: None,
            ready: None,
            acts: VecDeque::new(),
            speaking: None,
            next_key: 0,
            waiting_since: None,
            lines: Vec::new(),
        }
    }

    /// Takes a decision of the mind's.
    pub(super) fn decide(&mut self, decision: Decision) {
        let still_true =
            decision.heard_until.is_none_or(|until| self.turn.as_ref().is_some_and(|turn| turn.to == until));
        if still_true && self.is_free() {
            self.ready = Some(decision);
        }
    }

    /// The next 20 ms: hears a frame, speaks a frame.
    pub(super) fn tick(&mut self, heard: &[f32; FRAME_BYTES]) -> Tick {
        self.hear(heard);
        let mut tick = Tick { spoken: [0.0; FRAME_BYTES], press: None, hang_up: false, asks: None };
        self.seize_the_moment();
        if self.is_free() {
            self.take_turn();
        }
        self.act(&mut tick);
        if self.is_free() {
            tick.asks = self.wonder();
        }
        self.now += FRAME_BYTES;
        tick
    }

    /// The lines spoken so far; one being spoken ends now.
    pub(super) fn into_lines(mut self) -> Vec<SpokenLine> {
        if self.speaking.is_some() {
            self.end_line(self.now);
        }
        self.lines
    }

    fn hear(&mut self, heard: &[f32; FRAME_BYTES]) {
        for (number, window) in heard.chunks_exact(WINDOW).enumerate() {
            if !sound::is_voiced(window) {
                continue;
            }
            let (from, to) = (self.now + number * WINDOW, self.now + (number + 1) * WINDOW);
            match &mut self.turn {
                Some(turn) if !turn.answered && from - turn.to < NEW_TURN_AFTER => turn.to = to,
                turn => {
                    let number = turn.as_ref().map_or(0, |turn| turn.number + 1);
                    *turn = Some(AgentSpeech { number, from, to, answered: false });
                }
            }
            self.waiting_since = None;
            // An answer to less than was said is no answer.
            self.ready = None;
        }
    }

    /// Nothing is being said or done.
    fn is_free(&self) -> bool {
        self.speaking.is_none() && self.acts.is_empty()
    }

    fn seize_the_moment(&mut self) {
        let now = self.now;
        let due = self.moments.iter().position(|moment| {
            let start = match moment.trigger {
                Trigger::Turn(number) => {
                    self.turn.as_ref().filter(|turn| turn.number == number && !turn.answered).map(|turn| turn.from)
                }
                Trigger::Line(number) => {
                    let ended = usize::try_from(number).unwrap_or(usize::MAX);
                    let over = self.speaking.is_none() || ended + 1 < self.lines.len();
                    self.lines.get(ended).filter(|_| over).map(|line| line.to)
                }
            };
            start.is_some_and(|start| now >= start + moment.after)
        });
        if let Some(due) = due {
            let moment = self.moments.remove(due);
            self.ready = None;
            self.acts.extend(moment.acts);
        }
    }

    /// Speaks if there is something to say and the agent has been silent long enough.
    fn take_turn(&mut self) {
        let silent_since = self.turn.as_ref().map_or(0, |turn| turn.to);
        if self.now < silent_since + self.pause {
            return;
        }
        if let Some(decision) = self.ready.take() {
            self.acts = decision.acts;
        }
    }

    fn act(&mut self, tick: &mut Tick) {
        if self.speaking.is_none() {
            match self.acts.front() {
                Some(Act::Speak(_)) => self.begin_line(),
                Some(Act::Press(key)) if self.now >= self.next_key => {
                    tick.press = Some(*key);
                    self.next_key = self.now + KEY_SPACING;
                    self.acts.pop_front();
                    self.answered(self.now);
                }
                Some(Act::HangUp) => tick.hang_up = true,
                Some(Act::Press(_)) | None => {}
            }
        }
        let Some((Act::Speak(line), spoken)) = &mut self.speaking else { return };
        let rest = &line.audio.0[*spoken..];
        let count = rest.len().min(FRAME_BYTES);
        tick.spoken[..count].copy_from_slice(&rest[..count]);
        *spoken += count;
        if *spoken == line.audio.0.len() {
            self.end_line(self.now + count);
        }
    }

    fn begin_line(&mut self) {
        let Some(act) = self.acts.pop_front() else { return };
        if let Act::Speak(line) = &act {
            self.lines.push(SpokenLine { text: line.text.clone(), from: self.now, to: usize::MAX });
        }
        self.speaking = Some((act, 0));
    }

    fn end_line(&mut self, at: usize) {
        self.speaking = None;
        if let Some(line) = self.lines.last_mut() {
            line.to = at;
        }
        self.answered(at);
    }

    fn answered(&mut self, at: usize) {
        if let Some(turn) = &mut self.turn {
            turn.answered = true;
        }
        self.waiting_since = Some(at);
    }

    /// Whether there is something to ask the mind.
    fn wonder(&mut self) -> Option<Asks> {
        if let Some(turn) = &self.turn
            && !turn.answered
            && self.asked != Some(turn.to)
            && self.now >= turn.to + THINK_AFTER
        {
            self.asked = Some(turn.to);
            return Some(Asks::Turn { number: turn.number, from: turn.from, to: turn.to });
        }
        if self.waiting_since.is_some_and(|since| self.now >= since.saturating_add(self.patience)) {
            self.waiting_since = Some(self.now);
            return Some(Asks::NoAnswer);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Pcm;
    use crate::simulator::lines::Line;
    use std::sync::Arc;

    const VOICE: [f32; FRAME_BYTES] = [0.2; FRAME_BYTES];
    const QUIET: [f32; FRAME_BYTES] = [0.0; FRAME_BYTES];

    fn line(milliseconds: usize) -> Act {
        Act::Speak(Arc::new(Line { text: "line".into(), audio: Pcm(vec![0.3; ms(milliseconds)]) }))
    }

    fn caller(moments: Vec<ReadyMoment>) -> Caller {
        Caller::new(Duration::from_millis(600), 2_000, moments)
    }

    /// Ticks through `frames` frames; the first question asked, and the frame it was asked in.
    fn listen(caller: &mut Caller, heard: &[f32; FRAME_BYTES], frames: usize) -> Option<(usize, Asks)> {
        (0..frames).find_map(|frame| caller.tick(heard).asks.map(|asks| (frame, asks)))
    }

    #[test]
    fn a_caller_thinks_after_300_ms_of_silence_and_speaks_after_600() {
        let mut caller = caller(vec![]);
        assert_eq!(listen(&mut caller, &VOICE, 50), None);
        let asks = Asks::Turn { number: 0, from: 0, to: ms(1_000) };
        let (frame, asked) = (0..30).find_map(|frame| caller.tick(&QUIET).asks.map(|asks| (frame, asks))).unwrap();
        assert_eq!((frame, asked), (15, asks));
        caller.decide(Decision { heard_until: Some(ms(1_000)), acts: [line(100)].into() });
        let spoke_in = (16..60).find(|_| caller.tick(&QUIET).spoken[0] > 0.0).unwrap();
        assert_eq!(spoke_in, 30);
        assert_eq!(caller.into_lines()[0].from, ms(1_600));
    }

    #[test]
    fn an_answer_to_speech_that_went_on_is_void() {
        let mut caller = caller(vec![]);
        listen(&mut caller, &VOICE, 10);
        listen(&mut caller, &QUIET, 20);
        caller.decide(Decision { heard_until: Some(ms(200)), acts: [line(100)].into() });
        listen(&mut caller, &VOICE, 1);
        assert_eq!((0..100).filter(|_| caller.tick(&QUIET).spoken[0] > 0.0).count(), 0);
    }

    #[test]
    fn a_barge_in_comes_at_its_moment_over_the_agents_voice() {
        let moment = ReadyMoment { trigger: Trigger::Turn(0), after: ms(500), acts: [line(300)].into() };
        let mut caller = caller(vec![moment]);
        listen(&mut caller, &QUIET, 10);
        listen(&mut caller, &VOICE, 100);
        let lines = caller.into_lines();
        assert_eq!((lines.len(), lines[0].from, lines[0].to), (1, ms(700), ms(1_000)));
    }

    #[test]
    fn who_gets_no_answer_wonders_after_their_patience() {
        let moment = ReadyMoment { trigger: Trigger::Turn(0), after: 0, acts: [line(100)].into() };
        let mut caller = caller(vec![moment]);
        listen(&mut caller, &VOICE, 1);
        let (frame, asks) = listen(&mut caller, &QUIET, 200).unwrap();
        assert_eq!(asks, Asks::NoAnswer);
        assert!((103..=106).contains(&frame), "{frame}");
    }

    #[test]
    fn sound_after_the_callers_line_is_a_new_turn() {
        let moment = ReadyMoment { trigger: Trigger::Turn(0), after: ms(100), acts: [line(100)].into() };
        let mut caller = caller(vec![moment]);
        listen(&mut caller, &VOICE, 10);
        listen(&mut caller, &QUIET, 10);
        listen(&mut caller, &VOICE, 10);
        let (_, asks) = listen(&mut caller, &QUIET, 40).unwrap();
        assert!(matches!(asks, Asks::Turn { number: 1, .. }), "{asks:?}");
    }

    #[test]
    fn keys_are_pressed_apart_and_a_hang_up_comes_last() {
        let acts = [Act::Press('1'), Act::Press('2'), Act::HangUp].into();
        let moment = ReadyMoment { trigger: Trigger::Turn(0), after: 0, acts };
        let mut caller = caller(vec![moment]);
        let (mut pressed, mut hung_up) = (Vec::new(), None);
        for frame in 0..30 {
            let tick = caller.tick(&VOICE);
            pressed.extend(tick.press.map(|key| (frame, key)));
            hung_up = hung_up.or(tick.hang_up.then_some(frame));
        }
        assert_eq!(pressed, [(0, '1'), (10, '2')]);
        assert_eq!(hung_up, Some(11));
    }
}
