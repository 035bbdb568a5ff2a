//! What a client is told of without asking again: lines of a call as they are said, in both eras.

use super::client::{Client, Messages, NEWER, OLDER};
use super::other_business;
use crate::accounts::key;
use crate::house::{House, eventually};
use crate::phone::Phone;
use serde_json::{Value, json};

/// The address of what is said in the one call there is, and its id.
async fn on_the_line(client: &mut Client<'_>) -> (String, Value) {
    let live = client.call("list_live_calls", json!({})).await;
    let id = live["calls"][0]["id"].clone();
    (format!("ringly://calls/{}/transcript", id.as_str().expect("a call")), id)
}

/// How much is followed, by all there are.
async fn followed(house: &House) -> usize {
    let text = house.asked("/metrics").await.text().await.expect("text");
    let line = text.lines().find_map(|line| line.strip_prefix("ringlypro_mcp_subscriptions ")).expect("the gauge");
    line.parse().expect("a number")
}

async fn nothing_is_left(house: &House) {
    eventually("nothing is followed any more", async || followed(house).await == 0).await;
}

/// The next that is told, which is that what stands at an address is another.
async fn told(messages: &mut Messages) -> Value {
    let message = messages.next().await.expect("it goes on");
    assert_eq!(message["method"], "notifications/resources/updated", "{message}");
    message["params"].clone()
}

fn listening(uris: &[&str]) -> Value {
    json!({ "notifications": { "resourceSubscriptions": uris } })
}

#[tokio::test]
async fn whoever_listens_is_told_of_each_line_until_the_call_is_over() {
    let house = House::open().await;
    let mut client = Client::open(&house, NEWER).await;
    let found = client.ask("server/discover", json!({})).await;
    assert_eq!(found["capabilities"]["resources"]["subscribe"], true, "{found}");
    let mut phone = Phone::call(&house, "CA1").await;
    phone.listen().await;
    let (uri, call) = on_the_line(&mut client).await;
    let mut stream = client.send("subscriptions/listen", listening(&[&uri, "ringly://pipelines/x"])).await;
    let accepted = stream.next().await.expect("an answer");
    assert_eq!(accepted["method"], "notifications/subscriptions/acknowledged", "{accepted}");
    assert_eq!(accepted["params"]["notifications"]["resourceSubscriptions"], json!([uri]), "{accepted}");
    eventually("it is followed", async || followed(&house).await == 1).await;

    client.call("say", json!({ "call": call, "words": "Doctor Lee is on her way." })).await;
    phone.listen().await;
    let update = told(&mut stream).await;
    assert_eq!(update["uri"], json!(uri));
    assert!(!update["_meta"]["io.modelcontextprotocol/subscriptionId"].is_null(), "{update}");
    let read = client.ask("resources/read", json!({ "uri": uri })).await;
    assert!(read["contents"][0]["text"].as_str().is_some_and(|text| text.contains("Doctor Lee")), "{read}");

    phone.hang_up().await;
    let mut rest = Vec::new();
    while let Some(message) = stream.next().await {
        rest.push(message);
    }
    let (last, updates) = rest.split_last().expect("an end");
    assert!(last["error"].is_null() && last["method"].is_null(), "it ends as it should: {last}");
    assert!(!updates.is_empty() && updates.iter().all(|one| one["params"]["uri"] == json!(uri)), "{updates:?}");
    let read = client.ask("resources/read", json!({ "uri": uri })).await;
    assert!(read["contents"][0]["text"].as_str().is_some_and(|text| text.contains("over.")), "{read}");
    nothing_is_left(&house).await;
}

#[tokio::test]
async fn whoever_goes_away_while_listening_leaves_nothing_behind() {
    let house = House::open().await;
    let mut client = Client::open(&house, NEWER).await;
    let mut phone = Phone::call(&house, "CA1").await;
    phone.listen().await;
    let (uri, _) = on_the_line(&mut client).await;
    let mut stream = client.send("subscriptions/listen", listening(&[&uri, "ringly://agenda/today"])).await;
    stream.next().await.expect("an answer");
    eventually("both are followed", async || followed(&house).await == 2).await;
    drop(stream);
    nothing_is_left(&house).await;
    phone.hang_up().await;
}

