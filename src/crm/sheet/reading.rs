//! Reading a table: its separator, its header, its rows, and the person of a row.

use crate::crm::error::Reason;
use crate::crm::model::{Channel, Column, looks_like_email};
use crate::crm::operation::CreateContact;
use csv::{ByteRecord, ReaderBuilder};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// What may part the cells of a row. The first of equals wins.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// How many rows are looked at to tell which separator it is.
const LOOKED_AT: usize = 20;
/// The most columns of a table.
const COLUMNS_MAX: usize = 200;
/// The fewest figures of what may be a telephone number.
const FIGURES_MIN: usize = 7;
/// What stands between the words of one cell.
const BETWEEN: [char; 3] = [',', ';', '|'];

/// A text that is a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sheet<'t> {
    text: &'t str,
    separator: u8,
    /// Whether the first row names the columns.
    headed: bool,
}

/// A row of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Which, counted as a spreadsheet does.
    pub number: u64,
    /// Its cells.
    pub cells: Vec<String>,
    /// Where the next row begins, in bytes.
    pub next: usize,
}

impl<'t> Sheet<'t> {
    /// Looks at a text; refused when there is nothing to bring in.
    pub fn of(text: &'t str) -> Result<Self, Reason> {
        let separator = separator(text);
        let first = records(text, separator).next();
        let Some((cells, _)) = first else { return Err(Reason::FileEmpty) };
        if cells.len() > COLUMNS_MAX {
            return Err(Reason::FileColumns { most: COLUMNS_MAX });
        }
        let sheet = Self { text, separator, headed: !cells.iter().any(|cell| is_somebodys(cell)) };
        if sheet.rows(sheet.begin(), 0).next().is_none() {
            return Err(Reason::FileOnlyHeader);
        }
        Ok(sheet)
    }

    /// The names of the columns; where the file has none, their numbers.
    pub fn headers(&self) -> Vec<String> {
        let first = records(self.text, self.separator).next().map(|(cells, _)| cells).unwrap_or_default();
        let named = |(place, cell): (usize, String)| {
            let name = cell.trim();
            if self.headed && !name.is_empty() { name.to_owned() } else { format!("column {}", place + 1) }
        };
        first.into_iter().enumerate().map(named).collect()
    }

    /// Where the rows begin, in bytes.
    pub fn begin(&self) -> usize {
        let first = records(self.text, self.separator).next();
        first.filter(|_| self.headed).map_or(0, |(_, next)| next)
    }

    /// The rows from a place on, `before` of which were read already.
    pub fn rows(&self, from: usize, before: u64) -> impl Iterator<Item = Row> + use<'t> {
        let rest = self.text.get(from..).unwrap_or_default();
        let first = before + 1 + u64::from(self.headed);
        records(rest, self.separator).zip(first..).map(move |((cells, next), number)| Row {
            number,
            cells,
            next: from + next,
        })
    }

    /// How many rows there are.
    pub fn count(&self) -> u64 {
        self.rows(self.begin(), 0).zip(1..).last().map_or(0, |(_, count)| count)
    }
}

/// Records with where each ends, in bytes. Whatever the quotes, there is a reading; blank lines are none.
fn records(text: &str, separator: u8) -> impl Iterator<Item = (Vec<String>, usize)> + use<'_> {
    let mut reader =
        ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(text.as_bytes());
    let mut record = ByteRecord::new();
    std::iter::from_fn(move || {
        loop {
            // Reading from memory does not fail, and bytes are never wrong.
            if !reader.read_byte_record(&mut record).unwrap_or(false) {
                return None;
            }
            let next = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
            if record.iter().any(|cell| !cell.trim_ascii().is_empty()) {
                let cells = record.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
                return Some((cells, next));
            }
        }
    })
}

/// The separator by which most rows have as many cells as the first one, more than one; of equals the one with more cells.
fn separator(text: &str) -> u8 {
    let weight = |separator: &u8| {
        let mut rows = records(text, *separator).take(LOOKED_AT).map(|(cells, _)| cells.len());
        let Some(width) = rows.next().filter(|width| *width > 1) else { return (0, 0) };
        (1 + rows.filter(|row| *row == width).count(), width)
    };
    // The last of equals is the greatest: the other way round, it is the first.
    SEPARATORS.into_iter().rev().max_by_key(weight).unwrap_or(b',')
}

/// Whether a cell is an address or a number of somebody's, and so no name of a column.
pub(super) fn is_somebodys(cell: &str) -> bool {
    looks_like_email(cell.trim()) || looks_like_phone(cell)
}

