//! A business and rows of it, made by requests of the catalogue's own schemas, and how its operations are asked for.

use crate::accounts::{PASSWORD, ask};
use crate::house::{ACCESS_TOKEN, House, send};
use reqwest::{Method, RequestBuilder, Url};
use ringlypro::crm::operation::definition::{Method as Way, Route};
use ringlypro::crm::operation::{CATALOGUE, Definition};
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// An id that is nowhere.
pub(super) const NOWHERE: &str = "00000000-0000-7000-8000-000000000000";

/// What a request's schema does not say it needs, by operation.
fn also(operation: &str, number: usize) -> Value {
    match operation {
        "create_contact" => json!({ "first_name": "Ana" }),
        "update_business" => json!({ "agent_name": "Ana" }),
        "preview_import" => json!({ "text": "Name,Email\nAna,ana@example.com\n" }),
        "upsert_contact" => json!({ "email": format!("ana{number}@example.com") }),
        "connect_social_account" => json!({ "webhook": "https://hooks.example/here" }),
        "add_contact_tags" | "remove_contact_tags" => json!({ "tags": ["vip"] }),
        _ => json!({}),
    }
}

/// The row that must be there before an operation makes sense, where no field says so.
fn before(operation: &str) -> Option<&'static str> {
    (operation == "create_opportunity").then_some("pipeline")
}

/// The operation that makes the row a field names, where it is not called `create_` or `add_` and the field.
fn maker(field: &str) -> &str {
    match field {
        "appointment" | "moving" => "book_appointment",
        "hold" | "own_hold" | "instead_of" => "hold_slots",
        "stage" => "create_pipeline",
        "conversation" => "log_call",
        "account" | "accounts" => "connect_social_account",
        "gone" | "keep" => "create_contact",
        "import" => "preview_import",
        "list" => "create_smart_list",
        "post" => "create_social_post",
        field => field,
    }
}

/// Fields whose ids are only written down beside a row: the call something was done in.
pub(super) const ANYTHING: &[&str] = &["call"];

/// What is needed to send, so that who it is for is looked at; nothing of this is ever sent.
pub(crate) const CARRIERS: &[(&str, &str)] = &[
    ("TWILIO_ACCOUNT_SID", "AC1"),
    ("TWILIO_API", "http://127.0.0.1:1"),
    ("SMTP_URL", "smtp://127.0.0.1:1"),
    ("EMAIL_FROM", "office@example.com"),
];

/// Fields whose rows make way: they need not be there.
pub(super) const MAKING_WAY: &[&str] = &["hold", "own_hold", "instead_of", "moving"];

/// A business and rows of it, each made when it is first needed.
pub(crate) struct Tenant<'h> {
    house: &'h House,
    pub(crate) business: String,
    rows: BTreeMap<String, String>,
    slots: std::vec::IntoIter<Value>,
    number: usize,
}

impl<'h> Tenant<'h> {
    pub(crate) async fn of(house: &'h House, business: String) -> Self {
        let (_, businesses) = send(ask(house, ACCESS_TOKEN, Method::GET, "/api/businesses")).await;
        let all = businesses["businesses"].as_array().expect("businesses").clone();
        let ours = all.iter().find(|one| one["id"] == json!(business)).expect("ours");
        let service = ours["services"][0]["id"].as_str().expect("a service").to_owned();
        let path = format!(
            "/api/slots?business={business}&service={service}&from=2026-11-24T00:00:00Z&to=2026-12-19T00:00:00Z&limit=200"
        );
        let (status, slots) = send(ask(house, ACCESS_TOKEN, Method::GET, &path)).await;
        assert_eq!(status, 200, "{slots}");
        let slots = slots.as_array().expect("slots").clone().into_iter();
        let rows = BTreeMap::from([("service".to_owned(), service)]);
        Self { house, business, rows, slots, number: 0 }
    }

    /// The id of a row of ours that such a field names.
    pub(crate) async fn row(&mut self, field: &str) -> String {
        if let Some(id) = self.rows.get(field) {
            return id.clone();
        }
        if field == "owner" || field == "assignee" {
            return self.colleague(field).await;
        }
        if field == "action" {
            return self.last_action().await;
        }
        let names = [maker(field).to_owned(), format!("create_{field}"), format!("add_{field}")];
        let entry = CATALOGUE.iter().find(|entry| names.iter().any(|name| name == entry.about.name));
        let entry = entry.unwrap_or_else(|| panic!("how is the row made that `{field}` names? Say it in `maker`"));
        let request = Box::pin(self.request(entry)).await;
        let (status, made) = perform(self.house, ACCESS_TOKEN, &self.business, entry, request.clone()).await;
        assert!((200..300).contains(&status), "{} {request}: {status} {made}", entry.about.name);
        let id = match field {
            "stage" => &made["stages"][0]["id"],
            "conversation" => &made["conversation"],
            "import" => &made["import"]["id"],
            _ => &made["id"],
        };
        let id = id.as_str().unwrap_or_else(|| panic!("{}: no id in {made}", entry.about.name)).to_owned();
        self.rows.insert(field.to_owned(), id.clone());
        id
    }

    /// Somebody who comes in here.
    async fn colleague(&mut self, field: &str) -> String {
        let email = format!("{field}@{}.example.com", self.business);
        let new = json!({ "email": email, "password": PASSWORD,
            "businesses": [{ "business": self.business, "role": "agent" }] });
        let (status, user) = send(ask(self.house, ACCESS_TOKEN, Method::POST, "/api/users").json(&new)).await;
        assert_eq!(status, 201, "{user}");
        let id = user["id"].as_str().expect("an id").to_owned();
        self.rows.insert(field.to_owned(), id.clone());
        id
    }

