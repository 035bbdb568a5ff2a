//! Nouns that are a row each: kept, found, changed and removed in one way, and written down as they change.
//!
//! Invariant: a row is changed through here only, so that [`super::history`] has all of it.

use super::Within;
use super::cursor::Cursor;
use super::statement::{Bound, Statement};
use super::store::{Row, away, get, instant, is_broken_reference, is_conflict};
use crate::crm::Error;
use crate::crm::error::Reason;
use crate::crm::model::{Kind, Page, Way};
use crate::id::BusinessId;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt::Display;

/// The most rows of one page.
const PAGE_MAX: usize = 200;

/// A noun that is a row. Its table has `id`, `business_id`, `version`, `created_at` and `updated_at`, and [`Self::columns`].
pub(super) trait Record: Clone + PartialEq + Serialize + Send + Sync {
    /// What it is.
    const KIND: Kind;
    /// Where it is kept.
    const TABLE: &'static str;
    /// Where what it is found by is kept, if anything is, and the column its id is in there.
    const KEYS: Option<(&'static str, &'static str)> = None;

    /// Its id.
    fn id(&self) -> String;
    /// The tenant it belongs to.
    fn business(&self) -> BusinessId;
    /// Counts the changes.
    fn version(&self) -> u64;
    /// When it was made.
    fn created_at(&self) -> Timestamp;
    /// Makes it the row's state of this version.
    fn stamp(&mut self, version: u64, updated_at: Timestamp);
    /// What it says beside that, by column, in a fixed order.
    fn columns(&self) -> Result<Vec<(&'static str, Bound)>, Error>;
    /// What it is found by.
    fn keys(&self) -> BTreeSet<String> {
        BTreeSet::new()
    }
    /// Reads it from its row.
    fn of(row: &Row) -> Result<Self, Error>;
}

/// The accessors of a [`Record`] whose fields have their usual names.
macro_rules! usual_fields {
    () => {
        fn id(&self) -> String {
            self.id.to_string()
        }

        fn business(&self) -> crate::id::BusinessId {
            self.business
        }

        fn version(&self) -> u64 {
            self.version
        }

        fn created_at(&self) -> jiff::Timestamp {
            self.created_at
        }

        fn stamp(&mut self, version: u64, updated_at: jiff::Timestamp) {
            (self.version, self.updated_at) = (version, updated_at);
        }
    };
}
pub(super) use usual_fields;

/// What a list is sorted by; rows that are equal in it are sorted by id.
#[derive(Clone, Copy, Debug)]
pub(super) struct Order {
    /// A column that is never empty.
    pub(super) column: &'static str,
    /// Whether it holds text; else a number.
    pub(super) text: bool,
    /// Whether the greatest comes first.
    pub(super) descending: bool,
}

impl Order {
    /// The newest first.
    pub(super) const NEWEST: Self = Self { column: "created_at", text: false, descending: true };
}

impl Within<'_> {
    /// Keeps a new row, at version 1.
    pub(super) async fn insert<T: Record>(&mut self, new: T) -> Result<T, Error> {
        self.insert_at(new, 1).await
    }

    /// Keeps a row that was there before, at the version that comes next.
    pub(super) async fn insert_at<T: Record>(&mut self, mut new: T, version: u64) -> Result<T, Error> {
        new.stamp(version, self.now);
        let columns = new.columns()?;
        let mut statement = Statement::new("INSERT INTO ");
        statement.say(T::TABLE).say(" (id, business_id, version, created_at, updated_at");
        for (column, _) in &columns {
            statement.say(", ").say(column);
        }
        statement.say(") VALUES (").bind(new.id()).say(", ").bind(new.business().to_string()).say(", ");
        statement
            .bind(i64::try_from(version).unwrap_or(i64::MAX))
            .say(", ")
            .bind(instant(new.created_at()))
            .say(", ")
            .bind(instant(self.now));
        for (_, value) in columns {
            statement.say(", ").bind(value);
        }
        statement.say(")");
        statement.run(self.connection).await.map_err(taken::<T>)?;
        self.keep_keys(None, Some(&new)).await?;
        self.changed(T::KIND, &new.id(), None, Some(&new))?;
        Ok(new)
    }

    /// The row with this id; another tenant's is not found.
    pub(super) async fn load<T: Record>(&mut self, id: impl Display) -> Result<T, Error> {
        self.find(id).await?.ok_or(Error::NotFound(T::KIND.noun()))
    }

    /// The same, or none.
    pub(super) async fn find<T: Record>(&mut self, id: impl Display) -> Result<Option<T>, Error> {
        let mut statement = Statement::new("SELECT * FROM ");
        statement.say(T::TABLE).say(" WHERE business_id = ").bind(self.business.to_string());
        statement.say(" AND id = ").bind(id.to_string());
        statement.fetch_all(self.connection).await?.first().map(T::of).transpose()
    }

    /// Keeps a row as it is now. Where nothing changes, the version stays.
    pub(super) async fn update<T: Record>(&mut self, before: &T, mut after: T) -> Result<T, Error> {
        if *before == after {
            return Ok(after);
        }
        after.stamp(before.version() + 1, self.now);
        let mut statement = Statement::new("UPDATE ");
        statement.say(T::TABLE).say(" SET version = version + 1, updated_at = ").bind(instant(self.now));
        for (column, value) in after.columns()? {
            statement.say(", ").say(column).say(" = ").bind(value);
        }
        statement.say(" WHERE business_id = ").bind(self.business.to_string()).say(" AND id = ").bind(after.id());
        statement.run(self.connection).await.map_err(taken::<T>)?;
        self.keep_keys(Some(before), Some(&after)).await?;
        self.changed(T::KIND, &after.id(), Some(before), Some(&after))?;
        Ok(after)
    }

