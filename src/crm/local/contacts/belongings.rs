//! What belongs to a contact: the rows of other nouns that point to one. A noun that gains a `contact_id` gets its line here.

use super::super::records::Record;
use super::super::store::parsed;
use super::READ_AT_ONCE;
use crate::crm::Error;
use crate::crm::local::statement::Statement;
use crate::crm::local::{Within, appointments, conversations, messages};
use crate::crm::model::{
    CampaignMember, Enrolment, EnrolmentState, Note, Opportunity, Order, ReviewRequest, Task, Transaction,
};
use crate::id::ContactId;
use std::collections::BTreeSet;

/// The tables whose rows keep a contact from being unmade. Tags, values and search keys are the contact itself, and a call's
/// record outlives whoever called.
pub(in crate::crm::local) const TABLES: [&str; 12] = [
    "appointments",
    "campaign_members",
    "conversation_messages",
    "conversations",
    "enrolments",
    "messages",
    "notes",
    "opportunities",
    "orders",
    "review_requests",
    "tasks",
    "transactions",
];

/// To whom of these contacts anything belongs.
pub(super) async fn owners(within: &mut Within<'_>, contacts: &[ContactId]) -> Result<BTreeSet<ContactId>, Error> {
    let mut owners = BTreeSet::new();
    for some in contacts.chunks(READ_AT_ONCE) {
        for table in TABLES {
            let mut statement = Statement::new("SELECT DISTINCT contact_id FROM ");
            statement.say(table).say(" WHERE business_id = ").bind(within.business.to_string());
            statement.say(" AND contact_id IN ").bind_all(some.iter().map(ContactId::to_string));
            for row in &statement.fetch_all(within.connection).await? {
                owners.insert(parsed(row, "contact_id")?);
            }
        }
    }
    Ok(owners)
}

/// Gives all that belongs to one contact to another; how many rows that were.
pub(super) async fn give(within: &mut Within<'_>, from: ContactId, to: ContactId) -> Result<u64, Error> {
    let notes = give_records(within, from, |note: &Note| Note { contact: to, ..note.clone() }).await?;
    let contact = Some(to);
    let opportunities = give_records(within, from, |one: &Opportunity| Opportunity { contact, ..one.clone() }).await?;
    let orders = give_records(within, from, |one: &Order| Order { contact, ..one.clone() }).await?;
    let tasks = give_records(within, from, |one: &Task| Task { contact, ..one.clone() }).await?;
    let transactions = give_records(within, from, |one: &Transaction| Transaction { contact, ..one.clone() }).await?;
    let appointments = appointments::give(within, from, to).await?;
    let messages = messages::give(within, from, contact).await?;
    let talk = conversations::give(within, from, to).await?;
    let reviews =
        give_records(within, from, |one: &ReviewRequest| ReviewRequest { contact: to, ..one.clone() }).await?;
    let enrolments = give_or_leave(
        within,
        (from, to),
        |one: &Enrolment| Enrolment { contact: to, ..one.clone() },
        |one| {
            (one.state == EnrolmentState::Waiting)
                .then(|| ("workflow_id", one.workflow.to_string(), " AND state = 'waiting'"))
        },
    )
    .await?;
    let members = give_or_leave(
        within,
        (from, to),
        |one: &CampaignMember| CampaignMember { contact: to, ..one.clone() },
        |one| Some(("campaign_id", one.campaign.to_string(), "")),
    )
    .await?;
    let known = notes + opportunities + orders + tasks + transactions + appointments + messages;
    Ok(known + talk + reviews + enrolments + members)
}

/// The same for a noun of which a contact has one at most in each `of`: where the other has theirs, this one goes.
async fn give_or_leave<T: Record>(
    within: &mut Within<'_>,
    (from, to): (ContactId, ContactId),
    given: impl Fn(&T) -> T,
    of: impl Fn(&T) -> Option<(&'static str, String, &'static str)>,
) -> Result<u64, Error> {
    let mut list = within.list::<T>();
    list.say(" AND contact_id = ").bind(from.to_string()).say(" ORDER BY id");
    let rows = list.fetch_all(within.connection).await?;
    for row in &rows {
        let before = T::of(row)?;
        let after = given(&before);
        let taken = match of(&before) {
            Some((column, value, and)) => {
                let mut there = within.list::<T>();
                there.say(" AND ").say(column).say(" = ").bind(value).say(and).say(" AND contact_id = ");
                there.bind(to.to_string());
                !there.fetch_all(within.connection).await?.is_empty()
            }
            None => false,
        };
        if taken { within.remove(&before).await? } else { within.update(&before, after).await.map(drop)? }
    }
    Ok(u64::try_from(rows.len()).unwrap_or(u64::MAX))
}

/// The same for a noun that is a row and nothing beside it; `given` is the row as the other's.
async fn give_records<T: Record>(
    within: &mut Within<'_>,
    from: ContactId,
    given: impl Fn(&T) -> T,
) -> Result<u64, Error> {
    let mut list = within.list::<T>();
    list.say(" AND contact_id = ").bind(from.to_string()).say(" ORDER BY id");
    let rows = list.fetch_all(within.connection).await?;
    for row in &rows {
        let before = T::of(row)?;
        within.update(&before, given(&before)).await?;
    }
    Ok(u64::try_from(rows.len()).unwrap_or(u64::MAX))
}
