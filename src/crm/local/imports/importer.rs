//! Who works at imports: batch after batch, of the import that has waited longest, until nothing is left to do.
//!
//! A batch is one transaction and a short one: between two of them everybody else has their turn. What a batch has read is
//! compared with what is stored before it is written, so that several of us may work at one database.

use super::super::actions::ai_of;
use super::super::contacts::{forget_new, index};
use super::super::statement::Statement;
use super::super::store::{away, commit, count_of, get, instant, json_of, kept, parsed, word_of};
use super::super::{Embedded, Within};
use super::reading::Reading;
use super::{batch, drop_file, import_of, keep, load, turn};
use crate::crm::Error;
use crate::crm::backend::History;
use crate::crm::model::{Contact, Hand, Import, ImportState};
use crate::crm::sheet::{Row, Sheet};
use crate::id::{ActionId, BusinessId, ImportId};
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How many rows are one batch: a fraction of a second of writing.
const ROWS_AT_ONCE: usize = 400;

/// How often a batch is tried before its import has failed.
const TRIED_MAX: u32 = 5;

/// The operation that rows brought in are written down under.
const BRINGING_IN: &str = "start_import";
/// The operation that what is taken back is written down under.
const TAKING_BACK: &str = "undo_import";

/// What it is written down as that one failed.
const GIVING_UP: &str = "fail_import";

/// Works at imports.
pub struct Importer {
    embedded: Embedded,
    written: watch::Receiver<()>,
    /// The file that is being read.
    file: Option<(ImportId, Arc<str>)>,
    /// Whether there was work since it last rested.
    worked: bool,
    /// How many were brought in since people were last indexed.
    waiting: u64,
    /// How many of them are indexed together.
    indexed_at_once: u64,
    /// Those before them are being indexed: where the database lets two write at once, while the next are brought in.
    indexing: JoinSet<Result<bool, Error>>,
    /// Who was forgotten and is still in the index, as they were.
    forgotten: Vec<Contact>,
    /// The import whose last batches did not come about, and how many they were.
    stuck: (Option<ImportId>, u32),
}

/// An import to work at.
struct Task {
    business: BusinessId,
    import: Import,
    position: usize,
}

impl Importer {
    /// One that works at this engine's imports.
    pub fn new(embedded: Embedded) -> Self {
        let written = embedded.written();
        Self {
            embedded,
            written,
            file: None,
            worked: false,
            waiting: 0,
            indexed_at_once: index::PEOPLE_AT_ONCE,
            indexing: JoinSet::new(),
            forgotten: Vec::new(),
            stuck: (None, 0),
        }
    }

    /// The same, indexing after so many people.
    #[cfg(test)]
    pub(in crate::crm::local) fn indexing_each(self, people: u64) -> Self {
        Self { indexed_at_once: people, ..self }
    }

    /// Returns when something may have come to do.
    pub async fn wanted(&mut self) {
        // It ends with the engine, and then nobody waits any more.
        drop(self.written.changed().await);
    }

    /// Does a batch of the import that has waited longest; whether there was one.
    pub async fn step(&mut self) -> Result<bool, Error> {
        self.written.mark_unchanged();
        let Some(task) = self.next().await? else {
            self.rest().await?;
            return Ok(false);
        };
        self.worked = true;
        let (business, id) = (task.business, task.import.id);
        let worked = match task.import.state {
            ImportState::Running => self.bring_in(task).await,
            ImportState::Undoing => self.take_back(task).await,
            ImportState::Previewed
            | ImportState::Done
            | ImportState::Cancelled
            | ImportState::Failed
            | ImportState::Undone => Ok(()),
        };
        match worked {
            Ok(()) => {
                self.stuck = (None, 0);
                Ok(true)
            }
            Err(error @ (Error::Unavailable(_) | Error::Unknown(_))) if self.may_try_again(id) => Err(error),
            Err(error) => {
                tracing::error!(import = %id, error = error.kind(), "an import cannot go on");
                self.fail(business, id).await?;
                Ok(true)
            }
        }
    }

    /// Whether a batch that did not come about is tried again: the database may have been away, but an import that never
    /// goes on would keep all others waiting.
    fn may_try_again(&mut self, import: ImportId) -> bool {
        let tried = if self.stuck.0 == Some(import) { self.stuck.1 + 1 } else { 1 };
        self.stuck = (Some(import), tried);
        tried < TRIED_MAX
    }

