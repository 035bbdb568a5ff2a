//! Messages left for the business.

use super::contacts;
use super::store::{Connection, away, instant, word};
use super::{Perform, Within};
use crate::crm::Error;
use crate::crm::model::{Message, Source};
use crate::crm::operation::LeaveMessage;
use crate::id::{BusinessId, MessageId};
use crate::phone::E164;
use jiff::Timestamp;

impl Perform for LeaveMessage {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Message, Error> {
        leave(within.connection, (within.business, within.source), self, within.now).await
    }
}

/// Keeps a message. Who left it becomes a contact when they can be reached; a bare name, or none, stays on the message.
async fn leave(
    connection: &mut Connection,
    (business, source): (BusinessId, Source),
    leave: &LeaveMessage,
    now: Timestamp,
) -> Result<Message, Error> {
    let reachable = leave.from.phone.is_some() || leave.from.email.is_some();
    let contact =
        if reachable { Some(contacts::find_or_make(connection, business, &leave.from, now).await?) } else { None };
    let message = Message {
        id: MessageId::fresh(),
        business,
        contact: contact.map(|contact| contact.id),
        from_name: leave.from.name.trim().to_owned(),
        from_phone: leave.from.phone.clone(),
        body: leave.body.clone(),
        call: leave.call,
        created_at: now,
    };
    sqlx::query(
        "INSERT INTO messages (id, business_id, contact_id, from_name, from_phone, body, call_id, source, created_at, \
         updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
    )
    .bind(message.id.to_string())
    .bind(business.to_string())
    .bind(message.contact.map(|id| id.to_string()))
    .bind(&message.from_name)
    .bind(message.from_phone.as_ref().map(E164::as_str))
    .bind(&message.body)
    .bind(message.call.map(|id| id.to_string()))
    .bind(word(&source)?)
    .bind(instant(now))
    .execute(connection)
    .await
    .map_err(away)?;
    Ok(message)
}
