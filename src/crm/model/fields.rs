//! Fields of a business's own: what it keeps of people beyond what everybody does, each of a kind that is checked.
//!
//! Invariant: a value that was accepted is accepted again and comes out as itself, so what is kept can be compared.

use super::people::looks_like_email;
use crate::crm::error::Reason;
use crate::id::BusinessId;
use crate::phone::E164;
use jiff::civil;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

/// The longest text of a field, in bytes of its JSON: an index of `PostgreSQL` takes 2,704 of a row.
const TEXT_MAX: usize = 2_000;

/// A field of a business's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContactField {
    /// The tenant it belongs to.
    pub business: BusinessId,
    /// What values are kept under: small letters, figures and underscores.
    pub key: String,
    /// What people call it.
    pub label: String,
    /// What its values are.
    pub kind: FieldKind,
    /// What can be chosen, when it is a choice.
    pub choices: Vec<String>,
}

/// What the values of a field are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FieldKind {
    /// Free words.
    Text,
    /// A number.
    Number,
    /// A day, as in 2026-11-23.
    Date,
    /// True or false.
    Boolean,
    /// One of the field's choices.
    Choice,
    /// An address in the web.
    Url,
    /// A telephone number.
    Phone,
    /// An e-mail address.
    Email,
}

impl ContactField {
    /// The value as it is kept, or what a value of this field looks like. `region` is that of telephone numbers without a
    /// country code.
    pub fn accept(&self, value: &Value, region: &str) -> Result<Value, Reason> {
        match (self.kind, value) {
            (FieldKind::Number, Value::Number(number)) => Ok(Value::Number(number.clone())),
            (FieldKind::Number, Value::String(text)) => match text.trim().parse::<Number>() {
                Ok(number) => Ok(Value::Number(number)),
                Err(_) => Err(self.right()),
            },
            (FieldKind::Boolean, Value::Bool(yes)) => Ok(Value::Bool(*yes)),
            (FieldKind::Boolean, Value::String(text)) if text == "true" || text == "false" => {
                Ok(Value::Bool(text == "true"))
            }
            (FieldKind::Number | FieldKind::Boolean, _) => Err(self.right()),
            (_, Value::String(text)) => self.accept_text(text.trim(), region).map(Value::String),
            (_, _) => Err(Reason::TextWanted { field: self.key.clone() }),
        }
    }

    fn accept_text(&self, text: &str, region: &str) -> Result<String, Reason> {
        let accepted = match self.kind {
            FieldKind::Text | FieldKind::Number | FieldKind::Boolean => {
                Some(text.to_owned()).filter(|text| Value::from(text.as_str()).to_string().len() <= TEXT_MAX + 2)
            }
            FieldKind::Date => text.parse::<civil::Date>().ok().map(|date| date.to_string()),
            FieldKind::Choice => {
                self.choices.iter().find(|choice| choice.to_lowercase() == text.to_lowercase()).cloned()
            }
            FieldKind::Url => Some(text.to_owned()).filter(|text| looks_like_url(text)),
            FieldKind::Phone => E164::parse(text, region).ok().map(String::from),
            FieldKind::Email => Some(text.to_lowercase()).filter(|text| looks_like_email(text)),
        };
        accepted.ok_or_else(|| self.right())
    }

    /// What a value of this field looks like.
    fn right(&self) -> Reason {
        let field = self.key.clone();
        match self.kind {
            FieldKind::Text => Reason::FieldTakesShorter { field, most: TEXT_MAX },
            FieldKind::Number => Reason::FieldTakesNumber { field },
            FieldKind::Date => Reason::FieldTakesDay { field },
            FieldKind::Boolean => Reason::YesOrNoWanted { field },
            FieldKind::Choice => Reason::FieldTakesChoice { field, choices: self.choices.join(", ") },
            FieldKind::Url => Reason::FieldTakesUrl { field },
            FieldKind::Phone => Reason::FieldTakesPhone { field },
            FieldKind::Email => Reason::FieldTakesEmail { field },
        }
    }
}

fn looks_like_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    text.len() <= TEXT_MAX
        && host.is_some_and(|host| !host.is_empty())
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn field(kind: FieldKind) -> ContactField {
        let choices = ["Gold", "Silver"].map(str::to_owned).to_vec();
        ContactField { business: BusinessId::from_u128(1), key: "it".to_owned(), label: "It".to_owned(), kind, choices }
    }

    const KINDS: [FieldKind; 8] = [
        FieldKind::Text,
        FieldKind::Number,
        FieldKind::Date,
        FieldKind::Boolean,
        FieldKind::Choice,
        FieldKind::Url,
        FieldKind::Phone,
        FieldKind::Email,
    ];

    #[test]
    fn each_kind_takes_its_own_and_spells_it_one_way() {
        for (kind, given, kept) in [
            (FieldKind::Text, json!(" blue "), json!("blue")),
            (FieldKind::Number, json!(2.5), json!(2.5)),
            (FieldKind::Number, json!("-7"), json!(-7)),
            (FieldKind::Date, json!("2026-11-23"), json!("2026-11-23")),
            (FieldKind::Boolean, json!(true), json!(true)),
            (FieldKind::Boolean, json!("false"), json!(false)),
            (FieldKind::Choice, json!("gold"), json!("Gold")),
            (FieldKind::Url, json!("https://example.com/a?b#c"), json!("https://example.com/a?b#c")),
            (FieldKind::Phone, json!("(305) 555-0142"), json!("+13055550142")),
            (FieldKind::Email, json!("Ana@Example.com"), json!("ana@example.com")),
        ] {
            assert_eq!(field(kind).accept(&given, "US"), Ok(kept), "{kind:?} {given}");
        }
    }

    #[test]
    fn what_is_of_another_kind_is_refused_with_what_is_right() {
        for (kind, given, right) in [
            (FieldKind::Text, json!(1), "`it` takes a text"),
            (FieldKind::Number, json!("many"), "`it` takes a number"),
            (FieldKind::Date, json!("23/11/2026"), "`it` takes a day, as in 2026-11-23"),
            (FieldKind::Date, json!("2026-02-30"), "`it` takes a day, as in 2026-11-23"),
            (FieldKind::Boolean, json!("perhaps"), "`it` takes true or false"),
            (FieldKind::Choice, json!("Bronze"), "`it` takes one of: Gold, Silver"),
            (FieldKind::Url, json!("javascript:x"), "`it` takes an address in the web, as in https://example.com"),
            (FieldKind::Email, json!("ana@"), "`it` takes an e-mail address, as in ana@example.com"),
            (FieldKind::Number, json!([1]), "`it` takes a number"),
        ] {
            assert_eq!(field(kind).accept(&given, "US"), Err(Reason::from(right.to_owned())), "{kind:?} {given}");
        }
    }

    proptest! {
        #[test]
        fn what_was_accepted_is_accepted_as_it_is(text in ".{0,40}", number in any::<f64>(), kind in 0..KINDS.len()) {
            let field = field(KINDS[kind]);
            for given in [Value::String(text), json!(number)] {
                if let Ok(kept) = field.accept(&given, "US") {
                    prop_assert_eq!(field.accept(&kept, "US"), Ok(kept));
                }
            }
        }
    }
}
