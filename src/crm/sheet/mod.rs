//! Tables of contacts as text with separators (CSV, RFC 4180 and its relatives): read, understood, written.
//!
//! Pure: a text comes in and rows go out; nothing here knows a database or a door. A row becomes the same request that adds
//! a contact over any door, so what holds for a contact is said in one place ([`crate::crm::operation::CreateContact`]).
//!
//! Invariant: any text is read, whatever its quotes: what cannot be a contact is a problem of its row, never of the file.
//! Invariant: what is written is read back as it was, and no cell of it is a formula to a spreadsheet.

mod columns;
mod reading;
mod writing;

pub use columns::{guess, refuse_mapping};
pub use reading::{Row, Sheet, decoded, person};
pub use writing::{header, line, table};