    /// Removes a row.
    pub(super) async fn remove<T: Record>(&mut self, gone: &T) -> Result<(), Error> {
        let mut statement = Statement::new("DELETE FROM ");
        statement.say(T::TABLE).say(" WHERE business_id = ").bind(self.business.to_string());
        statement.say(" AND id = ").bind(gone.id());
        statement.run(self.connection).await.map_err(taken::<T>)?;
        self.keep_keys(Some(gone), None).await?;
        self.changed(T::KIND, &gone.id(), Some(gone), None)
    }

    /// Keeps what a row is found by now, given what it was found by.
    async fn keep_keys<T: Record>(&mut self, before: Option<&T>, after: Option<&T>) -> Result<(), Error> {
        let (Some((table, column)), Some(row)) = (T::KEYS, after.or(before)) else { return Ok(()) };
        let keys = |one: Option<&T>| one.map(T::keys).unwrap_or_default();
        let (stored, wanted) = (keys(before), keys(after));
        let gone: Vec<&String> = stored.difference(&wanted).collect();
        if !gone.is_empty() {
            let mut statement = Statement::new("DELETE FROM ");
            statement.say(table).say(" WHERE business_id = ").bind(self.business.to_string()).say(" AND ").say(column);
            statement.say(" = ").bind(row.id()).say(" AND key IN ").bind_all(gone.into_iter().map(String::as_str));
            statement.execute(self.connection).await?;
        }
        let new: Vec<&String> = wanted.difference(&stored).collect();
        if new.is_empty() {
            return Ok(());
        }
        let mut statement = Statement::new("INSERT INTO ");
        statement.say(table).say(" (business_id, key, ").say(column).say(", created_at, updated_at) VALUES ");
        for (place, key) in new.into_iter().enumerate() {
            statement.say(if place == 0 { "(" } else { ", (" });
            statement.bind(self.business.to_string()).say(", ").bind(key.as_str()).say(", ").bind(row.id());
            statement.say(", ").bind(instant(self.now)).say(", ").bind(instant(self.now)).say(")");
        }
        statement.execute(self.connection).await
    }

    /// Removes the rows that point to something, oldest first.
    pub(super) async fn remove_those<T: Record>(
        &mut self,
        column: &'static str,
        something: impl Display + Send,
    ) -> Result<(), Error> {
        let mut those = self.list::<T>();
        those.say(" AND ").say(column).say(" = ").bind(something.to_string()).say(" ORDER BY created_at, id");
        for row in those.fetch_all(self.connection).await? {
            self.remove(&T::of(&row)?).await?;
        }
        Ok(())
    }

    /// The beginning of a list of this tenant's rows: conditions go on with ` AND …`, then [`Self::page`].
    pub(super) fn list<T: Record>(&self) -> Statement {
        let mut statement = Statement::new("SELECT * FROM ");
        statement.say(T::TABLE).say(" WHERE business_id = ").bind(self.business.to_string());
        statement
    }

    /// A page of a list. A cursor made for another order is refused.
    pub(super) async fn page<T: Record>(
        &mut self,
        list: Statement,
        order: Order,
        way: Way<'_>,
    ) -> Result<Page<T>, Error> {
        self.page_of(T::TABLE, list, order, way, T::of).await
    }

    /// The same of a table whose rows are no [`Record`].
    pub(super) async fn page_of<T>(
        &mut self,
        table: &'static str,
        mut list: Statement,
        order: Order,
        (limit, cursor): Way<'_>,
        of: fn(&Row) -> Result<T, Error>,
    ) -> Result<Page<T>, Error> {
        let limit = limit.unwrap_or(PAGE_MAX).clamp(1, PAGE_MAX);
        let name = format!("{table} {} {}", order.column, if order.descending { "down" } else { "up" });
        if let Some(cursor) = cursor {
            let after = Cursor::read(cursor, &name)?;
            list.say(" AND (").say(order.column).say(if order.descending { ", id) < (" } else { ", id) > (" });
            if order.text {
                list.bind(after.value)
            } else {
                list.bind(Cursor::number(&after.value)?)
            };
            list.say(", ").bind(after.id).say(")");
        }
        let way = if order.descending { " DESC" } else { "" };
        list.say(" ORDER BY ").say(order.column).say(way).say(", id").say(way);
        list.say(" LIMIT ").bind(i64::try_from(limit + 1).unwrap_or(i64::MAX));
        let mut rows = list.fetch_all(self.connection).await?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = match rows.last().filter(|_| more) {
            Some(row) => {
                let value =
                    if order.text { get(row, order.column)? } else { get::<i64>(row, order.column)?.to_string() };
                Some(Cursor { value, id: get(row, "id")? }.write(&name))
            }
            None => None,
        };
        Ok(Page { items: rows.iter().map(of).collect::<Result<_, _>>()?, next })
    }
}

/// Why a row could not be kept or removed.
fn taken<T: Record>(error: sqlx::Error) -> Error {
    if is_conflict(&error) {
        Error::Invalid(Reason::ThereAlready { what: T::KIND.noun().to_owned() })
    } else if is_broken_reference(&error) {
        Error::Invalid(Reason::StillNeeded { what: T::KIND.noun().to_owned() })
    } else {
        away(error)
    }
}
