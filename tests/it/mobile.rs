//! The door of a telephone's app.

use crate::accounts::{PASSWORD, ask, demo, signed_in};
use crate::house::{CALLER, House, send};
use crate::imitations::{ACCOUNT, Carrier};
use crate::messages::text;
use crate::phone::Phone;
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn an_app_signs_in_sees_the_day_hears_a_call_and_works_with_contacts() {
    app(&House::open().await).await;
}

#[tokio::test]
async fn an_app_signs_in_sees_the_day_hears_a_call_and_works_with_contacts_in_postgresql() {
    app(&House::on_postgres().await).await;
}

async fn app(house: &House) {
    let business = demo(house).await;
    signed_in(house, "ana@example.com", json!([{ "business": business, "role": "agent" }])).await;
    let credentials = json!({ "email": "ana@example.com", "password": PASSWORD });
    let signing_in = house.http.post(format!("{}/api/mobile/sign-in", house.base)).json(&credentials);
    let answer = signing_in.send().await.expect("an answer");
    assert!(!answer.headers().contains_key("set-cookie"));
    let welcome: Value = answer.json().await.expect("JSON");
    let token = welcome["token"].as_str().expect("a token");
    let device =
        ask(house, token, Method::PUT, "/api/mobile/device").json(&json!({ "platform": "ios", "token": "abc" }));
    assert_eq!(send(device).await.0, 204);
    let nameless =
        ask(house, token, Method::PUT, "/api/mobile/device").json(&json!({ "platform": "ios", "token": "" }));
    assert_eq!(send(nameless).await.0, 422);

    let mine = async |token: &str| send(ask(house, token, Method::GET, "/api/mobile/devices")).await;
    let (status, devices) = mine(token).await;
    let device = &devices["devices"][0];
    assert_eq!((status, &device["platform"], &device["token"]), (200, &json!("ios"), &Value::Null), "{devices}");
    let path = format!("/api/mobile/devices/{}", device["id"].as_str().expect("an id"));
    let other = signed_in(house, "bo@example.com", json!([{ "business": business, "role": "owner" }])).await;
    assert_eq!(mine(&other).await.1["devices"], json!([]), "a telephone is one's own");
    assert_eq!(send(ask(house, &other, Method::DELETE, &path)).await.0, 404);
    assert_eq!(mine(token).await.1["devices"].as_array().map(Vec::len), Some(1));
    assert_eq!(send(ask(house, token, Method::DELETE, &path)).await.0, 204);
    assert_eq!(mine(token).await.1["devices"], json!([]));
    assert_eq!(send(ask(house, token, Method::DELETE, &path)).await.0, 404);

    let mut phone = Phone::call(house, "CAmobile").await;
    crate::calls::follow(house, &mut phone, crate::calls::BOOKING).await;
    crate::house::eventually("the call is over", async || house.open_calls() == 0).await;
    let get = async |path: &str| send(ask(house, token, Method::GET, path)).await;
    let (status, today) = get("/api/mobile/today").await;
    assert_eq!((status, &today["date"], &today["zone"]), (200, &json!("2026-11-23"), &json!("America/New_York")));
    let call = today["calls"][0]["id"].as_str().expect("a call").to_owned();
    let (status, whole) = get(&format!("/api/mobile/calls/{call}")).await;
    assert_eq!(status, 200, "{whole}");
    assert!(whole["turns"].as_array().is_some_and(|turns| turns.len() > 2), "{whole}");
    crate::house::eventually("it can be heard", async || {
        let path = format!("/api/mobile/calls/{call}/recording");
        ask(house, token, Method::GET, &path).send().await.expect("an answer").status() == 200
    })
    .await;
    let (_, booked) = get("/api/mobile/appointments?from=2026-11-24T00:00:00Z&to=2026-11-28T00:00:00Z").await;
    assert_eq!(booked["appointments"].as_array().map(Vec::len), Some(1), "{booked}");

    let made = ask(house, token, Method::POST, "/api/mobile/contacts").json(&json!({ "first_name": "Bo" }));
    let answer = made.send().await.expect("an answer");
    let place = answer.headers()["location"].to_str().expect("text").to_owned();
    assert!(place.starts_with("/api/mobile/contacts/"), "{place}");
    assert_eq!(get(&place).await.1["first_name"], "Bo");
    assert_eq!(get("/api/mobile/contacts/search?query=bo").await.1[0]["first_name"], "Bo");

    assert_eq!(send(ask(house, token, Method::DELETE, "/api/mobile/device")).await.0, 204);
    assert_eq!(send(ask(house, token, Method::POST, "/api/mobile/sign-out")).await.0, 204);
    assert_eq!(get("/api/mobile/today").await.0, 401);
}

