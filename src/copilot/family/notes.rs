//! Notes on people. "Note 2" is the second of those listed, the newest first; "the last note" is the newest, and "the note about
//! parking" the only one that has the word.

use crate::copilot::Copilot;
use crate::copilot::command::{Command, Move};
use crate::copilot::mentioned::Mentioned;
use crate::copilot::phrases::{Book, Cue, Meaning};
use crate::copilot::reading::{Heard, is_weak};
use crate::copilot::reply::{Card, Reply};
use crate::copilot::state::{Choices, Task, Want};
use crate::copilot::words::short;
use crate::crm::model::{Note, folded};
use crate::crm::operation::search::{alike, words};
use crate::crm::operation::{AddNote, DeleteNote, ListNotes, Outcome, UpdateNote};
use jiff::Zoned;

/// Notes shown at once.
const PAGE: usize = 20;

pub(in crate::copilot) const ADD: Command = Command { plan: add, told: added, does: &["add_note"] };
pub(in crate::copilot) const LIST: Command = Command { plan: list, told: listed, does: &["list_notes"] };
pub(in crate::copilot) const UPDATE: Command = Command { plan: update, told: updated, does: &["update_note"] };
pub(in crate::copilot) const DELETE: Command = Command { plan: delete, told: deleted, does: &["delete_note"] };

fn add(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, task: &mut Task) -> Move {
    match (copilot.whom(reply, task), task.mentioned.body.clone()) {
        (Err(first), _) => first,
        (Ok(_), None) => Move::Ask(Want::Words),
        (Ok(person), Some(body)) => Move::perform(AddNote { contact: person.id, body }.into(), String::new()),
    }
}

fn added(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, task: &Task, outcome: &Outcome) {
    let Outcome::NoteAdded(note) = outcome else { return };
    told(copilot, reply, task, Meaning::NoteAdded, note);
}

fn list(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, task: &mut Task) -> Move {
    match copilot.whom(reply, task) {
        Err(first) => first,
        Ok(person) => {
            Move::perform(ListNotes { contact: person.id, limit: Some(PAGE), cursor: None }.into(), String::new())
        }
    }
}

fn listed(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, task: &Task, outcome: &Outcome) {
    let (Outcome::Notes(page), Some(person)) = (outcome, &task.whom) else { return };
    if page.items.is_empty() {
        copilot.say(reply, Meaning::NoNotes, &[("name", person.name.clone())]);
        return;
    }
    let count = page.items.len().to_string();
    copilot.say(reply, Meaning::ListedNotes, &[("name", person.name.clone()), ("count", count)]);
    reply.list(page.items.iter().map(|note| short(&note.body)));
    reply.step.card = Some(Card { more: page.next.is_some(), ..Card::of("notes", &page.items) });
}

fn update(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, task: &mut Task) -> Move {
    match (which(copilot, reply, task), task.mentioned.body.clone()) {
        (Err(first), _) => first,
        (Ok(_), None) => Move::Ask(Want::Words),
        (Ok(note), Some(body)) => {
            let version = Some(note.version);
            Move::perform(UpdateNote { note: note.id, body, version }.into(), String::new())
        }
    }
}

fn updated(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, task: &Task, outcome: &Outcome) {
    let Outcome::NoteUpdated(note) = outcome else { return };
    told(copilot, reply, task, Meaning::NoteUpdated, note);
}

fn delete(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, task: &mut Task) -> Move {
    match which(copilot, reply, task) {
        Err(first) => first,
        Ok(note) => {
            let name = task.whom.as_ref().map(|person| person.name.clone()).unwrap_or_default();
            let read_back = copilot.worded(Meaning::ReadBackDeleteNote, &[("name", name), ("body", short(&note.body))]);
            Move::perform(DeleteNote { note: note.id, version: Some(note.version) }.into(), read_back)
        }
    }
}

fn deleted(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, task: &Task, outcome: &Outcome) {
    let (Outcome::NoteDeleted, Some(person)) = (outcome, &task.whom) else { return };
    copilot.say(reply, Meaning::NoteDeleted, &[("name", person.name.clone())]);
}

