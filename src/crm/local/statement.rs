//! A statement whose text depends on what is wanted.
//!
//! `SQLite` is given `?` where `PostgreSQL` is given `$1`: it takes `$1` for a name, and looks each name up among all of a
//! statement's, which takes nine tenths of the time of a statement of a thousand values.
//!
//! Invariant: what came from outside is bound, never written into the text, which is made of the program's own words only.

use super::store::{Connection, Row, away};
use crate::crm::Error;
use sqlx::AssertSqlSafe;
use std::fmt::Write as _;

/// What sqlx calls `SQLite`.
const SQLITE: &str = "SQLite";

/// Whether it is `SQLite` that is spoken to.
pub(super) fn is_sqlite(connection: &Connection) -> bool {
    connection.backend_name() == SQLITE
}

/// A statement being put together.
pub(super) struct Statement {
    /// The words without the values.
    text: String,
    /// The values in their order, each with where in the words it stands.
    values: Vec<(usize, Bound)>,
}

/// A value of a statement.
#[derive(Clone)]
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
        self.values.push((self.text.len(), value.into()));
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
        let mut query = sqlx::query(AssertSqlSafe(self.written(!is_sqlite(connection))));
        for (_, value) in self.values {
            query = match value {
                Bound::Text(text) => query.bind(text),
                Bound::Number(number) => query.bind(number),
            };
        }
        query.fetch_all(connection).await
    }

    /// The words with `$1` or `?` in the places of the values.
    fn written(&self, numbered: bool) -> String {
        let mut text = String::with_capacity(self.text.len() + 4 * self.values.len());
        let mut begins = 0;
        for (which, (place, _)) in self.values.iter().enumerate() {
            text.push_str(&self.text[begins..*place]);
            if numbered {
                // Writing to a text does not fail.
                let _ = write!(text, "${}", which + 1);
            } else {
                text.push('?');
            }
            begins = *place;
        }
        text.push_str(&self.text[begins..]);
        text
    }

    /// Performs it.
    pub(super) async fn execute(self, connection: &mut Connection) -> Result<(), Error> {
        self.fetch_all(connection).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_engine_has_values_written_its_way() {
        let mut statement = Statement::new("SELECT * FROM t WHERE a = ");
        statement.bind("x").say(" AND b IN ").bind_all([1, 2]).say(" AND c <> ").bind("x").say(" LIMIT ").bind(9);
        assert_eq!(statement.written(false), "SELECT * FROM t WHERE a = ? AND b IN (?, ?) AND c <> ? LIMIT ?");
        assert_eq!(statement.written(true), "SELECT * FROM t WHERE a = $1 AND b IN ($2, $3) AND c <> $4 LIMIT $5");
        let shown = statement.values.into_iter().map(|(_, value)| match value {
            Bound::Text(text) => text.unwrap_or_default(),
            Bound::Number(number) => number.unwrap_or_default().to_string(),
        });
        assert!(shown.eq(["x", "1", "2", "x", "9"]));
    }
}
