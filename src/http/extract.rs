//! Reading requests: axum's extractors with our problems as their refusals.

use super::problem::Problem;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::{Extension, Json};

/// The query string.
#[derive(FromRequestParts)]
#[from_request(via(Query), rejection(Problem))]
pub(super) struct Ask<T>(pub(super) T);

/// A part of the path.
#[derive(FromRequestParts)]
#[from_request(via(Path), rejection(Problem))]
pub(super) struct Named<T>(pub(super) T);

/// A JSON body.
#[derive(FromRequest)]
#[from_request(via(Json), rejection(Problem))]
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
