//! Files of contacts brought in: handed in and shown, begun, followed, stopped, taken back.
//!
//! The file and how far it has been read are kept here, so that an import goes on after a restart where it was: each batch of
//! rows and the new place are one transaction. Read next: [`batch`] for what becomes of rows, [`importer`] for who works.
//!
//! Invariant: a row of a file is taken once.

mod batch;
mod importer;
mod reading;

pub use importer::Importer;

use super::contacts::fields;
use super::cursor::Cursor;
use super::statement::Statement;
use super::store::{Connection, Row, away, count_of, get, instant, instant_of, json, json_of, parsed, word, word_of};
use super::{Perform, Within};
use crate::crm::Error;
use crate::crm::error::Reason;
use crate::crm::model::{Import, ImportPreview, ImportState, Kind, Page, RowProblem};
use crate::crm::operation::{CancelImport, GetImport, ListImportProblems, PreviewImport, StartImport, UndoImport};
use crate::crm::sheet::{self, Sheet};
use crate::id::{BusinessId, ImportId};
use jiff::SignedDuration;
use reading::Reading;
use serde::Serialize;
use std::collections::BTreeSet;

/// The most rows of a file: what a business knows at the most.
const ROWS_MAX: u64 = 250_000;
/// How many rows are looked at for a preview.
const LOOKED_AT: usize = 1_000;
/// How many rows a preview shows.
const SHOWN: usize = 10;
/// How many problems a preview names.
const NAMED: usize = 20;
/// How long a file that was handed in waits for its import to begin.
const PREVIEW_KEPT: SignedDuration = SignedDuration::from_hours(24);
/// The most problems of one page.
const PAGE_MAX: usize = 200;
/// What a cursor of the problems is made for.
const ORDER: &str = "import problems";

impl Perform for PreviewImport {
    async fn perform(&self, within: &mut Within<'_>) -> Result<ImportPreview, Error> {
        let sheet = Sheet::of(&self.text).map_err(Error::Invalid)?;
        let rows = sheet.count();
        if rows > ROWS_MAX {
            return Err(Error::Invalid(Reason::FileRows { most: ROWS_MAX }));
        }
        let headers = sheet.headers();
        let looked_at: Vec<sheet::Row> = sheet.rows(sheet.begin(), 0).take(LOOKED_AT).collect();
        let cells: Vec<_> = looked_at.iter().map(|row| row.cells.clone()).collect();
        let defined = fields::defined(within.connection, within.business).await?;
        let columns = sheet::guess(&headers, &cells, &defined.values().cloned().collect::<Vec<_>>());
        let import = Import {
            id: ImportId::fresh(),
            business: within.business,
            name: self.name.clone(),
            state: ImportState::Previewed,
            headers,
            columns,
            duplicates: crate::crm::model::Duplicates::default(),
            tags: BTreeSet::new(),
            rows,
            done: 0,
            created: 0,
            updated: 0,
            skipped: 0,
            refused: 0,
            undone: 0,
            version: 1,
            created_at: within.now,
            updated_at: within.now,
        };
        forget_waiting(within).await?;
        insert(within, &import, sheet.begin(), &self.text).await?;
        let reading = Reading::of(within, &import).await?;
        let problems = looked_at.into_iter().filter_map(|row| {
            let why = reading.contact(within.now, &row.cells).err()?.to_string();
            Some(RowProblem { row: row.number, why, cells: row.cells })
        });
        let problems = problems.take(NAMED).collect();
        Ok(ImportPreview { import, first: cells.into_iter().take(SHOWN).collect(), problems })
    }
}

impl Perform for StartImport {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Import, Error> {
        let mut import = load(within.connection, within.business, self.import).await?;
        if import.state != ImportState::Previewed {
            return Err(Error::Invalid(Reason::ImportBegun));
        }
        if let Some(columns) = &self.columns {
            import.columns.clone_from(columns);
        }
        let defined = fields::defined(within.connection, within.business).await?;
        let defined: Vec<_> = defined.into_values().collect();
        sheet::refuse_mapping(&import.columns, import.headers.len(), &defined).map_err(Error::Invalid)?;
        import.duplicates = self.duplicates;
        import.tags.clone_from(&self.tags);
        sqlx::query("UPDATE imports SET columns = $3, tags = $4, duplicates = $5 WHERE business_id = $1 AND id = $2")
            .bind(import.business.to_string())
            .bind(import.id.to_string())
            .bind(json(&import.columns)?)
            .bind(json(&import.tags)?)
            .bind(word(&import.duplicates)?)
            .execute(&mut *within.connection)
            .await
            .map_err(away)?;
        turn(within, import, ImportState::Running).await
    }
}

