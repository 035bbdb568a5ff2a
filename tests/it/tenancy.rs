//! Nobody reaches another business's rows, and nobody does what they may not: by every operation of the catalogue, with
//! requests made of its own schemas, so that a new one cannot be forgotten.

mod tenant;

pub(crate) use tenant::{CARRIERS, Tenant};

use crate::accounts::{ask, demo, key, signed_in};
use crate::house::{ACCESS_TOKEN, House, send};
use crate::mcp::client::{Client, NEWER};
use reqwest::Method;
use ringlypro::crm::operation::definition::{Confirmation, Effect};
use ringlypro::crm::operation::{CATALOGUE, Definition, Permission};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use std::collections::HashSet;
use tenant::{ANYTHING, MAKING_WAY, MOBILE, NOWHERE, REST, asked, asked_below, ids, method, perform, schema};

pub(crate) fn with_routes() -> impl Iterator<Item = &'static Definition> {
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
pub(crate) fn naming(entry: &Definition) -> impl Iterator<Item = (String, bool)> {
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
