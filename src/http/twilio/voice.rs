//! `POST /webhook/twilio/voice`: the phone rings.
//!
//! A permit is taken here, so that overload gets a spoken answer, not a dead stream. Twilio repeats itself when we are
//! slow: the same `CallSid` gets the same token and starts nothing twice.

use super::signed::{SID_BYTES_MAX, Signed};
use super::{AFTER_PATH, twiml};
use crate::crm;
use crate::crm::model::Business;
use crate::http::House;
use crate::http::announce::incoming;
use crate::http::problem::Problem;
use crate::phone::E164;
use crate::switchboard::{Refusal, TOKEN_PARAMETER, TurnedAway};
use crate::twilio::twiml::Document;
use crate::twilio::{public_address, stream_address};
use axum::extract::State;
use axum::response::Response;
use std::sync::Arc;

/// What a caller to a number of nobody's is spoken to in.
const FALLBACK_LANGUAGE: &str = "en";
/// Where streams of calls come in; of those by an account of a business's own, with its id behind it.
const STREAM_PATH: &str = "/webhook/twilio/stream";

pub(in crate::http) async fn answer(State(house): State<Arc<House>>, webhook: Signed) -> Result<Response, Problem> {
    let call_sid = webhook.required("CallSid")?;
    if call_sid.len() > SID_BYTES_MAX {
        return Err(Problem::malformed("the CallSid is too long"));
    }
    let to = webhook.required("To")?;
    let unknown = || Ok(twiml(Document::UnknownNumber { language: FALLBACK_LANGUAGE }));
    let Ok(to) = E164::try_from(to.to_owned()) else { return unknown() };
    let business = match house.directory.business_by_phone(&to).await {
        Ok(Some(business)) => business,
        Ok(None) => {
            tracing::warn!(?to, "a call to a number of nobody's");
            return unknown();
        }
        Err(error) => return Ok(sorry(None, &error)),
    };
    // A withheld number comes as a word ("anonymous") or as digits of no country: then nobody is known.
    let from = webhook.field("From").and_then(|text| E164::try_from(text.to_owned()).ok());
    let incoming = incoming(&house, call_sid, from, to, business).await;
    let business = incoming.business.clone();
    let language = business.language.code();
    if !business.voice_enabled {
        house.switchboard.refuse(&incoming, TurnedAway::AgentDisabled).await;
        let transfer_to = business.transfer_to.as_ref();
        return Ok(twiml(Document::AgentDisabled { language, business: &business.name, transfer_to }));
    }
    let token = match house.switchboard.admit(incoming.clone()).await {
        Ok(token) => token,
        Err(Refusal::Busy | Refusal::Stopping) => {
            tracing::warn!("a call was turned away");
            house.switchboard.refuse(&incoming, TurnedAway::NoLine).await;
            return Ok(twiml(Document::Overload { language }));
        }
        Err(Refusal::Record(error)) => return Ok(sorry(Some(&business), &error)),
    };
    Ok(connect(&webhook, &token))
}

/// Connects the call to our stream.
pub(super) fn connect(webhook: &Signed, token: &str) -> Response {
    let public = &webhook.public;
    let path = match webhook.own {
        Some(business) => format!("{STREAM_PATH}/{business}"),
        None => STREAM_PATH.to_owned(),
    };
    twiml(Document::ConnectStream {
        stream_url: &stream_address(public, &path),
        after_url: &public_address(public, AFTER_PATH),
        parameters: &[(TOKEN_PARAMETER, token)],
    })
}

/// Our side is broken: the caller is told, or connected to a person.
fn sorry(business: Option<&Business>, error: &crm::Error) -> Response {
    tracing::error!(%error, "a call could not be taken");
    let language = business.map_or(FALLBACK_LANGUAGE, |business| business.language.code());
    twiml(Document::Apology { language, transfer_to: business.and_then(|business| business.transfer_to.as_ref()) })
}
