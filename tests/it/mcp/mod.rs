//! The door for models, in both eras, with the real router and store.

mod asking;
pub(crate) mod client;
mod live;
mod progress;
mod reading;
mod stdio;
mod subscriptions;

use crate::house::{ACCESS_TOKEN, House};
use client::{Client, NEWER, OLDER};
use ringlypro::clock::ManualClock;
use ringlypro::crm::Directory;
use ringlypro::crm::local::{Embedded, demo_business};
use ringlypro::crm::model::Hand;
use ringlypro::id::BusinessId;
use ringlypro::phone::E164;
use serde_json::{Value, json};
use std::sync::Arc;

/// Another tenant in the same house.
pub(crate) async fn other_business(house: &House) -> BusinessId {
    let clock = Arc::new(ManualClock::at("2026-11-23T15:00:00Z".parse().expect("a time")));
    let store = Embedded::open(house.database(), clock).await.expect("the store");
    let mut other = demo_business().expect("a business");
    other.id = BusinessId::fresh();
    "Zoo Dental".clone_into(&mut other.name);
    other.phone = E164::parse("+13055550177", "US").expect("a number");
    for service in &mut other.services {
        service.id = ringlypro::id::ServiceId::fresh();
    }
    store.add(&other, Hand::house()).await.expect("kept");
    store.close().await;
    other.id
}

#[tokio::test]
async fn tools_are_listed_and_called_in_both_eras() {
    let house = House::open().await;
    for revision in [OLDER, NEWER] {
        let mut client = Client::open(&house, revision).await;
        let tools = client.tools().await;
        let named = |name: &str| tools.iter().find(|tool| tool["name"] == name).unwrap_or_else(|| panic!("no {name}"));
        for tool in &tools {
            assert_eq!(
                (&tool["inputSchema"]["type"], &tool["outputSchema"]["type"]),
                (&json!("object"), &json!("object"))
            );
            assert!(tool["description"].as_str().is_some_and(|text| text.len() > 20), "{tool}");
            assert!(tool["title"].is_string() && tool["annotations"]["readOnlyHint"].is_boolean(), "{tool}");
        }
        assert!(tools.iter().all(|tool| tool["name"] != "save_contact"), "that is for conversations");
        let annotated = |name: &str| named(name)["annotations"].clone();
        assert_eq!(annotated("get_contact")["readOnlyHint"], true);
        assert_eq!(annotated("create_contact")["readOnlyHint"], false);
        assert_eq!(annotated("delete_contact")["destructiveHint"], true);
        assert_eq!(annotated("delete_contact")["openWorldHint"], false);

        let made = client.call("create_contact", json!({ "first_name": "Ana", "tags": [revision] })).await;
        assert_eq!((&made["performed"], &made["outcome"]["first_name"]), (&json!(true), &json!("Ana")));
        let got = client.call("get_contact", json!({ "contact": made["outcome"]["id"] })).await;
        assert_eq!(got["outcome"], made["outcome"]);
        let listed = client.call("list_contacts", json!({ "tag": revision })).await;
        assert_eq!(listed["outcome"]["items"].as_array().expect("items").len(), 1);
    }
}

#[tokio::test]
async fn what_a_model_did_is_told_from_what_was_done_by_hand_with_the_same_key() {
    let house = House::open().await;
    let token = crate::accounts::key(&house, json!(["read_contacts", "write_contacts"])).await;
    let by_hand = house.http.post(format!("{}/api/contacts", house.base)).bearer_auth(&token);
    let made = by_hand.json(&json!({ "first_name": "Hand" })).send().await.expect("an answer");
    assert_eq!(made.status(), 201);
    let mut model = Client::open(&house, NEWER).await.with_token(token);
    model.call("create_contact", json!({ "first_name": "Newer" })).await;
    let mut older = Client::open(&house, OLDER).await;
    older.call("create_contact", json!({ "first_name": "Older" })).await;

    let done = house.get("/api/actions?operation=create_contact").await;
    let [older, newer, hand] = done["items"].as_array().expect("actions").as_slice() else { panic!("{done}") };
    let model = json!({ "kind": "model", "client": "a test 1" });
    assert_eq!((&hand["ai"], &hand["door"]), (&Value::Null, &json!("api")));
    assert_eq!((&newer["ai"], &newer["door"]), (&model, &json!("mcp")));
    assert_eq!(newer["who"], hand["who"], "both on the word of whoever has the key");
    assert_eq!((&older["ai"], &older["who"]["kind"]), (&model, &json!("owner")));
    let by_ai = house.get("/api/actions?operation=create_contact&who=ai").await;
    assert_eq!(by_ai["items"].as_array().map(Vec::len), Some(2), "{by_ai}");
}

