//! Telephone numbers in E.164, the one form we store and compare.
//!
//! Parsing of *spoken* digits lives in [`crate::nlu::entity::phone`]; this is the number itself. A leaf.

use phonenumber::{Mode, country};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

/// A telephone number in E.164: `+` and up to fifteen digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct E164(String);

/// `+1` and ten digits.
const NORTH_AMERICAN_LENGTH: usize = 12;

/// Why a text is no telephone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a telephone number: write it with its country code, as in +1 305 555 0199")]
pub struct NotANumber;

impl E164 {
    /// Reads a written number; one without a country code is taken as of `region` (ISO 3166, "US").
    ///
    /// The number must be *possible* (length), not necessarily assigned: 555-01xx numbers are used on stage and in tests.
    pub fn parse(text: &str, region: &str) -> Result<Self, NotANumber> {
        // With its country code said the region must not be: the library would strip the region's own prefix from it.
        let region = if text.trim_start().starts_with('+') { None } else { region.parse::<country::Id>().ok() };
        let number = phonenumber::parse(region, text).map_err(|_| NotANumber)?;
        let formatted = number.format().mode(Mode::E164).to_string();
        // North American numbers have ten digits, area code included; the library lets shorter ones pass.
        if formatted.starts_with("+1") && formatted.len() != NORTH_AMERICAN_LENGTH {
            return Err(NotANumber);
        }
        Self::try_from(formatted)
    }

    /// Whether numbers can be of this region (ISO 3166, "US").
    pub fn is_region(region: &str) -> bool {
        region.parse::<country::Id>().is_ok()
    }

    /// The number with its `+`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The national part for people: `(305) 555-0199` for North America, else grouped international form.
    pub fn national(&self) -> String {
        phonenumber::parse(None, &self.0)
            .map_or_else(|_| self.0.clone(), |number| number.format().mode(Mode::National).to_string())
    }
}

impl TryFrom<String> for E164 {
    type Error = NotANumber;

    fn try_from(text: String) -> Result<Self, NotANumber> {
        let digits = text.strip_prefix('+').ok_or(NotANumber)?;
        let good =
            (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
        if good { Ok(Self(text)) } else { Err(NotANumber) }
    }
}

impl From<E164> for String {
    fn from(number: E164) -> Self {
        number.0
    }
}

impl JsonSchema for E164 {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "E164".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": r"^\+[1-9][0-9]{6,14}$" })
    }
}

impl fmt::Display for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for E164 {
    /// Masked: a number is personal. The last two digits tell two callers apart in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+•••{}", &self.0[self.0.len() - 2..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn national_and_international_spellings_are_one_number() {
        let expected = E164::parse("+13055550199", "US").expect("a number");
        for text in ["(305) 555-0199", "305.555.0199", "1 305 555 0199", "+1 305-555-0199"] {
            assert_eq!(E164::parse(text, "US"), Ok(expected.clone()), "{text}");
        }
        assert_eq!(expected.national(), "(305) 555-0199");
    }

    #[test]
    fn a_number_is_masked_in_debug_output() {
        assert_eq!(format!("{:?}", E164::parse("+13055550199", "US")), "Ok(+•••99)");
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "+", "12", "hello", "305 555 01", "555 0199", "+0123456789", "999999999999999999999"] {
            assert_eq!(E164::parse(text, "US"), Err(NotANumber), "{text}");
        }
    }
}
