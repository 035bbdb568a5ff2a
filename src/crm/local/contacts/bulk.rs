//! Many contacts at once: one action, counted.

use super::edit::forget;
use super::{by_ids, keep};
use crate::crm::Error;
use crate::crm::error::Reason;
use crate::crm::local::{Perform, Within};
use crate::crm::model::Contact;
use crate::crm::operation::{Counted, DeleteContacts, ListContacts, TagContacts, UntagContacts, Whom};
use std::collections::BTreeSet;

impl Perform for TagContacts {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Counted, Error> {
        retag(within, &self.whom, |tags| tags.union(&self.tags).cloned().collect()).await
    }
}

impl Perform for UntagContacts {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Counted, Error> {
        retag(within, &self.whom, |tags| tags.difference(&self.tags).cloned().collect()).await
    }
}

impl Perform for DeleteContacts {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Counted, Error> {
        let found = these(within, &self.whom).await?;
        for contact in &found {
            forget(within, contact).await?;
        }
        Ok(counted(found.len(), found.len()))
    }
}

async fn retag(
    within: &mut Within<'_>,
    whom: &Whom,
    change: impl Fn(&BTreeSet<String>) -> BTreeSet<String>,
) -> Result<Counted, Error> {
    let found = these(within, whom).await?;
    let mut changed = 0;
    for contact in &found {
        let tags = change(&contact.tags);
        if tags != contact.tags {
            keep(within, Some(contact), Contact { tags, ..contact.clone() }).await?;
            changed += 1;
        }
    }
    Ok(counted(found.len(), changed))
}

/// The contacts meant: all those named, or all who fit. More than one action may change are refused.
async fn these(within: &mut Within<'_>, whom: &Whom) -> Result<Vec<Contact>, Error> {
    let Some(filter) = &whom.filter else {
        let found = by_ids(within.connection, within.business, &whom.contacts).await?;
        return if found.len() == whom.contacts.len() { Ok(found) } else { Err(Error::NotFound("contact")) };
    };
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let page = ListContacts { cursor, ..filter.clone() }.perform(within).await?;
        found.extend(page.items);
        if found.len() > Whom::MAX {
            return Err(Error::Invalid(Reason::TooManyFit { most: Whom::MAX }));
        }
        cursor = page.next;
        if cursor.is_none() {
            return Ok(found);
        }
    }
}

fn counted(found: usize, changed: usize) -> Counted {
    let count = |many| u64::try_from(many).unwrap_or(u64::MAX);
    Counted { found: count(found), changed: count(changed) }
}
