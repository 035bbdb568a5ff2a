//! Messages left for the business.

use super::contacts;
use super::store::{away, instant, word};
use super::{Perform, Within};
use crate::crm::Error;
use crate::crm::model::{Kind, Message};
use crate::crm::operation::LeaveMessage;
use crate::id::MessageId;
use crate::phone::E164;

impl Perform for LeaveMessage {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Message, Error> {
        leave(within, self).await
    }
}

/// Keeps a message. Who left it becomes a contact when they can be reached; a bare name, or none, stays on the message.
async fn leave(within: &mut Within<'_>, leave: &LeaveMessage) -> Result<Message, Error> {
    let (business, now) = (within.business, within.now);
    let reachable = leave.from.phone.is_some() || leave.from.email.is_some();
    let contact = if reachable { Some(contacts::find_or_make(within, &leave.from).await?) } else { None };
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
    .bind(word(&within.source)?)
    .bind(instant(now))
    .execute(&mut *within.connection)
    .await
    .map_err(away)?;
    within.changed(Kind::Message, &message.id, None, Some(&message))?;
    Ok(message)
}
