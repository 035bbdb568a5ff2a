//! What would come of an operation is said, and nothing is done.

use super::contacts::{create, done, somebody};
use super::*;
use crate::crm::model::Kind;
use crate::crm::operation::{AddNote, DeleteContact, GetContact, Rehearsal};

impl House {
    async fn rehearse(&self, operation: impl Into<Operation>, key: Option<&str>) -> Result<Rehearsal, Error> {
        let request = Request::new(self.business.id, Source::Mcp, By::owner(), operation).once(key.map(str::to_owned));
        self.embedded.rehearse(request).await
    }
}

#[tokio::test]
async fn a_rehearsal_says_what_would_come_of_it_and_leaves_all_as_it_is() {
    let house = House::open().await;
    let ana = create(&house, somebody("Ana", "Silva", None, None)).await;
    let note = done!(house, AddNote { contact: ana.id, body: "Shy.".to_owned() }, NoteAdded);
    let gone = DeleteContact { contact: ana.id, version: None };
    let foreseen = house.rehearse(gone.clone(), None).await.expect("foreseen");
    assert_eq!(foreseen.outcome, Outcome::ContactDeleted);
    let changes: Vec<_> = foreseen.changes.iter().map(|one| (one.kind, one.id.clone(), one.after.is_none())).collect();
    assert_eq!(
        changes,
        [(Kind::Note, note.id.to_string(), true), (Kind::Contact, ana.id.to_string(), true)],
        "what goes with it is told too"
    );
    let heard_of = Contact { last_activity: Some(house.clock.now()), ..ana.clone() };
    assert_eq!(done!(house, GetContact { contact: ana.id }, ContactGot), heard_of);
    assert_eq!(house.rehearse(DeleteContact { version: Some(9), ..gone }, None).await, Err(Error::Stale("contact")));
}

#[tokio::test]
async fn a_time_that_was_only_rehearsed_is_free_and_a_key_is_not_used_up() {
    let house = House::open().await;
    let booking = Operation::BookAppointment(house.booking("cleaning", TUESDAY_9, "Ana Silva"));
    for _ in 0..2 {
        let foreseen = house.rehearse(booking.clone(), Some("once")).await.expect("foreseen");
        assert!(matches!(foreseen.outcome, Outcome::Booked(_)), "{foreseen:?}");
    }
    let booked = house.perform_once(Some("once"), booking.clone()).await.expect("booked");
    // What was done under a key is what a repeat would be answered.
    let repeat = house.rehearse(booking.clone(), Some("once")).await.expect("foreseen");
    assert_eq!(repeat, Rehearsal { outcome: booked, changes: Vec::new() });
    assert_eq!(house.rehearse(booking, None).await, Err(Error::SlotTaken));
}
