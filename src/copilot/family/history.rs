//! Taking back what was done last.

use crate::copilot::Copilot;
use crate::copilot::command::{Command, Move};
use crate::copilot::phrases::Meaning;
use crate::copilot::reply::Reply;
use crate::copilot::state::Task;
use crate::copilot::words::short;
use crate::crm::model::{Action, Ai, Who};
use crate::crm::operation::definition::Undo;
use crate::crm::operation::{ActionLine, CATALOGUE, GetAction, ListActions, Outcome, UndoAction, called};
use jiff::Zoned;

/// How far back one looks for something that can be taken back.
const LOOKED_AT: usize = 50;

pub(in crate::copilot) const UNDO: Command = Command { plan: undo, told: undone, does: &["undo_action"] };

/// The last thing they did themselves that changed something and that was neither taken back nor took something back. It is
/// read back: it may have been done on another page.
fn undo(copilot: &mut Copilot, reply: &mut Reply, now: &Zoned, task: &mut Task) -> Move {
    let Some(actions) = &task.actions else {
        let who = Some(name_of(copilot.by.who));
        return Move::look(ListActions { who, limit: Some(LOOKED_AT), ..ListActions::default() }.into());
    };
    let open = |one: &&ActionLine| one.rows > 0 && one.undoes.is_none() && one.undone_by.is_none();
    let Some(last) = actions.iter().find(open) else {
        copilot.say(reply, Meaning::NothingToUndo, &[]);
        return Move::Answered;
    };
    if task.done_to.as_ref().is_none_or(|(action, _)| *action != last.id) {
        return Move::look(GetAction { action: last.id }.into());
    }
    let when = copilot.book().moment(last.at, now.time_zone());
    let fills = [("what", what_was_done(copilot, &last.operation, task)), ("when", when)];
    let about = CATALOGUE.iter().find(|entry| entry.about.name == last.operation);
    if about.is_none_or(|entry| entry.about.undo == Undo::Never) {
        copilot.say(reply, Meaning::NeverUndone, &fills);
        return Move::Answered;
    }
    let question = match &last.ai {
        Some(Ai::Model { client }) => {
            let client = client.as_ref().map(|client| format!(" ({client})")).unwrap_or_default();
            let [what, when] = fills;
            copilot.worded(Meaning::ReadBackUndoOfAi, &[what, when, ("client", client)])
        }
        Some(Ai::Receptionist | Ai::Copilot) | None => copilot.worded(Meaning::ReadBackUndo, &fills),
    };
    Move::confirm(UndoAction { action: last.id }.into(), question)
}

fn undone(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, task: &Task, outcome: &Outcome) {
    let Outcome::ActionUndone(action) = outcome else { return };
    copilot.say(reply, Meaning::Undone, &[("what", what_was_done(copilot, &action.operation, task))]);
}

/// What was done, and to whom or what.
fn what_was_done(copilot: &Copilot, operation: &str, task: &Task) -> String {
    let operation = copilot.book().term(operation);
    match &task.done_to {
        Some((_, Some(name))) => format!("{operation} ({name})"),
        Some((_, None)) | None => operation,
    }
}

/// What the first row that was changed and has a name is called.
pub(in crate::copilot) fn done_to(action: &Action) -> Option<String> {
    let changes = action.changes.iter().flatten();
    let mut rows = changes.filter_map(|change| change.after.as_ref().or(change.before.as_ref()));
    rows.find_map(called).map(|name| short(&name))
}

/// On whose word, as the list of actions is asked for it.
fn name_of(who: Who) -> String {
    match who {
        Who::Caller => "caller".to_owned(),
        Who::Owner => "owner".to_owned(),
        Who::House => "house".to_owned(),
        Who::User(id) => id.to_string(),
        Who::Key(id) => id.to_string(),
        Who::Workflow(id) => id.to_string(),
    }
}
