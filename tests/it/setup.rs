//! Whoever runs the business changes how it is set up, and what answers for it follows without a restart.

use crate::accounts::{ask, demo, key, signed_in};
use crate::house::{ACCESS_TOKEN, House, eventually, send};
use reqwest::Method;
use serde_json::{Value, json};

async fn change(house: &House, token: &str, body: &Value) -> (u16, Value) {
    send(ask(house, token, Method::PATCH, "/api/business").json(body)).await
}

async fn say(house: &House, session: Option<&Value>, message: &str) -> Value {
    let mut body = json!({ "message": message });
    if let Some(session) = session {
        body["sessionId"] = session.clone();
    }
    let (status, reply) = send(ask(house, ACCESS_TOKEN, Method::POST, "/api/mcp/chat").json(&body)).await;
    assert_eq!(status, 200, "{reply}");
    reply
}

#[tokio::test]
async fn an_owner_changes_the_business_and_an_agent_of_it_does_not() {
    owned(&House::open().await).await;
}

#[tokio::test]
async fn an_owner_changes_the_business_and_an_agent_of_it_does_not_in_postgresql() {
    owned(&House::on_postgres().await).await;
}

async fn owned(house: &House) {
    let business = demo(house).await;
    let body = json!({ "name": "Elm Street Dental" });
    for role in ["agent", "viewer"] {
        let token =
            signed_in(house, &format!("{role}@example.com"), json!([{ "business": business, "role": role }])).await;
        let (status, problem) = change(house, &token, &body).await;
        assert_eq!((status, &problem["type"]), (403, &json!("forbidden")), "{role}: {problem}");
    }
    let owner = signed_in(house, "ana@example.com", json!([{ "business": business, "role": "owner" }])).await;
    let read = ask(house, &owner, Method::GET, "/api/business").send().await.expect("an answer");
    let tag = read.headers()["etag"].to_str().expect("a tag").to_owned();
    let before: Value = read.json().await.expect("JSON");
    let with_tag = || ask(house, &owner, Method::PATCH, "/api/business").header("If-Match", &tag).json(&body);
    let (status, after) = send(with_tag()).await;
    assert_eq!((status, &after["name"], &after["services"]), (200, &body["name"], &before["services"]), "{after}");
    let (status, problem) = send(with_tag()).await;
    assert_eq!((status, &problem["type"]), (412, &json!("stale")), "{problem}");
    for (wrong, why) in [
        (json!({}), "say what is to be changed"),
        (json!({ "zone": "Mars/Olympus" }), "IANA"),
        (json!({ "phone": "+13055550111" }), "phone"),
        (json!({ "services": [{ "name": "a", "minutes": 5 }, { "name": "A", "minutes": 5 }] }), "called"),
    ] {
        let (status, problem) = change(house, &owner, &wrong).await;
        assert_eq!(status, 422, "{problem}");
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains(why)), "{problem}");
    }
    let (_, actions) = send(ask(house, &owner, Method::GET, "/api/actions?limit=1")).await;
    let action = &actions["items"][0];
    assert_eq!((&action["operation"], &action["rows"]), (&json!("update_business"), &json!(1)), "{actions}");
    let path = format!("/api/actions/{}/undo", action["id"].as_str().expect("an id"));
    assert_eq!(send(ask(house, &owner, Method::POST, &path)).await.0, 200);
    assert_eq!(house.get("/api/business").await["name"], before["name"]);
}

