//! Notes on contacts.

use super::contacts::{by_id, refuse_stale, touch};
use super::records::{Order, Record, usual_fields};
use super::statement::Bound;
use super::store::{Row, count_of, get, instant_of, parsed};
use super::{Perform, Within};
use crate::crm::Error;
use crate::crm::model::{Kind, Note, Page};
use crate::crm::operation::{AddNote, DeleteNote, ListNotes, UpdateNote};
use crate::id::NoteId;

impl Record for Note {
    const KIND: Kind = Kind::Note;
    const TABLE: &'static str = "notes";

    usual_fields!();

    fn columns(&self) -> Result<Vec<(&'static str, Bound)>, Error> {
        Ok(vec![("contact_id", self.contact.to_string().into()), ("body", self.body.as_str().into())])
    }

    fn of(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            id: parsed(row, "id")?,
            business: parsed(row, "business_id")?,
            contact: parsed(row, "contact_id")?,
            body: get(row, "body")?,
            version: count_of(row, "version")?,
            created_at: instant_of(row, "created_at")?,
            updated_at: instant_of(row, "updated_at")?,
        })
    }
}

impl Perform for AddNote {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Note, Error> {
        let contact = by_id(within.connection, within.business, self.contact).await?;
        let note = Note {
            id: NoteId::fresh(),
            business: within.business,
            contact: contact.id,
            body: self.body.clone(),
            version: 1,
            created_at: within.now,
            updated_at: within.now,
        };
        touch(within, contact.id).await?;
        within.insert(note).await
    }
}

impl Perform for ListNotes {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Page<Note>, Error> {
        let contact = by_id(within.connection, within.business, self.contact).await?;
        let mut list = within.list::<Note>();
        list.say(" AND contact_id = ").bind(contact.id.to_string());
        within.page(list, Order::NEWEST, (self.limit, self.cursor.as_deref())).await
    }
}

impl Perform for UpdateNote {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Note, Error> {
        let known: Note = within.load(self.note).await?;
        refuse_stale(known.version, self.version, "note")?;
        within.update(&known, Note { body: self.body.clone(), ..known.clone() }).await
    }
}

impl Perform for DeleteNote {
    async fn perform(&self, within: &mut Within<'_>) -> Result<(), Error> {
        let known: Note = within.load(self.note).await?;
        refuse_stale(known.version, self.version, "note")?;
        within.remove(&known).await
    }
}
