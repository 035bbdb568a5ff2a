//! People and fields as they were before: contacts that were changed, added or deleted, and definitions of fields.

use super::edit::{forget, refuse_taken};
use super::fields::{self, Kept};
use super::{belongings, find, keep, nobody};
use crate::crm::Error;
use crate::crm::local::Within;
use crate::crm::local::undo::Step;
use crate::crm::model::{Contact, Kind};
use crate::id::ContactId;

/// Makes a contact what it was. One that was added is forgotten, unless something belongs to it by now; one that was deleted
/// and came back is deleted `again`, as it was the first time.
pub(in crate::crm::local) async fn put_back(
    within: &mut Within<'_>,
    step: Step<Contact>,
    again: bool,
) -> Result<(), Error> {
    let id: ContactId = step.id.parse().map_err(|_| step.stale())?;
    let now = find(within.connection, within.business, id).await?;
    step.refuse_other(now.as_ref())?;
    let Some(before) = step.before.clone() else {
        let Some(now) = now else { return Ok(()) };
        if !again && !belongings::owners(within, &[id]).await?.is_empty() {
            return Err(step.stale());
        }
        return forget(within, &now).await;
    };
    refuse_taken(within, &before).await?;
    let defined = fields::defined(within.connection, within.business).await?;
    if before.fields.keys().any(|key| !defined.contains_key(key)) {
        return Err(Error::Stale("field"));
    }
    if now.is_some() {
        return keep(within, now.as_ref(), before).await.map(drop);
    }
    // The row of a deleted contact is still there, empty, at a later version than anybody has read.
    let version = super::version_of(within.connection, within.business, id).await?;
    let empty = Contact { id, version, created_at: before.created_at, ..nobody(within.business, within.now) };
    let back = super::store(within.connection, Some(&empty), before, within.now).await?;
    within.changed(Kind::Contact, &back.id, None, Some(&back))
}

/// Makes the definition of a field what it was. With one that was removed contacts get their values in it again; one that was
/// defined is removed, unless somebody has a value in it by now.
pub(in crate::crm::local) async fn put_back_field(
    within: &mut Within<'_>,
    step: Step<Kept>,
    again: bool,
) -> Result<(), Error> {
    let now = fields::kept(within.connection, within.business, &step.id).await?;
    step.refuse_other(now.as_ref())?;
    match (&step.before, now) {
        (Some(before), now) => {
            fields::restore(within, before, now.is_some()).await?;
            within.changed(Kind::ContactField, &step.id, now.as_ref(), Some(&before.alone()))
        }
        (None, Some(now)) => {
            let now = fields::with_values(within, now).await?;
            if now != now.alone() && !again {
                return Err(step.stale());
            }
            fields::remove(within, &now).await?;
            within.changed(Kind::ContactField, &step.id, Some(&now), None)
        }
        (None, None) => Ok(()),
    }
}
