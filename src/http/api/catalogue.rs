//! REST, made of the catalogue: a route for every operation that has one.
//!
//! What reads or removes takes its request from the query, all else from a JSON body; what stands in the path joins it.
//! `If-Match` is the version that was read, `Idempotency-Key` makes a repeat harmless, `?business=` says whose it is. The
//! rest is the façade's: this door adds no rule of its own.

use super::business;
use crate::crm::model::Source;
use crate::crm::operation::definition::{Effect, Method, Route};
use crate::crm::operation::{CATALOGUE, Definition};
use crate::crm::{By, Request};
use crate::http::House;
use crate::http::extract::{Ask, Given, Named};
use crate::http::problem::Problem;
use crate::id::BusinessId;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, on};
use axum::{Json, body::Bytes};
use schemars::generate::SchemaSettings;
use serde_json::{Map, Number, Value};
use std::collections::HashMap;
use std::sync::Arc;

/// What makes a repeat harmless.
pub(super) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Whose data it is, in the query.
pub(super) const BUSINESS: &str = "business";
/// The field of a request that says which version was read, and of an outcome that says which there is.
pub(super) const VERSION: &str = "version";

/// The routes.
pub(in crate::http) fn routes() -> Router<Arc<House>> {
    let mut router = Router::new();
    for entry in CATALOGUE {
        let Some(route) = entry.about.route else { continue };
        let door: &'static Door = Box::leak(Box::new(Door::to(entry, route)));
        router = router.route(
            &format!("/api{}", route.path),
            on(filter(route.method), move |house, named, asked, headers, body| {
                perform(door, house, named, asked, headers, body)
            }),
        );
    }
    router
}

fn filter(method: Method) -> MethodFilter {
    match method {
        Method::Get => MethodFilter::GET,
        Method::Post => MethodFilter::POST,
        Method::Put => MethodFilter::PUT,
        Method::Patch => MethodFilter::PATCH,
        Method::Delete => MethodFilter::DELETE,
    }
}

/// The way to one operation.
struct Door {
    entry: &'static Definition,
    route: Route,
    /// The request's fields, and how each is written in a path or a query.
    fields: HashMap<String, Written>,
    /// Whether success is only that it happened.
    silent: bool,
}

/// How a value is written where there is only text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    Text,
    Number,
    Boolean,
    /// Once for each.
    Several,
}

impl Door {
    fn to(entry: &'static Definition, route: Route) -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
        let request = (entry.request)(&mut settings.clone().into_generator()).to_value();
        let outcome = (entry.outcome)(&mut settings.into_generator()).to_value();
        let fields = request["properties"].as_object().into_iter().flatten();
        Self {
            entry,
            route,
            fields: fields.map(|(field, schema)| (field.clone(), Written::of(schema))).collect(),
            silent: outcome["type"] == "null",
        }
    }

    /// The request as its type reads it.
    fn request(
        &self,
        named: HashMap<String, String>,
        asked: Vec<(String, String)>,
        body: &Bytes,
    ) -> Result<Map<String, Value>, Problem> {
        let mut request = if takes_body(self.route.method) { object(body)? } else { Map::new() };
        let asked = asked.into_iter().filter(|(field, _)| field != BUSINESS);
        if takes_body(self.route.method) {
            if let Some((field, _)) = asked.into_iter().next() {
                return Err(Problem::invalid(format!("`{field}` belongs into the body.")));
            }
        } else {
            for (field, text) in asked {
                self.put(&mut request, field, text)?;
            }
        }
        for (field, text) in named {
            if request.contains_key(&field) {
                return Err(Problem::invalid(format!("`{field}` stands in the path.")));
            }
            self.put(&mut request, field, text)?;
        }
        Ok(request)
    }

