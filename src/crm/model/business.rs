//! The tenant and what it offers.

use super::{Currency, Hours};
use crate::id::{BusinessId, ServiceId};
use crate::phone::E164;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A business we answer for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Business {
    /// Its id: every row of the tenant carries it.
    pub id: BusinessId,
    /// The name the agent says: "Oak Street Dental".
    pub name: String,
    /// The number callers dial.
    pub phone: E164,
    /// IANA zone its hours are in.
    pub zone: String,
    /// `en` or `es`: the language a call starts in.
    pub language: crate::language::Language,
    /// ISO 3166 country of numbers given without one.
    pub region: String,
    /// The agent's name: "Rachel".
    pub agent_name: String,
    /// Where to find it, as one says it.
    pub address: String,
    /// Where "a person, please" is connected to; none: a message is taken.
    pub transfer_to: Option<E164>,
    /// Whether the agent answers the phone at all.
    pub voice_enabled: bool,
    /// Whether its calls are recorded (if the installation records at all).
    #[serde(default = "yes")]
    pub recording: bool,
    /// What the greeting says of it.
    #[serde(default)]
    pub recording_notice: RecordingNotice,
    /// What it counts in. It does not change: what is kept in amounts is in it.
    #[serde(default)]
    pub currency: Currency,
    /// When it is open.
    pub hours: Hours,
    /// What it offers.
    pub services: Vec<Service>,
    /// Counts the changes. What was written down before they were counted is at the first.
    #[serde(default = "first")]
    pub version: u64,
}

/// The longest notice of a recording, in characters: some fifteen seconds.
pub const NOTICE_MAX: usize = 200;

/// What callers are told about being recorded. Written `none`, `standard`, or as the business's own words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "String", into = "String")]
#[schemars(with = "String")]
pub enum RecordingNotice {
    /// Nothing.
    None,
    /// The phrase book's sentence.
    #[default]
    Standard,
    /// These words, in the business's language.
    Own(String),
}

impl From<String> for RecordingNotice {
    fn from(text: String) -> Self {
        match text.trim() {
            "" | "none" => Self::None,
            "standard" => Self::Standard,
            own => Self::Own(own.to_owned()),
        }
    }
}

impl From<RecordingNotice> for String {
    fn from(notice: RecordingNotice) -> Self {
        match notice {
            RecordingNotice::None => "none".to_owned(),
            RecordingNotice::Standard => "standard".to_owned(),
            RecordingNotice::Own(text) => text,
        }
    }
}

fn yes() -> bool {
    true
}

/// The version of what was never changed.
fn first() -> u64 {
    1
}

/// Something that can be booked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Service {
    /// Its id.
    pub id: ServiceId,
    /// "cleaning".
    pub name: String,
    /// Other things people call it.
    pub aliases: Vec<String>,
    /// How long it takes.
    pub minutes: u32,
    /// Its price in minor units (cents) of the business's currency; `Some(0)` is free, `None` is "depends".
    pub price_minor: Option<i64>,
    /// Time kept free after it.
    pub buffer_minutes: u32,
}
