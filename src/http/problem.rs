//! Errors as clients read them: RFC 9457, `application/problem+json`. The one place where an error becomes a status.
//!
//! What a client reads and what the log says are different strings: nothing here shows an internal message.
//!
//! Invariant: 400 is what cannot be taken apart, 422 what can and does not fit, at every door.

use crate::accounts;
use crate::crm;
use crate::crm::operation::Permission;
use crate::id::ContactId;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::borrow::Cow;

/// A problem, as it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Names the kind, for machines. A path of ours: it needs no page to be a name.
    #[serde(rename = "type")]
    kind: &'static str,
    /// Names the kind, for people.
    title: &'static str,
    /// The HTTP status.
    #[serde(serialize_with = "number")]
    status: StatusCode,
    /// What happened here, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<Cow<'static, str>>,
    /// Seconds to wait before trying again.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    /// What another contact has already.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'static str>,
    /// Which contact that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<ContactId>,
}

impl Problem {
    /// Nothing is there (or nothing of yours).
    pub fn not_found(what: &'static str) -> Self {
        Self::new("not-found", "Not found", StatusCode::NOT_FOUND, format!("{what} not found"))
    }

    /// A session that is over, or nobody's of theirs.
    pub fn session_over() -> Self {
        let detail = "This session is over, or not yours: open a new one.";
        Self::new("not-found", "Not found", StatusCode::NOT_FOUND, detail)
    }

    /// There is no recording; the text says why.
    pub fn no_recording(why: &'static str) -> Self {
        Self::new("no-recording", "No recording", StatusCode::NOT_FOUND, why)
    }

    /// The range asked for lies outside.
    pub fn no_such_range() -> Self {
        let detail = "The range asked for lies beyond the end.";
        Self::new("no-such-range", "No such range", StatusCode::RANGE_NOT_SATISFIABLE, detail)
    }

    /// Whether an answer of this status says that nothing was done, so that the same may be asked for again.
    pub fn nothing_done(status: StatusCode) -> bool {
        status.is_client_error() || status == StatusCode::SERVICE_UNAVAILABLE
    }

    /// What was begun under an `Idempotency-Key` has no answer.
    pub fn underway() -> Self {
        let detail = "The first request with this Idempotency-Key is still being answered, or broke off. Send it again in a \
                      moment; if that changes nothing, look whether it was done, and use a new key.";
        Self::new("underway", "Begun, and not answered", StatusCode::CONFLICT, detail)
    }

    /// The request can be read and asks for what cannot be; the text says what can.
    pub fn invalid(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new("invalid", "The request is not valid", StatusCode::UNPROCESSABLE_ENTITY, detail)
    }

    /// The request cannot be taken apart: a body that is no JSON, an address or a header that is not of its form.
    pub fn malformed(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new("unreadable", "The request cannot be read", StatusCode::BAD_REQUEST, detail)
    }

    /// No token, or a wrong one.
    pub fn unauthorised() -> Self {
        let detail = "Sign in, open the address printed at start, or send `Authorization: Bearer TOKEN`.";
        Self::new("unauthorised", "A token is needed", StatusCode::UNAUTHORIZED, detail)
    }

    /// They are known, and may not.
    pub fn forbidden(needs: Permission) -> Self {
        let detail = format!("This needs the permission {needs:?}, which you do not have here.");
        Self::new("forbidden", "Not allowed", StatusCode::FORBIDDEN, detail)
    }

    /// A browser's request that a page of another site made.
    pub fn foreign_origin() -> Self {
        let detail = "A page of another site may not do this in your name.";
        Self::new("foreign-origin", "Another site's request", StatusCode::FORBIDDEN, detail)
    }

    /// A request addressed to a name that is not ours: any page could have had it lead here.
    pub fn not_addressed(any_address: bool) -> Self {
        let detail = if any_address {
            "This is answered at `localhost` and at this machine's addresses in figures. To be answered at a name, set \
             PUBLIC_URL to the address with that name (as in PUBLIC_URL=https://phone.example.com)."
        } else {
            "This is answered at `localhost` and at the address it listens at (HOST). To be answered at another, set HOST to \
             it, or to 0.0.0.0 for all this machine has; to be answered at a name, set PUBLIC_URL to the address with that \
             name (as in PUBLIC_URL=https://phone.example.com)."
        };
        Self::new("not-addressed", "Not addressed to us", StatusCode::FORBIDDEN, detail)
    }

    /// A webhook that nobody signed.
    pub fn not_signed() -> Self {
        let detail = "The X-Twilio-Signature does not fit. Check TWILIO_AUTH_TOKEN and PUBLIC_URL.";
        Self::new("not-signed", "The webhook is not signed", StatusCode::FORBIDDEN, detail)
    }

    /// The path is there, the method is not.
    pub fn method_not_allowed() -> Self {
        let detail = "This address takes another method.";
        Self::new("method-not-allowed", "Method not allowed", StatusCode::METHOD_NOT_ALLOWED, detail)
    }

    /// A body that is no JSON.
    pub fn not_json() -> Self {
        let detail = "Send `Content-Type: application/json`.";
        Self::new("not-json", "Not JSON", StatusCode::UNSUPPORTED_MEDIA_TYPE, detail)
    }

