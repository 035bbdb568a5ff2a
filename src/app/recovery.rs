//! After a crash: every call that was live is given its honest end before the doors open.
//!
//! Turns are kept the moment they are final; what was on its way to the store, and what the session had not given out yet
//! (words whose answer was still being said), is brought back from the call's journal: it is replayed and ended there. A
//! journal this program would not have written is read as far as it tells. The record ends with the last thing that
//! happened. A caller who is still there may be picked up afterwards (see [`crate::switchboard::Switchboard::resume`]).

use super::receptionist;
use crate::call::CallTime;
use crate::call::action::{Action, Turn};
use crate::call::event::Event;
use crate::call::journal::{Line, parse};
use crate::crm::local::Embedded;
use crate::crm::{CallBook, Error};
use crate::dialogue::Phrases;
use crate::nlu::Grammar;
use crate::switchboard::journals::Journals;
use crate::switchboard::kept_turn;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// What a journal tells about a call that was cut off.
#[derive(Default)]
struct Remains {
    seen: Option<Timestamp>,
    turns: Vec<Turn>,
}

/// A call that is not known here and younger than this may be on the line elsewhere: another process serves the same database.
const MAY_BE_ELSEWHERE: SignedDuration = SignedDuration::from_hours(1);

/// Closes every record a crash left open.
pub(super) async fn close_abandoned(
    store: &Embedded,
    journals: &Journals,
    now: Timestamp,
    grammar: &Arc<Grammar>,
    phrases: &Arc<Phrases>,
) -> Result<(), Error> {
    for record in store.abandoned().await? {
        let (own, id) = (journals.clone(), record.id);
        let text = spawn_blocking(move || own.read(id)).await.ok().and_then(Result::ok);
        if text.is_none() && now.duration_since(record.started_at) < MAY_BE_ELSEWHERE {
            tracing::info!(call = %id, "an open call whose journal is not here is left to whoever serves it");
            continue;
        }
        let text: Arc<str> = text.unwrap_or_default().into();
        let Remains { seen, turns } = remains(&text);
        let (grammar, phrases) = (grammar.clone(), phrases.clone());
        // A journal that breaks the machine may have broken the process: it is not let do so again.
        let whole = spawn_blocking(move || all_turns(&text, grammar, phrases)).await.ok().flatten();
        for turn in whole.unwrap_or(turns) {
            store.add_turn(id, kept_turn(&turn)).await?;
        }
        store.close_abandoned(id, seen).await?;
        tracing::warn!(call = %id, "a call that a crash left open was closed");
    }
    Ok(())
}

/// Every turn of a call, as if its stream had ended with the last thing that happened; none when this program would have
/// done otherwise.
fn all_turns(text: &str, grammar: Arc<Grammar>, phrases: Arc<Phrases>) -> Option<Vec<Turn>> {
    let mut turns = Vec::new();
    let mut keep = |actions: &[Action]| {
        turns.extend(actions.iter().filter_map(|action| match action {
            Action::Record(turn) => Some(turn.clone()),
            Action::Transcribe { .. }
            | Action::JudgeTurn { .. }
            | Action::Perform { .. }
            | Action::Speak { .. }
            | Action::Abandon(_)
            | Action::Send(_)
            | Action::Finish(_) => None,
        }));
    };
    let mut kept = receptionist::replay(text, grammar, phrases, |step| keep(step.actions)).ok()?;
    keep(&kept.session.handle(kept.last, Event::StreamEnded));
    Some(turns)
}

/// Reads a journal as far as it can be read, without replaying it: the program may be another one by now.
fn remains(text: &str) -> Remains {
    let mut remains = Remains::default();
    let mut answered = None;
    for line in text.lines() {
        let Ok(line) = parse(line) else { break };
        match line {
            Line::Start { answered: at, .. } => answered = Some(at.timestamp()),
            Line::Event { at: CallTime(since), .. } | Line::Resumed { at: CallTime(since) } => {
                remains.seen = answered.and_then(|answered: Timestamp| answered.checked_add(since).ok());
            }
            Line::Actions(actions) => remains.turns.extend(actions.into_iter().filter_map(turn_of)),
            Line::Broken(_) => break,
        }
    }
    remains
}

/// The turn an action kept.
fn turn_of(mut action: Value) -> Option<Turn> {
    let turn = action.get_mut("record")?.take();
    serde_json::from_value(turn).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::action::{Action, Speaker, Stages};
    use crate::call::event::Event;
    use crate::call::journal;

    #[test]
    fn the_last_event_and_every_turn_are_found_and_a_damaged_end_does_no_harm() {
        let turn = Turn {
            number: 0,
            who: Speaker::Agent,
            text: "Hello.".to_owned(),
            cut_off: false,
            began: CallTime::from_ms(100),
            ended: CallTime::from_ms(900),
            confidence: None,
            why: Vec::new(),
            stages: Stages::default(),
        };
        // Recording is an action like any other: what is written is what the session gave out.
        let actions = journal::actions(&[Action::Abandon(crate::call::JobId(0)), Action::Record(turn.clone())]);
        let start = serde_json::json!({"start": {
            "answered": "2026-11-23T10:00:00-05:00[America/New_York]", "timing": {}, "about": null}});
        let event = journal::event(CallTime::from_ms(1_500), &Event::Tick);
        let text = format!("{start}\n{event}\n{}\n{{\"event\":", actions.expect("some"));
        let remains = remains(&text);
        assert_eq!(remains.seen, "2026-11-23T15:00:01.5Z".parse().ok());
        assert_eq!(remains.turns, [turn]);
    }
}
