//! A row of a file as a contact, by what its columns hold and what this business keeps of people.

use super::super::Within;
use super::super::contacts::{fields, nobody, reach, region};
use crate::crm::Error;
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
    pub(super) fn contact(&self, now: Timestamp, cells: &[String]) -> Result<Contact, String> {
        let mut person = sheet::person(&self.columns, cells)?;
        person.within_limits().map_err(|error| error.to_string())?;
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
            let number = E164::parse(text, &self.region).map_err(|error| format!("`{text}`: {error}"))?;
            contact.phone = Some(number);
        }
        for text in &person.other_phones {
            let number = E164::parse(text, &self.region).map_err(|error| format!("`{text}`: {error}"))?;
            contact.other_phones.insert(number);
        }
        for (key, value) in &person.fields {
            let field = self.defined.get(key).ok_or_else(|| format!("there is no field `{key}` any more"))?;
            contact.fields.insert(key.clone(), field.accept(value, &self.region)?);
        }
        contact.tags.extend(self.tags.iter().cloned());
        reach::tidy(&mut contact);
        if contact.full_name().is_empty() && contact.phone.is_none() && contact.email.is_none() {
            return Err("the row has no name, no telephone number and no e-mail address".to_owned());
        }
        Ok(contact)
    }
}
