//! A statement whose text depends on what is wanted.
//!
//! Invariant: what came from outside is bound, never written into the text, which is made of the program's own words only.

use super::store::{Connection, Row, away};
use crate::crm::Error;
use sqlx::AssertSqlSafe;
use std::fmt::Write as _;

/// A statement being put together.
pub(super) struct Statement {
    text: String,
    values: Vec<Bound>,
}

/// A value of a statement.
pub(super) enum Bound {
    Text(Option<String>),
    Number(Option<i64>),
}

impl From<String> for Bound {
    fn from(text: String) -> Self {
        Self::Text(Some(text))
    }
}

impl From<&str> for Bound {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<i64> for Bound {
    fn from(number: i64) -> Self {
        Self::Number(Some(number))
    }
}

impl From<Option<String>> for Bound {
    fn from(text: Option<String>) -> Self {
        Self::Text(text)
    }
}

impl From<Option<i64>> for Bound {
    fn from(number: Option<i64>) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for Bound {
    fn from(flag: bool) -> Self {
        Self::Number(Some(flag.into()))
    }
}

impl Statement {
    /// One that begins with these words.
    pub(super) fn new(words: &'static str) -> Self {
        Self { text: words.to_owned(), values: Vec::new() }
    }

    /// Goes on with these words.
    pub(super) fn say(&mut self, words: &'static str) -> &mut Self {
        self.text.push_str(words);
        self
    }

    /// Goes on with a value.
    pub(super) fn bind(&mut self, value: impl Into<Bound>) -> &mut Self {
        self.values.push(value.into());
        // Writing to a text does not fail.
        let _ = write!(self.text, "${}", self.values.len());
        self
    }

    /// Keeps a value that the words name several times, with [`Self::again`].
    pub(super) fn keep(&mut self, value: impl Into<Bound>) -> usize {
        self.values.push(value.into());
        self.values.len()
    }

    /// Goes on with a value that was kept.
    pub(super) fn again(&mut self, kept: usize) -> &mut Self {
        // Writing to a text does not fail.
        let _ = write!(self.text, "${kept}");
        self
    }

    /// Goes on with values in brackets, as `IN` wants them.
    pub(super) fn bind_all(&mut self, values: impl IntoIterator<Item = impl Into<Bound>>) -> &mut Self {
        self.say("(");
        for (place, value) in values.into_iter().enumerate() {
            if place > 0 {
                self.say(", ");
            }
            self.bind(value);
        }
        self.say(")")
    }

    /// Performs it and reads what it finds.
    pub(super) async fn fetch_all(self, connection: &mut Connection) -> Result<Vec<Row>, Error> {
        self.run(connection).await.map_err(away)
    }

    /// The same, with the database's own error.
    pub(super) async fn run(self, connection: &mut Connection) -> Result<Vec<Row>, sqlx::Error> {
        let mut query = sqlx::query(AssertSqlSafe(self.text));
        for value in self.values {
            query = match value {
                Bound::Text(text) => query.bind(text),
                Bound::Number(number) => query.bind(number),
            };
        }
        query.fetch_all(connection).await
    }

    /// Performs it.
    pub(super) async fn execute(self, connection: &mut Connection) -> Result<(), Error> {
        self.fetch_all(connection).await.map(drop)
    }
}
