//! What the columns of a table hold: guessed from their names, else from what stands in them.

use super::reading::looks_like_phone;
use crate::crm::error::Reason;
use crate::crm::model::{Column, ContactField, folded, looks_like_email};
use std::collections::BTreeSet;

/// The names people give columns, in small letters without accents.
const NAMED: &[(&str, Column)] = &[
    ("first name", Column::FirstName),
    ("firstname", Column::FirstName),
    ("given name", Column::FirstName),
    ("first", Column::FirstName),
    ("primer nombre", Column::FirstName),
    ("last name", Column::LastName),
    ("lastname", Column::LastName),
    ("family name", Column::LastName),
    ("surname", Column::LastName),
    ("last", Column::LastName),
    ("apellido", Column::LastName),
    ("apellidos", Column::LastName),
    ("name", Column::Name),
    ("full name", Column::Name),
    ("fullname", Column::Name),
    ("contact", Column::Name),
    ("contact name", Column::Name),
    ("customer", Column::Name),
    ("customer name", Column::Name),
    ("client", Column::Name),
    ("nombre", Column::Name),
    ("nombres", Column::Name),
    ("nombre completo", Column::Name),
    ("cliente", Column::Name),
    ("phone", Column::Phone),
    ("phone number", Column::Phone),
    ("mobile", Column::Phone),
    ("mobile phone", Column::Phone),
    ("cell", Column::Phone),
    ("cell phone", Column::Phone),
    ("telephone", Column::Phone),
    ("tel", Column::Phone),
    ("telefono", Column::Phone),
    ("movil", Column::Phone),
    ("celular", Column::Phone),
    ("email", Column::Email),
    ("e mail", Column::Email),
    ("email address", Column::Email),
    ("e mail address", Column::Email),
    ("mail", Column::Email),
    ("correo", Column::Email),
    ("correo electronico", Column::Email),
    ("other phone", Column::OtherPhones),
    ("other phones", Column::OtherPhones),
    ("home phone", Column::OtherPhones),
    ("work phone", Column::OtherPhones),
    ("business phone", Column::OtherPhones),
    ("phone 2", Column::OtherPhones),
    ("other email", Column::OtherEmails),
    ("other emails", Column::OtherEmails),
    ("email 2", Column::OtherEmails),
    ("source", Column::Source),
    ("lead source", Column::Source),
    ("origen", Column::Source),
    ("zone", Column::Zone),
    ("time zone", Column::Zone),
    ("timezone", Column::Zone),
    ("tags", Column::Tags),
    ("labels", Column::Tags),
    ("etiquetas", Column::Tags),
    ("do not disturb", Column::DoNotDisturb),
    ("dnd", Column::DoNotDisturb),
];
/// What several columns may hold.
const SEVERAL: [Column; 4] = [Column::Ignored, Column::OtherPhones, Column::OtherEmails, Column::Tags];
/// Of ten cells that are filled, how many must look like it for a column to be taken for it.
const OF_TEN: usize = 8;

/// What each column holds. Nothing is taken for two columns, and what is not understood is left out.
pub fn guess(headers: &[String], rows: &[Vec<String>], fields: &[ContactField]) -> Vec<Column> {
    let mut taken = BTreeSet::new();
    let mut columns: Vec<Column> = headers
        .iter()
        .map(|header| {
            let column = named(header, fields).unwrap_or(Column::Ignored);
            if SEVERAL.contains(&column) || taken.insert(column.clone()) {
                return column;
            }
            match column {
                Column::Phone => Column::OtherPhones,
                Column::Email => Column::OtherEmails,
                Column::Ignored
                | Column::FirstName
                | Column::LastName
                | Column::Name
                | Column::OtherPhones
                | Column::OtherEmails
                | Column::Source
                | Column::Zone
                | Column::Tags
                | Column::DoNotDisturb
                | Column::Field(_) => Column::Ignored,
            }
        })
        .collect();
    for (place, column) in columns.iter_mut().enumerate().filter(|(_, column)| **column == Column::Ignored) {
        if let Some(seen) = seen(rows.iter().filter_map(|row| row.get(place)))
            && taken.insert(seen.clone())
        {
            *column = seen;
        }
    }
    // Beside the family's name, "name" is the given one.
    if taken.contains(&Column::LastName) && !taken.contains(&Column::FirstName) {
        for column in columns.iter_mut().filter(|column| **column == Column::Name) {
            *column = Column::FirstName;
        }
    }
    columns
}