#[tokio::test]
async fn an_app_lists_what_came_in_reads_and_answers_a_text_and_lists_calls() {
    let carrier = Carrier::start().await;
    let house = House::with(&[("TWILIO_ACCOUNT_SID", ACCOUNT), ("TWILIO_API", &carrier.base)]).await;
    inbox(&house, &carrier).await;
}

#[tokio::test]
async fn an_app_lists_what_came_in_reads_and_answers_a_text_and_lists_calls_in_postgresql() {
    let carrier = Carrier::start().await;
    let house = House::on_postgres_with(&[("TWILIO_ACCOUNT_SID", ACCOUNT), ("TWILIO_API", &carrier.base)]).await;
    inbox(&house, &carrier).await;
}

async fn inbox(house: &House, carrier: &Carrier) {
    let business = demo(house).await;
    let token = signed_in(house, "ana@example.com", json!([{ "business": business, "role": "agent" }])).await;
    let get = async |path: &str| send(ask(house, &token, Method::GET, path)).await;
    let post = async |path: &str, body| send(ask(house, &token, Method::POST, path).json(&body)).await;

    text(house, "SM9", "When are you open?").await;
    let (status, unread) = get("/api/mobile/conversations?unread=true").await;
    assert_eq!((status, unread["items"].as_array().map(Vec::len)), (200, Some(1)), "{unread}");
    assert_eq!(unread["items"][0]["unread"], 1);
    let conversation = format!("/api/mobile/conversations/{}", unread["items"][0]["id"].as_str().expect("an id"));
    let (status, said) = get(&format!("{conversation}/messages")).await;
    let words =
        |said: &Value, place: usize| (said["items"][place]["direction"].clone(), said["items"][place]["body"].clone());
    assert_eq!(status, 200, "{said}");
    // The newest first: what the receptionist answered stands before it.
    assert_eq!(said["items"].as_array().map(Vec::len), Some(2), "{said}");
    assert_eq!(words(&said, 1), (json!("inbound"), json!("When are you open?")));
    let (status, read) = post(&format!("{conversation}/read"), json!({})).await;
    assert_eq!((status, &read["unread"]), (200, &json!(0)), "{read}");
    assert_eq!(get("/api/mobile/conversations?unread=true").await.1["items"], json!([]));

    let reply = json!({ "medium": "sms", "body": "Until six today." });
    let (status, sent) = post(&format!("{conversation}/messages"), reply).await;
    assert_eq!((status, &sent["delivery"]), (201, &json!("sent")), "{sent}");
    let texts = carrier.texts();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert_eq!((texts[1]["To"].as_str(), texts[1]["Body"].as_str()), (CALLER, "Until six today."));
    let (_, said) = get(&format!("{conversation}/messages")).await;
    assert_eq!(words(&said, 0), (json!("outbound"), json!("Until six today.")));
    assert_eq!(get("/api/mobile/conversations").await.1["items"][0]["last_words"], "Until six today.");

    house.ring("CA1").await;
    house.webhook("/webhook/twilio/status", &[("CallSid", "CA1"), ("CallStatus", "canceled")]).await;
    let (status, listed) = get("/api/mobile/calls").await;
    assert_eq!((status, listed["calls"].as_array().map(Vec::len)), (200, Some(1)), "{listed}");
    let call = &listed["calls"][0];
    assert_eq!(call["from"], CALLER, "{call}");
    let (status, whole) = get(&format!("/api/mobile/calls/{}", call["id"].as_str().expect("an id"))).await;
    assert_eq!((status, &whole["call"]), (200, call), "{whole}");
}
