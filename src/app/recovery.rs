//! After a crash: every call that was live is given its honest end before the doors open.
//!
//! Turns are kept the moment they are final, so there is nothing to bring back but what was on its way to the store: the
//! call's journal has it too, and what is missing is added. The record ends with the last thing that happened. A caller
//! who is still there may be picked up afterwards (see [`crate::switchboard::Switchboard::resume`]).

use crate::call::CallTime;
use crate::call::action::Turn;
use crate::call::journal::{Line, parse};
use crate::crm::local::Embedded;
use crate::crm::{CallBook, Error};
use crate::switchboard::journals::Journals;
use crate::switchboard::kept_turn;
use jiff::Timestamp;
use serde_json::Value;
use tokio::task::spawn_blocking;

/// What a journal tells about a call that was cut off.
#[derive(Default)]
struct Remains {
    seen: Option<Timestamp>,
    turns: Vec<Turn>,
}

/// Closes every record a crash left open.
pub(super) async fn close_abandoned(store: &Embedded, journals: &Journals) -> Result<(), Error> {
    for record in store.abandoned().await? {
        let (own, id) = (journals.clone(), record.id);
        let kept = spawn_blocking(move || own.read(id).map(|text| remains(&text)).unwrap_or_default()).await;
        let Remains { seen, turns } = kept.unwrap_or_default();
        for turn in turns {
            store.add_turn(id, kept_turn(&turn)).await?;
        }
        store.close_abandoned(id, seen).await?;
        tracing::warn!(call = %id, "a call that a crash left open was closed");
    }
    Ok(())
}

/// Reads a journal as far as it can be read. It is not replayed: the program may be another one by now.
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
