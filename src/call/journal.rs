//! A recorded call: what it started with, what happened, and what it did about it.
//!
//! One JSON value a line. Replaying feeds the recorded events to a fresh session and compares what it does with what was
//! done, by the bytes of its line: a call that went wrong becomes a file, and stays a test. A journal holds personal data (words, numbers, the
//! agent's audio), so whoever keeps one keeps a secret. Pure: lines in, lines out; where they are kept is not known here.
//!
//! Invariant: replaying a journal against the same conversation and the same program gives the same actions, byte for byte.

use super::CallTime;
use super::action::{Action, Frame};
use super::event::Event;
use super::session::{Session, Setup};
use super::standing::Standing;
use super::timing::Timing;
use crate::dialogue::Converse;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Zoned;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

/// The longest line that is read: a minute of audio and then some.
const LINE_BYTES_MAX: usize = 1 << 20;

/// One line of a journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// The first line.
    Start {
        /// When the call was answered.
        answered: Zoned,
        /// The times it was held to.
        timing: Timing,
        /// Whatever its conversation is rebuilt from; the journal does not look inside.
        about: Value,
    },
    /// Something happened.
    Event {
        /// When.
        at: CallTime,
        /// What.
        event: Event,
    },
    /// The stream had broken and a new one is there: the call goes on.
    Resumed {
        /// When.
        at: CallTime,
    },
    /// What was done about the line before; left out when it was nothing. Frames are kept as fingerprints.
    Actions(Vec<Value>),
    /// Nothing more was kept, for this reason; what follows in the call cannot be known from here.
    Broken(String),
}

/// Why a journal could not be replayed, or what came out differently.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// A line that is none of ours.
    #[error("line {line} of the journal cannot be read: {why}")]
    Unreadable {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// The first line is missing.
    #[error("the journal does not begin with how the call started")]
    NoStart,
    /// The session does something else now.
    #[error("line {line}: the call did {recorded} and does {replayed} now")]
    Differs {
        /// The event's line, counted from 1.
        line: usize,
        /// What it did.
        recorded: String,
        /// What it does.
        replayed: String,
    },
}

/// A step of a replay, for whoever watches it.
#[derive(Clone, Copy, Debug)]
pub struct Replayed<'a> {
    /// Its line, counted from 1.
    pub line: usize,
    /// When.
    pub at: CallTime,
    /// What happened; none for the start, and where a stream was there again.
    pub event: Option<&'a Event>,
    /// What is done about it.
    pub actions: &'a [Action],
    /// Where the caller's turn stands then.
    pub standing: Standing,
    /// The times the call is held to.
    pub timing: &'a Timing,
}

/// A call as its journal leaves it.
pub struct Kept<C> {
    /// The session after the last event.
    pub session: Session<C>,
    /// When the call was answered.
    pub answered: Zoned,
    /// When the last event happened.
    pub last: CallTime,
    /// How often it was picked up already.
    pub resumes: u32,
    /// Why the journal ends before the call, if it does.
    pub broken: Option<String>,
}

/// The line a call starts with. `about` is whatever its conversation can be rebuilt from.
pub fn start<C>(setup: &Setup<C>, about: Value) -> String {
    line(&Line::Start { answered: setup.answered.clone(), timing: setup.timing.clone(), about })
}

/// The line of an event.
pub fn event(at: CallTime, event: &Event) -> String {
    line(&Line::Event { at, event: event.clone() })
}

/// The line of a call picked up.
pub fn resumed(at: CallTime) -> String {
    line(&Line::Resumed { at })
}

/// The line of a journal that is given up.
pub fn broken(why: &str) -> String {
    line(&Line::Broken(why.to_owned()))
}

/// The line of what was done; none for nothing.
pub fn actions(actions: &[Action]) -> Option<String> {
    (!actions.is_empty()).then(|| line(&Line::Actions(values(actions))))
}

/// Reads one line.
pub fn parse(text: &str) -> Result<Line, String> {
    if text.len() > LINE_BYTES_MAX {
        return Err("it is too long".to_owned());
    }
    serde_json::from_str(text).map_err(|error| error.to_string())
}

/// Replays a journal; `converse` makes the conversation from what the first line says about it. Returns the session as
/// the journal leaves it.
pub fn replay<'a, C: Converse>(
    lines: impl IntoIterator<Item = &'a str>,
    converse: impl FnOnce(&Value) -> Result<C, String>,
) -> Result<Session<C>, ReplayError> {
    watch(lines, converse, |_| {}).map(|kept| kept.session)
}

/// Replays a journal before the eyes of `watcher`. What was done about the very last line may be missing: a process that is
/// killed can be killed between the two.
pub fn watch<'a, C: Converse>(
    lines: impl IntoIterator<Item = &'a str>,
    converse: impl FnOnce(&Value) -> Result<C, String>,
    watcher: impl FnMut(Replayed<'_>),
) -> Result<Kept<C>, ReplayError> {
    run(lines, converse, compare, watcher)
}