/// Which of somebody's notes is meant.
fn which(copilot: &Copilot, reply: &mut Reply, task: &mut Task) -> Result<Note, Move> {
    if let Some(note) = &task.note {
        return Ok(note.clone());
    }
    let person = copilot.whom(reply, task)?;
    let Some(notes) = &task.notes else {
        return Err(Move::look(ListNotes { contact: person.id, limit: Some(PAGE), cursor: None }.into()));
    };
    if notes.is_empty() {
        copilot.say(reply, Meaning::NoNotes, &[("name", person.name)]);
        return Err(Move::Answered);
    }
    let number = task.mentioned.id.as_ref().and_then(|id| id.parse::<usize>().ok());
    let by_number = number.and_then(|number| notes.get(number.checked_sub(1)?));
    let book = copilot.book();
    let about = about(book, &task.mentioned, &person.name);
    let fitting: Vec<&Note> = notes.iter().filter(|note| is_about(note, &about)).collect();
    let by_words = <[&Note; 1]>::try_from(fitting.as_slice()).ok().map(|[note]| note);
    let latest = task.mentioned.words.as_ref().is_some_and(|said| book.has(Cue::Latest, said));
    let first = notes.first().filter(|_| number.is_none() && about.is_empty() && (latest || notes.len() == 1));
    if let Some(note) = by_number.or(by_words).or(first) {
        let note = note.clone();
        task.note = Some(note.clone());
        return Ok(note);
    }
    if number.is_some() {
        let count = notes.len().to_string();
        copilot.say(reply, Meaning::NoSuchNote, &[("name", person.name), ("count", count)]);
        task.mentioned.id = None;
    } else if !about.is_empty() && fitting.is_empty() {
        copilot.say(reply, Meaning::NoNoteAbout, &[("name", person.name), ("words", about.join(" "))]);
    }
    let all = if fitting.is_empty() { notes.clone() } else { fitting.into_iter().cloned().collect() };
    Err(Move::Choose(Choices::Notes(all)))
}

/// What a note is said to be about, in the words that say something: not the small ones, nor whose it is.
fn about(book: &Book, said: &Mentioned, name: &str) -> Vec<String> {
    let mut about = said.words.as_ref().map(|text| behind_about(book, text)).unwrap_or_default();
    let name = words(&format!("{name} {}", book.pronouns.stand_in));
    about.retain(|word| !name.iter().any(|part| word == part || word.strip_suffix('s') == Some(part)));
    about
}

/// The telling words behind "about", if that is there.
fn behind_about(book: &Book, text: &str) -> Vec<String> {
    let said = format!(" {} ", folded(text));
    let ends = book.words(Cue::About).iter().filter_map(|cue| {
        let cue = format!(" {cue} ");
        said.find(&cue).map(|at| at + cue.len())
    });
    ends.min().map(|end| telling(book, &said[end..])).unwrap_or_default()
}

fn telling(book: &Book, text: &str) -> Vec<String> {
    let small = [Cue::Small, Cue::Politeness, Cue::About];
    let mut telling = words(text);
    telling.retain(|word| !small.into_iter().any(|cue| book.words(cue).contains(word)));
    telling
}

fn is_about(note: &Note, about: &[String]) -> bool {
    let body = words(&note.body);
    !about.is_empty() && about.iter().all(|word| body.iter().any(|one| alike(one, word)))
}

impl Copilot {
    /// The one note of those put up that is meant by its words, or the newest: "the one about parking", "the latest".
    pub(in crate::copilot) fn note_meant(&self, choices: &Choices, heard: &Heard) -> Option<usize> {
        let (Choices::Notes(notes), text) = (choices, heard.text.as_str()) else { return None };
        let mut about = behind_about(self.book(), text);
        if about.is_empty() {
            // Words that a rule speaks for are no words of a note.
            about = if is_weak(&heard.meant) { telling(self.book(), text) } else { return None };
        }
        let mut fitting = notes.iter().enumerate().filter(|(_, note)| is_about(note, &about)).map(|(place, _)| place);
        match (fitting.next(), fitting.next()) {
            (Some(only), None) => Some(only),
            (None, _) => self.book().has(Cue::Latest, text).then_some(0),
            (Some(_), Some(_)) => None,
        }
    }
}

fn told(copilot: &Copilot, reply: &mut Reply, task: &Task, meaning: Meaning, note: &Note) {
    let name = task.whom.as_ref().map(|person| person.name.clone()).unwrap_or_default();
    copilot.say(reply, meaning, &[("name", name), ("body", short(&note.body))]);
    reply.step.card = Some(Card::of("notes", std::slice::from_ref(note)));
}
