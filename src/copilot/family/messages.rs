//! Texts, e-mails, threads, calls that took place elsewhere, and reviews. What goes out is read back with all its words first.

use crate::copilot::Copilot;
use crate::copilot::command::{Command, Move};
use crate::copilot::phrases::{Cue, Meaning};
use crate::copilot::reply::{Card, Reply};
use crate::copilot::state::{Person, Task, Want};
use crate::copilot::words::short;
use crate::crm::error::Reason;
use crate::crm::model::{Conversation, ConversationMessage, Delivery, Direction};
use crate::crm::operation::{
    GetContact, ListConversations, ListMessages, LogCall, Outcome, RequestReview, SendEmail, SendSms,
};
use jiff::Zoned;

/// Messages of a thread shown at once.
const SHOWN: usize = 10;
/// Threads shown at once: whose each is takes a look.
const THREADS: usize = 6;

pub(in crate::copilot) const SMS: Command = Command { plan: sms, told: sent, does: &["send_sms"] };
pub(in crate::copilot) const EMAIL: Command = Command { plan: email, told: sent, does: &["send_email"] };
pub(in crate::copilot) const CONVERSATIONS: Command =
    Command { plan: conversations, told: shown, does: &["list_conversations"] };
pub(in crate::copilot) const READ: Command =
    Command { plan: read, told: shown, does: &["list_messages", "list_conversations"] };
pub(in crate::copilot) const LOG: Command = Command { plan: log, told: logged, does: &["log_call"] };
pub(in crate::copilot) const REVIEW: Command = Command { plan: review, told: requested, does: &["request_review"] };

fn sms(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, task: &mut Task) -> Move {
    match (copilot.whom(reply, task), task.mentioned.body.clone()) {
        (Err(first), _) => first,
        (Ok(_), None) => Move::Ask(Want::Message),
        (Ok(person), Some(body)) => {
            let fills = [("name", person.line()), ("body", body.clone())];
            let read_back = copilot.worded(Meaning::ReadBackSms, &fills);
            Move::perform(SendSms { contact: person.id, body, media: Vec::new() }.into(), read_back)
        }
    }
}

fn email(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, task: &mut Task) -> Move {
    let person = match copilot.whom(reply, task) {
        Ok(person) => person,
        Err(first) => return first,
    };
    let Some(subject) = task.mentioned.subject.clone() else { return Move::Ask(Want::Subject) };
    let Some(body) = task.mentioned.body.clone() else { return Move::Ask(Want::Message) };
    let fills = [("name", person.line()), ("subject", subject.clone()), ("body", body.clone())];
    let read_back = copilot.worded(Meaning::ReadBackEmail, &fills);
    Move::perform(SendEmail { contact: person.id, subject, body }.into(), read_back)
}

/// Says how a message stands, and no more than that: what waits has not gone out.
fn sent(copilot: &mut Copilot, reply: &mut Reply, now: &Zoned, task: &Task, outcome: &Outcome) {
    let (Outcome::SmsSent(message) | Outcome::EmailSent(message)) = outcome else { return };
    let name = ("name", name_of(task));
    let later = message.due_at.filter(|due| *due > now.timestamp());
    match (message.delivery, later) {
        (Delivery::Queued, Some(due)) => {
            let when = copilot.book().moment(due, now.time_zone());
            copilot.say(reply, Meaning::MessageWaits, &[name, ("when", when)]);
        }
        (Delivery::Queued | Delivery::Sending, _) => copilot.say(reply, Meaning::MessageOnItsWay, &[name]),
        (Delivery::Sent | Delivery::Delivered | Delivery::Received | Delivery::Held, _) => {
            copilot.say(reply, Meaning::MessageSent, &[name]);
        }
        (Delivery::Unconfirmed, _) => copilot.say(reply, Meaning::Unknown, &[]),
        (Delivery::Failed, _) => {
            let why = Reason::from(message.trouble.clone().unwrap_or_default());
            copilot.say(reply, Meaning::NotSent, &[("why", copilot.book().reason(&why))]);
        }
    }
    reply.step.card = Some(Card::of("messages", std::slice::from_ref(message)));
}

/// The latest threads, of everybody or of one.
fn conversations(copilot: &mut Copilot, reply: &mut Reply, now: &Zoned, task: &mut Task) -> Move {
    let person = if task.mentioned.whom.is_some() {
        match copilot.whom(reply, task) {
            Ok(person) => Some(person),
            Err(first) => return first,
        }
    } else {
        None
    };
    threads(copilot, reply, now, task, (person.as_ref(), false)).unwrap_or(Move::Answered)
}