/// The journal as it would be if the same had happened to this program: for journals kept as tests, when what changed was
/// meant to change.
pub fn renew<'a, C: Converse>(
    lines: impl IntoIterator<Item = &'a str>,
    converse: impl FnOnce(&Value) -> Result<C, String>,
) -> Result<String, ReplayError> {
    let mut lines = lines.into_iter().peekable();
    let mut renewed = lines.peek().map(|start| (*start).to_owned()).into_iter().collect::<Vec<_>>();
    run(
        lines,
        converse,
        |_, _| Ok(()),
        |step| {
            match step.event {
                Some(happened) => renewed.push(event(step.at, happened)),
                None if step.line > 1 => renewed.push(resumed(step.at)),
                None => {}
            }
            renewed.extend(actions(step.actions));
        },
    )?;
    Ok(renewed.join("\n") + "\n")
}

/// What is asked of an event's line, what is done about it now, and what was.
type Comparison = fn(&(usize, Option<String>), Option<&str>) -> Result<(), ReplayError>;

fn run<'a, C: Converse>(
    lines: impl IntoIterator<Item = &'a str>,
    converse: impl FnOnce(&Value) -> Result<C, String>,
    compare: Comparison,
    mut watcher: impl FnMut(Replayed<'_>),
) -> Result<Kept<C>, ReplayError> {
    let mut lines = lines.into_iter().enumerate().map(|(place, text)| {
        let line = place + 1;
        parse(text).map(|read| (line, text, read)).map_err(|why| ReplayError::Unreadable { line, why })
    });
    let Some((line, _, Line::Start { answered, timing, about })) = lines.next().transpose()? else {
        return Err(ReplayError::NoStart);
    };
    timing.check().map_err(|why| ReplayError::Unreadable { line, why })?;
    let converse = converse(&about).map_err(|why| ReplayError::Unreadable { line, why })?;
    let (session, first) = Session::start(Setup { converse, answered: answered.clone(), timing });
    let mut kept = Kept { session, answered, last: CallTime::default(), resumes: 0, broken: None };
    let (standing, timing) = (kept.session.standing(), &kept.session.timing);
    watcher(Replayed { line, at: kept.last, event: None, actions: &first, standing, timing });
    let mut done = (line, actions(&first));
    for next in lines {
        let (line, text, next) = next?;
        let (at, event) = match next {
            Line::Start { .. } => {
                return Err(ReplayError::Unreadable { line, why: "a second start".to_owned() });
            }
            Line::Broken(why) => {
                kept.broken = Some(why);
                return Ok(kept);
            }
            Line::Actions(_) => {
                compare(&done, Some(text))?;
                done = (line, None);
                continue;
            }
            Line::Event { at, event } => (at, Some(event)),
            Line::Resumed { at } => (at, None),
        };
        compare(&done, None)?;
        let now_done = if let Some(event) = event.clone() {
            kept.session.handle(at, event)
        } else {
            let (session, actions) = kept.session.resume(at);
            kept.session = session;
            kept.resumes += 1;
            actions
        };
        kept.last = kept.last.max(at);
        let (standing, timing) = (kept.session.standing(), &kept.session.timing);
        watcher(Replayed { line, at, event: event.as_ref(), actions: &now_done, standing, timing });
        done = (line, actions(&now_done));
    }
    Ok(kept)
}

fn compare((line, replayed): &(usize, Option<String>), recorded: Option<&str>) -> Result<(), ReplayError> {
    if replayed.as_deref() == recorded {
        return Ok(());
    }
    let text = |line: Option<&str>| line.unwrap_or("nothing").to_owned();
    Err(ReplayError::Differs { line: *line, recorded: text(recorded), replayed: text(replayed.as_deref()) })
}

fn line(line: &Line) -> String {
    serde_json::to_string(line).expect("a journal's types have string keys and no failing parts")
}

fn values(actions: &[Action]) -> Vec<Value> {
    let value = |action| serde_json::to_value(action).expect("an action has string keys and no failing parts");
    actions.iter().map(value).collect()
}

/// Writes a frame as a fingerprint (FNV-1a): its audio is in the journal already, in the event that brought it.
pub(super) fn fingerprint<S: Serializer>(frame: &Frame, to: S) -> Result<S::Ok, S::Error> {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let print = frame.bytes().iter().fold(BASIS, |print, byte| (print ^ u64::from(*byte)).wrapping_mul(PRIME));
    to.collect_str(&format_args!("{print:016x}"))
}

/// A number that may be none (the voice detector failed): JSON has no word for that, so it is null.
pub(super) mod number {
    use super::{Deserialize, Serializer};
    use serde::Deserializer;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
    pub(in crate::call) fn serialize<S: Serializer>(number: &f32, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_f32(*number)
    }

    pub(in crate::call) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f32, D::Error> {
        Ok(Option::deserialize(from)?.unwrap_or(f32::NAN))
    }
}