/// Whether a cell may be a telephone number.
pub(super) fn looks_like_phone(cell: &str) -> bool {
    let figures = cell.chars().filter(char::is_ascii_digit).count();
    figures >= FIGURES_MIN && cell.trim().chars().all(|c| c.is_ascii_digit() || "+ ()-./'".contains(c))
}

/// The text of a file: UTF-8, UTF-16 with its mark, or else what Windows writes in the West.
pub fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest),
        [0xff, 0xfe, rest @ ..] => utf_16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf_16(rest, u16::from_be_bytes),
        bytes => std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().copied().map(western).collect(), Cow::from),
    }
}

fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Cow<'_, str> {
    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
    Cow::from(String::from_utf16_lossy(&units))
}

/// A character of Windows-1252 (<https://encoding.spec.whatwg.org/#windows-1252>).
fn western(byte: u8) -> char {
    /// From 0x80 to 0x9f; what is not assigned is itself.
    const UPPER: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘',
        '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9f => UPPER[usize::from(byte - 0x80)],
        byte => char::from(byte),
    }
}

/// The person of a row, as a request that adds them; or what is wrong with a cell. What holds for any contact is not asked
/// here.
pub fn person(columns: &[Column], cells: &[String]) -> Result<CreateContact, Reason> {
    let mut person = CreateContact::default();
    for (column, cell) in columns.iter().zip(cells) {
        let cell = plain(cell);
        if cell.is_empty() {
            continue;
        }
        match column {
            Column::Ignored => {}
            Column::FirstName => cell.clone_into(&mut person.first_name),
            Column::LastName => cell.clone_into(&mut person.last_name),
            Column::Name => (person.first_name, person.last_name) = parts(cell),
            Column::Phone => person.phone = Some(cell.to_owned()),
            Column::Email => person.email = Some(cell.to_owned()),
            Column::OtherPhones => person.other_phones.extend(words(cell).map(str::to_owned)),
            Column::OtherEmails => person.other_emails.extend(words(cell).map(str::to_owned)),
            Column::Source => person.source = Some(cell.to_owned()),
            Column::Zone => person.zone = Some(cell.to_owned()),
            Column::Tags => person.tags.extend(words(cell).map(str::to_owned)),
            Column::DoNotDisturb => person.do_not_disturb = channels(cell)?,
            Column::Field(key) => drop(person.fields.insert(key.clone(), Value::String(value(cell)))),
        }
    }
    Ok(person)
}

/// A cell without what keeps a spreadsheet from taking it for a formula.
fn plain(cell: &str) -> &str {
    let cell = cell.trim();
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(super::writing::FORMULA) => rest.trim(),
        Some(_) | None => cell,
    }
}

/// Spreadsheets write yes and no in capitals.
fn value(cell: &str) -> String {
    match cell {
        "TRUE" | "True" => "true".to_owned(),
        "FALSE" | "False" => "false".to_owned(),
        cell => cell.to_owned(),
    }
}

/// "Ana Maria Silva" and "Maria Silva, Ana" are Ana, Maria Silva.
fn parts(name: &str) -> (String, String) {
    let parted = match name.split_once(',') {
        Some((last, first)) => (first, last),
        None => name.split_once(char::is_whitespace).unwrap_or((name, "")),
    };
    (parted.0.trim().to_owned(), parted.1.trim().to_owned())
}

fn words(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(BETWEEN).map(str::trim).filter(|word| !word.is_empty())
}

