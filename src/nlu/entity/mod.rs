//! What a sentence can mention, and where in it.

pub(crate) mod digits;
pub(crate) mod email;
pub(crate) mod money;
pub(crate) mod name;
pub(crate) mod number;
pub(crate) mod phone;
pub(crate) mod service;
pub(crate) mod when;

use crate::phone::E164;
use jiff::civil::{Date, DateTime, Time};
use serde::Serialize;
use std::ops::Range;

/// Everything found in a sentence; a field is present only when it was said.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the names are those of the public format, explained in ARCHITECTURE.md")]
pub struct Entities {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<E164>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// A period in which something was added, as said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub added: Option<String>,
    /// The name of a field somebody lacks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// Which of the offered options, counted from 1; -1 is the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub option: Option<i64>,
    /// The name of one of the services in [`super::Expecting`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_minutes: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ordinal: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digits: Option<String>,
}

impl Entities {
    /// Moves the places of what was mentioned, when they were read in a part of the text that begins there.
    pub(crate) fn shift(&mut self, by: usize) {
        if let Some(when) = &mut self.when {
            when.span = when.span.start + by..when.span.end + by;
        }
    }
}

/// An expression of time, resolved against the reference time, in the local time of the business.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct When {
    /// The words it was said in.
    pub text: String,
    /// Where they stand, in bytes.
    #[serde(skip)]
    pub span: Range<usize>,
    /// The likeliest reading.
    #[serde(flatten)]
    pub value: WhenValue,
    /// Other readings the words allow, likeliest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<WhenValue>,
}

/// A resolved time expression. Instants are civil: the zone is the business's.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", content = "value", rename_all = "lowercase")]
pub enum WhenValue {
    /// A day.
    Date(Date),
    /// A time of day (`HH:MM`).
    Time(#[serde(serialize_with = "hour_minute")] Time),
    /// A day and a time (`YYYY-MM-DDTHH:MM`).
    DateTime(#[serde(serialize_with = "date_hour_minute")] DateTime),
    /// A length of time, in seconds.
    Duration(i64),
    /// From `start` to `end`; a missing side is open.
    Range {
        /// The first moment or day.
        start: Option<Bound>,
        /// The moment it ends, or the day after the last.
        end: Option<Bound>,
    },
}

/// One side of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(untagged)]
pub enum Bound {
    /// A day.
    Date(Date),
    /// A time of day.
    Time(#[serde(serialize_with = "hour_minute")] Time),
    /// A day and a time.
    DateTime(#[serde(serialize_with = "date_hour_minute")] DateTime),
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn hour_minute<S: serde::Serializer>(time: &Time, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&time.strftime("%H:%M"))
}

fn date_hour_minute<S: serde::Serializer>(at: &DateTime, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&at.strftime("%Y-%m-%dT%H:%M"))
}
