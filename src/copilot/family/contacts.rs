//! Finding, showing, adding, changing and deleting people.

use crate::copilot::Copilot;
use crate::copilot::command::{Command, Move};
use crate::copilot::mentioned::Whom;
use crate::copilot::phrases::{Cue, Meaning};
use crate::copilot::reply::{Card, Reply};
use crate::copilot::state::{Person, Task, Want};
use crate::copilot::whom::fitting;
use crate::copilot::words::parted;
use crate::crm::model::{Channel, Contact};
use crate::crm::operation::{
    ContactSort, CreateContact, DeleteContact, GetContact, ListContacts, ListNotes, Operation, Outcome, Unknown,
    UpdateContact,
};
use jiff::{Timestamp, Zoned};

/// People on one page.
const PAGE: usize = 10;
/// Notes counted before a contact is deleted; so many and more are "many".
const NOTES_COUNTED: usize = 50;

pub(in crate::copilot) const SEARCH: Command =
    Command { plan: search, told: shown, does: &["search_contacts", "get_contact", "list_contacts"] };
pub(in crate::copilot) const LIST: Command = Command { plan: list, told: listed, does: &["list_contacts"] };
pub(in crate::copilot) const GET: Command = Command { plan: get, told: shown, does: &["get_contact"] };
pub(in crate::copilot) const CREATE: Command = Command { plan: create, told: created, does: &["create_contact"] };
pub(in crate::copilot) const UPDATE: Command = Command { plan: update, told: updated, does: &["update_contact"] };
pub(in crate::copilot) const DELETE: Command = Command { plan: delete, told: deleted, does: &["delete_contact"] };

fn search(copilot: &mut Copilot, reply: &mut Reply, now: &Zoned, task: &mut Task) -> Move {
    if !task.mentioned.tags.is_empty() || task.mentioned.missing.is_some() {
        return list(copilot, reply, now, task);
    }
    let several = match (&task.whom, &task.mentioned.whom, &task.people) {
        (None, Some(whom), Some(found)) if *whom != Whom::Them => {
            let fitting: Vec<Contact> = fitting(whom, found).into_iter().cloned().collect();
            (fitting.len() > 1).then_some(fitting)
        }
        _ => None,
    };
    if let Some(several) = several {
        copilot.say(reply, Meaning::FoundSome, &[("count", several.len().to_string())]);
        copilot.show_people(reply, &several);
        return Move::Answered;
    }
    get(copilot, reply, now, task)
}

fn get(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, task: &mut Task) -> Move {
    match copilot.whom(reply, task) {
        Ok(person) => Move::perform(GetContact { contact: person.id }.into(), String::new()),
        Err(first) => first,
    }
}

fn shown(copilot: &mut Copilot, reply: &mut Reply, now: &Zoned, task: &Task, outcome: &Outcome) {
    let Outcome::ContactGot(contact) = outcome else { return listed(copilot, reply, now, task, outcome) };
    copilot.state.focus = Some(Person::from(contact));
    let name = Person::from(contact).name;
    copilot.say(reply, Meaning::ThisIs, &[("name", name)]);
    let mut lines = Vec::new();
    if let Some(phone) = &contact.phone {
        lines.push(copilot.worded(Meaning::LinePhone, &[("phone", phone.to_string())]));
    }
    if let Some(email) = &contact.email {
        lines.push(copilot.worded(Meaning::LineEmail, &[("email", email.clone())]));
    }
    if !contact.tags.is_empty() {
        lines.push(copilot.worded(Meaning::LineTags, &[("tags", joined(contact))]));
    }
    for (field, value) in &contact.fields {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        lines.push(copilot.worded(Meaning::LineField, &[("field", field.clone()), ("value", value)]));
    }
    if !contact.do_not_disturb.is_empty() {
        let channels = contact.do_not_disturb.iter().map(|channel| copilot.book().term(channel_name(*channel)));
        let channels = channels.collect::<Vec<_>>().join(", ");
        lines.push(copilot.worded(Meaning::LineQuiet, &[("channels", channels)]));
    }
    if lines.is_empty() {
        lines.push(copilot.worded(Meaning::NothingKnown, &[]));
    }
    for line in lines {
        reply.step.text.push('\n');
        reply.step.text.push_str(&line);
    }
    reply.step.card = Some(Card::of("contacts", std::slice::from_ref(contact)));
}

fn list(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, task: &mut Task) -> Move {
    let without = match task.mentioned.missing.as_deref().map(|field| copilot.field_of(field)) {
        None => None,
        Some(Some(field)) => Some(field),
        Some(None) => {
            copilot.say(reply, Meaning::MissingWhat, &[]);
            return Move::Answered;
        }
    };
    let (from, before) = task.mentioned.span.unzip();
    let bounded = |at: Option<Timestamp>| at.filter(|at| *at != Timestamp::MIN && *at != Timestamp::MAX);
    let newest = task.mentioned.span.is_some();
    let operation = ListContacts {
        tag: task.mentioned.tags.first().cloned(),
        without,
        do_not_disturb: None,
        source: None,
        owner: None,
        created_from: bounded(from),
        created_before: bounded(before),
        updated_from: None,
        updated_before: None,
        field: None,
        value: None,
        sort: if newest { ContactSort::Created } else { ContactSort::Name },
        descending: newest,
        limit: Some(PAGE),
        cursor: None,
    };
    copilot.state.more = Some((task.intent, operation.clone().into()));
    Move::perform(operation.into(), String::new())
}

