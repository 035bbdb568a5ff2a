//! Nobody reaches another business's rows, and nobody does what they may not: by every operation of the catalogue, with
//! requests made of its own schemas, so that a new one cannot be forgotten.

use crate::accounts::{PASSWORD, ask, demo, key, signed_in};
use crate::house::{ACCESS_TOKEN, House, send};
use crate::mcp::client::{Client, NEWER};
use reqwest::{Method, RequestBuilder, Url};
use ringlypro::crm::operation::definition::{Confirmation, Effect, Method as Way, Route};
use ringlypro::crm::operation::{CATALOGUE, Definition, Permission};
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};
use sqlx::AssertSqlSafe;
use std::collections::{BTreeMap, HashSet};

/// An id that is nowhere.
const NOWHERE: &str = "00000000-0000-7000-8000-000000000000";

/// What a request's schema does not say it needs, by operation.
fn also(operation: &str, number: usize) -> Value {
    match operation {
        "create_contact" => json!({ "first_name": "Ana" }),
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
const ANYTHING: &[&str] = &["call"];

/// What is needed to send, so that who it is for is looked at; nothing of this is ever sent.
const CARRIERS: &[(&str, &str)] = &[
    ("TWILIO_ACCOUNT_SID", "AC1"),
    ("TWILIO_API", "http://127.0.0.1:1"),
    ("SMTP_URL", "smtp://127.0.0.1:1"),
    ("EMAIL_FROM", "office@example.com"),
];

/// Fields whose rows make way: they need not be there.
const MAKING_WAY: &[&str] = &["hold", "own_hold", "instead_of", "moving"];

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
    async fn request(&mut self, entry: &Definition) -> Value {
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
fn schema(entry: &Definition) -> Value {
    let inline = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    (entry.request)(&mut inline.into_generator()).to_value()
}

fn first_type(schema: &Value) -> &str {
    schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap_or("object")
}

/// The fields of a request that are ids, and whether it is several.
fn ids(schema: &Value) -> Vec<(String, bool)> {
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
const REST: &str = "/api";
/// Where a telephone's app asks.
const MOBILE: &str = "/api/mobile";

/// Asks for an operation over REST, in the name of a business.
async fn perform(house: &House, token: &str, business: &str, entry: &Definition, request: Value) -> (u16, Value) {
    send(asked(house, token, business, entry, request)).await
}

fn asked(house: &House, token: &str, business: &str, entry: &Definition, request: Value) -> RequestBuilder {
    asked_below(REST, house, token, business, entry, request)
}

/// The same by another door.
fn asked_below(
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

fn method(route: &Route) -> Method {
    match route.method {
        Way::Get => Method::GET,
        Way::Post => Method::POST,
        Way::Put => Method::PUT,
        Way::Patch => Method::PATCH,
        Way::Delete => Method::DELETE,
    }
}

fn with_routes() -> impl Iterator<Item = &'static Definition> {
    CATALOGUE.iter().filter(|entry| entry.about.route.is_some())
}

/// Makes a query of each table that has rows of businesses: they as texts, for the business it is given.
const ROWS_IN_SQLITE: &str = "SELECT 'SELECT ''' || t.name || ' '' || ' || group_concat('quote(' || c.name || ')', ' || ') \
     || ' FROM ' || t.name || ' WHERE business_id = $1' FROM sqlite_master t, pragma_table_info(t.name) c \
     WHERE t.type = 'table' GROUP BY t.name HAVING SUM(c.name = 'business_id') > 0";
/// The same.
const ROWS_IN_POSTGRES: &str = "SELECT 'SELECT ''' || table_name || ' '' || t::text FROM ' || table_name \
     || ' t WHERE business_id = $1' FROM information_schema.columns \
     WHERE column_name = 'business_id' AND table_schema = current_schema()";

/// Every row that is kept of a business: where they are the same, nothing of it was changed.
pub(crate) async fn kept_of(house: &House, business: &str) -> Vec<String> {
    let mut store = house.store().await;
    let of_tables = if house.database().starts_with("postgres") { ROWS_IN_POSTGRES } else { ROWS_IN_SQLITE };
    let of_tables: Vec<String> = sqlx::query_scalar(of_tables).fetch_all(&mut store).await.expect("tables");
    assert!(of_tables.len() > 20, "{of_tables:?}");
    let rows = sqlx::query_scalar(AssertSqlSafe(of_tables.join(" UNION ALL "))).bind(business.to_owned());
    let mut rows: Vec<String> = rows.fetch_all(&mut store).await.expect("rows");
    rows.sort();
    rows
}

#[tokio::test]
async fn another_business_s_id_is_an_id_that_is_nowhere() {
    assert!(nowhere(&House::with(CARRIERS).await, REST).await > 10);
}

#[tokio::test]
async fn another_business_s_id_is_an_id_that_is_nowhere_in_postgresql() {
    assert!(nowhere(&House::on_postgres_with(CARRIERS).await, REST).await > 10);
}

#[tokio::test]
async fn another_business_s_id_is_nowhere_for_an_app_too() {
    assert!(nowhere(&House::with(CARRIERS).await, MOBILE).await > 10);
}

#[tokio::test]
async fn another_business_s_id_is_nowhere_for_an_app_too_in_postgresql() {
    assert!(nowhere(&House::on_postgres_with(CARRIERS).await, MOBILE).await > 10);
}

/// The fields of an operation that name a row by its id; several at once or one.
fn naming(entry: &Definition) -> impl Iterator<Item = (String, bool)> {
    ids(&schema(entry)).into_iter().filter(|(field, _)| !ANYTHING.contains(&field.as_str()))
}

/// An operation asked for by one business, with this id in a field.
async fn with_id(asks: &mut Tenant<'_>, entry: &Definition, (field, several): (&str, bool), id: &str) -> Value {
    let mut request = asks.request(entry).await;
    request[field] = if several { json!([id]) } else { json!(id) };
    request
}

/// Asks for all there is below this path; how many operations name rows by their ids.
async fn nowhere(house: &House, below: &str) -> usize {
    let paths = house.get("/api/openapi.json").await["paths"].take();
    let (ours, theirs) = (demo(house).await, house.second_business().await);
    let token = signed_in(house, "ana@example.com", json!([{ "business": ours, "role": "owner" }])).await;
    let mut ours = Tenant::of(house, ours).await;
    let mut others = Tenant::of(house, theirs).await;
    let mut tried = HashSet::new();
    let is_here = |entry: &&Definition| {
        let route = entry.about.route.expect("a route");
        !paths[format!("{below}{}", route.path)][method(&route).as_str().to_lowercase()].is_null()
    };
    for entry in with_routes().filter(is_here) {
        let name = entry.about.name;
        let in_path: Vec<_> = entry.about.route.expect("a route").fields().collect();
        for (field, several) in naming(entry) {
            let theirs = others.row(&field).await;
            let before = kept_of(house, &others.business).await;
            let mut answers = Vec::new();
            for id in [theirs.as_str(), NOWHERE] {
                let request = with_id(&mut ours, entry, (&field, several), id).await;
                answers.push(send(asked_below(below, house, &token, &ours.business, entry, request)).await);
            }
            let refused =
                |(status, answer): &(u16, Value)| (*status, if *status < 400 { Value::Null } else { answer.clone() });
            assert_eq!(refused(&answers[0]), refused(&answers[1]), "{name}: `{field}`");
            if in_path.contains(&field.as_str()) && !MAKING_WAY.contains(&field.as_str()) {
                assert_eq!(answers[0].0, 404, "{name}: `{field}`: {}", answers[0].1);
            }
            assert_eq!(kept_of(house, &others.business).await, before, "{name}: `{field}` reached the other business");
            tried.insert(name);
        }
        let request = others.request(entry).await;
        let before = kept_of(house, &others.business).await;
        let (status, answer) = send(asked_below(below, house, &token, &others.business, entry, request)).await;
        assert_eq!((status, &answer["type"]), (404, &json!("not-found")), "{name}: {answer}");
        assert_eq!(kept_of(house, &others.business).await, before, "{name} reached the other business");
    }
    tried.len()
}

#[tokio::test]
async fn another_business_s_id_is_nowhere_for_a_model_too() {
    nowhere_for_a_model(&House::with(CARRIERS).await).await;
}

#[tokio::test]
async fn another_business_s_id_is_nowhere_for_a_model_too_in_postgresql() {
    nowhere_for_a_model(&House::on_postgres_with(CARRIERS).await).await;
}

async fn nowhere_for_a_model(house: &House) {
    let (ours, theirs) = (demo(house).await, house.second_business().await);
    let token = key(house, json!(Permission::ALL)).await;
    let mut model = Client::open(house, NEWER).await.with_token(token.clone());
    let elsewhere = format!("/mcp?business={theirs}");
    let mut elsewhere = Client::at(house, NEWER, json!({}), &elsewhere).await.with_token(token);
    let tools = model.tools().await;
    let listed: HashSet<_> = tools.iter().filter_map(|tool| tool["name"].as_str()).collect();
    let mut ours = Tenant::of(house, ours).await;
    let mut others = Tenant::of(house, theirs).await;
    let (mut tried, mut otherwise) = (HashSet::new(), Vec::new());
    for entry in with_routes() {
        let name = entry.about.name;
        for (field, several) in naming(entry) {
            let theirs = others.row(&field).await;
            let before = kept_of(house, &others.business).await;
            let mut answers = Vec::new();
            for id in [theirs.as_str(), NOWHERE] {
                let request = with_id(&mut ours, entry, (&field, several), id).await;
                let answer = model.ask("tools/call", tool_call(&listed, entry, &request)).await;
                answers.push(if answer["isError"] == true {
                    answer["content"][0]["text"].clone()
                } else if entry.about.effect == Effect::Read {
                    answer["structuredContent"].clone()
                } else {
                    answer["structuredContent"]["performed"].clone()
                });
            }
            assert_eq!(answers[0], answers[1], "{name}: `{field}`");
            let found_nothing = entry.about.effect == Effect::Read && answers[0].is_object();
            let refused = answers[0].as_str().is_some_and(|words| words.contains("not found"));
            if !(refused || found_nothing || MAKING_WAY.contains(&field.as_str())) {
                otherwise.push(format!("{name}: `{field}`: {}", answers[0]));
            }
            assert_eq!(kept_of(house, &others.business).await, before, "{name}: `{field}` reached the other business");
            tried.insert(name);
        }
        let request = others.request(entry).await;
        let before = kept_of(house, &others.business).await;
        let body = elsewhere.body("tools/call", tool_call(&listed, entry, &request));
        let (status, answer) = send(elsewhere.post(&body)).await;
        assert_eq!((status, &answer["type"]), (404, &json!("not-found")), "{name}: {answer}");
        assert_eq!(kept_of(house, &others.business).await, before, "{name} reached the other business");
    }
    assert!(otherwise.is_empty(), "{otherwise:#?}");
    assert!(listed.iter().any(|name| tried.contains(name)), "none by its own tool");
    assert!(tried.iter().any(|name| !listed.contains(name)), "none by perform_operation");
}

/// How a model asks for an operation whose client cannot ask its user: by the operation's own tool where it is listed, else
/// by its name.
fn tool_call(listed: &HashSet<&str>, entry: &Definition, request: &Value) -> Value {
    let name = entry.about.name;
    let (tool, mut arguments) = if listed.contains(name) {
        (name, request.clone())
    } else {
        ("perform_operation", json!({ "operation": name, "arguments": request }))
    };
    if entry.about.confirmation == Confirmation::Asked {
        arguments["confirm"] = json!(true);
    }
    json!({ "name": tool, "arguments": arguments })
}

#[tokio::test]
async fn what_is_made_is_read_where_the_answer_says() {
    let house = House::open().await;
    let mut others = Tenant::of(&house, house.second_business().await).await;
    let mut found = Vec::new();
    let makes =
        |entry: &&Definition| entry.about.name == "upsert_contact" || entry.about.route.is_some_and(|one| one.creates);
    for entry in with_routes().filter(makes) {
        let request = others.request(entry).await;
        let answer = asked(&house, ACCESS_TOKEN, &others.business, entry, request).send().await.expect("an answer");
        let Some(place) = answer.headers().get("location").cloned() else { continue };
        let place = place.to_str().expect("text");
        let made: Value = answer.json().await.expect("JSON");
        let (status, read) = send(ask(&house, ACCESS_TOKEN, Method::GET, place)).await;
        assert_eq!(status, 200, "{}: {place}: {read}", entry.about.name);
        assert!(
            [&made, &made["contact"], &made["import"]].contains(&&read),
            "{}: {made} is not {read}",
            entry.about.name
        );
        found.push(entry.about.name);
    }
    for made in
        ["create_contact", "upsert_contact", "book_appointment", "create_task", "create_order", "preview_import"]
    {
        assert!(found.contains(&made), "{made}: {found:?}");
    }
}

#[tokio::test]
async fn what_a_key_was_not_made_for_is_refused_by_every_operation() {
    let house = House::open().await;
    let mut ours = Tenant::of(&house, demo(&house).await).await;
    for needed in Permission::ALL {
        let others: Vec<_> = Permission::ALL.into_iter().filter(|one| *one != needed).collect();
        let token = key(&house, json!(others)).await;
        for entry in with_routes().filter(|entry| entry.about.permission == needed) {
            let request = ours.request(entry).await;
            let (status, answer) = perform(&house, &token, &ours.business, entry, request).await;
            assert_eq!((status, &answer["type"]), (403, &json!("forbidden")), "{}: {answer}", entry.about.name);
        }
    }
}

#[tokio::test]
async fn what_is_written_by_hand_is_as_closed_as_the_catalogue() {
    let house = House::open().await;
    let (ours, theirs) = (demo(&house).await, house.second_business().await);
    let token = signed_in(&house, "ana@example.com", json!([{ "business": ours, "role": "owner" }])).await;
    let third = json!({ "name": "Third", "phone": "+13055550112", "zone": "UTC", "region": "US", "agent_name": "Lina",
        "hours": house.get("/api/businesses").await["businesses"][0]["hours"] });
    assert_eq!(send(ask(&house, &token, Method::POST, "/api/businesses").json(&third)).await.0, 403);
    let (_, seen) = send(ask(&house, &token, Method::GET, "/api/businesses")).await;
    assert_eq!(seen["businesses"].as_array().map(Vec::len), Some(1), "{seen}");
    let day = "from=2026-11-24T00:00:00Z&to=2026-11-25T00:00:00Z";
    for (method, path, body) in [
        (Method::GET, "/api/calls?".to_owned(), None),
        (Method::GET, format!("/api/calls/{NOWHERE}?"), None),
        (Method::GET, format!("/api/calls/{NOWHERE}/recording?"), None),
        (Method::GET, format!("/api/appointments?{day}&"), None),
        (Method::GET, "/api/keys?".to_owned(), None),
        (Method::POST, "/api/keys?".to_owned(), Some(json!({ "name": "x", "scopes": ["reception"] }))),
        (Method::DELETE, format!("/api/keys/{NOWHERE}?"), None),
        (Method::GET, "/api/users?".to_owned(), None),
        (Method::GET, "/api/mobile/today?".to_owned(), None),
        (Method::GET, "/api/mobile/calls?".to_owned(), None),
        (Method::GET, format!("/api/mobile/calls/{NOWHERE}?"), None),
        (Method::GET, format!("/api/mobile/calls/{NOWHERE}/recording?"), None),
        (Method::GET, "/api/events?".to_owned(), None),
        (Method::GET, "/api/contacts/export?format=csv&".to_owned(), None),
        (Method::GET, format!("/api/imports/{NOWHERE}/errors?"), None),
        (Method::GET, format!("/api/mobile/appointments?{day}&"), None),
        (Method::POST, "/api/phone?".to_owned(), Some(json!({ "business": theirs }))),
        (Method::POST, "/api/mcp/chat?".to_owned(), Some(json!({ "businessId": theirs, "message": "hi" }))),
        (
            Method::POST,
            "/api/mcp/copilot/sessions/initialize?".to_owned(),
            Some(json!({ "crmType": "embedded", "locationId": theirs })),
        ),
    ] {
        let asked = ask(&house, &token, method, &format!("{path}business={theirs}"));
        let asked = body.iter().fold(asked, reqwest::RequestBuilder::json);
        let (status, answer) = send(asked).await;
        assert_eq!((status, &answer["detail"]), (404, &json!("business not found")), "{path}: {answer}");
    }
}

#[tokio::test]
async fn a_business_added_later_is_not_meant_when_none_is_named() {
    let house = House::open().await;
    let ours = demo(&house).await;
    house.pass(60);
    house.business_called("Acme Dental").await;
    let written = ask(&house, ACCESS_TOKEN, Method::POST, "/api/contacts").json(&json!({ "first_name": "Ana" }));
    let (_, ana) = send(written).await;
    assert_eq!(ana["business"], json!(ours), "{ana}");
    assert_eq!(demo(&house).await, ours, "the first of the list is the one that is meant");
}
