//! The copilot: sessions, and the whole catalogue in words.

use crate::accounts::key;
use crate::house::{ACCESS_TOKEN, House};
use reqwest::{Method, Response};
use serde_json::{Value, json};

async fn send(house: &House, method: Method, path: &str, body: Option<Value>) -> Response {
    let request = house.http.request(method, format!("{}{path}", house.base)).bearer_auth(ACCESS_TOKEN);
    let request = match body {
        Some(body) => request.json(&body),
        None => request,
    };
    request.send().await.expect("an answer")
}

pub(crate) async fn post(house: &House, path: &str, body: Value) -> Response {
    send(house, Method::POST, path, Some(body)).await
}

pub(crate) async fn opened(house: &House) -> String {
    let answer = post(house, "/api/mcp/copilot/sessions/initialize", json!({ "crmType": "embedded" })).await;
    assert_eq!(answer.status(), 201);
    let opened: Value = answer.json().await.expect("JSON");
    opened["sessionId"].as_str().expect("an id").to_owned()
}

pub(crate) async fn say(house: &House, session: &str, message: &str) -> Value {
    let answer = post(house, "/api/mcp/copilot/chat", json!({ "sessionId": session, "message": message })).await;
    assert_eq!(answer.status(), 200, "{message}");
    answer.json().await.expect("JSON")
}

/// Each message, and a part of what it is answered.
pub(crate) async fn script(house: &House, session: &str, lines: &[(&str, &str)]) {
    for (message, expected) in lines {
        let reply = say(house, session, message).await;
        assert!(reply["text"].as_str().is_some_and(|text| text.contains(expected)), "{message}: {reply:#}");
    }
}

async fn work(house: &House) {
    let session = opened(house).await;
    script(
        house,
        &session,
        &[
            ("create contact Ana Silva 305 555 0142", "✅ Added Ana Silva · +13055550142."),
            ("tag her as vip", "✅ Tagged Ana Silva: vip."),
            ("note on Ana: prefers mornings", "✅ Noted on Ana Silva: prefers mornings"),
            ("set her email to ana@example.com", "✅ Changed. Now: Ana Silva · +13055550142 · ana@example.com."),
            ("book a cleaning for Ana Silva tomorrow at 2pm", "Yes or no?"),
            ("yes", "✅ Booked: cleaning for Ana Silva, Tuesday, November 24 at 2:00 PM."),
            ("show appointments for tomorrow", "1. Tuesday, November 24 at 2:00 PM: cleaning, Ana Silva"),
            ("cancel her appointment", "Cancel Ana Silva's cleaning"),
            ("yes", "✅ Cancelled"),
        ],
    )
    .await;
    let found = say(house, &session, "find Ana Silva").await;
    assert_eq!(found["data"]["card"]["kind"], "contacts");
    assert_eq!(found["data"]["card"]["items"][0]["tags"], json!(["vip"]), "{found:#}");
    let id = found["data"]["card"]["items"][0]["id"].as_str().expect("an id").to_owned();
    let asked = say(house, &session, "delete contact Ana Silva").await;
    assert_eq!((&asked["expecting"], &asked["data"]["suggestions"]), (&json!("yes_no"), &json!(["Yes", "No"])));
    assert_eq!(house.asked(&format!("/api/contacts/{id}")).await.status(), 200, "not before a yes");
    let done = say(house, &session, "yes").await;
    assert_eq!((&done["status"], &done["data"]["operation"]), (&json!("done"), &json!("delete_contact")));
    assert_eq!(house.asked(&format!("/api/contacts/{id}")).await.status(), 404);
}

#[tokio::test]
async fn a_business_is_run_in_words() {
    work(&House::open().await).await;
}

#[tokio::test]
async fn a_business_is_run_in_words_in_postgresql() {
    work(&House::on_postgres().await).await;
}

#[tokio::test]
async fn a_session_goes_on_in_another_instance_and_after_a_restart() {
    let mut first = House::open().await;
    let session = opened(&first).await;
    script(&first, &session, &[("create contact Ana Silva 305 555 0142", "✅ Added")]).await;
    let database = first.database.clone();
    let second = House::with(&[("DATABASE_URL", &database)]).await;
    script(&second, &session, &[("add tag vip to her", "✅ Tagged Ana Silva: vip."), ("delete her", "Yes or no?")])
        .await;
    first.stop().await;
    script(&second, &session, &[("yes", "✅ Ana Silva is deleted.")]).await;
}

