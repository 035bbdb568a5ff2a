//! Reading requests: axum's extractors with our problems as their refusals.

use super::problem::Problem;
use axum::Json;
use axum::extract::{FromRequest, FromRequestParts, Path, Query};

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

macro_rules! refusals {
    ($($rejection:ident)*) => {$(
        impl From<axum::extract::rejection::$rejection> for Problem {
            fn from(refusal: axum::extract::rejection::$rejection) -> Self {
                Self::unreadable(refusal.status(), refusal.body_text())
            }
        }
    )*};
}

refusals! { QueryRejection PathRejection JsonRejection }
