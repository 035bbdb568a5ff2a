//! Sales that may come of it, and the pipelines they go through.

use crate::copilot::Copilot;
use crate::copilot::command::{Command, Move};
use crate::copilot::mentioned::Whom;
use crate::copilot::phrases::{Cue, Meaning};
use crate::copilot::reply::{Card, Reply};
use crate::copilot::state::{Choices, Person, Task, Want};
use crate::copilot::whom::fitting;
use crate::copilot::words::money;
use crate::crm::model::{Opportunity, Pipeline, Stage, folded};
use crate::crm::operation::{
    CloseOpportunity, CreateOpportunity, DeleteOpportunity, ListOpportunities, ListPipelines, MoveOpportunity,
    Operation, OpportunityResult, Outcome, SearchContacts, UpdateOpportunity,
};
use jiff::Zoned;

/// Opportunities shown and chosen from.
const SHOWN: usize = 20;

pub(in crate::copilot) const LIST: Command = Command { plan: list, told: listed, does: &["list_opportunities"] };
pub(in crate::copilot) const CREATE: Command = Command { plan: create, told, does: &["create_opportunity"] };
pub(in crate::copilot) const UPDATE: Command = Command { plan: update, told, does: &["update_opportunity"] };
pub(in crate::copilot) const MOVE: Command =
    Command { plan: advance, told, does: &["move_opportunity", "close_opportunity"] };
pub(in crate::copilot) const DELETE: Command = Command { plan: delete, told, does: &["delete_opportunity"] };
pub(in crate::copilot) const PIPELINES: Command = Command { plan: pipelines, told: shown, does: &["list_pipelines"] };

fn pipelines(_copilot: &mut Copilot, _reply: &mut Reply, _now: &Zoned, _task: &mut Task) -> Move {
    Move::perform(ListPipelines {}.into(), String::new())
}

fn shown(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, _task: &Task, outcome: &Outcome) {
    let Outcome::Pipelines(all) = outcome else { return };
    if all.is_empty() {
        copilot.say(reply, Meaning::NoPipelines, &[]);
        return;
    }
    copilot.say(reply, Meaning::ListedPipelines, &[("count", all.len().to_string())]);
    let line = |one: &Pipeline| format!("{}: {}", one.name, stage_names(std::slice::from_ref(one)));
    reply.list(all.iter().map(line));
    reply.step.card = Some(Card::of("pipelines", all));
}

fn list(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, task: &mut Task) -> Move {
    planned_list(copilot, reply, task).unwrap_or_else(|first| first)
}

fn planned_list(copilot: &Copilot, reply: &mut Reply, task: &mut Task) -> Result<Move, Move> {
    let all = known_pipelines(task)?;
    let stage = match &task.mentioned.stage {
        Some(name) => Some(found_stage(copilot, reply, &all, name).ok_or(Move::Answered)?.id),
        None => None,
    };
    let whose = whose(copilot, reply, task)?;
    let words = task.mentioned.words.as_deref().unwrap_or_default();
    let under = copilot.book().has(Cue::Under, words);
    let amount = task.mentioned.amount_minor;
    let operation = ListOpportunities {
        stage,
        contact: whose.as_ref().ok().map(|person| person.id),
        text: whose.err(),
        value_over: amount.filter(|_| !under),
        value_under: amount.filter(|_| under),
        limit: Some(SHOWN),
        descending: true,
        ..ListOpportunities::default()
    };
    Ok(Move::perform(operation.into(), String::new()))
}

fn listed(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, task: &Task, outcome: &Outcome) {
    let Outcome::Opportunities(page) = outcome else { return };
    if page.items.is_empty() {
        copilot.say(reply, Meaning::NoOpportunities, &[]);
        return;
    }
    copilot.state.listed.clear();
    copilot.say(reply, Meaning::ListedOpportunities, &[("count", page.items.len().to_string())]);
    reply.list(page.items.iter().map(|one| copilot.opportunity_line(one, task)));
    reply.step.card = Some(Card { more: page.next.is_some(), ..Card::of("opportunities", &page.items) });
}

fn create(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, task: &mut Task) -> Move {
    planned_creation(copilot, reply, task).unwrap_or_else(|first| first)
}