    /// Puts in a value that was written as text.
    fn put(&self, request: &mut Map<String, Value>, field: String, text: String) -> Result<(), Problem> {
        let wrong = |right: &str| Problem::invalid(format!("`{field}` takes {right}."));
        let value = match self.fields.get(&field).copied().unwrap_or(Written::Text) {
            Written::Text => Value::String(text),
            Written::Number => Value::Number(text.parse::<Number>().map_err(|_| wrong("a number"))?),
            Written::Boolean => Value::Bool(text.parse().map_err(|_| wrong("true or false"))?),
            Written::Several => {
                if let Value::Array(several) = request.entry(field).or_insert_with(|| Value::Array(Vec::new())) {
                    several.push(Value::String(text));
                }
                return Ok(());
            }
        };
        if request.contains_key(&field) {
            return Err(Problem::invalid(format!("`{field}` is there twice.")));
        }
        request.insert(field, value);
        Ok(())
    }
}

impl Written {
    /// By the schema of the value, which may also be null.
    fn of(schema: &Value) -> Self {
        let is = |name: &str| match &schema["type"] {
            Value::String(one) => one == name,
            Value::Array(several) => several.iter().any(|one| one == name),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
        };
        if is("integer") || is("number") {
            Self::Number
        } else if is("boolean") {
            Self::Boolean
        } else if is("array") {
            Self::Several
        } else {
            Self::Text
        }
    }
}

/// Whether a method's request comes in a body.
pub(super) fn takes_body(method: Method) -> bool {
    match method {
        Method::Get | Method::Delete => false,
        Method::Post | Method::Put | Method::Patch => true,
    }
}

async fn perform(
    door: &'static Door,
    State(house): State<Arc<House>>,
    Named(named): Named<HashMap<String, String>>,
    Ask(asked): Ask<Vec<(String, String)>>,
    headers: HeaderMap,
    Given(body): Given,
) -> Result<Response, Problem> {
    if takes_body(door.route.method) && !body.is_empty() && !is_json(&headers) {
        return Err(Problem::not_json());
    }
    let wanted = asked.iter().find(|(field, _)| field == BUSINESS).map(|(_, text)| text.parse::<BusinessId>());
    let wanted = wanted.transpose().map_err(|_| Problem::invalid("`business` takes a business's id."))?;
    let mut request = door.request(named, asked, &body)?;
    if door.fields.contains_key(VERSION)
        && let Some(version) = version_read(&headers)?
    {
        request.insert(VERSION.to_owned(), version.into());
    }
    let operation = (door.entry.read)(Value::Object(request))?;
    let business = business(&house, wanted).await?.id;
    let writes = door.entry.about.effect != Effect::Read;
    let idempotency_key = match headers.get(IDEMPOTENCY_KEY).filter(|_| writes).map(HeaderValue::to_str) {
        Some(key) => {
            Some(key.map_err(|_| Problem::invalid("An Idempotency-Key is made of plain characters."))?.to_owned())
        }
        None => None,
    };
    let request = Request::new(business, Source::Api, By::owner(), operation).once(idempotency_key);
    let outcome = house.crm.perform(request).await?;
    let outcome = outcome.to_value().map_err(|error| {
        tracing::error!(%error, "an outcome cannot be shown");
        Problem::internal()
    })?;
    Ok(answer(door, outcome))
}

fn answer(door: &Door, outcome: Value) -> Response {
    if door.silent {
        return StatusCode::NO_CONTENT.into_response();
    }
    let tag = outcome[VERSION].as_u64().and_then(|version| HeaderValue::from_str(&format!("\"{version}\"")).ok());
    let status = if door.route.creates { StatusCode::CREATED } else { StatusCode::OK };
    let mut response = (status, Json(outcome)).into_response();
    if let Some(tag) = tag {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// The version that `If-Match` says was read; none when any will do.
fn version_read(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(tag) = headers.get(header::IF_MATCH) else { return Ok(None) };
    match tag.to_str().map(str::trim) {
        Ok("*") => Ok(None),
        Ok(tag) => {
            let version = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).and_then(|tag| tag.parse().ok());
            version.map(Some).ok_or_else(|| Problem::invalid("If-Match takes one ETag of ours, as in \"3\"."))
        }
        Err(_) => Err(Problem::invalid("If-Match takes one ETag of ours, as in \"3\".")),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

/// The body as an object; nothing at all is an empty one.
fn object(body: &Bytes) -> Result<Map<String, Value>, Problem> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
            Err(Problem::invalid("The body must be a JSON object."))
        }
        Err(error) => Err(Problem::invalid(format!("The body is no JSON: {error}."))),
    }
}
