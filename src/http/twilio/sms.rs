//! `POST /webhook/twilio/sms`: a text came in. `POST /webhook/twilio/sms/status`: what became of one of ours.
//!
//! A text is kept first; then, unless it only says what its sender wants to hear, it is answered ([`crate::chat::texts`]). The
//! answer is sent like any other message, through the gate, and not with this webhook's response, which is empty. Twilio
//! repeats itself when we are slow: the same `MessageSid` is kept and answered once.
//!
//! STOP, START and HELP are answered by the carrier, so not by us.

use super::signed::{SID_BYTES_MAX, Signed};
use super::twiml;
use crate::crm::backend::{Incoming, Report};
use crate::crm::error::Reason;
use crate::crm::model::{Channel, ConsentWish, Delivery};
use crate::http::House;
use crate::http::extract::Ask;
use crate::http::problem::Problem;
use crate::id::{BusinessId, MessageId};
use crate::messaging::consent::{Wish, wish};
use crate::phone::E164;
use crate::twilio::twiml::Document;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;

/// The most pictures a text brings.
const MEDIA_MAX: usize = 10;
/// Twilio's code for somebody who has told it to stop.
const OPTED_OUT_CODE: &str = "21610";

pub(in crate::http) async fn receive(State(house): State<Arc<House>>, webhook: Signed) -> Result<Response, Problem> {
    let carrier_id = webhook.required("MessageSid")?.to_owned();
    if carrier_id.len() > SID_BYTES_MAX {
        return Err(Problem::malformed("the MessageSid is too long"));
    }
    let nothing = || Ok(twiml(Document::Nothing));
    let number = |field| webhook.field(field).and_then(|text| E164::try_from(text.to_owned()).ok());
    // A short code or a name is nobody one can answer.
    let (Some(from), Some(to)) = (number("From"), number("To")) else { return nothing() };
    let Some(business) = house.directory.business_by_phone(&to).await? else {
        tracing::warn!(?to, "a text to a number of nobody's");
        return nothing();
    };
    let body = webhook.field("Body").unwrap_or_default().replace('\0', "");
    let stopped = house.messages.stopped(business.id, Channel::Sms, from.as_str()).await?;
    let wish = said(&webhook).or_else(|| wish(&body, stopped));
    let answer = wish.is_none() && !body.trim().is_empty();
    let incoming =
        Incoming { carrier_id, from, to, body, media: media(&webhook), wish: wish.and_then(consent), answer };
    let Some(message) = house.messages.receive(business.id, incoming).await? else { return nothing() };
    if answer {
        house.texts.answer(business, &message).await;
    }
    nothing()
}

#[derive(Deserialize)]
pub(in crate::http) struct Whose {
    business: BusinessId,
    message: MessageId,
}

pub(in crate::http) async fn status(
    State(house): State<Arc<House>>,
    Ask(whose): Ask<Whose>,
    webhook: Signed,
) -> Result<StatusCode, Problem> {
    let carrier_id = webhook.required("MessageSid")?;
    if carrier_id.len() > SID_BYTES_MAX {
        return Err(Problem::malformed("the MessageSid is too long"));
    }
    let delivery = match webhook.required("MessageStatus")? {
        "sent" => Delivery::Sent,
        "delivered" | "read" => Delivery::Delivered,
        "undelivered" | "failed" | "canceled" => Delivery::Failed,
        _ => return Ok(StatusCode::NO_CONTENT),
    };
    let code = webhook.field("ErrorCode").filter(|_| delivery == Delivery::Failed);
    let report = Report {
        carrier_id: carrier_id.to_owned(),
        delivery,
        trouble: (delivery == Delivery::Failed).then(|| match code {
            Some(code) => Reason::NotDeliveredBecause { code: code.to_owned() }.to_string(),
            None => Reason::NotDelivered.to_string(),
        }),
        opted_out: code == Some(OPTED_OUT_CODE),
    };
    house.messages.report(whose.business, whose.message, report).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What Twilio itself made of a text, where its own words for opting out are in use.
fn said(webhook: &Signed) -> Option<Wish> {
    match webhook.field("OptOutType")? {
        "STOP" => Some(Wish::Stop),
        "START" => Some(Wish::Start),
        "HELP" => Some(Wish::Help),
        _ => None,
    }
}

fn consent(wish: Wish) -> Option<ConsentWish> {
    match wish {
        Wish::Stop => Some(ConsentWish::Stop),
        Wish::Start => Some(ConsentWish::Start),
        Wish::Help => None,
    }
}

/// The pictures of a text, by address.
fn media(webhook: &Signed) -> Vec<String> {
    (0..MEDIA_MAX).map_while(|number| webhook.field(&format!("MediaUrl{number}"))).map(str::to_owned).collect()
}