/// Lists the threads with whose they are; what it takes to know them comes first.
fn threads(
    copilot: &Copilot,
    reply: &mut Reply,
    now: &Zoned,
    task: &mut Task,
    (person, unread): (Option<&Person>, bool),
) -> Option<Move> {
    let Some(threads) = &task.conversations else {
        let contact = person.map(|person| person.id);
        let list = ListConversations { contact, unread, limit: Some(THREADS), ..ListConversations::default() };
        return Some(Move::look(list.into()));
    };
    let of = |thread: &Conversation| task.known.iter().find(|person| person.id == thread.contact);
    if let Some(thread) = threads.iter().find(|thread| of(thread).is_none()) {
        return Some(Move::look(GetContact { contact: thread.contact }.into()));
    }
    let (some, none) = if unread {
        (Meaning::ListedUnread, Meaning::NothingUnread)
    } else {
        (Meaning::ListedConversations, Meaning::NoConversations)
    };
    if threads.is_empty() {
        copilot.say(reply, none, &[]);
        return None;
    }
    copilot.say(reply, some, &[("count", threads.len().to_string())]);
    let line = |thread: &Conversation| {
        let name = of(thread).map(|person| person.name.clone()).unwrap_or_default();
        let when = copilot.book().moment(thread.last_at, now.time_zone());
        format!("{name}, {when}: {}", short(&thread.last_words))
    };
    reply.list(threads.iter().map(line));
    reply.step.card = Some(Card::of("conversations", threads));
    None
}

/// The thread of whoever is named; without a name the threads nobody has read.
fn read(copilot: &mut Copilot, reply: &mut Reply, now: &Zoned, task: &mut Task) -> Move {
    if task.mentioned.whom.is_none() {
        return threads(copilot, reply, now, task, (None, true)).unwrap_or(Move::Answered);
    }
    let person = match copilot.whom(reply, task) {
        Ok(person) => person,
        Err(first) => return first,
    };
    let Some(threads) = &task.conversations else {
        let contact = Some(person.id);
        let look = ListConversations { contact, limit: Some(1), ..ListConversations::default() };
        return Move::look(look.into());
    };
    if let Some(thread) = threads.first() {
        let list = ListMessages { conversation: thread.id, medium: None, limit: Some(SHOWN), cursor: None };
        Move::perform(list.into(), String::new())
    } else {
        copilot.say(reply, Meaning::NoMessages, &[("name", person.name)]);
        Move::Answered
    }
}

fn shown(copilot: &mut Copilot, reply: &mut Reply, now: &Zoned, task: &Task, outcome: &Outcome) {
    let Outcome::Messages(page) = outcome else { return };
    let name = name_of(task);
    if page.items.is_empty() {
        copilot.say(reply, Meaning::NoMessages, &[("name", name)]);
        return;
    }
    copilot.say(reply, Meaning::ListedMessages, &[("name", name), ("count", page.items.len().to_string())]);
    let line = |one: &ConversationMessage| {
        let way = match one.direction {
            Direction::Inbound => "←",
            Direction::Outbound => "→",
        };
        format!("{way} {}: {}", copilot.book().moment(one.created_at, now.time_zone()), short(&one.body))
    };
    reply.list(page.items.iter().map(line));
    reply.step.card = Some(Card { more: page.next.is_some(), ..Card::of("messages", &page.items) });
}

fn log(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, task: &mut Task) -> Move {
    match (copilot.whom(reply, task), task.mentioned.body.clone()) {
        (Err(first), _) => first,
        (Ok(_), None) => Move::Ask(Want::CallNotes),
        (Ok(person), Some(notes)) => {
            let words = task.mentioned.words.as_deref().unwrap_or_default();
            let inbound = copilot.book().has(Cue::Inbound, words);
            let direction = if inbound { Direction::Inbound } else { Direction::Outbound };
            Move::perform(LogCall { contact: person.id, direction, notes, at: None }.into(), String::new())
        }
    }
}

fn logged(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, task: &Task, outcome: &Outcome) {
    let Outcome::CallLogged(message) = outcome else { return };
    let meaning = match message.direction {
        Direction::Inbound => Meaning::CallFromLogged,
        Direction::Outbound => Meaning::CallToLogged,
    };
    copilot.say(reply, meaning, &[("name", name_of(task)), ("body", short(&message.body))]);
    reply.step.card = Some(Card::of("messages", std::slice::from_ref(message)));
}

fn review(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, task: &mut Task) -> Move {
    match copilot.whom(reply, task) {
        Err(first) => first,
        Ok(person) => {
            let read_back = copilot.worded(Meaning::ReadBackReview, &[("name", person.line())]);
            Move::perform(RequestReview { contact: person.id, medium: None, subject: None }.into(), read_back)
        }
    }
}

fn requested(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, task: &Task, outcome: &Outcome) {
    let Outcome::ReviewRequested(_) = outcome else { return };
    copilot.say(reply, Meaning::ReviewRequested, &[("name", name_of(task))]);
}

fn name_of(task: &Task) -> String {
    task.whom.as_ref().map(|person| person.name.clone()).unwrap_or_default()
}