#[tokio::test]
async fn a_session_is_told_on_its_stream_of_what_it_is_subscribed_to_and_of_nothing_else() {
    let house = House::open().await;
    let mut client = Client::open(&house, OLDER).await;
    let mut stream = client.stream().await;
    let mut phone = Phone::call(&house, "CA1").await;
    phone.listen().await;
    let (uri, call) = on_the_line(&mut client).await;
    for _ in ["once", "again is the same"] {
        client.ask("resources/subscribe", json!({ "uri": uri })).await;
    }
    client.ask("resources/subscribe", json!({ "uri": "ringly://agenda/today" })).await;
    assert_eq!(followed(&house).await, 2);
    client.call("say", json!({ "call": call, "words": "Doctor Lee is on her way." })).await;
    phone.listen().await;
    assert_eq!(told(&mut stream).await["uri"], json!(uri));

    client.ask("resources/unsubscribe", json!({ "uri": uri })).await;
    eventually("the call is not followed any more", async || followed(&house).await == 1).await;
    client.call("say", json!({ "call": call, "words": "She is here." })).await;
    phone.listen().await;
    let slots = client.call("find_slots", slots(&house).await).await;
    let booking = json!({ "service": service(&house).await, "start": slots["outcome"][0]["start"],
        "customer": { "name": "Ana", "phone": "+13055550142" }, "confirm": true });
    let booked = client.call("book_appointment", booking).await;
    assert_eq!(booked["performed"], true, "{booked}");
    // What was said in between would have come before it.
    assert_eq!(told(&mut stream).await["uri"], "ringly://agenda/today");

    assert!(client.end().await.is_success());
    nothing_is_left(&house).await;
    phone.hang_up().await;
}

async fn service(house: &House) -> Value {
    house.get("/api/business").await["services"][0]["id"].clone()
}

async fn slots(house: &House) -> Value {
    json!({ "service": service(house).await, "from": "2026-11-24T00:00:00Z", "to": "2026-11-26T00:00:00Z", "limit": 1 })
}

#[tokio::test]
async fn what_is_not_theirs_is_over_or_never_changes_is_not_followed() {
    let house = House::open().await;
    let other = other_business(&house).await;
    let mut mine = Client::open(&house, NEWER).await;
    let mut phone = Phone::call(&house, "CA1").await;
    phone.listen().await;
    let (uri, _) = on_the_line(&mut mine).await;
    let elsewhere = format!("/mcp?business={other}");
    let mut theirs = Client::at(&house, NEWER, json!({}), &elsewhere).await;
    let refused = theirs.refused("subscriptions/listen", listening(&[&uri])).await;
    assert!(refused["message"].as_str().is_some_and(|text| text.contains("no such resource")), "{refused}");
    let mut older = Client::at(&house, OLDER, json!({}), &elsewhere).await;
    for uri in [uri.as_str(), "ringly://calls/00000000-0000-7000-8000-000000000000/transcript", "ringly://contacts/x"] {
        let refused = older.refused("resources/subscribe", json!({ "uri": uri })).await;
        assert!(refused["message"].as_str().is_some_and(|text| text.contains("no such resource")), "{refused}");
    }
    let token = key(&house, json!(["read_contacts"])).await;
    let mut unread = Client::open(&house, NEWER).await.with_token(token);
    let refused = unread.refused("subscriptions/listen", listening(&[&uri])).await;
    assert!(refused["message"].as_str().is_some_and(|text| text.contains("no such resource")), "{refused}");
    assert_eq!(followed(&house).await, 0);
    phone.hang_up().await;
    eventually("the line is free", async || house.open_calls() == 0).await;
    let late = mine.refused("subscriptions/listen", listening(&[&uri])).await;
    assert!(late["message"].as_str().is_some_and(|text| text.contains("no such resource")), "{late}");
}