fn planned_creation(copilot: &Copilot, reply: &mut Reply, task: &mut Task) -> Result<Move, Move> {
    let person = copilot.whom(reply, task)?;
    let all = known_pipelines(task)?;
    let stage = match &task.mentioned.stage {
        Some(name) => Some(found_stage(copilot, reply, &all, name).ok_or(Move::Answered)?.id),
        None => None,
    };
    let operation = CreateOpportunity {
        name: person.name,
        contact: Some(person.id),
        pipeline: None,
        stage,
        value_minor: task.mentioned.amount_minor.unwrap_or(0),
        expected_close: task.mentioned.day,
    };
    Ok(Move::perform(operation.into(), String::new()))
}

fn update(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, task: &mut Task) -> Move {
    planned_update(copilot, reply, task).unwrap_or_else(|first| first)
}

fn planned_update(copilot: &Copilot, reply: &mut Reply, task: &mut Task) -> Result<Move, Move> {
    known_pipelines(task)?;
    let one = which(copilot, reply, task)?;
    let Some(value) = task.mentioned.amount_minor else {
        let result = copilot.result_said(&without_the_name(task));
        return result.map(|result| Move::perform(closed(&one, result), String::new())).ok_or(Move::Ask(Want::Amount));
    };
    Ok(Move::perform(worth(&one, value), String::new()))
}

fn advance(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, task: &mut Task) -> Move {
    planned_advance(copilot, reply, task).unwrap_or_else(|first| first)
}

fn planned_advance(copilot: &Copilot, reply: &mut Reply, task: &mut Task) -> Result<Move, Move> {
    let all = known_pipelines(task)?;
    let one = which(copilot, reply, task)?;
    let Some(name) = task.mentioned.stage.clone() else { return Err(Move::Ask(Want::Stage)) };
    let own: Vec<_> = all.iter().filter(|pipeline| pipeline.id == one.pipeline).cloned().collect();
    if stage_of(&own, &name).is_none() {
        if let Some(value) = task.mentioned.amount_minor {
            return Ok(Move::perform(worth(&one, value), String::new()));
        }
        if let Some(result) = copilot.result_said(&name) {
            return Ok(Move::perform(closed(&one, result), String::new()));
        }
    }
    let Some(stage) = found_stage(copilot, reply, &own, &name) else {
        task.mentioned.stage = None;
        return Err(Move::Ask(Want::Stage));
    };
    let operation = MoveOpportunity { opportunity: one.id, version: Some(one.version), stage: stage.id };
    Ok(Move::perform(operation.into(), String::new()))
}

fn delete(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, task: &mut Task) -> Move {
    planned_deletion(copilot, reply, task).unwrap_or_else(|first| first)
}

fn planned_deletion(copilot: &Copilot, reply: &mut Reply, task: &mut Task) -> Result<Move, Move> {
    known_pipelines(task)?;
    let one = which(copilot, reply, task)?;
    let line = copilot.opportunity_line(&one, task);
    let read_back = copilot.worded(Meaning::ReadBackDeleteOpportunity, &[("deal", line)]);
    Ok(Move::perform(DeleteOpportunity { opportunity: one.id, version: Some(one.version) }.into(), read_back))
}

fn told(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, task: &Task, outcome: &Outcome) {
    let (meaning, one) = if let Outcome::OpportunityCreated(one) = outcome {
        (Meaning::OpportunityCreated, one)
    } else if let Outcome::OpportunityUpdated(one) = outcome {
        (Meaning::OpportunityUpdated, one)
    } else if let Outcome::OpportunityMoved(one) = outcome {
        (Meaning::OpportunityUpdated, one)
    } else if let Outcome::OpportunityClosed(one) = outcome {
        (Meaning::OpportunityClosed, one)
    } else {
        if let (Outcome::OpportunityDeleted, Some(one)) = (outcome, &task.opportunity) {
            copilot.say(reply, Meaning::OpportunityDeleted, &[("deal", one.name.clone())]);
        }
        return;
    };
    copilot.turn_to(one.contact);
    copilot.say(reply, meaning, &[("deal", copilot.opportunity_line(one, task))]);
    reply.step.card = Some(Card::of("opportunities", std::slice::from_ref(one)));
}

