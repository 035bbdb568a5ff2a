//! Where a page begins, as clients hold it: opaque to them, and of use for the same order only.

use crate::crm::Error;
use crate::crm::error::Reason;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The last row of the page before.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    /// What it is sorted by.
    pub(super) value: String,
    /// Its id.
    pub(super) id: String,
}

impl Cursor {
    /// As clients hold it. `order` names the list and its order.
    pub(super) fn write(&self, order: &str) -> String {
        let parts = serde_json::json!([order, self.value, self.id]);
        URL_SAFE_NO_PAD.encode(parts.to_string())
    }

    /// Reads one that was made for this order.
    pub(super) fn read(text: &str, order: &str) -> Result<Self, Error> {
        let parts = URL_SAFE_NO_PAD.decode(text).ok();
        match parts.and_then(|parts| serde_json::from_slice::<[String; 3]>(&parts).ok()) {
            Some([of, value, id]) if of == order => Ok(Self { value, id }),
            Some(_) | None => Err(not_ours()),
        }
    }

    /// A value that is a number.
    pub(super) fn number(value: &str) -> Result<i64, Error> {
        value.parse().map_err(|_| not_ours())
    }
}

fn not_ours() -> Error {
    Error::Invalid(Reason::CursorOfAnother)
}
