//! A webhook's form, once its signature was checked.
//!
//! The signature covers the address *Twilio* used. With a `PUBLIC_URL` that is known; without one every address the
//! request claims (Host, and what a proxy forwarded) is tried: a stranger can claim anything but sign nothing.

use crate::http::House;
use crate::http::problem::Problem;
use crate::twilio::{public_address, signature};
use axum::Form;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use std::sync::Arc;

/// A form may have so many fields; Twilio sends about thirty.
const FIELDS_MAX: usize = 200;

/// What Twilio told us.
pub(in crate::http) struct Signed {
    fields: Vec<(String, String)>,
    /// The address we were reached by, without path.
    pub(super) public: String,
}

impl Signed {
    /// A field's value; none when it is missing or empty.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str()).filter(|v| !v.is_empty())
    }

    /// A field that every webhook has.
    pub(super) fn required(&self, name: &'static str) -> Result<&str, Problem> {
        self.field(name).ok_or_else(|| Problem::malformed(format!("the field {name} is missing")))
    }
}

impl FromRequest<Arc<House>> for Signed {
    type Rejection = Problem;

    async fn from_request(request: Request, house: &Arc<House>) -> Result<Self, Problem> {
        let headers = request.headers().clone();
        let path = path_of(&request);
        let Form(fields) = Form::<Vec<(String, String)>>::from_request(request, house)
            .await
            .map_err(|refusal| Problem::unreadable(refusal.status(), refusal.body_text()))?;
        if fields.len() > FIELDS_MAX {
            return Err(Problem::malformed("too many fields"));
        }
        let signature = header_text(&headers, signature::HEADER).ok_or_else(Problem::not_signed)?;
        let Some(public) = signed_base(house, &headers, public_address, &path, &fields, signature) else {
            tracing::warn!(path, "a webhook whose signature does not fit");
            return Err(Problem::not_signed());
        };
        Ok(Self { fields, public })
    }
}

/// The address (without path) a request was signed for, spelt by `address`; none when the signature fits none.
pub(super) fn signed_base(
    house: &House,
    headers: &HeaderMap,
    address: fn(&str, &str) -> String,
    path: &str,
    fields: &[(String, String)],
    signature: &str,
) -> Option<String> {
    bases(house, headers)
        .into_iter()
        .find(|base| signature::verify(&house.twilio_auth_token, &address(base, path), fields, signature))
}

/// The path and query of a request.
pub(super) fn path_of(request: &Request) -> String {
    request.uri().path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string)
}

pub(super) fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The addresses we may have been reached by.
fn bases(house: &House, headers: &HeaderMap) -> Vec<String> {
    if let Some(public) = &house.public_url {
        return vec![public.clone()];
    }
    let host = header_text(headers, header::HOST.as_str());
    let forwarded_host = header_text(headers, "x-forwarded-host").or(host);
    let forwarded_scheme = header_text(headers, "x-forwarded-proto").filter(|text| matches!(*text, "http" | "https"));
    let mut bases = Vec::new();
    if let (Some(scheme), Some(host)) = (forwarded_scheme, forwarded_host) {
        bases.push(format!("{scheme}://{host}"));
    }
    bases.extend(host.map(|host| format!("http://{host}")));
    bases
}
