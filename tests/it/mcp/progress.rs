//! Long work: how far it is, and stopping it.

use super::client::{Client, NEWER, OLDER};
use crate::house::{House, eventually};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// An import of so many people of this kind, shown and not begun: its id.
async fn previewed(client: &mut Client<'_>, kind: &str, rows: usize) -> Value {
    let text = (0..rows).fold("First name,Email\n".to_owned(), |mut text, number| {
        writeln!(text, "Ana,ana{number}@{kind}.example.com").expect("written");
        text
    });
    client.call("preview_import", json!({ "text": text })).await["outcome"]["import"]["id"].clone()
}

/// A call that wants to be told how far it is.
fn following(tool: &str, import: &Value) -> Value {
    json!({ "name": tool, "arguments": { "import": import, "confirm": true }, "_meta": { "progressToken": "the file" } })
}

#[tokio::test]
async fn an_import_tells_how_far_it_is_and_answers_at_its_end() {
    let house = House::open().await;
    for revision in [OLDER, NEWER] {
        let mut client = Client::open(&house, revision).await;
        let import = previewed(&mut client, &format!("followed{revision}"), 1_000).await;
        for (tool, state) in [("start_import", "done"), ("undo_import", "undone")] {
            let mut messages = client.send("tools/call", following(tool, &import)).await;
            let mut told = Vec::new();
            let answer = loop {
                let message = messages.next().await.expect("an answer");
                if message["method"].is_null() {
                    break message;
                }
                assert_eq!(message["method"], "notifications/progress", "{message}");
                let params = &message["params"];
                assert_eq!((&params["progressToken"], &params["total"]), (&json!("the file"), &json!(1_000.0)));
                assert!(params["message"].as_str().is_some_and(|text| text.contains("of 1000")), "{message}");
                told.push(params["progress"].as_f64().expect("a number"));
            };
            assert!(told.is_sorted_by(|one, next| one < next), "{told:?}");
            assert_eq!((told.first(), told.last()), (Some(&0.0), Some(&1_000.0)), "{tool}");
            assert_eq!(answer["result"]["structuredContent"]["outcome"]["state"], state, "{answer}");
        }
        let begun = previewed(&mut client, &format!("left{revision}"), 1_000).await;
        let at_once = client.call("start_import", json!({ "import": begun })).await;
        assert_eq!(at_once["outcome"]["state"], "running", "without a token nobody waits");
        eventually("the file is brought in", async || {
            house.get(&format!("/api/imports/{}", begun.as_str().expect("an id"))).await["state"] == "done"
        })
        .await;
    }
}

#[tokio::test]
async fn an_import_whose_call_is_cancelled_stops_where_it_is() {
    let house = House::open().await;
    for revision in [OLDER, NEWER] {
        let mut client = Client::open(&house, revision).await;
        let import = previewed(&mut client, &format!("stopped{revision}"), 20_000).await;
        let body = client.body("tools/call", following("start_import", &import));
        let mut messages = client.begin(&body).await;
        let first = messages.next().await.expect("a message");
        assert_eq!(first["method"], "notifications/progress", "{first}");
        if revision == OLDER {
            let cancelled = json!({
                "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": body["id"] },
            });
            assert_eq!(client.post(&cancelled).send().await.expect("an answer").status(), 202);
        } else {
            // Without sessions a request is cancelled by closing its answer.
            drop(messages);
        }
        let path = format!("/api/imports/{}", import.as_str().expect("an id"));
        eventually("the import stops", async || house.get(&path).await["state"] == "cancelled").await;
        let stopped = house.get(&path).await;
        assert!(stopped["done"].as_u64() < stopped["rows"].as_u64(), "{stopped}");
    }
}
