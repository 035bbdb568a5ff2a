//! The same dialogue in text.

use crate::house::{ACCESS_TOKEN, House};
use serde_json::{Value, json};

async fn say(house: &House, session: &Value, message: &str) -> Value {
    let body =
        if session.is_null() { json!({"message": message}) } else { json!({"sessionId": session, "message": message}) };
    let request = house.http.post(format!("{}/api/mcp/chat", house.base)).bearer_auth(ACCESS_TOKEN).json(&body);
    let answer = request.send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    answer.json().await.expect("JSON")
}

#[tokio::test]
async fn an_appointment_is_booked_by_chat() {
    let house = House::open().await;
    let mut reply = say(&house, &Value::Null, "I'd like to book a cleaning tomorrow at 2pm").await;
    let session = reply["sessionId"].clone();
    assert_eq!(reply["isNew"], true);
    for _ in 0..8 {
        let text = reply["text"].as_str().expect("text").to_lowercase();
        let answer = if text.contains("shall i book") || text.contains("is that right") {
            "yes"
        } else if text.contains("number") {
            "305 555 0142"
        } else if text.contains("name") {
            "Ana Silva"
        } else {
            break;
        };
        reply = say(&house, &session, answer).await;
        assert_eq!((&reply["sessionId"], &reply["isNew"]), (&session, &false.into()));
    }
    assert_eq!(reply["status"], "done", "{reply:#}");
    let agenda = house.get("/api/appointments?from=2026-11-24T00:00:00Z&to=2026-11-25T00:00:00Z").await;
    assert_eq!(agenda["appointments"][0]["slot"]["start"], "2026-11-24T19:00:00Z", "{agenda:#}");
    assert_eq!(agenda["appointments"][0]["source"], "web");
    // What was said before it was known who it is stands in their timeline too.
    let conversations = house.get("/api/conversations").await;
    let conversation = &conversations["items"][0];
    assert_eq!((&conversation["last_medium"], &conversation["unread"]), (&json!("chat"), &json!(0)), "{conversations}");
    assert_eq!(conversation["contact"], agenda["appointments"][0]["contact"]);
    let id = conversation["id"].as_str().expect("an id");
    let messages = house.get(&format!("/api/conversations/{id}/messages")).await;
    let first = messages["items"].as_array().expect("items").last().expect("the first");
    assert_eq!(first["body"], "I'd like to book a cleaning tomorrow at 2pm");
}

#[tokio::test]
async fn what_is_no_message_is_a_problem() {
    let house = House::open().await;
    let post = |body: String| {
        let request = house.http.post(format!("{}/api/mcp/chat", house.base)).bearer_auth(ACCESS_TOKEN);
        request.header("content-type", "application/json").body(body).send()
    };
    for (body, status) in [
        ("{}".to_owned(), 422),
        ("not json".to_owned(), 400),
        (r#"{"message": "  "}"#.to_owned(), 422),
        (format!(r#"{{"message": "{}"}}"#, "x".repeat(10_000)), 422),
        (format!(r#"{{"message": "{}"}}"#, "x".repeat(100_000)), 413),
        (r#"{"sessionId": "mine", "message": "hi"}"#.to_owned(), 422),
    ] {
        let answer = post(body).await.expect("an answer");
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
    }
}
