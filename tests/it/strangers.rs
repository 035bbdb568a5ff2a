//! Another business's rows as the copilot is asked for them, by id and by name, and what a call or a session of it is to
//! others.

use crate::accounts::{ask, demo, signed_in};
use crate::house::{ACCESS_TOKEN, House, send};
use crate::tenancy::{CARRIERS, Tenant, kept_of, naming, with_routes};
use regex::Regex;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::HashSet;

/// What the copilot can be told to do with something that is called by its id or its name.
const SENTENCES: &[(&str, &str)] = &[
    ("contact", "show contact {}"),
    ("contact", "find {}"),
    ("contact", "tag {} as vip"),
    ("contact", "note on {}: call back"),
    ("contact", "delete contact {}"),
    ("contact", "send a text to {}: hello"),
    ("contact", "book a cleaning for {} tomorrow at 2pm"),
    ("contact", "log a call with {}"),
    ("contact", "ask {} for a review"),
    ("appointment", "cancel appointment {}"),
    ("appointment", "confirm appointment {}"),
    ("task", "complete task {}"),
    ("task", "delete task {}"),
    ("opportunity", "show opportunity {}"),
    ("opportunity", "close opportunity {} as won"),
    ("opportunity", "delete opportunity {}"),
    ("pipeline", "show opportunities in pipeline {}"),
    ("order", "show order {}"),
    ("conversation", "read the conversation {}"),
    ("conversation", "reply to {}: hello"),
    ("workflow", "add Ana to workflow {}"),
    ("workflow", "delete workflow {}"),
    ("campaign", "add Ana to campaign {}"),
    ("post", "show post {}"),
    ("post", "delete post {}"),
    ("account", "post to {}: hello"),
    ("action", "undo {}"),
];

/// How often a question of the copilot's is answered with the id: more often than an operation has fields that must be said.
const ANSWERS: usize = 6;

/// What the copilot of somebody says to these words, one after the other, in a conversation of its own. Whoever is nobody is not
/// added, and of what is offered the first is taken.
async fn said(house: &House, token: &str, messages: &[&str]) -> String {
    let post = async |path: &str, body: Value| send(ask(house, token, Method::POST, path).json(&body)).await;
    let (status, opened) = post("/api/mcp/copilot/sessions/initialize", json!({ "crmType": "embedded" })).await;
    assert_eq!(status, 201, "{opened}");
    let mut told = String::new();
    let mut otherwise = None;
    for &message in messages {
        let message = otherwise.take().unwrap_or(message);
        let body = json!({ "sessionId": opened["sessionId"], "message": message });
        let (status, reply) = post("/api/mcp/copilot/chat", body).await;
        assert_eq!(status, 200, "{message}: {reply}");
        let text = reply["text"].as_str().expect("words");
        otherwise = if text.contains("Shall I add") {
            Some("no")
        } else {
            (reply["data"]["card"]["choice"] == true).then_some("1")
        };
        told.push_str(text);
        told.push_str(&reply["data"]["card"].to_string());
    }
    told
}

#[tokio::test]
async fn another_business_s_rows_are_nowhere_for_the_copilot_too() {
    nowhere_for_the_copilot(&House::open().await).await;
}

#[tokio::test]
async fn another_business_s_rows_are_nowhere_for_the_copilot_too_in_postgresql() {
    nowhere_for_the_copilot(&House::on_postgres().await).await;
}

async fn nowhere_for_the_copilot(house: &House) {
    let (ours, theirs) = (demo(house).await, house.second_business().await);
    let token = signed_in(house, "ana@example.com", json!([{ "business": ours, "role": "owner" }])).await;
    let mut others = Tenant::of(house, theirs).await;
    // Nobody is called so yet, anywhere; then somebody is, there.
    let by_name = async || {
        let mut told = Vec::new();
        for (_, sentence) in SENTENCES.iter().filter(|(noun, _)| *noun == "contact") {
            for name in ["Zora Quill", "+13055550188"] {
                told.push(said(house, &token, &[&sentence.replace("{}", name), "no"]).await);
            }
        }
        told
    };
    let nobody = by_name().await;
    let zora = json!({ "first_name": "Zora", "last_name": "Quill", "phone": "+13055550188" });
    let path = format!("/api/contacts?business={}", others.business);
    let (status, made) = send(ask(house, ACCESS_TOKEN, Method::POST, &path).json(&zora)).await;
    assert_eq!(status, 201, "{made}");
    let before = kept_of(house, &others.business).await;
    assert_eq!(by_name().await, nobody, "whoever is called so elsewhere is nobody here");
    assert_eq!(kept_of(house, &others.business).await, before, "the other business was reached");
    for (noun, sentence) in SENTENCES {
        let id = others.row(noun).await;
        let before = kept_of(house, &others.business).await;
        let told = said(house, &token, &[&sentence.replace("{}", &id), "yes"]).await;
        // What their rows say is made of such words.
        assert!(!told.contains("word"), "{sentence}: {told}");
        assert_eq!(kept_of(house, &others.business).await, before, "{sentence} reached the other business");
    }
}

