//! Files of contacts brought in: what each column holds, what becomes of people who are there already, and how far it has
//! come.

use crate::id::{BusinessId, ImportId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A file of contacts that was handed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Import {
    /// Its id.
    pub id: ImportId,
    /// The tenant it belongs to.
    pub business: BusinessId,
    /// What the file is called.
    pub name: String,
    /// Where it stands.
    pub state: ImportState,
    /// The names of the columns, as the file has them.
    pub headers: Vec<String>,
    /// What each column of the file holds.
    pub columns: Vec<Column>,
    /// What becomes of people who are there already.
    pub duplicates: Duplicates,
    /// Tags that everybody of the file is given.
    pub tags: BTreeSet<String>,
    /// How many rows the file has.
    pub rows: u64,
    /// How many have been gone through.
    pub done: u64,
    /// How many contacts were added.
    pub created: u64,
    /// How many contacts were changed.
    pub updated: u64,
    /// How many rows changed nothing: those they are about were there already.
    pub skipped: u64,
    /// How many rows could not be taken; the errors file says why.
    pub refused: u64,
    /// Of the contacts added and changed, how many were taken back.
    pub undone: u64,
    /// Counts the changes.
    pub version: u64,
    /// When the file was handed in.
    pub created_at: Timestamp,
    /// When something last happened.
    pub updated_at: Timestamp,
}

/// Where an import stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportState {
    /// The file was handed in, nothing was brought in yet.
    Previewed,
    /// Its rows are being gone through.
    Running,
    /// All of it was gone through.
    Done,
    /// It was stopped on the way; what was brought in by then stays.
    Cancelled,
    /// It could not go on; what was brought in by then stays.
    Failed,
    /// It is being taken back.
    Undoing,
    /// It was taken back.
    Undone,
}

/// What a column of a file holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// Nothing that is brought in.
    Ignored,
    /// Given name.
    FirstName,
    /// Family name.
    LastName,
    /// The whole name, given name first; or the family's, a comma, and the given one.
    Name,
    /// Telephone number.
    Phone,
    /// E-mail address.
    Email,
    /// A telephone number beside the first, or several with commas or semicolons between.
    OtherPhones,
    /// An e-mail address beside the first, or several.
    OtherEmails,
    /// Where they came from.
    Source,
    /// The zone they live in, as an IANA name.
    Zone,
    /// Words to sort them by, with commas or semicolons between.
    Tags,
    /// How they do not want to be reached: `call`, `email`, `sms`, several of them, or `all`.
    DoNotDisturb,
    /// A value of the business's own field with this key.
    Field(String),
}

/// What becomes of people who are there already, by telephone number or e-mail address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Duplicates {
    /// They stay as they are.
    #[default]
    Skip,
    /// What the file says of them is set; tags are added.
    Update,
    /// They are added once more, without the number or address that is another's.
    Create,
}

/// A file as it was understood, before anything of it is brought in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImportPreview {
    /// The import, with what its columns are taken for.
    pub import: Import,
    /// The first rows, as the file has them.
    pub first: Vec<Vec<String>>,
    /// What is wrong with some of the rows looked at.
    pub problems: Vec<RowProblem>,
}

/// Why a row cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RowProblem {
    /// Which, counted as a spreadsheet does: its header is row 1.
    pub row: u64,
    /// Why, and what would be right.
    pub why: String,
    /// Its cells, as the file has them.
    pub cells: Vec<String>,
}