impl Perform for GetImport {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Import, Error> {
        load(within.connection, within.business, self.import).await
    }
}

impl Perform for CancelImport {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Import, Error> {
        let import = load(within.connection, within.business, self.import).await?;
        match import.state {
            ImportState::Previewed | ImportState::Running => {
                drop_file(within, import.id).await?;
                turn(within, import, ImportState::Cancelled).await
            }
            ImportState::Cancelled => Ok(import),
            ImportState::Done | ImportState::Failed | ImportState::Undoing | ImportState::Undone => {
                Err(Error::Invalid(Reason::ImportOver))
            }
        }
    }
}

impl Perform for UndoImport {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Import, Error> {
        let import = load(within.connection, within.business, self.import).await?;
        match import.state {
            ImportState::Done | ImportState::Cancelled | ImportState::Failed => {
                turn(within, import, ImportState::Undoing).await
            }
            ImportState::Undoing | ImportState::Undone => Ok(import),
            ImportState::Previewed => Err(Error::Invalid(Reason::ImportOfNothing)),
            ImportState::Running => Err(Error::Invalid(Reason::ImportRunning)),
        }
    }
}

impl Perform for ListImportProblems {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Page<RowProblem>, Error> {
        let import = load(within.connection, within.business, self.import).await?;
        let limit = self.limit.unwrap_or(PAGE_MAX).clamp(1, PAGE_MAX);
        let mut list = Statement::new("SELECT row_number, why, cells FROM import_problems WHERE business_id = ");
        list.bind(within.business.to_string()).say(" AND import_id = ").bind(import.id.to_string());
        if let Some(cursor) = &self.cursor {
            list.say(" AND row_number > ").bind(Cursor::number(&Cursor::read(cursor, ORDER)?.value)?);
        }
        list.say(" ORDER BY row_number LIMIT ").bind(i64::try_from(limit + 1).unwrap_or(i64::MAX));
        let mut rows = list.fetch_all(within.connection).await?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let problem = |row: &Row| {
            Ok(RowProblem { row: count_of(row, "row_number")?, why: get(row, "why")?, cells: json_of(row, "cells")? })
        };
        let items = rows.iter().map(problem).collect::<Result<Vec<_>, Error>>()?;
        let next = items.last().filter(|_| more);
        let next = next.map(|problem| Cursor { value: problem.row.to_string(), id: String::new() }.write(ORDER));
        Ok(Page { items, next })
    }
}

/// The import with this id; another tenant's is not found.
async fn load(connection: &mut Connection, business: BusinessId, id: ImportId) -> Result<Import, Error> {
    let row = sqlx::query("SELECT * FROM imports WHERE business_id = $1 AND id = $2")
        .bind(business.to_string())
        .bind(id.to_string())
        .fetch_optional(connection)
        .await
        .map_err(away)?
        .ok_or(Error::NotFound("import"))?;
    import_of(&row)
}

async fn insert(within: &mut Within<'_>, import: &Import, begin: usize, text: &str) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO imports (id, business_id, name, state, headers, columns, tags, duplicates, who, ai, door, position, \
         file_rows, done, created, updated, skipped, refused, undone, version, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, 0, 0, 0, 0, 0, 1, $14, $14)",
    )
    .bind(import.id.to_string())
    .bind(import.business.to_string())
    .bind(&import.name)
    .bind(word(&import.state)?)
    .bind(json(&import.headers)?)
    .bind(json(&import.columns)?)
    .bind(json(&import.tags)?)
    .bind(word(&import.duplicates)?)
    .bind(json(&within.who)?)
    .bind(within.ai.as_ref().map(json).transpose()?)
    .bind(word(&within.source)?)
    .bind(i64::try_from(begin).unwrap_or(i64::MAX))
    .bind(i64::try_from(import.rows).unwrap_or(i64::MAX))
    .bind(instant(within.now))
    .execute(&mut *within.connection)
    .await
    .map_err(away)?;
    sqlx::query(
        "INSERT INTO import_files (business_id, import_id, text, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)",
    )
    .bind(import.business.to_string())
    .bind(import.id.to_string())
    .bind(text)
    .bind(instant(within.now))
    .execute(&mut *within.connection)
    .await
    .map(drop)
    .map_err(away)
}

