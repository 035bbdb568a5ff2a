//! Calls that are on the line: read, spoken into, connected, ended.

use super::client::{Client, NEWER, OLDER};
use super::other_business;
use crate::accounts::key;
use crate::house::{House, eventually};
use crate::phone::Phone;
use serde_json::{Value, json};

async fn the_call(client: &mut Client<'_>) -> Value {
    let live = client.call("list_live_calls", json!({})).await;
    assert_eq!(live["calls"].as_array().expect("calls").len(), 1, "{live}");
    live["calls"][0].clone()
}

#[tokio::test]
async fn a_live_call_is_read_and_spoken_into() {
    let house = House::open().await;
    let mut client = Client::open(&house, NEWER).await;
    assert_eq!(client.call("list_live_calls", json!({})).await, json!({ "calls": [] }));
    let mut phone = Phone::call(&house, "CA1").await;
    phone.listen().await;
    let call = the_call(&mut client).await;
    assert_eq!((&call["from"], &call["last"]["who"]), (&json!(crate::house::CALLER), &json!("agent")));
    let said = client.call("say", json!({ "call": call["id"], "words": "Doctor Lee is on her way." })).await;
    assert_eq!(said, json!({ "performed": true }));
    phone.listen().await;
    let transcript = client.call("read_transcript", json!({ "call": call["id"] })).await;
    assert_eq!(transcript["live"], true);
    let last = transcript["turns"].as_array().expect("turns").last().expect("a turn").clone();
    assert_eq!((&last["who"], &last["text"]), (&json!("agent"), &json!("Doctor Lee is on her way.")));
    let listed = client.ask("resources/list", json!({})).await;
    let uri = format!("ringly://calls/{}/transcript", call["id"].as_str().expect("an id"));
    assert!(listed["resources"].as_array().expect("resources").iter().any(|one| one["uri"] == uri), "{listed}");
    let read = client.ask("resources/read", json!({ "uri": uri })).await;
    assert!(
        read["contents"][0]["text"].as_str().is_some_and(|text| text.contains("Doctor Lee is on her way.")),
        "{read}"
    );
    let actions = house.get(&format!("/api/actions?concerning={}", call["id"].as_str().expect("an id"))).await;
    let action = &actions["items"][0];
    assert_eq!((&action["operation"], &action["door"]), (&json!("log_step_in"), &json!("mcp")), "{actions}");
    let action = house.get(&format!("/api/actions/{}", action["id"].as_str().expect("an id"))).await;
    let written = json!({ "what": "say", "words": "Doctor Lee is on her way." });
    assert_eq!((&action["changes"][0]["kind"], &action["changes"][0]["after"]), (&json!("call"), &written));
    assert!(client.fails("say", json!({ "call": call["id"], "words": " " })).await.contains("words"));
    assert!(client.fails("say", json!({ "call": "x", "words": "hi" })).await.contains("list_live_calls"));
    phone.hang_up().await;
    eventually("the line is free", async || house.open_calls() == 0).await;
    let late = client.fails("say", json!({ "call": call["id"], "words": "Hello?" })).await;
    assert!(late.contains("No such call is on the line"), "{late}");
}

#[tokio::test]
async fn a_live_call_is_ended_and_another_connected_once_that_is_confirmed() {
    let house = House::open().await;
    let mut client = Client::open(&house, OLDER).await;
    let mut phone = Phone::call(&house, "CA1").await;
    phone.listen().await;
    let call = the_call(&mut client).await["id"].clone();
    let told = client.call("hang_up", json!({ "call": call })).await;
    assert_eq!(told["performed"], false, "{told}");
    phone.wait(200).await;
    assert!(!phone.hung_up);
    client.call("hang_up", json!({ "call": call, "confirm": true })).await;
    phone.listen().await;
    assert!(phone.hung_up, "{:#}", house.last_call().await);

    let mut phone = Phone::call(&house, "CA2").await;
    phone.listen().await;
    let call = the_call(&mut client).await["id"].clone();
    let wrong = client.fails("transfer", json!({ "call": call, "to": "12", "confirm": true })).await;
    assert!(wrong.contains("+13055550142"), "{wrong}");
    client.call("transfer", json!({ "call": call, "to": "+13055550188", "confirm": true })).await;
    phone.listen().await;
    assert!(phone.hung_up);
    let twiml = house.after("CA2", &[("CallStatus", "in-progress")]).await;
    assert!(twiml.contains("<Dial") && twiml.contains("+13055550188"), "{twiml}");
}

