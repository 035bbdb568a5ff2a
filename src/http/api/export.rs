//! `GET /api/contacts/export`: contacts as a file, CSV or JSON, as large as it needs to be: read and sent a page at a time.
//!
//! It takes the filters of `list_contacts`, in an order of its own. Whoever is added or changed while it runs may be in it or
//! not; nobody is in it twice, and nobody who was there and stayed is left out.

use super::described::Described;
use super::{ask, place, unexpected};
use crate::accounts::Caller;
use crate::crm::model::{Channel, Contact, ContactField};
use crate::crm::operation::{By, ContactSort, ListContactFields, ListContacts, Permission, Unknown};
use crate::crm::{Outcome, sheet};
use crate::http::House;
use crate::http::extract::{As, Ask};
use crate::http::problem::Problem;
use crate::id::{BusinessId, UserId};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream::unfold;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use std::io;
use std::sync::Arc;

/// How many contacts are read and sent at once.
const PAGE: usize = 200;

pub(in crate::http) const CONTACTS: Described =
    Described::get("export_contacts", "The contacts that fit the filters, as a file: CSV, or JSON with `format=json`.")
        .asks::<Wanted>()
        .tabulates::<Contact>()
        .needs(Permission::ReadContacts);

/// What the file is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Format {
    #[default]
    Csv,
    Json,
}

/// Which contacts, and how: the filters of `list_contacts`, without its pages and its order.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Wanted {
    /// Of one's businesses; the first when none is named.
    business: Option<BusinessId>,
    /// What the file is: CSV, unless said otherwise.
    #[serde(default)]
    format: Format,
    /// With this tag.
    tag: Option<String>,
    /// Of whom this is not known.
    without: Option<Unknown>,
    /// Who do not want to be reached this way.
    do_not_disturb: Option<Channel>,
    /// Who came from there.
    source: Option<String>,
    /// Whose they are.
    owner: Option<UserId>,
    /// Added at or after.
    created_from: Option<Timestamp>,
    /// Added before.
    created_before: Option<Timestamp>,
    /// Changed at or after.
    updated_from: Option<Timestamp>,
    /// Changed before.
    updated_before: Option<Timestamp>,
    /// With `value` in this field of the business's own; without `value`, with anything in it.
    field: Option<String>,
    /// What the field holds.
    value: Option<String>,
}

impl Wanted {
    /// The contacts, a page at a time. The order they were added in never changes, so nobody is missed for having moved.
    fn list(self) -> ListContacts {
        let Self { tag, without, do_not_disturb, source, owner, field, value, .. } = self;
        let Self { created_from, created_before, updated_from, updated_before, .. } = self;
        ListContacts {
            tag,
            without,
            do_not_disturb,
            source,
            owner,
            created_from,
            created_before,
            updated_from,
            updated_before,
            field,
            value,
            sort: ContactSort::Created,
            descending: false,
            limit: Some(PAGE),
            cursor: None,
        }
    }
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
    Ask(asked): Ask<Wanted>,
) -> Result<Response, Problem> {
    let (business, by) = place(&house, &caller, asked.business).await?;
    let business = (business.id, by);
    let (format, wanted) = (asked.format, asked.list());
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

#[cfg(test)]
mod tests {
    use super::*;
    use schemars::schema_for;
    use serde_json::Value;
    use std::collections::BTreeSet;

    #[test]
    fn every_filter_of_a_list_is_one_of_an_export() {
        let fields = |schema: Value| -> BTreeSet<String> {
            schema["properties"].as_object().expect("fields").keys().cloned().collect()
        };
        let mut listed = fields(schema_for!(ListContacts).to_value());
        for paging in ["sort", "descending", "limit", "cursor"] {
            assert!(listed.remove(paging), "{paging}");
        }
        listed.extend(["business", "format"].map(str::to_owned));
        assert_eq!(fields(schema_for!(Wanted).to_value()), listed);
    }
}
