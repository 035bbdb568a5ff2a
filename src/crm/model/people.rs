//! People and what they leave behind.

use crate::id::{BusinessId, CallId, ContactId, MessageId};
use crate::phone::E164;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Somebody the business knows. Unique per business by phone and by e-mail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// When it was first seen.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Contact {
    /// "Ana Silva", or whichever part is known.
    pub fn full_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name).trim().to_owned()
    }
}

/// Whether two names are one to the ear: case, accents and punctuation do not tell people apart.
pub fn same_name(one: &str, other: &str) -> bool {
    let words = |name: &str| {
        let folded: String =
            name.chars().filter(|c| *c != '\'' && *c != '’').flat_map(char::to_lowercase).map(plain).collect();
        folded.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    words(one) == words(other)
}

/// A letter without its accent; what is no letter parts words.
fn plain(letter: char) -> char {
    match letter {
        'á' | 'à' | 'ä' | 'â' | 'ã' => 'a',
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
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ContactDraft {
    /// The name as given, first name first.
    pub name: String,
    /// Telephone number.
    pub phone: Option<E164>,
    /// E-mail address.
    pub email: Option<String>,
}

/// A message taken for the business.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
