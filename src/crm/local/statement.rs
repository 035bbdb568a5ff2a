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
    values: Vec<Bound>,
    /// Where in the words which value stands, in order.
    places: Vec<(usize, usize)>,
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
        Self { text: words.to_owned(), values: Vec::new(), places: Vec::new() }
    }

    /// Goes on with these words.
    pub(super) fn say(&mut self, words: &'static str) -> &mut Self {
        self.text.push_str(words);
        self
    }

    /// Goes on with a value.
    pub(super) fn bind(&mut self, value: impl Into<Bound>) -> &mut Self {
        let kept = self.keep(value);
        self.again(kept)
    }

    /// Keeps a value that the words name several times, with [`Self::again`].
    pub(super) fn keep(&mut self, value: impl Into<Bound>) -> usize {
        self.values.push(value.into());
        self.values.len() - 1
    }

    /// Goes on with a value that was kept.
    pub(super) fn again(&mut self, kept: usize) -> &mut Self {
        self.places.push((self.text.len(), kept));
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
        let (text, values) = if is_sqlite(connection) { self.unnamed() } else { self.numbered() };
        let mut query = sqlx::query(AssertSqlSafe(text));
        for value in values {
            query = match value {
                Bound::Text(text) => query.bind(text),
                Bound::Number(number) => query.bind(number),
            };
        }
        query.fetch_all(connection).await
    }

    /// The text with `?` for values, and these in their order, one as often as it is named.
    fn unnamed(mut self) -> (String, Vec<Bound>) {
        let text = self.written(|text, _| text.push('?'));
        let mut left = vec![0_usize; self.values.len()];
        self.places.iter().for_each(|(_, value)| left[*value] += 1);
        let values = self.places.iter().map(|(_, value)| {
            left[*value] -= 1;
            let kept = &mut self.values[*value];
            if left[*value] == 0 { std::mem::replace(kept, Bound::Number(None)) } else { kept.clone() }
        });
        (text, values.collect())
    }

    /// The text with `$1` for values, and these.
    fn numbered(self) -> (String, Vec<Bound>) {
        let text = self.written(|text, value| {
            // Writing to a text does not fail.
            let _ = write!(text, "${}", value + 1);
        });
        (text, self.values)
    }

    /// The words with the values in their places.
    fn written(&self, value: impl Fn(&mut String, usize)) -> String {
        let mut text = String::with_capacity(self.text.len() + 4 * self.places.len());
        let mut begins = 0;
        for (place, which) in &self.places {
            text.push_str(&self.text[begins..*place]);
            value(&mut text, *which);
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
        let statement = || {
            let mut statement = Statement::new("SELECT * FROM t WHERE a = ");
            let kept = statement.keep("x");
            statement
                .again(kept)
                .say(" AND b IN ")
                .bind_all([1, 2])
                .say(" AND c <> ")
                .again(kept)
                .say(" LIMIT ")
                .bind(9);
            statement
        };
        let shown = |values: Vec<Bound>| {
            values.into_iter().map(|value| match value {
                Bound::Text(text) => text.unwrap_or_default(),
                Bound::Number(number) => number.unwrap_or_default().to_string(),
            })
        };
        let (text, values) = statement().unnamed();
        assert_eq!(text, "SELECT * FROM t WHERE a = ? AND b IN (?, ?) AND c <> ? LIMIT ?");
        assert!(shown(values).eq(["x", "1", "2", "x", "9"]));
        let (text, values) = statement().numbered();
        assert_eq!(text, "SELECT * FROM t WHERE a = $1 AND b IN ($2, $3) AND c <> $1 LIMIT $4");
        assert!(shown(values).eq(["x", "1", "2", "9"]));
    }
}
