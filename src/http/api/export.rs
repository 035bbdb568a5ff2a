//! `GET /api/contacts/export`: contacts as a file, CSV or JSON, as large as it needs to be: read and sent a page at a time.
//!
//! It takes the filters of `list_contacts`. Whoever is added or changed while it runs may be in it or not; nobody is in it
//! twice, and nobody who was there and stayed is left out.

use super::described::{Answer, Described};
use super::{ask, place, unexpected};
use crate::accounts::Caller;
use crate::crm::model::{Contact, ContactField};
use crate::crm::operation::{By, ContactSort, ListContactFields, ListContacts, Permission};
use crate::crm::{Outcome, sheet};
use crate::http::House;
use crate::http::extract::{As, Ask};
use crate::http::problem::Problem;
use crate::id::BusinessId;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream::unfold;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::io;
use std::sync::Arc;

/// How many contacts are read and sent at once.
const PAGE: usize = 200;

pub(in crate::http) const CONTACTS: Described =
    Described::get("export_contacts", "The contacts that fit the filters, as a file: CSV, or JSON with `format=json`.")
        .asks::<ListContacts>()
        .answers(Answer::Other("text/csv"))
        .needs(Permission::ReadContacts);

/// What the file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Csv,
    Json,
}

impl Format {
    fn kind(self) -> (&'static str, &'static str) {
        match self {
            Self::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"contacts.csv\""),
            Self::Json => ("application/json", "attachment; filename=\"contacts.json\""),
        }
    }
}

/// An export on its way.
struct Export {
    house: Arc<House>,
    /// Whose, and on whose word.
    business: (BusinessId, By),
    format: Format,
    fields: Vec<ContactField>,
    wanted: ListContacts,
    /// Nothing of it was sent yet.
    new: bool,
    /// All of it was sent.
    over: bool,
}

pub(in crate::http) async fn contacts(
    State(house): State<Arc<House>>,
    As(caller): As<Caller>,
    Ask(asked): Ask<HashMap<String, String>>,
) -> Result<Response, Problem> {
    let mut asked = asked;
    let format = match asked.remove("format").as_deref() {
        None | Some("csv") => Format::Csv,
        Some("json") => Format::Json,
        Some(_) => return Err(Problem::malformed("`format` is csv or json.")),
    };
    let wanted = asked.remove(super::catalogue::BUSINESS).map(|text| text.parse::<BusinessId>()).transpose();
    let wanted = wanted.map_err(|_| Problem::malformed("`business` takes a business's id."))?;
    let (business, by) = place(&house, &caller, wanted).await?;
    let business = (business.id, by);
    let filter = asked.into_iter().map(|(field, text)| (field, Value::String(text))).collect::<Map<_, _>>();
    let filter = serde_json::from_value::<ListContacts>(Value::Object(filter));
    let filter = filter.map_err(|error| Problem::malformed(format!("{error}.")))?;
    // The order they were added in never changes, so nobody is missed for having moved.
    let wanted =
        ListContacts { sort: ContactSort::Created, descending: false, limit: Some(PAGE), cursor: None, ..filter };
    let Outcome::Fields(fields) = ask(&house, business, ListContactFields {}).await? else { return Err(unexpected()) };
    let mut export = Export { house, business, format, fields, wanted, new: true, over: false };
    // What is wrong with a filter is told with a status; later the answer has begun.
    let first = export.next().await?;
    let rest = unfold((Some(first), export), |(first, mut export)| async move {
        if let Some(first) = first {
            return Some((Ok(first), (None, export)));
        }
        if export.over {
            return None;
        }
        let next = export.next().await.map_err(|_| {
            export.over = true;
            io::Error::other("the export broke off")
        });
        Some((next, (None, export)))
    });
    let (kind, name) = format.kind();
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static(name)),
    ];
    Ok((headers, Body::from_stream(rest)).into_response())
}

impl Export {
    /// The next stretch of the file.
    async fn next(&mut self) -> Result<Bytes, Problem> {
        let page = ask(&self.house, self.business, self.wanted.clone()).await?;
        let Outcome::Contacts(page) = page else { return Err(unexpected()) };
        let text = match self.format {
            Format::Csv => self.csv(&page.items),
            Format::Json => self.json(&page.items, page.next.is_none())?,
        };
        self.new = false;
        self.over = page.next.is_none();
        self.wanted.cursor = page.next;
        Ok(Bytes::from(text))
    }

    fn csv(&self, contacts: &[Contact]) -> String {
        let header = self.new.then(|| sheet::header(&self.fields));
        sheet::table(header.into_iter().chain(contacts.iter().map(|one| sheet::line(one, &self.fields))))
    }

    fn json(&self, contacts: &[Contact], last: bool) -> Result<String, Problem> {
        let mut text = String::new();
        for (place, contact) in contacts.iter().enumerate() {
            text.push_str(if self.new && place == 0 { "[\n" } else { ",\n" });
            text.push_str(&serde_json::to_string(contact).map_err(|_| Problem::internal())?);
        }
        if last {
            text.push_str(if self.new && contacts.is_empty() { "[]\n" } else { "\n]\n" });
        }
        Ok(text)
    }
}