#[tokio::test]
async fn a_chat_that_goes_on_the_next_call_and_the_copilot_know_what_was_changed() {
    let house = House::open().await;
    let before = say(&house, None, "What is your address?").await;
    assert!(before["text"].as_str().is_some_and(|text| text.contains("120 Oak Street")), "{before}");
    house.ring("CA1").await;
    let spoken = || house.speech.spoken.lock().expect("not poisoned").join(" ");
    eventually("the greeting is made", async || spoken().contains("Oak Street Dental")).await;

    let moved = json!({ "name": "Elm Street Dental", "address": "9 Elm Street" });
    assert_eq!(change(&house, ACCESS_TOKEN, &moved).await.0, 200);
    let after = say(&house, Some(&before["sessionId"]), "What is your address?").await;
    assert_eq!(after["isNew"], false);
    assert!(after["text"].as_str().is_some_and(|text| text.contains("9 Elm Street")), "{after}");
    house.ring("CA2").await;
    eventually("the new name is said", async || spoken().contains("Elm Street Dental")).await;

    let off = json!({ "voice_enabled": false, "transfer_to": null });
    assert_eq!(change(&house, ACCESS_TOKEN, &off).await.0, 200);
    let document = house.ring("CA3").await;
    assert!(!document.contains("<Stream") && !document.contains("<Dial"), "{document}");
}

#[tokio::test]
async fn a_business_is_added_by_the_rules_it_is_changed_by() {
    let house = House::open().await;
    let hours = house.get("/api/business").await["hours"].take();
    let whole = json!({ "name": " Second  one ", "phone": "+13055550111", "zone": "UTC", "region": "us",
        "agent_name": "Lina", "hours": hours, "services": [{ "name": "cleaning", "minutes": 30 }] });
    let add = async |body: &Value| send(ask(&house, ACCESS_TOKEN, Method::POST, "/api/businesses").json(body)).await;
    for (field, wrong) in [
        ("name", json!("")),
        ("name", json!("a".repeat(121))),
        ("agent_name", json!("a".repeat(121))),
        ("address", json!("a".repeat(301))),
        ("region", json!("USA")),
        ("zone", json!("")),
        ("services", json!([{ "name": "cleaning", "minutes": 0 }])),
        ("services", json!([{ "name": "cleaning", "minutes": 30, "price_minor": -1 }])),
        ("services", json!(vec![json!({ "name": "a", "minutes": 5 }); 201])),
        ("services", json!([{ "id": "00000000-0000-7000-8000-000000000000", "name": "a", "minutes": 5 }])),
    ] {
        let mut body = whole.clone();
        body[field] = wrong;
        let (status, problem) = add(&body).await;
        assert_eq!((status, &problem["type"]), (422, &json!("invalid")), "{field}: {problem}");
    }
    let (status, made) = add(&whole).await;
    assert_eq!((status, &made["name"], &made["region"]), (201, &json!("Second one"), &json!("US")), "{made}");
}

#[tokio::test]
async fn files_and_accounts_beyond_the_limits_are_refused_at_the_door() {
    let house = House::open().await;
    let token = key(&house, json!(["write_contacts", "send_messages"])).await;
    let long = "a".repeat(121);
    let file = ask(&house, &token, Method::POST, &format!("/api/imports/file?name={long}"))
        .header("content-type", "text/csv")
        .body("Name,Email\nAna,ana@example.com\n");
    let (status, problem) = send(file).await;
    assert_eq!((status, &problem["type"]), (422, &json!("invalid")), "{problem}");
    let ids: Vec<_> = (0..21).map(|number| format!("00000000-0000-7000-8000-0000000000{number:02}")).collect();
    let post = json!({ "text": "We have moved.", "accounts": ids });
    let (status, problem) = send(ask(&house, &token, Method::POST, "/api/social/posts").json(&post)).await;
    assert_eq!(status, 422, "{problem}");
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("at most 20 accounts")), "{problem}");
    let document = house.get("/api/openapi.json").await;
    let accounts = &document["paths"]["/api/social/posts"]["post"]["requestBody"];
    assert!(accounts.to_string().contains(r#""maxItems":20"#), "{accounts}");
    let name = document["paths"]["/api/imports/file"]["post"]["parameters"].to_string();
    assert!(name.contains(r#""maxLength":120"#), "{name}");
    let added = document["components"]["schemas"]["NewBusiness"].to_string();
    assert!(added.contains(r#""maxItems":200"#) && added.contains(r#""maxLength":300"#), "{added}");
}
