//! Messages left for the business.

use super::contacts;
use super::conversations::{self, Said};
use super::records::Order;
use super::statement::Statement;
use super::store::{Row, away, get, instant, instant_of, parsed, parsed_option, phone_of, word, word_of};
use super::undo::Step;
use super::{Perform, Within};
use crate::crm::Error;
use crate::crm::model::{Delivery, Direction, Kind, Medium, Message, Page, Source};
use crate::crm::operation::{LeaveMessage, ListLeftMessages};
use crate::id::{ContactId, MessageId};
use crate::phone::E164;
use serde::{Deserialize, Serialize};

impl Perform for LeaveMessage {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Message, Error> {
        leave(within, self).await
    }
}

/// Keeps a message. Who left it becomes a contact when they can be reached, in whose conversation it then stands, unread; a bare
/// name, or none, stays on the message.
async fn leave(within: &mut Within<'_>, leave: &LeaveMessage) -> Result<Message, Error> {
    let (business, now) = (within.business, within.now);
    let reachable = leave.from.phone.is_some() || leave.from.email.is_some();
    let contact = if reachable { Some(contacts::find_or_make(within, &leave.from).await?) } else { None };
    if let (Some(contact), Some(medium)) = (&contact, medium(within.source)) {
        let from = leave.from.phone.as_ref().map(E164::to_string).or(leave.from.email.clone());
        let said = Said::by(medium, Direction::Inbound, Delivery::Received, now);
        conversations::say(within, contact, Said { from, body: leave.body.clone(), ..said }).await?;
    }
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
    let message = Kept { message, source: within.source };
    insert(within, &message).await?;
    within.changed(Kind::Message, &message.message.id, None, Some(&message))?;
    Ok(message.message)
}

/// What a message left by a door is said by; one that is texted stands in the conversation already.
fn medium(source: Source) -> Option<Medium> {
    match source {
        Source::Voice => Some(Medium::Voice),
        Source::Sms => None,
        Source::Web | Source::Mobile | Source::Api | Source::Mcp | Source::Console | Source::House => {
            Some(Medium::Chat)
        }
    }
}

impl Perform for ListLeftMessages {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Page<Message>, Error> {
        let mut list = Statement::new("SELECT * FROM messages WHERE business_id = ");
        list.bind(within.business.to_string());
        if let Some(contact) = self.contact {
            list.say(" AND contact_id = ").bind(contact.to_string());
        }
        if let Some(call) = self.call {
            list.say(" AND call_id = ").bind(call.to_string());
        }
        let way = (self.limit, self.cursor.as_deref());
        within.page_of("messages", list, Order::NEWEST, way, |row| kept_of(row).map(|kept| kept.message)).await
    }
}

/// A message as it is written down: with the door it came by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    #[serde(flatten)]
    message: Message,
    source: Source,
}

async fn insert(within: &mut Within<'_>, kept: &Kept) -> Result<(), Error> {
    let Kept { message, source } = kept;
    sqlx::query(
        "INSERT INTO messages (id, business_id, contact_id, from_name, from_phone, body, call_id, source, created_at, \
         updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(message.id.to_string())
    .bind(message.business.to_string())
    .bind(message.contact.map(|id| id.to_string()))
    .bind(&message.from_name)
    .bind(message.from_phone.as_ref().map(E164::as_str))
    .bind(&message.body)
    .bind(message.call.map(|id| id.to_string()))
    .bind(word(source)?)
    .bind(instant(message.created_at))
    .bind(instant(within.now))
    .execute(&mut *within.connection)
    .await
    .map(drop)
    .map_err(away)
}

/// Makes the messages of a contact another's, or nobody's; how many they were.
pub(super) async fn give(within: &mut Within<'_>, from: ContactId, to: Option<ContactId>) -> Result<u64, Error> {
    let rows = sqlx::query("SELECT * FROM messages WHERE business_id = $1 AND contact_id = $2 ORDER BY id")
        .bind(within.business.to_string())
        .bind(from.to_string())
        .fetch_all(&mut *within.connection)
        .await
        .map_err(away)?;
    for row in &rows {
        let before = kept_of(row)?;
        let after = Kept { message: Message { contact: to, ..before.message.clone() }, ..before.clone() };
        point(within, &after).await?;
        within.changed(Kind::Message, &after.message.id, Some(&before), Some(&after))?;
    }
    Ok(u64::try_from(rows.len()).unwrap_or(u64::MAX))
}

/// Keeps whose a message is: nothing else of it ever changes.
async fn point(within: &mut Within<'_>, kept: &Kept) -> Result<(), Error> {
    sqlx::query("UPDATE messages SET contact_id = $3, updated_at = $4 WHERE business_id = $1 AND id = $2")
        .bind(within.business.to_string())
        .bind(kept.message.id.to_string())
        .bind(kept.message.contact.map(|id| id.to_string()))
        .bind(instant(within.now))
        .execute(&mut *within.connection)
        .await
        .map(drop)
        .map_err(away)
}

/// Makes a message what it was.
pub(super) async fn put_back(within: &mut Within<'_>, step: Step<Kept>) -> Result<(), Error> {
    let row = sqlx::query("SELECT * FROM messages WHERE business_id = $1 AND id = $2")
        .bind(within.business.to_string())
        .bind(&step.id)
        .fetch_optional(&mut *within.connection)
        .await
        .map_err(away)?;
    let now = row.as_ref().map(kept_of).transpose()?;
    step.refuse_other(now.as_ref())?;
    match (&step.before, &now) {
        (Some(before), Some(_)) => point(within, before).await?,
        (Some(before), None) => insert(within, before).await?,
        (None, Some(_)) => {
            sqlx::query("DELETE FROM messages WHERE business_id = $1 AND id = $2")
                .bind(within.business.to_string())
                .bind(&step.id)
                .execute(&mut *within.connection)
                .await
                .map_err(away)?;
        }
        (None, None) => return Ok(()),
    }
    within.changed(Kind::Message, &step.id, now.as_ref(), step.before.as_ref())
}

fn kept_of(row: &Row) -> Result<Kept, Error> {
    let message = Message {
        id: parsed(row, "id")?,
        business: parsed(row, "business_id")?,
        contact: parsed_option(row, "contact_id")?,
        from_name: get(row, "from_name")?,
        from_phone: phone_of(row, "from_phone")?,
        body: get(row, "body")?,
        call: parsed_option(row, "call_id")?,
        created_at: instant_of(row, "created_at")?,
    };
    Ok(Kept { message, source: word_of(row, "source")? })
}