/// Audio in base64.
pub(super) mod audio {
    use super::{Deserialize, Engine, STANDARD, Serializer};
    use serde::Deserializer;
    use std::sync::Arc;

    pub(in crate::call) fn serialize<S: Serializer>(audio: &Arc<[u8]>, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(audio))
    }

    pub(in crate::call) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Arc<[u8]>, D::Error> {
        let text = String::deserialize(from)?;
        STANDARD.decode(text).map(Into::into).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::super::JobId;
    use super::super::event::{RecogniserFailed, Transcript};
    use super::super::testing::{Script, World};
    use super::*;
    use crate::crm::{Error, Outcome};

    #[test]
    fn every_event_survives_being_written_and_read() {
        let transcript = Transcript { text: "“sí”".to_owned(), confidence: 0.1 + 0.2, took_ms: 3, doubtful: true };
        let job = JobId(7);
        let events = [
            Event::Voice { until: super::super::Position(u64::MAX), probability: 1.0 / 3.0, level_db: -96.123_45 },
            Event::Dtmf('#'),
            Event::Mark("0:1:2".to_owned()),
            Event::Heard { job, result: Ok(transcript) },
            Event::Heard { job, result: Err(RecogniserFailed) },
            Event::TurnJudged { job, finished: Some(0.123_456_7) },
            Event::TurnJudged { job, finished: None },
            Event::Performed { job, result: Ok(Outcome::Contact(None)) },
            Event::Performed { job, result: Err(Error::NotFound("appointment")) },
            Event::Performed { job, result: Err(Error::Unknown("cut off".to_owned())) },
            Event::Spoken { job, clause: 1, audio: (0..=255).collect(), last: true },
            Event::SpeechFailed { job, clause: 0 },
            Event::Tick,
            Event::StreamEnded,
            Event::EndRequested,
            Event::SayRequested("Ana will be with you.".to_owned()),
            Event::TransferRequested(crate::phone::E164::parse("+13055550142", "US").expect("a number")),
        ];
        for happened in events {
            let at = CallTime(std::time::Duration::from_nanos(1_234_567_891));
            let expected = Line::Event { at, event: happened.clone() };
            assert_eq!(parse(&event(at, &happened)), Ok(expected));
        }
    }

    #[test]
    fn a_replay_with_another_conversation_names_the_line_that_differs() {
        let mut world = World::start(Script::default());
        world.run_ms(3_000);
        world.say("hello", 500);
        world.run_ms(3_000);
        let journal = world.journal();
        let lines = || journal.iter().map(String::as_str);
        assert!(replay(lines(), |_| Ok(Script::default())).is_ok());
        let other = Script { answer: |_, _| super::super::testing::say(&["Something else."]), ..Script::default() };
        let Err(error) = replay(lines(), |_| Ok(other)) else { panic!("it must differ") };
        assert!(matches!(error, ReplayError::Differs { line, .. } if line > 100), "{error}");
    }

    #[test]
    fn actions_that_mean_the_same_and_are_written_otherwise_differ() {
        let mut world = World::start(Script::default());
        world.run_ms(3_000);
        let journal = world.journal();
        let place = journal.iter().position(|line| line.starts_with(r#"{"actions""#)).expect("something was done");
        let mut spaced = journal.clone();
        spaced[place] = journal[place].replacen(':', ": ", 1);
        assert_eq!(parse(&spaced[place]), parse(&journal[place]));
        let replayed = replay(spaced.iter().map(String::as_str), |_| Ok(Script::default()));
        let Err(ReplayError::Differs { line, recorded, replayed }) = replayed else { panic!("it must differ") };
        assert_eq!((line, recorded, replayed), (place, spaced[place].clone(), journal[place].clone()));
    }

    #[test]
    fn a_renewed_journal_replays_and_one_that_needs_no_renewal_stays_as_it_is() {
        let mut world = World::start(Script::default());
        world.run_ms(3_000);
        world.say("hello", 500);
        world.run_ms(3_000);
        let journal = world.journal();
        let lines = || journal.iter().map(String::as_str);
        assert_eq!(renew(lines(), |_| Ok(Script::default())), Ok(journal.join("\n") + "\n"));
        let other = || Script { answer: |_, _| super::super::testing::say(&["Something else."]), ..Script::default() };
        let renewed = renew(lines(), |_| Ok(other())).expect("renewed");
        assert!(replay(lines(), |_| Ok(other())).is_err());
        assert!(replay(renewed.lines(), |_| Ok(other())).is_ok());
    }

    #[test]
    fn what_is_no_journal_is_refused() {
        let replayed = |text: &str| replay(text.lines(), |_| Ok(Script::default())).err();
        assert_eq!(replayed(""), Some(ReplayError::NoStart));
        assert!(matches!(replayed("{}"), Some(ReplayError::Unreadable { line: 1, .. })));
        assert!(matches!(replayed("\"tick\""), Some(ReplayError::Unreadable { line: 1, .. })));
    }
}
