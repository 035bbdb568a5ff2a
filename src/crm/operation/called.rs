//! What people call a row, whatever it is a row of.

use serde_json::Value;

/// Fields that name a row, the best first.
const NAMES: [&str; 9] = ["name", "title", "customer_name", "label", "key", "email", "phone", "body", "text"];

/// What a row is called, if it has a name: a person's, else that of the first field that is one.
pub fn called(row: &Value) -> Option<String> {
    let text = |field: &str| row[field].as_str().filter(|text| !text.is_empty());
    let person = [text("first_name"), text("last_name")].into_iter().flatten().collect::<Vec<_>>().join(" ");
    if person.is_empty() { NAMES.into_iter().find_map(text).map(str::to_owned) } else { Some(person) }
}
