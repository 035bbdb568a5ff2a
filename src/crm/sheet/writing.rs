//! Writing contacts as a table that spreadsheets open and [`super::reading`] reads back.

use crate::crm::model::{Channel, Contact, ContactField};
use crate::phone::E164;
use csv::{Terminator, WriterBuilder};
use serde_json::Value;

/// What a spreadsheet takes for the beginning of a formula (OWASP, "CSV Injection").
pub(super) const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];
/// What each contact has.
const HEADER: [&str; 13] = [
    "id",
    "first_name",
    "last_name",
    "phone",
    "email",
    "other_phones",
    "other_emails",
    "tags",
    "do_not_disturb",
    "source",
    "zone",
    "created_at",
    "last_activity",
];

/// The names of the columns: what every contact has, then the business's own fields.
pub fn header(fields: &[ContactField]) -> Vec<String> {
    HEADER.into_iter().map(str::to_owned).chain(fields.iter().map(|field| field.key.clone())).collect()
}

/// The cells of a contact.
pub fn line(contact: &Contact, fields: &[ContactField]) -> Vec<String> {
    let tags: Vec<&str> = contact.tags.iter().map(String::as_str).collect();
    let phones: Vec<&str> = contact.other_phones.iter().map(E164::as_str).collect();
    let emails: Vec<&str> = contact.other_emails.iter().map(String::as_str).collect();
    let channels: Vec<&str> = contact.do_not_disturb.iter().map(|channel| channel_name(*channel)).collect();
    let mut cells = vec![
        contact.id.to_string(),
        contact.first_name.clone(),
        contact.last_name.clone(),
        contact.phone.as_ref().map(|phone| phone.as_str().to_owned()).unwrap_or_default(),
        contact.email.clone().unwrap_or_default(),
        phones.join("; "),
        emails.join("; "),
        tags.join("; "),
        channels.join("; "),
        contact.source.clone().unwrap_or_default(),
        contact.zone.clone().unwrap_or_default(),
        contact.created_at.to_string(),
        contact.last_activity.map(|at| at.to_string()).unwrap_or_default(),
    ];
    cells.extend(fields.iter().map(|field| contact.fields.get(&field.key).map(shown).unwrap_or_default()));
    cells
}

fn channel_name(channel: Channel) -> &'static str {
    match channel {
        Channel::Call => "call",
        Channel::Email => "email",
        Channel::Sms => "sms",
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

/// Rows as text. No cell is a formula: what would be one begins with an apostrophe, as spreadsheets write texts.
pub fn table(rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut writer = WriterBuilder::new().flexible(true).terminator(Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        // Writing to memory does not fail.
        let _ = writer.write_record(row.iter().map(|cell| guarded(cell)));
    }
    writer.into_inner().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

/// A cell no spreadsheet calculates. A number with its sign is none, and stays as it is.
fn guarded(cell: &str) -> String {
    let number = cell
        .strip_prefix(['+', '-'])
        .is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit() || c == '.'));
    if cell.starts_with(FORMULA) && !number { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::super::{Sheet, guess, person};
    use super::*;
    use crate::crm::model::FieldKind;
    use crate::id::{BusinessId, ContactId};
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn no_cell_is_a_formula() {
        let row = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "+13055550142", "-7.5", "a=b"];
        let written = table([row.map(str::to_owned).to_vec()]);
        let expected = "'=1+1,'+cmd|' /C calc'!A0,'-2+3,'@SUM(A1),'\t=1,+13055550142,-7.5,a=b\r\n";
        assert_eq!(written, expected);
    }

    #[test]
    fn what_is_written_is_read_back() {
        let business = BusinessId::from_u128(1);
        let at = "2026-11-23T13:00Z".parse().expect("an instant");
        let field = |key: &str, kind| ContactField {
            business,
            key: key.to_owned(),
            label: key.to_owned(),
            kind,
            choices: Vec::new(),
        };
        let fields = [field("insurer", FieldKind::Text), field("paid", FieldKind::Boolean)];
        let contact = Contact {
            id: ContactId::from_u128(7),
            business,
            first_name: "=Ana, \"the\"\nfirst".to_owned(),
            last_name: "Silva".to_owned(),
            email: Some("ana@example.com".to_owned()),
            phone: E164::parse("+13055550142", "US").ok(),
            tags: BTreeSet::from(["new".to_owned(), "vip".to_owned()]),
            fields: BTreeMap::from([
                ("insurer".to_owned(), Value::from("@Acme")),
                ("paid".to_owned(), Value::Bool(true)),
            ]),
            do_not_disturb: BTreeSet::from([Channel::Call, Channel::Sms]),
            other_phones: ["+13055550143", "+13055550144"].iter().filter_map(|it| E164::parse(it, "US").ok()).collect(),
            other_emails: BTreeSet::from(["a@example.com".to_owned()]),
            source: Some("fair".to_owned()),
            zone: Some("America/New_York".to_owned()),
            owner: None,
            last_activity: Some(at),
            version: 3,
            created_at: at,
            updated_at: at,
        };
        let text = table([header(&fields), line(&contact, &fields)]);
        let sheet = Sheet::of(&text).expect("a table");
        let rows: Vec<_> = sheet.rows(sheet.begin(), 0).map(|row| row.cells).collect();
        let read = person(&guess(&sheet.headers(), &rows, &fields), &rows[0]).expect("a person");
        assert_eq!((&read.first_name, &read.last_name), (&contact.first_name, &contact.last_name));
        assert_eq!((read.phone.as_deref(), &read.email), (Some("+13055550142"), &contact.email));
        let phones: Vec<_> = contact.other_phones.iter().map(E164::as_str).collect();
        assert_eq!(read.other_phones.iter().map(String::as_str).collect::<Vec<_>>(), phones);
        assert_eq!((&read.other_emails, &read.source), (&contact.other_emails, &contact.source));
        assert_eq!(read.zone, contact.zone);
        assert_eq!((&read.tags, &read.do_not_disturb), (&contact.tags, &contact.do_not_disturb));
        assert_eq!((&read.fields["insurer"], &read.fields["paid"]), (&Value::from("@Acme"), &Value::from("true")));
    }
}
