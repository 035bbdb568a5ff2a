//! What was done is written down.

use super::contacts::{create, done, somebody};
use super::*;
use crate::crm::local::store::{get, json_of};
use crate::crm::model::{Change, Kind, Note};
use crate::crm::operation::{AddContactTags, AddNote, DeleteContact};

/// The entries of the house's business but the first, which is that it was added: the operation, and what it changed.
async fn entries(house: &House) -> Vec<(String, Vec<Change>)> {
    sqlx::query("SELECT operation, changes FROM actions WHERE business_id = $1 AND number > 1 ORDER BY number")
        .bind(house.business.id.to_string())
        .fetch_all(&mut *house.embedded.store.read().await.expect("a reader"))
        .await
        .expect("entries")
        .iter()
        .map(|row| (get(row, "operation").expect("a name"), json_of(row, "changes").expect("changes")))
        .collect()
}

#[tokio::test]
async fn each_operation_that_changed_something_is_one_entry_with_before_and_after() {
    let house = House::open().await;
    let ana = create(&house, somebody("Ana", "", None, None)).await;
    let tags = ["vip".to_owned()].into_iter().collect();
    let tag = AddContactTags { contact: ana.id, tags };
    let tagged = done!(house, tag.clone(), ContactTagged);
    assert_eq!(done!(house, tag, ContactTagged), tagged, "nothing changes");
    let note: Note = done!(house, AddNote { contact: ana.id, body: "Paid.".to_owned() }, NoteAdded);
    house.hold(house.holding("cleaning", TUESDAY_9)).await.expect("a hold, which lasts no longer than it is wanted");
    let refused = house.perform(DeleteContact { contact: ana.id, version: Some(9) }.into()).await;
    assert_eq!(refused, Err(Error::Stale("contact")));
    house.perform(DeleteContact { contact: ana.id, version: None }.into()).await.expect("deleted");

    let change = |kind, id: &dyn ToString, before: Option<serde_json::Value>, after: Option<serde_json::Value>| {
        Change { kind, id: id.to_string(), before, after }
    };
    let value = |contact: &Contact| serde_json::to_value(contact).ok();
    let written = serde_json::to_value(&note).ok();
    let heard_of = Contact { last_activity: Some(house.clock.now()), ..tagged.clone() };
    assert_eq!(
        entries(&house).await,
        [
            ("create_contact".to_owned(), vec![change(Kind::Contact, &ana.id, None, value(&ana))]),
            ("add_contact_tags".to_owned(), vec![change(Kind::Contact, &ana.id, value(&ana), value(&tagged))]),
            ("add_note".to_owned(), vec![change(Kind::Note, &note.id, None, written.clone())]),
            (
                "delete_contact".to_owned(),
                vec![
                    change(Kind::Note, &note.id, written, None),
                    change(Kind::Contact, &ana.id, value(&heard_of), None),
                ]
            ),
        ]
    );
}

#[tokio::test]
async fn a_repeat_under_the_same_key_is_not_written_down_again() {
    let house = House::open().await;
    let booking = Operation::BookAppointment(house.booking("cleaning", TUESDAY_9, "Ana Silva"));
    for _ in 0..2 {
        house.perform_once(Some("once"), booking.clone()).await.expect("booked");
    }
    let entries = entries(&house).await;
    let kinds: Vec<Vec<Kind>> =
        entries.iter().map(|(_, changes)| changes.iter().map(|one| one.kind).collect()).collect();
    assert_eq!(kinds, [vec![Kind::Contact, Kind::Appointment]]);
}
