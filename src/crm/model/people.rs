//! People and what they leave behind.

use crate::id::{BusinessId, CallId, ContactId, MessageId, UserId};
use crate::phone::E164;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Somebody the business knows. Unique per business by phone and by e-mail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Contact {
    /// Its id.
    pub id: ContactId,
    /// The tenant it belongs to.
    pub business: BusinessId,
    /// Given name, empty when unknown.
    pub first_name: String,
    /// Family name, empty when unknown.
    pub last_name: String,
    /// E-mail address.
    pub email: Option<String>,
    /// Telephone number.
    pub phone: Option<E164>,
    /// Words the business sorts people by, in small letters and in order.
    #[serde(default)]
    pub tags: BTreeSet<String>,
    /// What the business keeps of its own, by the key of the field.
    #[serde(default)]
    pub fields: BTreeMap<String, Value>,
    /// How they do not want to be reached.
    #[serde(default)]
    pub do_not_disturb: BTreeSet<Channel>,
    /// Telephone numbers beside the first.
    #[serde(default)]
    pub other_phones: BTreeSet<E164>,
    /// E-mail addresses beside the first.
    #[serde(default)]
    pub other_emails: BTreeSet<String>,
    /// Where they came from: a door's name, or the business's own word.
    #[serde(default)]
    pub source: Option<String>,
    /// The zone they live in, as an IANA name.
    #[serde(default)]
    pub zone: Option<String>,
    /// Whose they are.
    #[serde(default)]
    pub owner: Option<UserId>,
    /// When they last called, wrote, booked or were written about.
    #[serde(default)]
    pub last_activity: Option<Timestamp>,
    /// Counts the changes: who edits says which one they have read.
    #[serde(default)]
    pub version: u64,
    /// When it was first seen.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A way to reach somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "each name says it")]
pub enum Channel {
    Call,
    Email,
    Sms,
}

impl Contact {
    /// "Ana Silva", or whichever part is known.
    pub fn full_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name).trim().to_owned()
    }
}

/// Whether two names are one to the ear: case, accents and punctuation do not tell people apart.
pub fn same_name(one: &str, other: &str) -> bool {
    folded(one) == folded(other)
}

/// A text as the ear takes it: words of small letters and figures without accents, a space between two.
pub fn folded(text: &str) -> String {
    let plain: String =
        text.chars().filter(|c| *c != '\'' && *c != '’').flat_map(char::to_lowercase).map(plain).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The longest e-mail address (RFC 5321 allows a path of 256 octets, brackets included).
pub const EMAIL_MAX: usize = 254;
/// The longest name, in characters. People's full names stay far below.
pub const NAME_MAX: usize = 120;

/// Whether mail could be sent there as far as its form goes; only sending tells more.
pub fn looks_like_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let labels_are_whole = domain.split('.').all(|label| !label.is_empty()) && domain.contains('.');
    text.len() <= EMAIL_MAX
        && !local.is_empty()
        && !local.contains('@')
        && labels_are_whole
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// A letter without its accent; what is no letter parts words.
fn plain(letter: char) -> char {
    match letter {
        'á' | 'à' | 'ä' | 'â' | 'ã' | 'å' => 'a',
        'é' | 'è' | 'ë' | 'ê' => 'e',
        'í' | 'ì' | 'ï' | 'î' => 'i',
        'ó' | 'ò' | 'ö' | 'ô' | 'õ' => 'o',
        'ú' | 'ù' | 'ü' | 'û' => 'u',
        'ñ' => 'n',
        'ç' => 'c',
        letter if letter.is_alphanumeric() => letter,
        _ => ' ',
    }
}

/// What is known of a person before a contact exists: enough to find or make one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContactDraft {
    /// The name as given, first name first.
    #[schemars(length(max = NAME_MAX))]
    pub name: String,
    /// Telephone number.
    pub phone: Option<E164>,
    /// E-mail address.
    #[schemars(length(max = EMAIL_MAX))]
    pub email: Option<String>,
}

/// A message taken for the business.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// The tenant it belongs to.
    pub business: BusinessId,
    /// Who left it, when known.
    pub contact: Option<ContactId>,
    /// Their name as given.
    pub from_name: String,
    /// Their number.
    pub from_phone: Option<E164>,
    /// The words, as heard.
    pub body: String,
    /// The call it was left in.
    pub call: Option<CallId>,
    /// When.
    pub created_at: Timestamp,
}
