//! A row of a file as a contact, by what its columns hold and what this business keeps of people.

use super::super::Within;
use super::super::contacts::{fields, nobody, reach, region};
use crate::crm::Error;
use crate::crm::error::Reason;
use crate::crm::model::{Column, Contact, ContactField, Import};
use crate::crm::operation::Catalogued as _;
use crate::crm::sheet;
use crate::id::BusinessId;
use crate::phone::E164;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// How rows are read.
pub(super) struct Reading {
    business: BusinessId,
    columns: Vec<Column>,
    tags: BTreeSet<String>,
    defined: BTreeMap<String, ContactField>,
    region: String,
}

impl Reading {
    /// How the rows of this file are read.
    pub(super) async fn of(within: &mut Within<'_>, import: &Import) -> Result<Self, Error> {
        Ok(Self {
            business: within.business,
            columns: import.columns.clone(),
            tags: import.tags.clone(),
            defined: fields::defined(within.connection, within.business).await?,
            region: region(within.connection, within.business).await?,
        })
    }

    /// The contact of a row, not kept; or why it is none, and what would be right.
    pub(super) fn contact(&self, now: Timestamp, cells: &[String]) -> Result<Contact, Reason> {
        let mut person = sheet::person(&self.columns, cells)?;
        person.within_limits().map_err(reason)?;
        let mut contact = Contact {
            first_name: person.first_name,
            last_name: person.last_name,
            email: person.email,
            tags: person.tags,
            do_not_disturb: person.do_not_disturb,
            other_emails: person.other_emails,
            source: person.source,
            zone: person.zone,
            ..nobody(self.business, now)
        };
        if let Some(text) = &person.phone {
            let number = E164::parse(text, &self.region).map_err(|_| Reason::RowPhone { said: text.clone() })?;
            contact.phone = Some(number);
        }
        for text in &person.other_phones {
            let number = E164::parse(text, &self.region).map_err(|_| Reason::RowPhone { said: text.clone() })?;
            contact.other_phones.insert(number);
        }
        for (key, value) in &person.fields {
            let field = self.defined.get(key).ok_or_else(|| Reason::FieldGone { field: key.clone() })?;
            contact.fields.insert(key.clone(), field.accept(value, &self.region)?);
        }
        contact.tags.extend(self.tags.iter().cloned());
        reach::tidy(&mut contact);
        if contact.full_name().is_empty() && contact.phone.is_none() && contact.email.is_none() {
            return Err(Reason::RowNameless);
        }
        Ok(contact)
    }
}

/// Why a contact is none, by itself.
fn reason(error: Error) -> Reason {
    if let Error::Invalid(why) = error { why } else { Reason::Told { words: error.to_string() } }
}
