//! Contacts by what is known of them, a page at a time.
//!
//! A page begins after the last row of the page before, by value and id: what is added or removed meanwhile moves nothing.

use super::{complete, contact_of, edit, fields};
use crate::crm::Error;
use crate::crm::error::Reason;
use crate::crm::local::cursor::Cursor;
use crate::crm::local::statement::{Bound, Statement};
use crate::crm::local::store::{get, instant, json, word};
use crate::crm::local::{Perform, Within};
use crate::crm::model::{Contact, Page};
use crate::crm::operation::{ContactSort, ListContacts, Unknown};
use serde_json::Value;

/// The most contacts of one page.
const PAGE_MAX: usize = 200;

impl Perform for ListContacts {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Page<Contact>, Error> {
        let limit = self.limit.unwrap_or(PAGE_MAX).min(PAGE_MAX);
        let mut statement = Statement::new("SELECT * FROM contacts c WHERE c.deleted_at IS NULL AND c.business_id = ");
        statement.bind(within.business.to_string());
        self.narrow(&mut statement, within).await?;
        let column = column(self.sort);
        let order = format!("contacts by {column}{}", if self.descending { " backwards" } else { "" });
        if let Some(cursor) = &self.cursor {
            let after = Cursor::read(cursor, &order)?;
            let (value, id) = match self.sort {
                ContactSort::Name => (Bound::from(after.value), after.id),
                ContactSort::Created | ContactSort::Updated => (Bound::from(Cursor::number(&after.value)?), after.id),
            };
            statement.say(" AND (").say(column).say(", id) ").say(if self.descending { "<" } else { ">" });
            statement.say(" (").bind(value).say(", ").bind(id).say(")");
        }
        let way = if self.descending { " DESC" } else { "" };
        statement.say(" ORDER BY ").say(column).say(way).say(", id").say(way);
        statement.say(" LIMIT ").bind(i64::try_from(limit + 1).unwrap_or(i64::MAX));
        let mut rows = statement.fetch_all(within.connection).await?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = match rows.last().filter(|_| more) {
            Some(row) => {
                let value = match self.sort {
                    ContactSort::Name => get::<String>(row, column)?,
                    ContactSort::Created | ContactSort::Updated => get::<i64>(row, column)?.to_string(),
                };
                Some(Cursor { value, id: get(row, "id")? }.write(&order))
            }
            None => None,
        };
        let mut items = rows.iter().map(contact_of).collect::<Result<Vec<_>, _>>()?;
        complete(within.connection, within.business, &mut items).await?;
        Ok(Page { items, next })
    }
}

impl ListContacts {
    /// Adds the filters.
    async fn narrow(&self, statement: &mut Statement, within: &mut Within<'_>) -> Result<(), Error> {
        if let Some(tag) = &self.tag {
            statement.say(" AND EXISTS (SELECT 1 FROM contact_tags t WHERE t.business_id = c.business_id");
            statement.say(" AND t.contact_id = c.id AND t.tag = ").bind(tag.as_str()).say(")");
        }
        statement.say(match self.without {
            Some(Unknown::Name) => " AND c.first_name = '' AND c.last_name = ''",
            Some(Unknown::Phone) => " AND c.phone IS NULL",
            Some(Unknown::Email) => " AND c.email IS NULL",
            None => "",
        });
        if let Some(channel) = &self.do_not_disturb {
            statement.say(" AND c.do_not_disturb LIKE ").bind(format!("%\"{}\"%", word(channel)?));
        }
        if let Some(source) = &self.source {
            statement.say(" AND c.source = ").bind(source.as_str());
        }
        if let Some(owner) = self.owner {
            statement.say(" AND c.owner_id = ").bind(owner.to_string());
        }
        for (words, at) in [
            (" AND c.created_at >= ", self.created_from),
            (" AND c.created_at < ", self.created_before),
            (" AND c.updated_at >= ", self.updated_from),
            (" AND c.updated_at < ", self.updated_before),
        ] {
            if let Some(at) = at {
                statement.say(words).bind(instant(at));
            }
        }
        if let Some(key) = &self.field {
            let defined = fields::defined(within.connection, within.business).await?;
            let field = defined.get(key).ok_or_else(|| Error::Invalid(Reason::NoSuchField { field: key.clone() }))?;
            statement.say(" AND EXISTS (SELECT 1 FROM contact_values v WHERE v.business_id = c.business_id");
            statement.say(" AND v.contact_id = c.id AND v.key = ").bind(key.as_str());
            if let Some(value) = &self.value {
                let region = edit::region(within.connection, within.business).await?;
                let value = field.accept(&Value::String(value.clone()), &region).map_err(Error::Invalid)?;
                statement.say(" AND v.value = ").bind(json(&value)?);
            }
            statement.say(")");
        }
        Ok(())
    }
}

fn column(sort: ContactSort) -> &'static str {
    match sort {
        ContactSort::Name => "sort_name",
        ContactSort::Created => "created_at",
        ContactSort::Updated => "updated_at",
    }
}