fn named(header: &str, fields: &[ContactField]) -> Option<Column> {
    let name = folded(header);
    let own = fields.iter().find(|field| folded(&field.key) == name || folded(&field.label) == name);
    let known = NAMED.iter().find(|(known, _)| *known == name).map(|(_, column)| column.clone());
    known.or_else(|| own.map(|field| Column::Field(field.key.clone())))
}

fn seen<'c>(cells: impl Iterator<Item = &'c String>) -> Option<Column> {
    let filled: Vec<&str> = cells.map(|cell| cell.trim()).filter(|cell| !cell.is_empty()).collect();
    let mostly = |is: fn(&str) -> bool| {
        !filled.is_empty() && filled.iter().filter(|cell| is(cell)).count() * 10 >= filled.len() * OF_TEN
    };
    if mostly(looks_like_email) {
        Some(Column::Email)
    } else if mostly(looks_like_phone) {
        Some(Column::Phone)
    } else {
        None
    }
}

/// Why a file cannot be read this way, if it cannot.
pub fn refuse_mapping(columns: &[Column], width: usize, fields: &[ContactField]) -> Result<(), Reason> {
    if columns.len() != width {
        return Err(Reason::ColumnsUnnamed { width });
    }
    let mut taken = BTreeSet::new();
    for column in columns {
        if let Column::Field(key) = column
            && fields.iter().all(|field| field.key != *key)
        {
            return Err(Reason::FieldUndefined { field: key.clone() });
        }
        if !SEVERAL.contains(column) && !taken.insert(column) {
            return Err(Reason::ColumnTwice);
        }
    }
    let telling = [Column::FirstName, Column::LastName, Column::Name, Column::Phone, Column::Email];
    if columns.iter().any(|column| telling.contains(column)) { Ok(()) } else { Err(Reason::NoTellingColumn) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crm::model::FieldKind;
    use crate::id::BusinessId;

    fn insurer() -> ContactField {
        let kind = FieldKind::Text;
        let business = BusinessId::from_u128(1);
        ContactField { business, key: "insurer".to_owned(), label: "Who pays".to_owned(), kind, choices: Vec::new() }
    }

    fn guessed(headers: &[&str], rows: &[&[&str]]) -> Vec<Column> {
        let owned = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        guess(&owned(headers), &rows.iter().map(|row| owned(row)).collect::<Vec<_>>(), &[insurer()])
    }

    #[test]
    fn columns_are_known_by_their_names() {
        let field = Column::Field("insurer".to_owned());
        assert_eq!(guessed(&["First Name", "apellidos"], &[]), [Column::FirstName, Column::LastName]);
        assert_eq!(guessed(&["Nombre", "Teléfono"], &[]), [Column::Name, Column::Phone]);
        assert_eq!(guessed(&["Name", "Last name"], &[]), [Column::FirstName, Column::LastName]);
        assert_eq!(guessed(&["who pays", "shoe size"], &[]), [field, Column::Ignored]);
        assert_eq!(guessed(&["Phone", "Mobile"], &[]), [Column::Phone, Column::OtherPhones], "one is the first");
    }

    #[test]
    fn columns_without_a_name_are_known_by_what_stands_in_them() {
        let rows: [&[&str]; 2] = [&["Ana", "ana@example.com", "(305) 555-0142"], &["Bo", "", "305.555.0143"]];
        let headers = ["column 1", "column 2", "column 3"];
        assert_eq!(guessed(&headers, &rows), [Column::Ignored, Column::Email, Column::Phone]);
    }

    #[test]
    fn a_mapping_that_cannot_be_is_refused_in_words() {
        let fields = [insurer()];
        let other = Column::Field("shoe_size".to_owned());
        for (columns, width) in [
            (vec![Column::Name], 2),
            (vec![Column::Name, Column::Name], 2),
            (vec![Column::Zone, Column::OtherPhones], 2),
            (vec![Column::Name, other], 2),
            (vec![Column::Tags, Column::Ignored], 2),
        ] {
            assert!(refuse_mapping(&columns, width, &fields).is_err(), "{columns:?}");
        }
        let fine = [Column::Name, Column::Tags, Column::Tags, Column::Field("insurer".to_owned()), Column::Ignored];
        assert_eq!(refuse_mapping(&fine, 5, &fields), Ok(()));
    }
}
