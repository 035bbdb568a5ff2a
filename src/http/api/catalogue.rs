//! REST, made of the catalogue: a route for every operation that has one.
//!
//! What reads or removes takes its request from the query, all else from a JSON body; what stands in the path joins it.
//! `If-Match` is the version that was read, `Idempotency-Key` makes a repeat harmless, `?business=` says whose it is. What was
//! made is answered with 201 and where it is found. The rest is the façade's: this door adds no rule of its own.

use super::described::filter;
use super::place;
use crate::accounts::Caller;
use crate::crm::Request;
use crate::crm::model::Source;
use crate::crm::operation::definition::{Effect, Method, Route};
use crate::crm::operation::{CATALOGUE, Definition};
use crate::http::extract::{As, Ask, Given, Named, refuse_nul};
use crate::http::problem::Problem;
use crate::http::{FILE_BYTES_MAX, House};
use crate::id::BusinessId;
use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::on;
use axum::{Json, body::Bytes};
use schemars::generate::SchemaSettings;
use serde_json::{Map, Number, Value};
use std::collections::HashMap;
use std::sync::Arc;

/// What makes a repeat harmless.
pub(super) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Whose data it is, in the query; the first of theirs that was added when it is not said.
pub(super) const BUSINESS: &str = "business";
/// The field of a request that says which version was read, and of an outcome that says which there is.
pub(super) const VERSION: &str = "version";

/// The field of an outcome that says whether it made something.
pub(super) const CREATED: &str = "created";

/// A part of the catalogue, as one door has it.
pub(in crate::http) struct Part {
    /// Where its routes are.
    pub(super) below: &'static str,
    /// The door.
    source: Source,
    /// The operations by name; none: all that have a route.
    only: Option<&'static [&'static str]>,
    /// What the document puts before their names.
    pub(super) prefix: &'static str,
}

/// All of it.
pub(in crate::http) const REST: Part = Part { below: "/api", source: Source::Api, only: None, prefix: "" };

/// What a telephone's app shows and does.
pub(in crate::http) const MOBILE: Part = Part {
    below: "/api/mobile",
    source: Source::Mobile,
    only: Some(&[
        "search_contacts",
        "list_contacts",
        "get_contact",
        "create_contact",
        "update_contact",
        "list_notes",
        "add_note",
        "find_slots",
        "get_appointment",
        "book_appointment",
        "confirm_appointment",
        "reschedule_appointment",
        "cancel_appointment",
        "list_conversations",
        "list_messages",
        "send_message",
        "mark_read",
    ]),
    prefix: "mobile_",
};

impl Part {
    /// Its operations and their routes.
    pub(super) fn routes(&self) -> impl Iterator<Item = (&'static Definition, Route)> {
        let wanted = |entry: &&Definition| self.only.is_none_or(|only| only.contains(&entry.about.name));
        CATALOGUE.iter().filter(wanted).filter_map(|entry| Some((entry, entry.about.route?)))
    }
}

/// The routes of a part.
pub(in crate::http) fn routes(part: &'static Part) -> Router<Arc<House>> {
    let mut router = Router::new();
    for (entry, route) in part.routes() {
        let door: &'static Door = Box::leak(Box::new(Door::to(part, entry, route)));
        let way = on(filter(route.method), move |house, caller, named, asked, headers, body| {
            perform(door, house, caller, named, asked, headers, body)
        });
        let way = if route.large { way.layer(DefaultBodyLimit::max(FILE_BYTES_MAX)) } else { way };
        router = router.route(&format!("{}{}", part.below, route.path), way);
    }
    router
}

/// The way to one operation.
struct Door {
    part: &'static Part,
    entry: &'static Definition,
    route: Route,
    /// The request's fields, and how each is written in a path or a query.
    fields: HashMap<String, Written>,
    /// Whether success is only that it happened.
    silent: bool,
    /// Where what it makes is found from then on, and the field of its id there.
    made_at: Option<(&'static str, &'static str)>,
}

/// How a value is written where there is only text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    Text,
    Number,
    Boolean,
    Id,
    /// Once for each.
    Several,
}