    /// What was done here last.
    async fn last_action(&mut self) -> String {
        Box::pin(self.row("contact")).await;
        let path = format!("/api/actions?business={}&limit=1", self.business);
        let (status, actions) = send(ask(self.house, ACCESS_TOKEN, Method::GET, &path)).await;
        assert_eq!(status, 200, "{actions}");
        actions["items"][0]["id"].as_str().unwrap_or_else(|| panic!("no action in {actions}")).to_owned()
    }

    /// A request that makes sense here: what the schema requires, and what it cannot say.
    pub(super) async fn request(&mut self, entry: &Definition) -> Value {
        if let Some(field) = before(entry.about.name) {
            self.row(field).await;
        }
        let mut request = self.sample("", &schema(entry)).await;
        self.number += 1;
        if let (Value::Object(request), Value::Object(also)) = (&mut request, also(entry.about.name, self.number)) {
            request.extend(also);
        }
        request
    }

    /// A value of a schema.
    async fn sample(&mut self, field: &str, schema: &Value) -> Value {
        if schema["format"] == "uuid" {
            return json!(self.row(field).await);
        }
        if let Some(first) = schema["enum"].as_array().and_then(|names| names.first()) {
            return first.clone();
        }
        if let Some(first) = ["oneOf", "anyOf"].iter().find_map(|of| schema[of].as_array()?.first()) {
            return Box::pin(self.sample(field, first)).await;
        }
        if !schema["const"].is_null() {
            return schema["const"].clone();
        }
        match first_type(schema) {
            "object" => {
                let mut object = Map::new();
                for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                    let value = Box::pin(self.sample(name, &schema["properties"][name])).await;
                    object.insert(name.to_owned(), value);
                }
                Value::Object(object)
            }
            "array" => json!([Box::pin(self.sample(field, &schema["items"])).await]),
            "integer" | "number" => json!(1),
            "boolean" => json!(true),
            _ if schema["format"] == "date" => json!(if field == "to" { "2026-11-25" } else { "2026-11-24" }),
            _ if schema["format"] == "date-time" => match field {
                "from" => json!("2026-11-24T00:00:00Z"),
                "to" => json!("2026-11-25T00:00:00Z"),
                _ => self.slots.next().expect("a free slot")["start"].clone(),
            },
            _ if field.contains("phone") => json!("+13055550142"),
            _ if field.contains("email") => json!("ana@example.com"),
            _ => {
                self.number += 1;
                json!(format!("word{}", self.number))
            }
        }
    }
}

/// An operation's request, with all that it refers to in it.
pub(super) fn schema(entry: &Definition) -> Value {
    let inline = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    (entry.request)(&mut inline.into_generator()).to_value()
}

fn first_type(schema: &Value) -> &str {
    schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap_or("object")
}

/// The fields of a request that are ids, and whether it is several.
pub(super) fn ids(schema: &Value) -> Vec<(String, bool)> {
    let fields = schema["properties"].as_object().into_iter().flatten();
    let of = |one: &Value| {
        one["format"] == "uuid"
            || one["anyOf"].as_array().is_some_and(|all| all.iter().any(|one| one["format"] == "uuid"))
    };
    fields
        .filter(|(_, one)| of(one) || of(&one["items"]))
        .map(|(name, one)| (name.clone(), of(&one["items"])))
        .collect()
}

/// Where the catalogue is asked.
pub(super) const REST: &str = "/api";
/// Where a telephone's app asks.
pub(super) const MOBILE: &str = "/api/mobile";

/// Asks for an operation over REST, in the name of a business.
pub(super) async fn perform(
    house: &House,
    token: &str,
    business: &str,
    entry: &Definition,
    request: Value,
) -> (u16, Value) {
    send(asked(house, token, business, entry, request)).await
}

pub(super) fn asked(house: &House, token: &str, business: &str, entry: &Definition, request: Value) -> RequestBuilder {
    asked_below(REST, house, token, business, entry, request)
}

/// The same by another door.
pub(super) fn asked_below(
    below: &str,
    house: &House,
    token: &str,
    business: &str,
    entry: &Definition,
    request: Value,
) -> RequestBuilder {
    let route = entry.about.route.expect("a route");
    let Value::Object(mut fields) = request else { panic!("no object: {request}") };
    let mut path = format!("{below}{}", route.path);
    for field in route.fields() {
        let value = fields.remove(field).unwrap_or_else(|| panic!("{}: no `{field}`", entry.about.name));
        path = path.replace(&format!("{{{field}}}"), value.as_str().expect("a text"));
    }
    let mut address =
        Url::parse_with_params(&format!("http://house{path}"), [("business", business)]).expect("an address");
    let in_query = matches!(route.method, Way::Get | Way::Delete);
    for (name, value) in fields.iter().filter(|_| in_query) {
        let values = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
        address.query_pairs_mut().extend_pairs(values.iter().map(|value| (name, text(value))));
    }
    let path = format!("{}?{}", address.path(), address.query().unwrap_or_default());
    let asked = ask(house, token, method(&route), &path);
    if in_query { asked } else { asked.json(&fields) }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

pub(super) fn method(route: &Route) -> Method {
    match route.method {
        Way::Get => Method::GET,
        Way::Post => Method::POST,
        Way::Put => Method::PUT,
        Way::Patch => Method::PATCH,
        Way::Delete => Method::DELETE,
    }
}