fn channels(cell: &str) -> Result<BTreeSet<Channel>, Reason> {
    let mut channels = BTreeSet::new();
    for word in words(cell) {
        match word.to_lowercase().as_str() {
            "call" | "phone" | "voice" => drop(channels.insert(Channel::Call)),
            "email" | "e-mail" => drop(channels.insert(Channel::Email)),
            "sms" | "text" => drop(channels.insert(Channel::Sms)),
            "all" | "yes" | "true" => channels.extend([Channel::Call, Channel::Email, Channel::Sms]),
            "no" | "none" | "false" => {}
            _ => return Err(Reason::NoChannel { word: word.to_owned() }),
        }
    }
    Ok(channels)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cells(text: &str) -> Vec<Vec<String>> {
        let sheet = Sheet::of(text).expect("a table");
        sheet.rows(sheet.begin(), 0).map(|row| row.cells).collect()
    }

    #[test]
    fn the_separator_is_seen_whichever_it_is() {
        for separator in [",", ";", "\t", "|"] {
            let text = format!("Name{separator}Phone\nAna{separator}3055550142\nBo{separator}3055550143\n");
            assert_eq!(cells(&text), [["Ana", "3055550142"], ["Bo", "3055550143"]], "{separator:?}");
        }
        assert_eq!(cells("Name;Note\n\"Silva; Ana\";a, b, c\nBo;d, e\n"), [["Silva; Ana", "a, b, c"], ["Bo", "d, e"]]);
        assert_eq!(cells("Name\nAna\n"), [["Ana"]], "one column has none");
    }

    #[test]
    fn a_first_row_with_somebody_in_it_is_no_header() {
        let sheet = Sheet::of("Ana,ana@example.com\nBo,bo@example.com\n").expect("a table");
        assert_eq!((sheet.headers(), sheet.count()), (vec!["column 1".to_owned(), "column 2".to_owned()], 2));
        let headed = Sheet::of("Name,\nAna,ana@example.com\n").expect("a table");
        assert_eq!((headed.headers(), headed.count()), (vec!["Name".to_owned(), "column 2".to_owned()], 1));
        assert_eq!(headed.rows(headed.begin(), 0).next().map(|row| row.number), Some(2), "as a spreadsheet counts");
    }

    #[test]
    fn what_has_no_rows_is_refused_in_words() {
        for empty in ["", "\n \n", "Name,Phone\n", ",,\n,,\n"] {
            assert!(Sheet::of(empty).is_err(), "{empty:?}");
        }
    }

    #[test]
    fn one_goes_on_reading_where_one_stopped() {
        let sheet = Sheet::of("Name\r\n\"Ana\nMaria\"\r\n\r\nBo\r\nCy").expect("a table");
        let all: Vec<Row> = sheet.rows(sheet.begin(), 0).collect();
        assert_eq!(all.iter().map(|row| row.cells[0].as_str()).collect::<Vec<_>>(), ["Ana\nMaria", "Bo", "Cy"]);
        for (before, row) in (1..).zip(&all) {
            let rest: Vec<Row> = sheet.rows(row.next, before).collect();
            assert_eq!(rest, all[usize::try_from(before).expect("few")..], "after {before}");
        }
    }

    #[test]
    fn a_person_is_read_out_of_their_cells() {
        let columns = [
            Column::Name,
            Column::Phone,
            Column::Email,
            Column::Tags,
            Column::DoNotDisturb,
            Column::Field("paid".to_owned()),
            Column::Ignored,
        ];
        let read = |cells: &[&str]| {
            person(&columns, &cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>()).expect("a person")
        };
        let ana = read(&["Silva, Ana", "'+1 305 555 0142", " ana@example.com ", "VIP; new", "sms, call", "TRUE", "x"]);
        assert_eq!((ana.first_name.as_str(), ana.last_name.as_str()), ("Ana", "Silva"));
        assert_eq!((ana.phone.as_deref(), ana.email.as_deref()), (Some("+1 305 555 0142"), Some("ana@example.com")));
        assert_eq!(ana.tags.into_iter().collect::<Vec<_>>(), ["VIP", "new"]);
        assert_eq!(ana.do_not_disturb.into_iter().collect::<Vec<_>>(), [Channel::Call, Channel::Sms]);
        assert_eq!(ana.fields["paid"], Value::String("true".to_owned()));
        let bo = read(&["Bo  Maria Lima"]);
        assert_eq!((bo.first_name.as_str(), bo.last_name.as_str(), bo.phone), ("Bo", "Maria Lima", None));
        assert!(person(&[Column::DoNotDisturb], &["pigeon".to_owned()]).is_err());
    }

    #[test]
    fn files_of_windows_and_of_spreadsheets_are_text() {
        assert_eq!(decoded("\u{feff}José".as_bytes()), "José");
        assert_eq!(decoded(b"Jos\xe9 \x80"), "José €");
        let utf_16: Vec<u8> =
            [0xff, 0xfe].into_iter().chain("José".encode_utf16().flat_map(u16::to_le_bytes)).collect();
        assert_eq!(decoded(&utf_16), "José");
    }

    proptest! {
        #[test]
        fn any_text_is_read_and_rows_end_where_the_next_begins(text in "[a-z\",;\n\r\t é]{0,80}") {
            let Ok(sheet) = Sheet::of(&text) else { return Ok(()) };
            let rows: Vec<Row> = sheet.rows(sheet.begin(), 0).collect();
            prop_assert_eq!(rows.len() as u64, sheet.count());
            for row in rows {
                prop_assert!(row.next <= text.len() && text.is_char_boundary(row.next));
            }
        }
    }
}
