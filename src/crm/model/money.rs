//! Money: a whole number of a currency's smallest unit. Never a fraction, so that sums are exact.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::{fmt, str::FromStr};

/// The largest amount of one row, in minor units: ten thousand million dollars. Millions of such rows still add up within
/// an `i64`, and JSON's numbers hold it exactly.
pub const AMOUNT_MAX: i64 = 1_000_000_000_000;

/// A currency by its ISO 4217 code, such as `USD`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// What is no currency's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a currency is written by its ISO 4217 code, as in USD")]
pub struct NoCurrency;

impl Currency {
    /// The United States dollar, which a business counts in unless it is told otherwise.
    pub const USD: Self = Self(*b"USD");

    /// Its code.
    pub fn code(&self) -> &str {
        // Nothing but capital letters gets in.
        std::str::from_utf8(&self.0).unwrap_or("USD")
    }
}

impl Default for Currency {
    fn default() -> Self {
        Self::USD
    }
}

impl FromStr for Currency {
    type Err = NoCurrency;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let code: [u8; 3] = text.trim().to_ascii_uppercase().as_bytes().try_into().map_err(|_| NoCurrency)?;
        if code.iter().all(u8::is_ascii_uppercase) { Ok(Self(code)) } else { Err(NoCurrency) }
    }
}

impl TryFrom<String> for Currency {
    type Error = NoCurrency;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl JsonSchema for Currency {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Currency".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 3, "maxLength": 3, "examples": ["USD"] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_currency_is_three_letters_however_they_are_written() {
        assert_eq!(" eur".parse::<Currency>().map(String::from), Ok("EUR".to_owned()));
        for wrong in ["", "US", "USDX", "U5D", "€", "ÀÀ"] {
            assert_eq!(wrong.parse::<Currency>(), Err(NoCurrency), "{wrong}");
        }
    }
}
