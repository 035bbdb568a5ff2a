//! Whom a command is about: nobody, one, or several to choose from.

use super::Copilot;
use super::command::Move;
use super::mentioned::Whom;
use super::phrases::Meaning;
use super::reply::Reply;
use super::state::{Choices, Newcomer, Person, Task, Want};
use crate::crm::model::{Contact, folded};
use crate::crm::operation::SearchContacts;
use crate::id::ContactId;
use crate::nlu::Intent;

/// People searched for at once: more are not chosen from.
const PEOPLE_MAX: usize = 20;

impl Copilot {
    /// Whom a command is about, or what it takes to know.
    pub(super) fn whom(&self, reply: &mut Reply, task: &mut Task) -> Result<Person, Move> {
        if let Some(person) = &task.whom {
            return Ok(person.clone());
        }
        let Some(whom) = task.mentioned.whom.clone() else { return Err(Move::Ask(Want::Whom)) };
        if whom == Whom::Them {
            let Some(person) = self.state.focus.clone() else {
                self.say(reply, Meaning::NobodySpokenOf, &[]);
                task.mentioned.whom = None;
                return Err(Move::Ask(Want::Whom));
            };
            task.whom = Some(person.clone());
            return Ok(person);
        }
        let Some(found) = &task.people else {
            return Err(Move::look(SearchContacts { query: whom.query(), limit: Some(PEOPLE_MAX) }.into()));
        };
        match fitting(&whom, found).as_slice() {
            [] if may_be_new(task.intent) => Err(Move::AddThem(newcomer(&whom))),
            [] => {
                self.say(reply, Meaning::Nobody, &[("query", whom.query())]);
                (task.mentioned.whom, task.people) = (None, None);
                Err(Move::Ask(Want::Whom))
            }
            [one] => {
                let person = Person::from(*one);
                task.whom = Some(person.clone());
                Ok(person)
            }
            several => Err(Move::Choose(Choices::People(several.iter().map(|one| Person::from(*one)).collect()))),
        }
    }
}

impl Copilot {
    /// What was spoken of is a contact's, whose name is not at hand: when "him" meant somebody else, it means nobody now.
    pub(super) fn turn_to(&mut self, contact: Option<ContactId>) {
        if contact.is_some() && self.state.focus.as_ref().is_some_and(|person| Some(person.id) != contact) {
            self.state.focus = None;
        }
    }
}

/// Of those found the ones called exactly so, if there are any; else all.
pub(super) fn fitting<'a>(whom: &Whom, found: &'a [Contact]) -> Vec<&'a Contact> {
    let exactly = |contact: &&Contact| match whom {
        Whom::Them => false,
        Whom::Named(name) => folded(&contact.full_name()) == folded(name),
        Whom::Phone(phone) => contact.phone.as_ref() == Some(phone),
        Whom::Email(email) => contact.email.as_ref().is_some_and(|one| one.eq_ignore_ascii_case(email)),
    };
    let exact: Vec<_> = found.iter().filter(exactly).collect();
    // A number or an address is somebody's or nobody's.
    let whole = matches!(whom, Whom::Phone(_) | Whom::Email(_));
    if exact.is_empty() && !whole { found.iter().collect() } else { exact }
}

/// Who they would be.
pub(super) fn newcomer(whom: &Whom) -> Newcomer {
    match whom {
        Whom::Them => Newcomer::default(),
        Whom::Named(name) => Newcomer { name: Some(name.clone()), ..Newcomer::default() },
        Whom::Phone(phone) => Newcomer { phone: Some(phone.clone()), ..Newcomer::default() },
        Whom::Email(email) => Newcomer { email: Some(email.clone()), ..Newcomer::default() },
    }
}

/// Whether a command makes sense for somebody who is not known yet.
fn may_be_new(intent: Intent) -> bool {
    matches!(intent, Intent::SearchContacts | Intent::AddTags | Intent::AddNote | Intent::BookAppointment)
}
