//! Routes that are not the catalogue's, each opened together with what is said of it: what is not described has no route
//! below `/api`.
//!
//! Read next: [`super::openapi`], which makes a document of it.

use super::catalogue::IDEMPOTENCY_KEY;
use crate::crm::operation::Permission;
use crate::crm::operation::definition::Method;
use crate::http::problem::Problem;
use crate::http::{House, repeats};
use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodFilter, on};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use std::sync::Arc;

/// Makes the JSON Schema of a type.
pub(in crate::http) type Shape = fn(&mut SchemaGenerator) -> Schema;

/// What is said of a route.
#[derive(Clone, Copy)]
pub(in crate::http) struct Described {
    pub(super) method: Method,
    /// Its name, for programs made of the document.
    pub(super) name: &'static str,
    /// One sentence.
    pub(super) summary: &'static str,
    pub(super) query: Option<Shape>,
    /// The headers that are heeded, and what they say.
    pub(super) headers: &'static [(&'static str, &'static str)],
    pub(super) body: Option<Taken>,
    pub(super) answer: Answer,
    /// The statuses by which it is refused, beside those of everything that takes what it takes.
    pub(super) refuses: &'static [u16],
    /// What whoever asks must be allowed; none: the text or the handler says more.
    pub(super) needs: Option<Permission>,
    /// Whether anybody may ask.
    pub(super) open: bool,
}

/// What a body is.
#[derive(Clone, Copy)]
pub(in crate::http) enum Taken {
    /// JSON.
    Json(Shape),
    /// A file of this type.
    File(&'static str),
}

/// What comes of it.
#[derive(Clone, Copy)]
pub(in crate::http) enum Answer {
    /// JSON, with this status.
    Json(u16, Shape),
    /// That it happened.
    Silent,
    /// Something else than JSON, of this type.
    Other(&'static str),
    /// A table: as CSV, or as JSON of this shape.
    Table(Shape),
    /// A file of this type, whole or a range of it.
    File(&'static str),
    /// A WebSocket.
    Socket,
}

impl Described {
    const fn new(method: Method, name: &'static str, summary: &'static str) -> Self {
        let (query, headers, body) = (None, &[], None);
        let (answer, refuses) = (Answer::Silent, &[]);
        Self { method, name, summary, query, headers, body, answer, refuses, needs: None, open: false }
    }

    /// Reads.
    pub(in crate::http) const fn get(name: &'static str, summary: &'static str) -> Self {
        Self::new(Method::Get, name, summary)
    }

    /// Does something, or makes something new.
    pub(in crate::http) const fn post(name: &'static str, summary: &'static str) -> Self {
        Self::new(Method::Post, name, summary)
    }

    /// Makes it so.
    pub(in crate::http) const fn put(name: &'static str, summary: &'static str) -> Self {
        Self::new(Method::Put, name, summary)
    }

    /// Removes.
    pub(in crate::http) const fn delete(name: &'static str, summary: &'static str) -> Self {
        Self::new(Method::Delete, name, summary)
    }

    /// The same under another name: of another door.
    pub(in crate::http) const fn called(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// With this in the query.
    pub(in crate::http) const fn asks<T: JsonSchema>(self) -> Self {
        Self { query: Some(SchemaGenerator::subschema_for::<T>), ..self }
    }

    /// With these headers, each with what it says.
    pub(in crate::http) const fn heeds(self, headers: &'static [(&'static str, &'static str)]) -> Self {
        Self { headers, ..self }
    }

    /// With this as its body.
    pub(in crate::http) const fn takes<T: JsonSchema>(self) -> Self {
        Self { body: Some(Taken::Json(SchemaGenerator::subschema_for::<T>)), ..self }
    }

    /// With a file of this type as its body.
    pub(in crate::http) const fn takes_file(self, kind: &'static str) -> Self {
        Self { body: Some(Taken::File(kind)), ..self }
    }

    /// Answered with this.
    pub(in crate::http) const fn gives<T: JsonSchema>(self) -> Self {
        Self { answer: Answer::Json(200, SchemaGenerator::subschema_for::<T>), ..self }
    }

    /// Answered with this, which is new.
    pub(in crate::http) const fn makes<T: JsonSchema>(self) -> Self {
        Self { answer: Answer::Json(201, SchemaGenerator::subschema_for::<T>), ..self }
    }

    /// Answered with a table of these: as CSV, or as JSON.
    pub(in crate::http) const fn tabulates<T: JsonSchema>(self) -> Self {
        Self { answer: Answer::Table(SchemaGenerator::subschema_for::<Vec<T>>), ..self }
    }

    /// Answered with something else than JSON.
    pub(in crate::http) const fn answers(self, answer: Answer) -> Self {
        Self { answer, ..self }
    }

    /// Refused with these statuses too.
    pub(in crate::http) const fn refused_with(self, refuses: &'static [u16]) -> Self {
        Self { refuses, ..self }
    }

    /// For whoever is allowed this.
    pub(in crate::http) const fn needs(self, permission: Permission) -> Self {
        Self { needs: Some(permission), ..self }
    }

    /// Whether its answers are kept for who asks once more: it makes or does something, and does not see to that itself.
    pub(super) fn keeps_answers(&self) -> bool {
        let heeds = |(name, _): &(&str, _)| name.eq_ignore_ascii_case(IDEMPOTENCY_KEY.as_str());
        matches!(self.method, Method::Post) && !self.open && !self.headers.iter().any(heeds)
    }

    /// For anybody.
    pub(in crate::http) const fn for_anybody(self) -> Self {
        Self { open: true, ..self }
    }
}

/// Routes with what is said of them.
pub(in crate::http) struct Doors {
    house: Arc<House>,
    router: Router<Arc<House>>,
    described: Vec<(&'static str, Described)>,
}

impl Doors {
    /// None yet.
    pub(in crate::http) fn of(house: &Arc<House>) -> Self {
        Self { house: house.clone(), router: Router::new(), described: Vec::new() }
    }

    /// Opens one more. One that makes or does something heeds an `Idempotency-Key`; where nobody is known yet whose it would
    /// be, it is refused: whoever sends one would repeat what was done.
    #[must_use]
    pub(in crate::http) fn open<T: 'static>(
        mut self,
        path: &'static str,
        described: Described,
        handler: impl Handler<T, Arc<House>>,
    ) -> Self {
        let mut route = on(filter(described.method), handler);
        if described.keeps_answers() {
            route = route.layer(from_fn_with_state(self.house.clone(), repeats::once));
        } else if matches!(described.method, Method::Post) && described.open {
            route = route.layer(from_fn(refuse_key));
        }
        self.router = self.router.route(path, route);
        self.described.push((path, described));
        self
    }

    /// The routes, and what is said of them.
    pub(in crate::http) fn finish(self) -> (Router<Arc<House>>, Vec<(&'static str, Described)>) {
        (self.router, self.described)
    }
}

async fn refuse_key(request: Request, next: Next) -> Response {
    if request.headers().contains_key(IDEMPOTENCY_KEY) {
        let why = "This takes no Idempotency-Key: look whether it was done before you ask again.";
        return Problem::malformed(why).into_response();
    }
    next.run(request).await
}

/// A method as the router has it.
pub(super) fn filter(method: Method) -> MethodFilter {
    match method {
        Method::Get => MethodFilter::GET,
        Method::Post => MethodFilter::POST,
        Method::Put => MethodFilter::PUT,
        Method::Patch => MethodFilter::PATCH,
        Method::Delete => MethodFilter::DELETE,
    }
}
