//! A webhook's form, once its signature was checked.
//!
//! What signs is the auth token of the business concerned: of its own Twilio account where it has one, else of the house's. The
//! business is that of the number that was dialled or written to, of the call, and of the address, as far as each is there.
//!
//! Invariant: what one business's account has signed says nothing of another's calls and messages.
//!
//! The signature covers the address *Twilio* used. With a `PUBLIC_URL` that is known; without one every address the
//! request claims (Host, and what a proxy forwarded) is tried: a stranger can claim anything but sign nothing.

use crate::crm;
use crate::http::House;
use crate::http::problem::Problem;
use crate::id::BusinessId;
use crate::phone::E164;
use crate::twilio::{public_address, signature};
use axum::Form;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use std::sync::Arc;

/// Twilio's ids are 34 characters; a longer one is not Twilio's.
pub(super) const SID_BYTES_MAX: usize = 64;
/// A form may have so many fields; Twilio sends about thirty.
const FIELDS_MAX: usize = 200;

/// What Twilio told us.
pub(in crate::http) struct Signed {
    fields: Vec<(String, String)>,
    /// The address we were reached by, without path.
    pub(super) public: String,
    /// Whose account it came from, where that is the business's own.
    pub(super) own: Option<BusinessId>,
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
        // Where nobody can say whose it is, it is the house's to answer, if only with an apology.
        let named = concerned(house, &path, &fields).await.unwrap_or_else(|error| {
            tracing::error!(%error, "whose webhook this is cannot be found out");
            Vec::new()
        });
        if named.iter().any(|one| *one != named[0]) {
            tracing::warn!(path, "a webhook that is about two businesses");
            return Err(Problem::not_signed());
        }
        let (own, token) = signer(house, named.first().copied()).await?;
        let Some(public) = signed_base(house, &headers, public_address, &path, (&token, &fields), signature) else {
            tracing::warn!(path, "a webhook whose signature does not fit");
            return Err(Problem::not_signed());
        };
        Ok(Self { fields, public, own })
    }
}

/// The businesses that a webhook names: it is about one, or about nobody's number and no call of ours.
async fn concerned(house: &House, path: &str, fields: &[(String, String)]) -> Result<Vec<BusinessId>, crm::Error> {
    let field = |name: &str| fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone());
    let mut named = Vec::new();
    if let Some(to) = field("To").and_then(|to| E164::try_from(to).ok()) {
        named.extend(house.directory.business_by_phone(&to).await?.map(|business| business.id));
    }
    let plausible = |sid: &String| {
        sid.len() <= SID_BYTES_MAX && sid.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if let Some(call_sid) = field("CallSid").filter(plausible) {
        named.extend(house.book.call_by_sid(&call_sid).await?.map(|record| record.business));
    }
    let query = path.split_once('?').map_or("", |(_, query)| query);
    named.extend(query.split('&').find_map(|pair| pair.strip_prefix("business=")?.parse::<BusinessId>().ok()));
    Ok(named)
}

/// The token that signs for a business, and whose it is where it is the business's own.
pub(super) async fn signer(
    house: &House,
    business: Option<BusinessId>,
) -> Result<(Option<BusinessId>, String), Problem> {
    if let Some(business) = business
        && let Some(account) = house.vault.twilio(business).await?
    {
        return Ok((Some(business), account.auth_token));
    }
    Ok((None, house.twilio_auth_token.clone()))
}

/// The address (without path) a request was signed for with a token, spelt by `address`; none when the signature fits none.
pub(super) fn signed_base(
    house: &House,
    headers: &HeaderMap,
    address: fn(&str, &str) -> String,
    path: &str,
    (token, fields): (&str, &[(String, String)]),
    signature: &str,
) -> Option<String> {
    bases(house, headers).into_iter().find(|base| signature::verify(token, &address(base, path), fields, signature))
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