#[tokio::test]
async fn what_the_newer_era_asks_of_every_answer_is_there() {
    let house = House::open().await;
    let mut client = Client::open(&house, NEWER).await;
    let found = client.ask("server/discover", json!({})).await;
    assert_eq!(found["resultType"], "complete");
    assert!(
        found["supportedVersions"]
            .as_array()
            .is_some_and(|all| all.contains(&json!(OLDER)) && all.contains(&json!(NEWER)))
    );
    assert!(found["instructions"].as_str().is_some_and(|text| text.contains("find_slots")));
    let tools = client.ask("tools/list", json!({})).await;
    assert_eq!((&tools["resultType"], &tools["cacheScope"]), (&json!("complete"), &json!("private")));
    assert!(tools["ttlMs"].is_u64());
    // Within the newer era nobody opens a session, and nothing of it is left behind.
    let body = client.body("ping", json!({}));
    assert_eq!(client.post(&body).send().await.expect("an answer").status(), 404);
    let body = client.body("tools/list", json!({}));
    let contradicting = client.post(&body).header("mcp-method", "tools/call").send().await.expect("an answer");
    assert_eq!(contradicting.status(), 400);
}

#[tokio::test]
async fn whoever_has_no_token_or_comes_from_elsewhere_is_refused() {
    let house = House::open().await;
    let mut client = Client::open(&house, NEWER).await;
    let body = client.body("tools/list", json!({}));
    let status = async |request: reqwest::RequestBuilder| request.send().await.expect("an answer").status().as_u16();
    let post = || {
        let post = house.http.post(format!("{}/mcp", house.base)).json(&body);
        post.header("accept", "application/json, text/event-stream").header("mcp-method", "tools/list")
    };
    assert_eq!(status(post()).await, 401);
    assert_eq!(status(post().bearer_auth("wrong")).await, 401);
    // The page's cookie is for the page.
    let page = house.http.get(format!("{}/?token={ACCESS_TOKEN}", house.base)).send().await.expect("an answer");
    let cookie = page.headers()["set-cookie"].to_str().expect("text").split(';').next().expect("a pair").to_owned();
    assert_eq!(status(post().header("cookie", cookie)).await, 401);
    for (name, value, expected) in [
        ("origin", "https://evil.example", 403),
        ("origin", "null", 403),
        ("origin", house.base.as_str(), 200),
        ("host", "evil.example", 403),
    ] {
        assert_eq!(status(client.post(&body).header(name, value)).await, expected, "{name}: {value}");
    }
    let large = client.body("tools/call", json!({ "name": "add_note", "arguments": { "body": "x".repeat(2 << 20) } }));
    assert_eq!(status(client.post(&large)).await, 413);
}

#[tokio::test]
async fn a_house_that_listens_everywhere_is_called_by_any_of_its_addresses_and_by_no_name_it_was_not_given() {
    let house = House::with(&[("HOST", "0.0.0.0")]).await;
    let mut client = Client::open(&house, NEWER).await;
    let body = client.body("tools/list", json!({}));
    let named = async |host: &str, origin: Option<&str>| {
        let post = client.post(&body).header("host", host);
        let post = if let Some(origin) = origin { post.header("origin", origin) } else { post };
        let answer = post.send().await.expect("an answer");
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap_or_default())
    };
    for host in ["192.168.1.5:8080", "[fd00::1]:8080", "localhost"] {
        assert_eq!(named(host, None).await.0, 200, "{host}");
    }
    for host in ["rebound.example:8080", "ringly.local"] {
        let (status, problem) = named(host, None).await;
        assert_eq!((status, &problem["type"]), (403, &json!("not-addressed")), "{host}: {problem}");
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("set PUBLIC_URL")), "{problem}");
    }
    let page = named("192.168.1.5:8080", Some("http://rebound.example:8080")).await;
    assert_eq!(page.0, 403, "a page of another origin, though the address is ours");

    let house = House::with(&[("HOST", "0.0.0.0"), ("PUBLIC_URL", "https://ringly.local")]).await;
    let mut client = Client::open(&house, NEWER).await;
    let body = client.body("tools/list", json!({}));
    let answer = client.post(&body).header("host", "ringly.local").send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn what_is_wrong_is_said_in_words_that_help() {
    let house = House::open().await;
    let mut client = Client::open(&house, NEWER).await;
    let absent = client.fails("get_contact", json!({ "contact": "00000000-0000-7000-8000-000000000000" })).await;
    assert!(absent.contains("contact not found") && absent.contains("Search or list"), "{absent}");
    let misspelt = client.fails("create_contact", json!({ "first_nam": "Ana" })).await;
    assert!(misspelt.contains("first_nam") && misspelt.contains("schema"), "{misspelt}");
    let flag = client.fails("create_contact", json!({ "first_name": "Ana", "dry_run": "yes" })).await;
    assert!(flag.contains("dry_run"), "{flag}");
    client.call("create_contact", json!({ "first_name": "Ana", "phone": "305 555 0142" })).await;
    let there = client.fails("create_contact", json!({ "first_name": "Bo", "phone": "305 555 0142" })).await;
    assert!(there.contains("Another contact has this phone"), "{there}");
    let unknown = client.refused("tools/call", json!({ "name": "fly_to_the_moon", "arguments": {} })).await;
    assert_eq!(unknown["code"], -32602);
    assert_eq!(client.refused("tools/list", json!({ "cursor": "elsewhere" })).await["code"], -32602);
}

