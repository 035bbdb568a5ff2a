//! `POST /webhook/twilio/after`: our stream has ended; Twilio asks what follows. Also asked after a transfer.
//!
//! What became of the call decides: a transfer is dialled, a call that broke on our side is apologised for (and its
//! caller connected to a person where there is one), everything else hangs up.

use super::signed::Signed;
use super::twiml;
use crate::call::action::Ending;
use crate::crm::model::Business;
use crate::http::House;
use crate::http::problem::Problem;
use crate::phone::E164;
use crate::switchboard::Fate;
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
    if let Some(dialled) = webhook.field("DialCallStatus") {
        let document = if dialled == "completed" { Document::Hangup } else { Document::NobodyThere { language } };
        return Ok(twiml(document));
    }
    let caller_is_there = webhook.field("CallStatus") == Some("in-progress");
    let after_url = public_address(&webhook.public, "/webhook/twilio/after");
    Ok(match house.switchboard.fate(call_sid) {
        Fate::Ended(Ending::Transferred(to)) => {
            twiml(Document::Transfer { to: &to, caller_id: None, after_url: &after_url })
        }
        Fate::Ended(Ending::HungUp) => twiml(Document::Hangup),
        // We broke; or the stream did though the caller is still there; or we were started anew in the middle.
        fate @ (Fate::Broke | Fate::Ended(Ending::CallerLeft) | Fate::Open | Fate::Unknown) => {
            let told = caller_is_there || fate == Fate::Broke;
            twiml(if told { Document::Apology { language, transfer_to } } else { Document::Hangup })
        }
    })
}

async fn business(house: &House, webhook: &Signed) -> Option<Business> {
    let to = E164::try_from(webhook.field("To")?.to_owned()).ok()?;
    house.directory.business_by_phone(&to).await.ok().flatten()
}
