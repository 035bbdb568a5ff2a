//! A field that can be left out, be null, or have a value: three things in a change.

use serde::{Deserialize, Deserializer};

/// What is there is given, be it null.
#[expect(clippy::option_option, reason = "not given, null and a value are three things")]
pub(super) fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(from).map(Some)
}
