//! `POST /webhook/twilio/after`: our stream has ended; Twilio asks what follows. Also asked after a transfer.
//!
//! What became of the call decides. A transfer is dialled; if nobody takes it, the agent has the caller again; a call that ended in order is hung up; one whose stream broke,
//! by the network's fault or because we were started anew, goes on over a new stream; where it cannot, its caller is told
//! (and connected to a person where there is one).

use super::signed::Signed;
use super::voice::connect;
use super::{AFTER_PATH, twiml};
use crate::call::action::Ending;
use crate::crm::model::Business;
use crate::http::House;
use crate::http::announce::incoming;
use crate::http::problem::Problem;
use crate::phone::E164;
use crate::switchboard::{Back, Fate, NotResumable};
use crate::twilio::public_address;
use crate::twilio::twiml::Document;
use axum::extract::State;
use axum::response::Response;
use std::sync::Arc;

pub(in crate::http) async fn answer(State(house): State<Arc<House>>, webhook: Signed) -> Result<Response, Problem> {
    let call_sid = webhook.required("CallSid")?;
    let business = business(&house, &webhook).await;
    let language = business.as_ref().map_or("en", |business| business.language.code());
    let transfer_to = business.as_ref().and_then(|business| business.transfer_to.as_ref());
    let caller_is_there = webhook.field("CallStatus") == Some("in-progress");
    if let Some(dialled) = webhook.field("DialCallStatus") {
        let untaken = caller_is_there && dialled != "completed";
        return Ok(if untaken {
            untransferred(&house, &webhook, business, language).await
        } else {
            twiml(Document::Hangup)
        });
    }
    let after_url = public_address(&webhook.public, AFTER_PATH);
    let fate = house.switchboard.fate(call_sid);
    match &fate {
        Fate::Ended(Ending::Transferred(to)) => {
            return Ok(twiml(Document::Transfer { to, caller_id: None, after_url: &after_url }));
        }
        Fate::Ended(Ending::HungUp) => return Ok(twiml(Document::Hangup)),
        Fate::Broke | Fate::Ended(Ending::CallerLeft) | Fate::Open | Fate::Unknown => {}
    }
    if !caller_is_there && fate != Fate::Broke {
        return Ok(twiml(Document::Hangup));
    }
    // The stream broke though the caller is still there, or we were started anew in the middle.
    let ended = if fate == Fate::Unknown { ending(&house, call_sid).await } else { None };
    match (ended.as_deref(), transfer_to) {
        (Some("hung-up"), _) => return Ok(twiml(Document::Hangup)),
        (Some("transferred"), Some(to)) => {
            return Ok(twiml(Document::Transfer { to, caller_id: None, after_url: &after_url }));
        }
        (Some(_) | None, _) => {}
    }
    Ok(match go_on(&house, &webhook, business.clone(), Back::Broken).await {
        Ok(token) => connect(&webhook, &token),
        Err(why) => {
            tracing::warn!(%why, "a call that broke cannot go on; its caller is told");
            twiml(Document::Apology { language, transfer_to })
        }
    })
}

/// Nobody took the transfer: the agent says so and offers what else there is; where it cannot, a fixed sentence does.
async fn untransferred(house: &House, webhook: &Signed, business: Option<Business>, language: &str) -> Response {
    match go_on(house, webhook, business, Back::Untransferred).await {
        Ok(token) => connect(webhook, &token),
        Err(why) => {
            tracing::warn!(%why, "a call that nobody took cannot go on; its caller is told");
            twiml(Document::NobodyThere { language })
        }
    }
}

/// Awaits the call's next stream.
async fn go_on(
    house: &House,
    webhook: &Signed,
    business: Option<Business>,
    back: Back,
) -> Result<String, NotResumable> {
    let business = business.ok_or_else(|| NotResumable("it is to a number of nobody's".to_owned()))?;
    let call_sid = webhook.field("CallSid").unwrap_or_default();
    let from = webhook.field("From").and_then(|text| E164::try_from(text.to_owned()).ok());
    let to = business.phone.clone();
    house.switchboard.resume(incoming(house, call_sid, from, to, business).await, back).await
}

/// How the call's record was closed, if it was.
async fn ending(house: &House, call_sid: &str) -> Option<String> {
    house.book.call_by_sid(call_sid).await.ok().flatten()?.ending
}

async fn business(house: &House, webhook: &Signed) -> Option<Business> {
    let to = E164::try_from(webhook.field("To")?.to_owned()).ok()?;
    house.directory.business_by_phone(&to).await.ok().flatten()
}