#[tokio::test]
async fn the_other_door_leads_to_the_session_too_and_an_ended_one_is_gone() {
    let house = House::open().await;
    let session = opened(&house).await;
    let both = json!({ "sessionId": session, "message": "show contacts" });
    let reply: Value = post(&house, "/api/mcp/chat", both.clone()).await.json().await.expect("JSON");
    assert_eq!((&reply["sessionId"], &reply["data"]["operation"]), (&json!(session), &json!("list_contacts")));
    let path = format!("/api/mcp/copilot/sessions/{session}");
    assert_eq!(send(&house, Method::DELETE, &path, None).await.status(), 204);
    assert_eq!(send(&house, Method::DELETE, &path, None).await.status(), 404);
    assert_eq!(post(&house, "/api/mcp/copilot/chat", both.clone()).await.status(), 404);
    let over = post(&house, "/api/mcp/chat", both.clone()).await;
    assert_eq!(over.status(), 404, "its words are not the receptionist's");
    let problem: Value = over.json().await.expect("JSON");
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("This session is over")), "{problem}");
    let idle = opened(&house).await;
    house.pass(31 * 60);
    let late = json!({ "sessionId": idle, "message": "show contacts" });
    assert_eq!(post(&house, "/api/mcp/chat", late).await.status(), 404);
    let nobodys = json!({ "message": both["message"] });
    let reply: Value = post(&house, "/api/mcp/chat", nobodys).await.json().await.expect("JSON");
    assert_eq!(reply["isNew"], true, "the receptionist answers those who have no session");
}

#[tokio::test]
async fn what_opens_no_session_says_what_would() {
    let house = House::open().await;
    for (body, status, words) in [
        (json!({ "crmType": "hubspot", "apiKey": "k" }), 422, "embedded"),
        (json!({ "crmType": "embedded", "apiKey": "k" }), 422, "apiKey"),
        (json!({ "crmType": "embedded", "locationId": "mine" }), 422, "locationId"),
        (json!({ "crmType": "embedded", "locationId": "019a0000-0000-7000-8000-00000000ffff" }), 404, "business"),
        (json!({}), 422, "crmType"),
    ] {
        let answer = post(&house, "/api/mcp/copilot/sessions/initialize", body).await;
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        let problem: Value = answer.json().await.expect("JSON");
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains(words)), "{problem}");
    }
    let nothing = json!({ "sessionId": opened(&house).await, "message": " " });
    assert_eq!(post(&house, "/api/mcp/copilot/chat", nothing).await.status(), 422);
}

#[tokio::test]
async fn too_many_messages_a_minute_are_asked_to_wait() {
    let house = House::open().await;
    let session = opened(&house).await;
    for _ in 0..60 {
        say(&house, &session, "hello").await;
    }
    let answer = post(&house, "/api/mcp/copilot/chat", json!({ "sessionId": session, "message": "hello" })).await;
    assert_eq!(answer.status(), 429);
    let wait: u64 = answer.headers()["retry-after"].to_str().expect("text").parse().expect("seconds");
    assert!((1..=61).contains(&wait), "{wait}");
}

#[tokio::test]
async fn a_session_is_its_opener_s_and_does_what_they_may() {
    let house = House::open().await;
    let token = key(&house, json!(["read_contacts"])).await;
    let ask = |token: &str, path: &str, body: Value| {
        let request = house.http.post(format!("{}{path}", house.base)).bearer_auth(token).json(&body);
        async move { request.send().await.expect("an answer") }
    };
    let owners = opened(&house).await;
    let theirs = json!({ "sessionId": owners, "message": "hello" });
    assert_eq!(ask(&token, "/api/mcp/copilot/chat", theirs).await.status(), 404);
    script(&house, &owners, &[("create contact Ana Silva", "✅ Added Ana Silva")]).await;

    let opening = json!({ "crmType": "embedded" });
    let answer = ask(&token, "/api/mcp/copilot/sessions/initialize", opening).await;
    let opened: Value = answer.json().await.expect("JSON");
    let say = async |message: &str| -> Value {
        let body = json!({ "sessionId": opened["sessionId"], "message": message });
        ask(&token, "/api/mcp/copilot/chat", body).await.json().await.expect("JSON")
    };
    assert_eq!(say("find Ana Silva").await["data"]["operation"], "get_contact");
    let refused = say("add tag vip to Ana Silva").await;
    assert_eq!((&refused["status"], &refused["data"]["error"]), (&json!("failed"), &json!("forbidden")));
    assert!(refused["text"].as_str().is_some_and(|text| text.contains("You're not allowed to do that")), "{refused:#}");
}
