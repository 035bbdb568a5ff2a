//! Tags on people.

use super::contacts::joined;
use crate::copilot::Copilot;
use crate::copilot::command::{Command, Move};
use crate::copilot::phrases::Meaning;
use crate::copilot::reply::{Card, Reply};
use crate::copilot::state::{Task, Want};
use crate::crm::model::Contact;
use crate::crm::operation::{AddContactTags, Operation, Outcome, RemoveContactTags};
use crate::id::ContactId;
use jiff::Zoned;
use std::collections::BTreeSet;

pub(in crate::copilot) const ADD: Command = Command { plan: add, told: added, does: &["add_contact_tags"] };
pub(in crate::copilot) const REMOVE: Command = Command { plan: remove, told: removed, does: &["remove_contact_tags"] };

fn add(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, task: &mut Task) -> Move {
    with_tags(copilot, reply, task, |contact, tags| AddContactTags { contact, tags }.into())
}

fn remove(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, task: &mut Task) -> Move {
    with_tags(copilot, reply, task, |contact, tags| RemoveContactTags { contact, tags }.into())
}

fn with_tags(
    copilot: &Copilot,
    reply: &mut Reply,
    task: &mut Task,
    operation: fn(ContactId, BTreeSet<String>) -> Operation,
) -> Move {
    match copilot.whom(reply, task) {
        Err(first) => first,
        Ok(_) if task.mentioned.tags.is_empty() => Move::Ask(Want::Tags),
        Ok(person) => Move::perform(operation(person.id, task.mentioned.tags.iter().cloned().collect()), String::new()),
    }
}

fn added(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, task: &Task, outcome: &Outcome) {
    let Outcome::ContactTagged(contact) = outcome else { return };
    told(copilot, reply, task, Meaning::Tagged, contact);
}

fn removed(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, task: &Task, outcome: &Outcome) {
    let Outcome::ContactUntagged(contact) = outcome else { return };
    told(copilot, reply, task, Meaning::Untagged, contact);
}

fn told(copilot: &Copilot, reply: &mut Reply, task: &Task, meaning: Meaning, contact: &Contact) {
    let name = task.whom.as_ref().map(|person| person.name.clone()).unwrap_or_default();
    copilot.say(reply, meaning, &[("name", name), ("tags", task.mentioned.tags.join(", "))]);
    if contact.tags.is_empty() {
        copilot.say(reply, Meaning::NoTagsNow, &[]);
    } else {
        copilot.say(reply, Meaning::TagsNow, &[("tags", joined(contact))]);
    }
    reply.step.card = Some(Card::of("contacts", std::slice::from_ref(contact)));
}
