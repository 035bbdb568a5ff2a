//! Workflows and campaigns, and who is in them.

use super::opportunities::has_part;
use crate::copilot::Copilot;
use crate::copilot::command::{Command, Move};
use crate::copilot::phrases::Meaning;
use crate::copilot::reply::{Card, Reply};
use crate::copilot::state::{Task, Want};
use crate::crm::model::folded;
use crate::crm::operation::{
    AddToCampaign, AddToWorkflow, ListCampaigns, ListWorkflows, Operation, Outcome, RemoveFromCampaign,
    RemoveFromWorkflow,
};
use crate::id::{CampaignId, ContactId, WorkflowId};
use jiff::Zoned;

/// So many are known by name.
const KNOWN_MAX: usize = 200;

pub(in crate::copilot) const WORKFLOWS: Command = Command { plan: workflows, told: listed, does: &["list_workflows"] };
pub(in crate::copilot) const ENTER_WORKFLOW: Command =
    Command { plan: enter_workflow, told: moved, does: &["add_to_workflow"] };
pub(in crate::copilot) const LEAVE_WORKFLOW: Command =
    Command { plan: leave_workflow, told: moved, does: &["remove_from_workflow"] };
pub(in crate::copilot) const CAMPAIGNS: Command = Command { plan: campaigns, told: listed, does: &["list_campaigns"] };
pub(in crate::copilot) const ENTER_CAMPAIGN: Command =
    Command { plan: enter_campaign, told: moved, does: &["add_to_campaign"] };
pub(in crate::copilot) const LEAVE_CAMPAIGN: Command =
    Command { plan: leave_campaign, told: moved, does: &["remove_from_campaign"] };

fn every_workflow() -> ListWorkflows {
    ListWorkflows { active: None, limit: Some(KNOWN_MAX), cursor: None }
}

fn every_campaign() -> ListCampaigns {
    ListCampaigns { status: None, limit: Some(KNOWN_MAX), cursor: None }
}

fn workflows(_copilot: &mut Copilot, _reply: &mut Reply, _now: &Zoned, _task: &mut Task) -> Move {
    Move::perform(every_workflow().into(), String::new())
}

fn campaigns(_copilot: &mut Copilot, _reply: &mut Reply, _now: &Zoned, _task: &mut Task) -> Move {
    Move::perform(every_campaign().into(), String::new())
}

fn listed(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, _task: &Task, outcome: &Outcome) {
    let (some, none, names, card): (_, _, Vec<String>, _) = if let Outcome::Workflows(page) = outcome {
        let names = page.items.iter().map(|one| one.name.clone()).collect();
        (Meaning::ListedWorkflows, Meaning::NoWorkflows, names, Card::of("workflows", &page.items))
    } else if let Outcome::Campaigns(page) = outcome {
        let names = page.items.iter().map(|one| one.name.clone()).collect();
        (Meaning::ListedCampaigns, Meaning::NoCampaigns, names, Card::of("campaigns", &page.items))
    } else {
        return;
    };
    if names.is_empty() {
        copilot.say(reply, none, &[]);
        return;
    }
    copilot.say(reply, some, &[("count", names.len().to_string())]);
    reply.list(names);
    reply.step.card = Some(card);
}

fn enter_workflow(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, task: &mut Task) -> Move {
    let add = |workflow, contact| AddToWorkflow { workflow, contact, event_start: None }.into();
    in_workflow(copilot, reply, task, add).unwrap_or_else(|first| first)
}

fn leave_workflow(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, task: &mut Task) -> Move {
    let remove = |workflow, contact| RemoveFromWorkflow { workflow, contact }.into();
    in_workflow(copilot, reply, task, remove).unwrap_or_else(|first| first)
}

fn in_workflow(
    copilot: &Copilot,
    reply: &mut Reply,
    task: &mut Task,
    operation: fn(WorkflowId, ContactId) -> Operation,
) -> Result<Move, Move> {
    let person = copilot.whom(reply, task)?;
    let Some(known) = task.workflows.clone() else { return Err(Move::look(every_workflow().into())) };
    let known: Vec<_> = known.iter().map(|one| (one.name.as_str(), one.id)).collect();
    let workflow = copilot.named(reply, task, &known, (Want::Workflow, Meaning::NoWorkflows))?;
    Ok(Move::perform(operation(workflow, person.id), String::new()))
}

fn enter_campaign(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, task: &mut Task) -> Move {
    let add = |campaign, contact| AddToCampaign { campaign, contact }.into();
    in_campaign(copilot, reply, task, add).unwrap_or_else(|first| first)
}

fn leave_campaign(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, task: &mut Task) -> Move {
    let remove = |campaign, contact| RemoveFromCampaign { campaign, contact }.into();
    in_campaign(copilot, reply, task, remove).unwrap_or_else(|first| first)
}

fn in_campaign(
    copilot: &Copilot,
    reply: &mut Reply,
    task: &mut Task,
    operation: fn(CampaignId, ContactId) -> Operation,
) -> Result<Move, Move> {
    let person = copilot.whom(reply, task)?;
    let Some(known) = task.campaigns.clone() else { return Err(Move::look(every_campaign().into())) };
    let known: Vec<_> = known.iter().map(|one| (one.name.as_str(), one.id)).collect();
    let campaign = copilot.named(reply, task, &known, (Want::Campaign, Meaning::NoCampaigns))?;
    Ok(Move::perform(operation(campaign, person.id), String::new()))
}

fn moved(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, task: &Task, outcome: &Outcome) {
    let meaning = if matches!(outcome, Outcome::WorkflowEntered(_)) {
        Meaning::EnteredWorkflow
    } else if matches!(outcome, Outcome::CampaignEntered(_)) {
        Meaning::EnteredCampaign
    } else if matches!(outcome, Outcome::WorkflowLeft(_) | Outcome::CampaignLeft) {
        Meaning::Left
    } else {
        return;
    };
    let name = task.whom.as_ref().map(|person| person.name.clone()).unwrap_or_default();
    let what = task.mentioned.campaign.clone().unwrap_or_default();
    copilot.say(reply, meaning, &[("name", name), ("what", what)]);
}

impl Copilot {
    /// Which of these was named; its own spelling is remembered. Part of a name will do where it is one's only.
    fn named<T: Copy>(
        &self,
        reply: &mut Reply,
        task: &mut Task,
        known: &[(&str, T)],
        (want, none): (Want, Meaning),
    ) -> Result<T, Move> {
        if known.is_empty() {
            self.say(reply, none, &[]);
            return Err(Move::Answered);
        }
        let Some(said) = task.mentioned.campaign.take() else { return Err(Move::Ask(want)) };
        let wanted = folded(&said);
        let exact = known.iter().find(|(name, _)| !wanted.is_empty() && folded(name) == wanted);
        let mut partly = known.iter().filter(|(name, _)| has_part(&folded(name), &wanted));
        let only = partly.next().filter(|_| partly.next().is_none());
        if let Some((name, id)) = exact.or(only) {
            task.mentioned.campaign = Some((*name).to_owned());
            return Ok(*id);
        }
        let names = known.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        self.say(reply, Meaning::NoneCalled, &[("what", said), ("names", names)]);
        Err(Move::Ask(want))
    }
}