/// Gives an import another state on somebody's word: what is done from now on is done on theirs.
async fn turn(within: &mut Within<'_>, import: Import, state: ImportState) -> Result<Import, Error> {
    sqlx::query("UPDATE imports SET who = $3, door = $4, ai = $5 WHERE business_id = $1 AND id = $2")
        .bind(import.business.to_string())
        .bind(import.id.to_string())
        .bind(json(&within.who)?)
        .bind(word(&within.source)?)
        .bind(within.ai.as_ref().map(json).transpose()?)
        .execute(&mut *within.connection)
        .await
        .map_err(away)?;
    let before = Stands { state: import.state };
    let import = keep(within, Import { state, ..import }).await?;
    within.changed(Kind::Import, &import.id, Some(&before), Some(&Stands { state }))?;
    Ok(import)
}

/// What is written down of an import whose state somebody changed.
#[derive(Serialize)]
struct Stands {
    state: ImportState,
}

/// Keeps where an import stands and what came of its rows.
async fn keep(within: &mut Within<'_>, mut import: Import) -> Result<Import, Error> {
    let count = |many: u64| i64::try_from(many).unwrap_or(i64::MAX);
    (import.version, import.updated_at) = (import.version + 1, within.now);
    sqlx::query(
        "UPDATE imports SET state = $3, done = $4, created = $5, updated = $6, skipped = $7, refused = $8, undone = $9, \
         version = $10, updated_at = $11 WHERE business_id = $1 AND id = $2",
    )
    .bind(import.business.to_string())
    .bind(import.id.to_string())
    .bind(word(&import.state)?)
    .bind(count(import.done))
    .bind(count(import.created))
    .bind(count(import.updated))
    .bind(count(import.skipped))
    .bind(count(import.refused))
    .bind(count(import.undone))
    .bind(count(import.version))
    .bind(instant(within.now))
    .execute(&mut *within.connection)
    .await
    .map_err(away)?;
    Ok(import)
}

/// Throws away a file that is not read any more.
async fn drop_file(within: &mut Within<'_>, import: ImportId) -> Result<(), Error> {
    sqlx::query("DELETE FROM import_files WHERE business_id = $1 AND import_id = $2")
        .bind(within.business.to_string())
        .bind(import.to_string())
        .execute(&mut *within.connection)
        .await
        .map(drop)
        .map_err(away)
}

/// Throws away what was handed in long ago and never begun.
async fn forget_waiting(within: &mut Within<'_>) -> Result<(), Error> {
    let oldest = within.now.checked_sub(PREVIEW_KEPT).unwrap_or(jiff::Timestamp::MIN);
    sqlx::query("DELETE FROM imports WHERE business_id = $1 AND state = 'previewed' AND created_at < $2")
        .bind(within.business.to_string())
        .bind(instant(oldest))
        .execute(&mut *within.connection)
        .await
        .map(drop)
        .map_err(away)
}

fn import_of(row: &Row) -> Result<Import, Error> {
    Ok(Import {
        id: parsed(row, "id")?,
        business: parsed(row, "business_id")?,
        name: get(row, "name")?,
        state: word_of(row, "state")?,
        headers: json_of(row, "headers")?,
        columns: json_of(row, "columns")?,
        duplicates: word_of(row, "duplicates")?,
        tags: json_of(row, "tags")?,
        rows: count_of(row, "file_rows")?,
        done: count_of(row, "done")?,
        created: count_of(row, "created")?,
        updated: count_of(row, "updated")?,
        skipped: count_of(row, "skipped")?,
        refused: count_of(row, "refused")?,
        undone: count_of(row, "undone")?,
        version: count_of(row, "version")?,
        created_at: instant_of(row, "created_at")?,
        updated_at: instant_of(row, "updated_at")?,
    })
}
