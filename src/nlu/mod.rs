//! Understanding: words in, intent and entities out. Total, deterministic, explainable.
//!
//! [`understand`] never fails and never guesses silently: what it cannot place is [`Intent::Unknown`], and `why` names
//! the rules that fired. Entity spans are cut out before keywords are matched, so a message body or a name never decides
//! the intent. It knows nothing of dialogue, CRM or IO; the reference time and the language data are arguments.
//!
//! Read next: [`intent`] for the names, [`entity`] for what can be mentioned.

pub mod entity;
pub mod intent;

pub use crate::language::Language;
pub use entity::{Bound, Entities, When, WhenValue};
pub use intent::Intent;

use jiff::civil::Time;
use serde::{Deserialize, Serialize};

/// What the dialogue has just asked for: it decides how a bare "three" or "no" is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Nothing in particular.
    #[default]
    Anything,
    /// A yes or a no.
    YesNo,
    /// One of the services.
    Service,
    /// A day (a time with it is welcome).
    Day,
    /// A time of day.
    Time,
    /// The speaker's name.
    Name,
    /// A telephone number.
    Phone,
    /// An e-mail address.
    Email,
    /// One of the options just read out.
    Choice,
    /// Free words to keep as they are, such as a message.
    Words,
}

/// A name with the other ways people say it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// The name as we write it.
    pub name: String,
    /// Other spellings, singulars, abbreviations.
    pub aliases: Vec<String>,
}

/// The context a sentence is understood in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expecting {
    /// What was asked for.
    pub field: Field,
    /// The language spoken.
    pub language: Language,
    /// Country of numbers said without one (ISO 3166); empty means "US".
    pub region: String,
    /// Services that can be named.
    pub services: Vec<Term>,
    /// The options just read out, in order.
    pub options: Vec<Term>,
    /// The hours in which a bare "three" is meant (opening, closing).
    pub hours: Option<(Time, Time)>,
}

/// What a sentence was taken to mean.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Understanding {
    /// The sentence as heard.
    pub text: String,
    /// The language it was read in.
    pub lang: Language,
    /// What is wanted.
    pub intent: Intent,
    /// How sure, 0 to 1.
    pub confidence: f32,
    /// What was mentioned.
    pub entities: Entities,
    /// The rules that decided, in order.
    pub why: Vec<String>,
    /// Further wishes in the same breath, in the order said.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<(Intent, Entities)>,
}