#[tokio::test]
async fn a_key_performs_once() {
    let house = House::open().await;
    let mut client = Client::open(&house, NEWER).await;
    let ana = json!({ "first_name": "Ana", "idempotency_key": "k1" });
    let first = client.call("create_contact", ana.clone()).await;
    assert_eq!(client.call("create_contact", ana).await, first);
    let reused = client.fails("create_contact", json!({ "first_name": "Bo", "idempotency_key": "k1" })).await;
    assert!(reused.contains("new key"), "{reused}");
}

#[tokio::test]
async fn another_business_s_rows_are_not_found() {
    let house = House::open().await;
    let other = other_business(&house).await;
    for revision in [OLDER, NEWER] {
        let mut mine = Client::open(&house, revision).await;
        let mut theirs = Client::at(&house, revision, json!({}), &format!("/mcp?business={other}")).await;
        let ana = mine.call("create_contact", json!({ "first_name": "Ana" })).await["outcome"]["id"].clone();
        for (tool, arguments) in [
            ("get_contact", json!({ "contact": ana })),
            ("update_contact", json!({ "contact": ana, "first_name": "Bo" })),
            ("delete_contact", json!({ "contact": ana, "confirm": true })),
            ("add_note", json!({ "contact": ana, "body": "Shy." })),
        ] {
            let refusal = theirs.fails(tool, arguments).await;
            assert!(refusal.contains("not found"), "{tool}: {refusal}");
        }
        let uri = format!("ringly://contacts/{}", ana.as_str().expect("an id"));
        let code = if revision == NEWER { -32602 } else { -32002 };
        assert_eq!(theirs.refused("resources/read", json!({ "uri": uri })).await["code"], code);
        assert_eq!(mine.call("get_contact", json!({ "contact": ana })).await["outcome"]["first_name"], "Ana");
    }
    for (business, status) in [("1", 400), ("00000000-0000-7000-8000-000000000000", 404)] {
        let mut nobody = Client::at(&house, NEWER, json!({}), &format!("/mcp?business={business}")).await;
        let body = nobody.body("tools/list", json!({}));
        assert_eq!(nobody.post(&body).send().await.expect("an answer").status(), status);
    }
}

#[tokio::test]
async fn a_key_is_offered_what_it_was_made_for() {
    let house = House::open().await;
    let key = crate::accounts::key(&house, json!(["read_contacts"])).await;
    let mut client = Client::open(&house, NEWER).await.with_token(key);
    let tools = client.tools().await;
    let offered = |name: &str| tools.iter().any(|tool| tool["name"] == name);
    assert!(offered("list_contacts") && !offered("create_contact") && !offered("read_transcript"));
    let listed = client.call("list_contacts", json!({})).await;
    assert_eq!(listed["outcome"]["items"], json!([]), "{listed}");
}

#[tokio::test]
async fn older_clients_who_take_every_session_do_not_shut_out_newer_ones() {
    let house = House::open().await;
    let mut older = None;
    for _ in 0..500 {
        older = Some(Client::open(&house, OLDER).await);
    }
    let mut older = older.expect("a client");
    assert!(!older.tools().await.is_empty(), "whoever has a session keeps it");
    assert!(!Client::open(&house, NEWER).await.tools().await.is_empty());
    for (revision, said) in [(OLDER, None), (NEWER, None), (NEWER, Some("initialize"))] {
        let params = json!({ "protocolVersion": revision, "capabilities": {}, "clientInfo": { "name": "a test", "version": "1" } });
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params });
        let post = house.http.post(format!("{}/mcp", house.base)).bearer_auth(ACCESS_TOKEN).json(&body);
        let post =
            post.header("accept", "application/json, text/event-stream").header("mcp-protocol-version", revision);
        let post = said.iter().fold(post, |post, said| post.header("mcp-method", *said));
        assert_eq!(post.send().await.expect("an answer").status(), 503, "{revision} {said:?}");
    }
}

#[tokio::test]
async fn its_health_needs_no_token() {
    let house = House::open().await;
    let answer = house.http.get(format!("{}/api/mcp/health", house.base)).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    let health: Value = answer.json().await.expect("JSON");
    assert_eq!(health["status"], "healthy");
    assert!(health["protocols"].as_array().is_some_and(|all| all.contains(&json!(NEWER))));
}