#[tokio::test]
async fn a_live_call_is_not_ended_until_the_user_who_is_asked_agrees() {
    let house = House::open().await;
    let mut client = Client::able_to(&house, OLDER, json!({ "elicitation": {} })).await;
    let mut phone = Phone::call(&house, "CA1").await;
    phone.listen().await;
    let call = the_call(&mut client).await["id"].clone();
    for (reply, performed) in
        [(json!({ "action": "decline" }), false), (json!({ "action": "accept", "content": { "confirm": true } }), true)]
    {
        // The model's own word counts for nothing where the user can be asked.
        let arguments = json!({ "call": call, "confirm": true });
        let mut messages = client.send("tools/call", json!({ "name": "hang_up", "arguments": arguments })).await;
        let asked = messages.next().await.expect("a question");
        assert_eq!(asked["method"], "elicitation/create", "{asked}");
        assert!(asked["params"]["message"].as_str().is_some_and(|text| text.contains(crate::house::CALLER)), "{asked}");
        client.reply(&asked, reply).await;
        let answer = messages.last().await;
        assert_eq!(answer["result"]["structuredContent"]["performed"], performed, "{answer}");
        if !performed {
            phone.wait(200).await;
            assert!(!phone.hung_up);
        }
    }
    phone.listen().await;
    assert!(phone.hung_up);
}

#[tokio::test]
async fn whoever_may_only_read_calls_or_change_contacts_does_not_step_in() {
    let house = House::open().await;
    let mut phone = Phone::call(&house, "CA1").await;
    phone.listen().await;
    let token = key(&house, json!(["read_calls", "write_contacts"])).await;
    let mut client = Client::open(&house, NEWER).await.with_token(token);
    let call = the_call(&mut client).await["id"].clone();
    for (tool, also) in [("say", json!("Hello")), ("transfer", json!(null)), ("hang_up", json!(null))] {
        let arguments = json!({ "call": call, "words": also, "confirm": true });
        let refused = client.refused("tools/call", json!({ "name": tool, "arguments": arguments })).await;
        assert!(refused["message"].as_str().is_some_and(|text| text.contains("no such tool for you")), "{refused}");
    }
    let token = key(&house, json!(["read_calls", "step_in"])).await;
    let mut client = Client::open(&house, NEWER).await.with_token(token);
    client.call("hang_up", json!({ "call": call, "confirm": true })).await;
    phone.listen().await;
    assert!(phone.hung_up);
}

#[tokio::test]
async fn another_business_s_call_is_not_there() {
    let house = House::open().await;
    let other = other_business(&house).await;
    let mut mine = Client::open(&house, NEWER).await;
    let mut theirs = Client::at(&house, NEWER, json!({}), &format!("/mcp?business={other}")).await;
    let mut phone = Phone::call(&house, "CA1").await;
    phone.listen().await;
    let call = the_call(&mut mine).await["id"].clone();
    assert_eq!(theirs.call("list_live_calls", json!({})).await, json!({ "calls": [] }));
    assert!(theirs.fails("read_transcript", json!({ "call": call })).await.contains("not found"));
    for (tool, arguments) in [
        ("say", json!({ "call": call, "words": "Hello" })),
        ("hang_up", json!({ "call": call, "confirm": true })),
        ("transfer", json!({ "call": call, "to": "+13055550188", "confirm": true })),
    ] {
        assert!(theirs.fails(tool, arguments).await.contains("No such call"), "{tool}");
    }
    phone.wait(200).await;
    assert!(!phone.hung_up);
    phone.hang_up().await;
}
