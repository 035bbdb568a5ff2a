//! Notes on contacts.

use super::contacts::{by_id, refuse_stale};
use super::cursor::Cursor;
use super::statement::Statement;
use super::store::{Connection, Row, away, count_of, get, instant, instant_of, parsed};
use super::{Perform, Within};
use crate::crm::Error;
use crate::crm::model::{Note, Page};
use crate::crm::operation::{AddNote, DeleteNote, ListNotes, UpdateNote};
use crate::id::{BusinessId, NoteId};

/// The most notes of one page.
const PAGE_MAX: usize = 200;
/// What a cursor of this list is made for.
const ORDER: &str = "notes";

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
        sqlx::query(
            "INSERT INTO notes (id, business_id, contact_id, body, version, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, 1, $5, $5)",
        )
        .bind(note.id.to_string())
        .bind(note.business.to_string())
        .bind(note.contact.to_string())
        .bind(&note.body)
        .bind(instant(within.now))
        .execute(&mut *within.connection)
        .await
        .map_err(away)?;
        Ok(note)
    }
}

impl Perform for ListNotes {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Page<Note>, Error> {
        let contact = by_id(within.connection, within.business, self.contact).await?;
        let limit = self.limit.unwrap_or(PAGE_MAX).min(PAGE_MAX);
        let mut statement = Statement::new("SELECT * FROM notes WHERE business_id = ");
        statement.bind(within.business.to_string()).say(" AND contact_id = ").bind(contact.id.to_string());
        if let Some(cursor) = &self.cursor {
            let after = Cursor::read(cursor, ORDER)?;
            statement.say(" AND (created_at, id) < (").bind(Cursor::number(&after.value)?);
            statement.say(", ").bind(after.id).say(")");
        }
        statement.say(" ORDER BY created_at DESC, id DESC LIMIT ").bind(i64::try_from(limit + 1).unwrap_or(i64::MAX));
        let mut rows = statement.fetch_all(within.connection).await?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let last = rows.last().filter(|_| more);
        let next = last.map(|row| Ok::<_, Error>(cursor_of(row)?.write(ORDER))).transpose()?;
        Ok(Page { items: rows.iter().map(note_of).collect::<Result<_, _>>()?, next })
    }
}

impl Perform for UpdateNote {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Note, Error> {
        let known = load(within.connection, within.business, self.note).await?;
        refuse_stale(known.version, self.version, "note")?;
        let note = Note { body: self.body.clone(), version: known.version + 1, updated_at: within.now, ..known };
        sqlx::query(
            "UPDATE notes SET body = $3, version = version + 1, updated_at = $4 WHERE business_id = $1 AND id = $2",
        )
        .bind(note.business.to_string())
        .bind(note.id.to_string())
        .bind(&note.body)
        .bind(instant(within.now))
        .execute(&mut *within.connection)
        .await
        .map_err(away)?;
        Ok(note)
    }
}

impl Perform for DeleteNote {
    async fn perform(&self, within: &mut Within<'_>) -> Result<(), Error> {
        let known = load(within.connection, within.business, self.note).await?;
        refuse_stale(known.version, self.version, "note")?;
        sqlx::query("DELETE FROM notes WHERE business_id = $1 AND id = $2")
            .bind(known.business.to_string())
            .bind(known.id.to_string())
            .execute(&mut *within.connection)
            .await
            .map(drop)
            .map_err(away)
    }
}

async fn load(connection: &mut Connection, business: BusinessId, id: NoteId) -> Result<Note, Error> {
    let row = sqlx::query("SELECT * FROM notes WHERE business_id = $1 AND id = $2")
        .bind(business.to_string())
        .bind(id.to_string())
        .fetch_optional(connection)
        .await
        .map_err(away)?
        .ok_or(Error::NotFound("note"))?;
    note_of(&row)
}

fn cursor_of(row: &Row) -> Result<Cursor, Error> {
    Ok(Cursor { value: get::<i64>(row, "created_at")?.to_string(), id: get(row, "id")? })
}

fn note_of(row: &Row) -> Result<Note, Error> {
    Ok(Note {
        id: parsed(row, "id")?,
        business: parsed(row, "business_id")?,
        contact: parsed(row, "contact_id")?,
        body: get(row, "body")?,
        version: count_of(row, "version")?,
        created_at: instant_of(row, "created_at")?,
        updated_at: instant_of(row, "updated_at")?,
    })
}