/// Which opportunity is meant: somebody's, or one by its name.
fn which(copilot: &Copilot, reply: &mut Reply, task: &mut Task) -> Result<Opportunity, Move> {
    if let Some(one) = &task.opportunity {
        return Ok(one.clone());
    }
    if task.mentioned.whom.is_none() {
        return Err(Move::Ask(Want::Whom));
    }
    let whose = whose(copilot, reply, task)?;
    let Some(all) = &task.opportunities else {
        let contact = whose.as_ref().ok().map(|person| person.id);
        let look = ListOpportunities { contact, text: whose.err(), limit: Some(SHOWN), ..ListOpportunities::default() };
        return Err(Move::look(look.into()));
    };
    match all.as_slice() {
        [] => {
            copilot.say(reply, Meaning::NoOpportunities, &[]);
            Err(Move::Answered)
        }
        [one] => {
            let one = one.clone();
            task.opportunity = Some(one.clone());
            Ok(one)
        }
        [..] => Err(Move::Choose(Choices::Opportunities(all.clone()))),
    }
}

/// Whose opportunities: a contact, or else the words to look for; an empty name looks for all.
fn whose(copilot: &Copilot, reply: &mut Reply, task: &mut Task) -> Result<Result<Person, String>, Move> {
    let Some(whom) = task.mentioned.whom.clone() else { return Ok(Err(String::new())) };
    if let Whom::Named(name) = &whom
        && task.whom.is_none()
    {
        let Some(found) = &task.people else {
            return Err(Move::look(SearchContacts { query: name.clone(), limit: Some(SHOWN) }.into()));
        };
        if fitting(&whom, found).is_empty() {
            return Ok(Err(name.clone()));
        }
    }
    copilot.whom(reply, task).map(Ok)
}

fn known_pipelines(task: &Task) -> Result<Vec<Pipeline>, Move> {
    task.pipelines.clone().ok_or_else(|| Move::look(ListPipelines {}.into()))
}

/// The stage of that name; none of that name is said, with those there are.
fn found_stage(copilot: &Copilot, reply: &mut Reply, all: &[Pipeline], name: &str) -> Option<Stage> {
    let found = stage_of(all, name);
    if found.is_none() {
        copilot.say(reply, Meaning::NoSuchStage, &[("stage", name.to_owned()), ("stages", stage_names(all))]);
    }
    found
}

fn stage_of(all: &[Pipeline], name: &str) -> Option<Stage> {
    let wanted = folded(name);
    let stages = || all.iter().flat_map(|pipeline| &pipeline.stages);
    let exact = stages().find(|stage| !wanted.is_empty() && folded(&stage.name) == wanted);
    exact.or_else(|| stages().find(|stage| has_part(&folded(&stage.name), &wanted))).cloned()
}

/// Whether a name has these words in it; the last may go on.
pub(super) fn has_part(name: &str, words: &str) -> bool {
    !words.is_empty() && format!(" {name}").contains(&format!(" {words}"))
}

fn stage_names(all: &[Pipeline]) -> String {
    let stages = all.iter().flat_map(|pipeline| &pipeline.stages).map(|stage| stage.name.as_str());
    stages.collect::<Vec<_>>().join(" → ")
}

/// The sentence without the name in it: "update the Lost River deal" says of no deal that it was lost.
fn without_the_name(task: &Task) -> String {
    let words = folded(task.mentioned.words.as_deref().unwrap_or_default());
    let name = task.mentioned.whom.as_ref().map(|whom| folded(&whom.query())).unwrap_or_default();
    if name.is_empty() { words } else { words.replace(&name, " ") }
}

fn worth(one: &Opportunity, value: i64) -> Operation {
    let (opportunity, version, value_minor) = (one.id, Some(one.version), Some(value));
    UpdateOpportunity { opportunity, version, name: None, contact: None, value_minor, expected_close: None }.into()
}

fn closed(one: &Opportunity, result: OpportunityResult) -> Operation {
    CloseOpportunity { opportunity: one.id, version: Some(one.version), result, reason: String::new() }.into()
}

impl Copilot {
    /// An opportunity on one line.
    pub(in crate::copilot) fn opportunity_line(&self, one: &Opportunity, task: &Task) -> String {
        let stages = task.pipelines.iter().flatten().find_map(|pipeline| pipeline.stage(one.stage));
        let stage = stages.map(|stage| stage.name.clone());
        let parts = [Some(one.name.clone()), Some(money(one.value_minor, self.business.currency)), stage];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }

    fn result_said(&self, words: &str) -> Option<OpportunityResult> {
        if self.book().has(Cue::Won, words) {
            Some(OpportunityResult::Won)
        } else if self.book().has(Cue::Lost, words) {
            Some(OpportunityResult::Lost)
        } else {
            None
        }
    }
}