/// By every operation of the catalogue, so that a new one cannot be forgotten: told in its own words, each question answered
/// with the other business's id. Nothing of that business is changed, and no other id of it is told.
#[tokio::test]
async fn another_business_s_id_is_nowhere_for_the_copilot_by_every_operation() {
    let house = House::with(CARRIERS).await;
    let (ours, theirs) = (demo(&house).await, house.second_business().await);
    let token = signed_in(&house, "ana@example.com", json!([{ "business": ours, "role": "owner" }])).await;
    let mut others = Tenant::of(&house, theirs).await;
    let any_id = Regex::new("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").expect("an expression");
    let ids = |text: &str| any_id.find_iter(text).map(|id| id.as_str().to_owned()).collect::<HashSet<_>>();
    // What was answered may be the title of something of ours by now.
    let (mut tried, mut given) = (HashSet::new(), HashSet::new());
    for entry in with_routes() {
        let words = entry.about.name.replace('_', " ");
        for (field, _) in naming(entry) {
            let id = others.row(&field).await;
            given.insert(id.clone());
            let before = kept_of(&house, &others.business).await;
            let mut messages = vec![words.as_str()];
            messages.extend([id.as_str(); ANSWERS]);
            messages.push("yes");
            let told = said(&house, &token, &messages).await;
            let missed = ["I didn't understand", "That's not something I understand"];
            assert!(!missed.iter().any(|missed| told.starts_with(missed)), "{words}: {told}");
            assert_eq!(
                kept_of(&house, &others.business).await,
                before,
                "{words}: `{field}` reached the other business"
            );
            let mut leaked = ids(&told);
            leaked.retain(|one| !given.contains(one) && before.iter().any(|row| row.contains(one)));
            assert!(leaked.is_empty(), "{words}: `{field}` told {leaked:?}: {told}");
            tried.insert(entry.about.name);
        }
    }
    assert!(tried.len() > 40, "{tried:?}");
}

#[tokio::test]
async fn a_call_and_a_session_are_nowhere_for_whoever_is_of_another_business() {
    let house = House::open().await;
    let (ours, theirs) = (demo(&house).await, house.second_business().await);
    let ana = signed_in(&house, "ana@example.com", json!([{ "business": ours, "role": "owner" }])).await;
    let bo = signed_in(&house, "bo@example.com", json!([{ "business": theirs, "role": "owner" }])).await;
    house.ring("CA1").await;
    let (_, calls) = send(ask(&house, &ana, Method::GET, "/api/mobile/calls")).await;
    let call = calls["calls"][0]["id"].as_str().expect("a call").to_owned();
    for below in ["/api", "/api/mobile"] {
        assert_eq!(send(ask(&house, &ana, Method::GET, &format!("{below}/calls/{call}"))).await.0, 200);
        assert_eq!(send(ask(&house, &bo, Method::GET, &format!("{below}/calls"))).await.1["calls"], json!([]));
        for path in [format!("{below}/calls/{call}"), format!("{below}/calls/{call}/recording")] {
            assert_eq!(send(ask(&house, &bo, Method::GET, &path)).await.0, 404, "{path}");
        }
    }
    let open = json!({ "crmType": "embedded" });
    let (_, opened) = send(ask(&house, &ana, Method::POST, "/api/mcp/copilot/sessions/initialize").json(&open)).await;
    let message = json!({ "sessionId": opened["sessionId"], "message": "show my contacts" });
    let chat =
        async |token: &str| send(ask(&house, token, Method::POST, "/api/mcp/copilot/chat").json(&message)).await.0;
    assert_eq!((chat(&bo).await, chat(&ana).await), (404, 200));
}