    /// Lets go of what work needs, once there is none.
    async fn rest(&mut self) -> Result<(), Error> {
        self.file = None;
        if self.waiting > 0 || !self.indexing.is_empty() {
            self.index().await?;
        }
        self.remove_forgotten().await?;
        if std::mem::take(&mut self.worked) {
            let mut connection = self.embedded.store.writer.acquire().await.map_err(away)?;
            self.embedded.store.expect_much(&mut connection, false).await?;
        }
        Ok(())
    }

    /// Has those who were brought in indexed, once those before them are.
    async fn begin_to_index(&mut self) -> Result<(), Error> {
        self.indexed().await?;
        let (store, now) = (self.embedded.store.clone(), kept(self.embedded.clock.now()));
        self.indexing.spawn(async move { index::index_some(&store, now).await });
        self.waiting = 0;
        Ok(())
    }

    async fn indexed(&mut self) -> Result<(), Error> {
        while let Some(indexed) = self.indexing.join_next().await {
            indexed.map_err(|error| Error::Unknown(format!("people were not indexed: {error}")))??;
        }
        Ok(())
    }

    /// Lets those who were brought in be found.
    async fn index(&mut self) -> Result<(), Error> {
        self.indexed().await?;
        index::index_waiting(&self.embedded.store, kept(self.embedded.clock.now())).await?;
        self.waiting = 0;
        Ok(())
    }

    /// Takes those who were forgotten out of the index.
    async fn remove_forgotten(&mut self) -> Result<(), Error> {
        index::remove_forgotten(&self.embedded.store, &self.forgotten, kept(self.embedded.clock.now())).await?;
        self.forgotten.clear();
        Ok(())
    }