fn listed(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, task: &Task, outcome: &Outcome) {
    let Outcome::Contacts(page) = outcome else { return };
    let before = copilot.state.more.take();
    if page.items.is_empty() {
        copilot.say(reply, Meaning::FoundNone, &[]);
        return;
    }
    copilot.say(reply, Meaning::ListedContacts, &[("count", page.items.len().to_string())]);
    copilot.show_people(reply, &page.items);
    let Some((_, Operation::ListContacts(list))) = before.filter(|_| page.next.is_some()) else { return };
    let next = ListContacts { cursor: page.next.clone(), ..list };
    copilot.state.more = Some((task.intent, next.into()));
    copilot.say(reply, Meaning::ListedMore, &[]);
    if let Some(card) = &mut reply.step.card {
        card.more = true;
    }
}

fn create(_copilot: &mut Copilot, _reply: &mut Reply, _now: &Zoned, task: &mut Task) -> Move {
    let said = &task.mentioned;
    if said.name.is_none() && said.phone.is_none() && said.email.is_none() {
        return Move::Ask(Want::Name);
    }
    let (first_name, last_name) = parted(said.name.as_deref().unwrap_or_default());
    let (phone, email) = (said.phone.as_ref().map(ToString::to_string), said.email.clone());
    let tags = said.tags.iter().cloned().collect();
    Move::perform(CreateContact { first_name, last_name, email, phone, tags, ..<_>::default() }.into(), String::new())
}

fn created(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, _task: &Task, outcome: &Outcome) {
    let Outcome::ContactCreated(contact) = outcome else { return };
    copilot.show_changed(reply, Meaning::ContactCreated, contact);
}

fn update(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, task: &mut Task) -> Move {
    let person = match copilot.whom(reply, task) {
        Ok(person) => person,
        Err(first) => return first,
    };
    let said = &task.mentioned;
    if said.name.is_none() && said.phone.is_none() && said.email.is_none() {
        return Move::Ask(Want::Change);
    }
    let (first_name, last_name) = match said.name.as_deref().map(parted) {
        None => (None, None),
        // One name alone is the family name that changed, unless they never had one.
        Some((only, last)) if last.is_empty() && person.name.contains(' ') => (None, Some(only)),
        Some((first, last)) if last.is_empty() => (Some(first), None),
        Some((first, last)) => (Some(first), Some(last)),
    };
    let operation = UpdateContact {
        contact: person.id,
        version: None,
        first_name,
        last_name,
        email: said.email.clone().map(Some),
        phone: said.phone.as_ref().map(|phone| Some(phone.to_string())),
        tags: None,
        fields: None,
        do_not_disturb: None,
        other_phones: None,
        other_emails: None,
        source: None,
        zone: None,
        owner: None,
    };
    Move::perform(operation.into(), String::new())
}

fn updated(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, _task: &Task, outcome: &Outcome) {
    let Outcome::ContactUpdated(contact) = outcome else { return };
    copilot.show_changed(reply, Meaning::ContactUpdated, contact);
}

fn delete(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, task: &mut Task) -> Move {
    let person = match copilot.whom(reply, task) {
        Ok(person) => person,
        Err(first) => return first,
    };
    let Some(notes) = &task.notes else {
        let look = ListNotes { contact: person.id, limit: Some(NOTES_COUNTED), cursor: None };
        return Move::look(look.into());
    };
    let name = person.line();
    let read_back = match notes.len() {
        0 => copilot.worded(Meaning::ReadBackDeleteContact, &[("name", name)]),
        1 => copilot.worded(Meaning::ReadBackDeleteContactNote, &[("name", name)]),
        count => {
            let count = if count < NOTES_COUNTED { count.to_string() } else { format!("{count}+") };
            copilot.worded(Meaning::ReadBackDeleteContactNotes, &[("name", name), ("count", count)])
        }
    };
    Move::perform(DeleteContact { contact: person.id, version: None }.into(), read_back)
}

fn deleted(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, task: &Task, outcome: &Outcome) {
    let (Outcome::ContactDeleted, Some(person)) = (outcome, &task.whom) else { return };
    copilot.state.focus = None;
    copilot.state.listed.retain(|one| one.id != person.id);
    copilot.say(reply, Meaning::ContactDeleted, &[("name", person.name.clone())]);
}

impl Copilot {
    /// People, numbered; "the second one" is one of them from now on.
    fn show_people(&mut self, reply: &mut Reply, people: &[Contact]) {
        self.state.listed = people.iter().map(Person::from).collect();
        reply.list(self.state.listed.iter().map(Person::line));
        reply.step.card = Some(Card::of("contacts", people));
    }

    /// Somebody as they are now.
    pub(in crate::copilot) fn show_changed(&mut self, reply: &mut Reply, meaning: Meaning, contact: &Contact) {
        let person = Person::from(contact);
        self.say(reply, meaning, &[("line", person.line())]);
        self.state.focus = Some(person);
        reply.step.card = Some(Card::of("contacts", std::slice::from_ref(contact)));
    }

    fn field_of(&self, words: &str) -> Option<Unknown> {
        let fields =
            [(Cue::PhoneField, Unknown::Phone), (Cue::EmailField, Unknown::Email), (Cue::NameField, Unknown::Name)];
        fields.into_iter().find(|(cue, _)| self.book().has(*cue, words)).map(|(_, field)| field)
    }
}

/// Somebody's tags in a row.
pub(in crate::copilot) fn joined(contact: &Contact) -> String {
    contact.tags.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn channel_name(channel: Channel) -> &'static str {
    match channel {
        Channel::Call => "phone call",
        Channel::Email => "email",
        Channel::Sms => "SMS",
    }
}
