//! Text made fit for the ear.

/// Words only.
pub fn spoken(text: &str, _language: &str) -> String {
    text.trim().to_owned()
}