    async fn next(&self) -> Result<Option<Task>, Error> {
        let mut connection = self.embedded.store.read().await?;
        let row =
            sqlx::query("SELECT * FROM imports WHERE state IN ('running', 'undoing') ORDER BY updated_at, id LIMIT 1")
                .fetch_optional(&mut *connection)
                .await
                .map_err(away)?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Task {
            business: parsed(&row, "business_id")?,
            import: import_of(&row)?,
            position: count_of(&row, "position")?,
        }))
    }

    /// The text of an import's file.
    async fn text(&mut self, import: &Import) -> Result<Arc<str>, Error> {
        if let Some((_, text)) = self.file.as_ref().filter(|(of, _)| *of == import.id) {
            return Ok(text.clone());
        }
        let mut connection = self.embedded.store.read().await?;
        let row = sqlx::query("SELECT text FROM import_files WHERE business_id = $1 AND import_id = $2")
            .bind(import.business.to_string())
            .bind(import.id.to_string())
            .fetch_optional(&mut *connection)
            .await
            .map_err(away)?
            .ok_or(Error::NotFound("import's file"))?;
        let text: Arc<str> = get::<&str>(&row, "text")?.into();
        self.file = Some((import.id, text.clone()));
        Ok(text)
    }

    async fn bring_in(&mut self, task: Task) -> Result<(), Error> {
        let text = self.text(&task.import).await?;
        let sheet = Sheet::of(&text).map_err(Error::Invalid)?;
        let rows: Vec<Row> = sheet.rows(task.position, task.import.done).take(ROWS_AT_ONCE).collect();
        let position = rows.last().map_or(task.position, |row| row.next);
        let over = rows.is_empty();
        if over {
            self.index().await?;
        } else if self.waiting >= self.indexed_at_once {
            self.begin_to_index().await?;
        }
        let before = task.import.created;
        let mut created = before;
        self.within(task, async |within, import| {
            let reading = Reading::of(within, &import).await?;
            let mut import = batch::take(within, &reading, import, rows).await?;
            created = import.created;
            if over {
                import.state = ImportState::Done;
                drop_file(within, import.id).await?;
            }
            sqlx::query("UPDATE imports SET position = $3 WHERE business_id = $1 AND id = $2")
                .bind(within.business.to_string())
                .bind(import.id.to_string())
                .bind(i64::try_from(position).unwrap_or(i64::MAX))
                .execute(&mut *within.connection)
                .await
                .map_err(away)?;
            if !within.changes.is_empty() {
                enter_action(within, import.id).await?;
            }
            within.write_down(BRINGING_IN).await?;
            keep(within, import).await.map(drop)
        })
        .await?;
        self.waiting += created - before;
        Ok(())
    }

    /// Takes back the last batch there is, change by change: what was changed since stays.
    async fn take_back(&mut self, task: Task) -> Result<(), Error> {
        if self.forgotten.len() as u64 >= index::PEOPLE_AT_ONCE {
            self.remove_forgotten().await?;
        }
        let mut gone = Vec::new();
        self.within(task, async |within, mut import| {
            let Some(action) = last_action(within, import.id).await? else {
                import.state = ImportState::Undone;
                return keep(within, import).await.map(drop);
            };
            let action = within.action_with(action).await?;
            let changes = action.changes.filter(|_| action.undone_by.is_none()).unwrap_or_default();
            // New people were written last of a batch.
            let (forgotten, changes) = forget_new(within, changes).await?;
            import.undone += u64::try_from(forgotten.len()).unwrap_or(u64::MAX);
            gone = forgotten;
            for change in changes.iter().rev() {
                match within.take_back(change, false).await {
                    Ok(()) => import.undone += 1,
                    Err(Error::Stale(_) | Error::Duplicate { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            within.undoes = Some(action.id);
            within.write_down(TAKING_BACK).await?;
            sqlx::query("DELETE FROM import_actions WHERE business_id = $1 AND import_id = $2 AND action_id = $3")
                .bind(within.business.to_string())
                .bind(import.id.to_string())
                .bind(action.id.to_string())
                .execute(&mut *within.connection)
                .await
                .map_err(away)?;
            keep(within, import).await.map(drop)
        })
        .await?;
        self.forgotten.append(&mut gone);
        Ok(())
    }

    /// Does something with an import in one transaction, on the word of whoever began it; nothing when it is not where it was
    /// when it was looked at.
    async fn within(
        &self,
        task: Task,
        work: impl AsyncFnOnce(&mut Within<'_>, Import) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut transaction = self.embedded.store.write_for(task.business).await?;
        self.embedded.store.expect_much(&mut transaction, true).await?;
        let now = kept(self.embedded.clock.now());
        let row = sqlx::query("SELECT who, ai, door FROM imports WHERE business_id = $1 AND id = $2")
            .bind(task.business.to_string())
            .bind(task.import.id.to_string())
            .fetch_optional(&mut *transaction)
            .await
            .map_err(away)?
            .ok_or(Error::NotFound("import"))?;
        let import = load(&mut transaction, task.business, task.import.id).await?;
        if import.version != task.import.version {
            return Ok(());
        }
        let hand = Hand { who: json_of(&row, "who")?, door: word_of(&row, "door")? };
        let mut within = Within::by(hand, task.business, &mut transaction, now);
        within.ai = ai_of(&row)?;
        work(&mut within, import).await?;
        commit(transaction).await?;
        self.embedded.tell();
        Ok(())
    }

    /// Closes an import that cannot go on.
    async fn fail(&self, business: BusinessId, id: ImportId) -> Result<(), Error> {
        let mut transaction = self.embedded.store.write_for(business).await?;
        let import = load(&mut transaction, business, id).await?;
        if !matches!(import.state, ImportState::Running | ImportState::Undoing) {
            return Ok(());
        }
        let mut within = Within::of_itself(business, &mut transaction, kept(self.embedded.clock.now()));
        turn(&mut within, import, ImportState::Failed).await?;
        within.write_down(GIVING_UP).await?;
        commit(transaction).await?;
        self.embedded.tell();
        Ok(())
    }
}

/// Notes that what is written down now is this import's.
async fn enter_action(within: &mut Within<'_>, import: ImportId) -> Result<(), Error> {
    let mut statement = Statement::new(
        "INSERT INTO import_actions (business_id, import_id, action_id, created_at, updated_at) VALUES (",
    );
    statement.bind(within.business.to_string()).say(", ").bind(import.to_string()).say(", ");
    statement.bind(within.action.to_string()).say(", ").bind(instant(within.now)).say(", ");
    statement.bind(instant(within.now)).say(")");
    statement.execute(within.connection).await
}

/// The last thing this import did that was not taken back.
async fn last_action(within: &mut Within<'_>, import: ImportId) -> Result<Option<ActionId>, Error> {
    let row = sqlx::query(
        "SELECT i.action_id FROM import_actions i JOIN actions a ON a.id = i.action_id \
         WHERE i.business_id = $1 AND i.import_id = $2 ORDER BY a.number DESC LIMIT 1",
    )
    .bind(within.business.to_string())
    .bind(import.to_string())
    .fetch_optional(&mut *within.connection)
    .await
    .map_err(away)?;
    row.map(|row| parsed(&row, "action_id")).transpose()
}
