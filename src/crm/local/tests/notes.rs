//! Notes on contacts.

use super::contacts::{create, done, somebody};
use super::*;
use crate::crm::model::{Note, Page};
use crate::crm::operation::{AddNote, DeleteNote, ListNotes, UpdateNote};

#[tokio::test]
async fn notes_are_written_listed_changed_and_thrown_away() {
    let house = House::open().await;
    let contact = create(&house, somebody("Ana", "", None, None)).await.id;
    let mut written: Vec<Note> = Vec::new();
    for body in ["Afraid of needles.", "Prefers mornings.", "Paid."] {
        written.push(done!(house, AddNote { contact, body: body.to_owned() }, NoteAdded));
        house.clock.set(house.clock.now() + SignedDuration::from_secs(1));
    }
    written.reverse();
    let first: Page<Note> = done!(house, ListNotes { contact, limit: Some(2), cursor: None }, Notes);
    let rest = done!(house, ListNotes { contact, limit: Some(2), cursor: first.next.clone() }, Notes);
    assert_eq!([first.items, rest.items].concat(), written, "the newest first");
    assert_eq!(rest.next, None);

    let (note, body) = (written[0].id, "Paid in full.".to_owned());
    let change = UpdateNote { note, version: Some(1), body: body.clone() };
    let changed = done!(house, change.clone(), NoteUpdated);
    assert_eq!((changed.body, changed.version, changed.updated_at), (body, 2, house.clock.now()));
    assert_eq!(house.perform(change.into()).await, Err(Error::Stale("note")));
    assert_eq!(house.perform(DeleteNote { note, version: Some(2) }.into()).await, Ok(Outcome::NoteDeleted));
    assert_eq!(house.perform(DeleteNote { note, version: None }.into()).await, Err(Error::NotFound("note")));
    assert_eq!(done!(house, ListNotes { contact, limit: None, cursor: None }, Notes).items.len(), 2);
}

#[tokio::test]
async fn what_a_write_answers_is_what_is_read_afterwards() {
    let house = House::open_at("2026-11-23T08:00:00.123456789[America/New_York]").await;
    let contact = create(&house, somebody("Ana", "", None, None)).await.id;
    let note: Note = done!(house, AddNote { contact, body: "Paid.".to_owned() }, NoteAdded);
    let read: Page<Note> = done!(house, ListNotes { contact, limit: None, cursor: None }, Notes);
    assert_eq!(read.items, [note]);
}
