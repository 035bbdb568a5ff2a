//! A part of a long list, and where the next part begins.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Some rows in a stable order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// The cursor of the next page; none on the last one.
    pub next: Option<String>,
}
