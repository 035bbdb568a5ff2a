//! Reading requests: axum's extractors with our problems as their refusals.
//!
//! Invariant: no text with the character NUL goes further, wherever in the request it stands: not every database takes it.

use super::problem::Problem;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::middleware::Next;
use axum::response::Response;
use axum::{Extension, Json};
use serde::de::DeserializeOwned;

/// The query string.
#[derive(FromRequestParts)]
#[from_request(via(Query), rejection(Problem))]
pub(super) struct Ask<T>(pub(super) T);

/// A part of the path.
#[derive(FromRequestParts)]
#[from_request(via(Path), rejection(Problem))]
pub(super) struct Named<T>(pub(super) T);

/// A JSON body.
pub(super) struct Body<T>(pub(super) T);

/// What was found out about the request before: whose it is.
#[derive(FromRequestParts)]
#[from_request(via(Extension), rejection(Problem))]
pub(super) struct As<T>(pub(super) T);

/// A body as it is.
pub(super) struct Given(pub(super) Bytes);

impl<S: Send + Sync> FromRequest<S> for Given {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        Ok(Self(Bytes::from_request(request, state).await?))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let text = Bytes::from_request(Request::from_parts(parts.clone(), body), state).await?;
        refuse_nul(&text)?;
        let Json(value) = Json::from_request(Request::from_parts(parts, text.into()), state).await?;
        Ok(Self(value))
    }
}

/// Refuses an address with NUL in it; it has one spelling there.
pub(super) async fn address(request: Request, next: Next) -> Result<Response, Problem> {
    if request.uri().path_and_query().is_some_and(|address| address.as_str().contains("%00")) {
        return Err(nul());
    }
    Ok(next.run(request).await)
}

/// Refuses JSON with NUL in one of its texts; it has one spelling there, as nothing but texts has escapes.
pub(super) fn refuse_nul(json: &[u8]) -> Result<(), Problem> {
    let mut rest = json;
    while let Some(place) = rest.iter().position(|byte| *byte == b'\\') {
        let escape = &rest[place + 1..];
        if escape.starts_with(b"u0000") {
            return Err(nul());
        }
        rest = escape.get(1..).unwrap_or_default();
    }
    Ok(())
}

fn nul() -> Problem {
    Problem::malformed("The character NUL (U+0000) cannot be kept: leave it out.")
}

macro_rules! refusals {
    ($($rejection:ident)*) => {$(
        impl From<axum::extract::rejection::$rejection> for Problem {
            fn from(refusal: axum::extract::rejection::$rejection) -> Self {
                Self::unreadable(refusal.status(), refusal.body_text())
            }
        }
    )*};
}

refusals! { BytesRejection ExtensionRejection QueryRejection PathRejection JsonRejection }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nul_is_found_where_it_is_meant_and_nowhere_else() {
        for (json, holds) in [
            (r#"{"a":"\u0000"}"#, true),
            (r#"{"\u0000":1}"#, true),
            (r#"["\n\\\u0000"]"#, true),
            (r#"["\\u0000"]"#, false),
            (r#"["\u0001", "u0000"]"#, false),
            (r#"["\"#, false),
            ("", false),
        ] {
            assert_eq!(refuse_nul(json.as_bytes()).is_err(), holds, "{json}");
        }
    }
}