    /// Too much at once, or stopping.
    pub fn unavailable(detail: &'static str) -> Self {
        Self::new("unavailable", "Not available now", StatusCode::SERVICE_UNAVAILABLE, detail)
    }

    /// Too much from one side.
    pub fn too_many(detail: &'static str) -> Self {
        Self::new("too-many", "Too many requests", StatusCode::TOO_MANY_REQUESTS, detail)
    }

    /// The same, with how many seconds to wait.
    #[must_use]
    pub fn retry(self, seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// Something broke on our side.
    pub fn internal() -> Self {
        let detail = "Something broke on our side. It is in the log.";
        Self::new("internal", "Internal error", StatusCode::INTERNAL_SERVER_ERROR, detail)
    }

    /// What the framework could not read; its text says where. Where only a body's shape is wrong, it is not valid.
    pub fn unreadable(status: StatusCode, detail: String) -> Self {
        if status == StatusCode::UNPROCESSABLE_ENTITY {
            return Self::invalid(detail);
        }
        Self::new("unreadable", "The request cannot be read", status, detail)
    }

    fn new(kind: &'static str, title: &'static str, status: StatusCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, title, status, detail: Some(detail.into()), retry_after: None, field: None, contact: None }
    }
}

impl From<accounts::Error> for Problem {
    fn from(error: accounts::Error) -> Self {
        match error {
            accounts::Error::Wrong => {
                let detail = "The e-mail address or the password is wrong.";
                Self::new("wrong-credentials", "Not signed in", StatusCode::UNAUTHORIZED, detail)
            }
            accounts::Error::TooMany(wait) => {
                // Rounded up: who comes back then is let in.
                let seconds = wait.as_secs() + i64::from(wait.subsec_nanos() > 0);
                let seconds = u64::try_from(seconds).unwrap_or(0);
                Self { retry_after: Some(seconds), ..Self::too_many("Too many attempts. Wait before the next one.") }
            }
            accounts::Error::Forbidden(what) => {
                Self::new("forbidden", "Not allowed", StatusCode::FORBIDDEN, format!("You may not: {what}."))
            }
            accounts::Error::NotFound(what) => Self::not_found(what),
            accounts::Error::EmailTaken => {
                let detail = "Somebody signs in with this e-mail address already.";
                Self::new("email-taken", "There already", StatusCode::CONFLICT, detail)
            }
            accounts::Error::Invalid(detail) => Self::invalid(detail),
            accounts::Error::Broken(what) => {
                tracing::error!(what, "the accounts are broken");
                Self::internal()
            }
            accounts::Error::Store(error) => error.into(),
        }
    }
}

impl From<crm::Error> for Problem {
    fn from(error: crm::Error) -> Self {
        match error {
            crm::Error::SlotTaken => {
                let detail = "Somebody else has that time. Ask for free times again.";
                Self::new("slot-taken", "That time is taken", StatusCode::CONFLICT, detail)
            }
            crm::Error::NotBookable(why) => {
                Self::new("not-bookable", "That time cannot be booked", StatusCode::UNPROCESSABLE_ENTITY, why)
            }
            crm::Error::NotFound(what) => Self::not_found(what),
            crm::Error::Invalid(why) => Self::invalid(why.to_string()),
            crm::Error::Forbidden(what) => {
                let detail = format!("This door does not offer it: {what}");
                Self::new("forbidden", "Not allowed", StatusCode::FORBIDDEN, detail)
            }
            crm::Error::Duplicate { field, contact } => {
                let detail = format!("Another contact has this {field}.");
                let problem = Self::new("duplicate", "There already", StatusCode::CONFLICT, detail);
                Self { field: Some(field), contact: Some(contact), ..problem }
            }
            crm::Error::Stale(what) => {
                let detail = format!("The {what} was changed since it was read. Read it again.");
                Self::new("stale", "Changed meanwhile", StatusCode::PRECONDITION_FAILED, detail)
            }
            crm::Error::KeyReused => {
                let detail = "This Idempotency-Key was used for another request. Use a new one.";
                Self::new("key-reused", "The key was used", StatusCode::UNPROCESSABLE_ENTITY, detail)
            }
            crm::Error::NotSent(why) => {
                Self::new("not-sent", "Not sent", StatusCode::UNPROCESSABLE_ENTITY, why.to_string())
            }
            crm::Error::Unsupported(what) => {
                let detail = format!("This CRM cannot do that: {what}");
                // Nothing is broken, and asking again changes nothing: whoever runs the house has it set up, or has not.
                Self::new("unsupported", "Not supported", StatusCode::UNPROCESSABLE_ENTITY, detail)
            }
            crm::Error::Unavailable(inner) => {
                tracing::warn!(error = inner, "the CRM is not answering");
                Self::unavailable("The CRM is not answering. Nothing was changed; try again.")
            }
            crm::Error::Unknown(inner) => {
                tracing::error!(error = inner, "the CRM did not say whether it worked");
                let detail = "It is not known whether this happened. Look before trying again.";
                Self::new("unknown-outcome", "Outcome not known", StatusCode::BAD_GATEWAY, detail)
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let kind = HeaderValue::from_static("application/problem+json");
        let mut response = (self.status, [(header::CONTENT_TYPE, kind)], body).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn number<S: serde::Serializer>(status: &StatusCode, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u16(status.as_u16())
}
