//! A part of a long list, and where the next part begins.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which part of a list: at most so many rows, from this cursor on.
pub type Way<'a> = (Option<usize>, Option<&'a str>);

/// Some rows in a stable order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// The cursor of the next page; none on the last one.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// The first of these rows; whoever looked for one more than wanted is told by `cursor` where it goes on.
    pub fn cut(mut items: Vec<T>, limit: usize, cursor: impl FnOnce(&T) -> String) -> Self {
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(cursor);
        Self { items, next }
    }
}