impl Door {
    fn to(part: &'static Part, entry: &'static Definition, route: Route) -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
        let request = (entry.request)(&mut settings.clone().into_generator()).to_value();
        let outcome = (entry.outcome)(&mut settings.into_generator()).to_value();
        let fields = request["properties"].as_object().into_iter().flatten();
        Self {
            part,
            entry,
            route,
            fields: fields.map(|(field, schema)| (field.clone(), Written::of(schema))).collect(),
            silent: outcome["type"] == "null",
            made_at: made_at(part, &route),
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
                return Err(Problem::malformed(format!("`{field}` belongs into the body.")));
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
        let wrong = |right: &str| Problem::malformed(format!("`{field}` takes {right}."));
        let value = match self.fields.get(&field).copied().unwrap_or(Written::Text) {
            Written::Text => Value::String(text),
            Written::Id if text.parse::<BusinessId>().is_ok() => Value::String(text),
            Written::Id => return Err(wrong("an id")),
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
            return Err(Problem::malformed(format!("`{field}` is there twice.")));
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
        } else if schema["format"] == "uuid" {
            Self::Id
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
    As(caller): As<Caller>,
    Named(named): Named<HashMap<String, String>>,
    Ask(asked): Ask<Vec<(String, String)>>,
    headers: HeaderMap,
    Given(body): Given,
) -> Result<Response, Problem> {
    if takes_body(door.route.method) && !body.is_empty() && !is_json(&headers) {
        return Err(Problem::not_json());
    }
    if headers.contains_key(header::IF_MATCH) && !door.fields.contains_key(VERSION) {
        return Err(Problem::malformed("This takes no If-Match: it does what it does at whichever version there is."));
    }
    let wanted = asked.iter().find(|(field, _)| field == BUSINESS).map(|(_, text)| text.parse::<BusinessId>());
    let wanted = wanted.transpose().map_err(|_| Problem::malformed("`business` takes a business's id."))?;
    let (business, by) = place(&house, &caller, wanted).await?;
    let mut request = door.request(named, asked, &body)?;
    if let Some(version) = version_read(&headers)? {
        request.insert(VERSION.to_owned(), version.into());
    }
    let operation = (door.entry.read)(Value::Object(request));
    // Without a body it was the address that could not be read.
    let operation = operation.map_err(|error| {
        if takes_body(door.route.method) { error.into() } else { Problem::malformed(error.to_string()) }
    })?;
    let writes = door.entry.about.effect != Effect::Read;
    let key = if writes { idempotency_key(&headers)? } else { None };
    let request = Request::new(business.id, door.part.source, by, operation).once(key);
    let outcome = house.crm.perform(request).await?;
    let outcome = outcome.to_value().map_err(|error| {
        tracing::error!(%error, "an outcome cannot be shown");
        Problem::internal()
    })?;
    Ok(answer(door, wanted, outcome))
}

/// The answer; `wanted` is the business that was named.
fn answer(door: &Door, wanted: Option<BusinessId>, outcome: Value) -> Response {
    if door.silent {
        return StatusCode::NO_CONTENT.into_response();
    }
    // What may or may not make something says so, beside what it made.
    let made = door.route.creates || outcome[CREATED] == true;
    let field = door.made_at.map(|(_, field)| &outcome[field]);
    let row = field.filter(|field| field.is_object()).unwrap_or(&outcome);
    let tag = row[VERSION].as_u64().and_then(|version| HeaderValue::from_str(&format!("\"{version}\"")).ok());
    // Where the field is the id of something there was before, what was made is beside it and has no place of its own.
    let own = made && field.is_some_and(|field| field.is_object() || field.is_null());
    let whose = wanted.map(|business| format!("?{BUSINESS}={business}")).unwrap_or_default();
    let place = door.made_at.zip(row["id"].as_str()).filter(|_| own);
    let place =
        place.and_then(|((path, _), id)| HeaderValue::from_str(&format!("{}{path}/{id}{whose}", door.part.below)).ok());
    let status = if made { StatusCode::CREATED } else { StatusCode::OK };
    let mut response = (status, Json(outcome)).into_response();
    let headers = response.headers_mut();
    headers.extend(tag.map(|tag| (header::ETAG, tag)));
    headers.extend(place.map(|place| (header::LOCATION, place)));
    response
}

/// Where what a route makes is read: `/contacts/{contact}` for what is made at `/contacts`; none: in its list only.
fn made_at(part: &Part, route: &Route) -> Option<(&'static str, &'static str)> {
    let collection = route.path.rsplit('/').next()?;
    let mut read = part.routes().map(|(_, route)| route).filter(|route| route.method == Method::Get);
    read.find_map(|one| {
        let (path, field) = one.path.strip_suffix('}')?.split_once("/{")?;
        let here = path == route.path || path.strip_prefix('/') == Some(collection);
        (here && !field.contains('/')).then_some((path, field))
    })
}

/// What makes a repeat harmless, when it is there.
pub(in crate::http) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let key = headers.get(IDEMPOTENCY_KEY).map(HeaderValue::to_str).transpose();
    let key = key.map_err(|_| Problem::malformed("An Idempotency-Key is made of plain characters."))?;
    Ok(key.map(str::to_owned))
}

/// The version that `If-Match` says was read; none when any will do.
fn version_read(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(tag) = headers.get(header::IF_MATCH) else { return Ok(None) };
    match tag.to_str().map(str::trim) {
        Ok("*") => Ok(None),
        Ok(tag) => {
            let version = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).and_then(|tag| tag.parse().ok());
            version.map(Some).ok_or_else(|| Problem::malformed("If-Match takes one ETag of ours, as in \"3\"."))
        }
        Err(_) => Err(Problem::malformed("If-Match takes one ETag of ours, as in \"3\".")),
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
    refuse_nul(body)?;
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
            Err(Problem::invalid("The body must be a JSON object."))
        }
        Err(error) => Err(Problem::malformed(format!("The body is no JSON: {error}."))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_a_part_names_has_a_route() {
        let only = MOBILE.only.unwrap_or_default();
        assert_eq!(MOBILE.routes().count(), only.len(), "{only:?}");
    }

    #[test]
    fn what_is_made_is_found_where_the_catalogue_says() {
        let found = |path| made_at(&REST, &Route::create(path));
        assert_eq!(found("/contacts"), Some(("/contacts", "contact")));
        assert_eq!(found("/social/posts"), Some(("/social/posts", "post")));
        assert_eq!(
            found("/contacts/{contact}/notes"),
            None,
            "a note is changed at a place of its own, and read in its list"
        );
        assert_eq!(found("/holds/nowhere"), None);
    }
}
