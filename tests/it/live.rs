//! Calls as they happen, as Server-Sent Events.

use crate::accounts::{ask, demo, key, signed_in};
use crate::house::{ACCESS_TOKEN, House, send};
use crate::phone::Phone;
use futures_util::StreamExt;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

/// A watcher of `/api/live`.
struct Watcher {
    bytes: std::pin::Pin<Box<dyn futures_util::Stream<Item = Vec<u8>> + Send>>,
    text: String,
}

impl Watcher {
    async fn new(house: &House) -> Self {
        Self::with(house, ACCESS_TOKEN).await
    }

    async fn with(house: &House, token: &str) -> Self {
        let answer = ask(house, token, Method::GET, "/api/live").send().await.expect("an answer");
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        let bytes = answer.bytes_stream().filter_map(async |piece| piece.ok().map(|piece| piece.to_vec()));
        Self { bytes: Box::pin(bytes), text: String::new() }
    }

    /// All there is until the end.
    async fn rest(mut self) -> String {
        tokio::time::timeout(Duration::from_secs(10), async {
            while let Some(more) = self.bytes.next().await {
                self.text.push_str(&String::from_utf8(more).expect("text"));
            }
        })
        .await
        .expect("the stream ends");
        self.text
    }

    /// The next event of this name.
    async fn next(&mut self, wanted: &str) -> Value {
        tokio::time::timeout(Duration::from_secs(10), async {
            loop {
                while let Some((event, rest)) = self.text.split_once("\n\n") {
                    let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
                    let found = (field("event: "), field("data: "));
                    let rest = rest.to_owned();
                    self.text = rest;
                    if let (Some(name), Some(data)) = found
                        && name == wanted
                    {
                        return serde_json::from_str(&data).expect("JSON");
                    }
                }
                let more = self.bytes.next().await.expect("the stream goes on");
                self.text.push_str(&String::from_utf8(more).expect("text"));
            }
        })
        .await
        .unwrap_or_else(|_| panic!("no {wanted} came"))
    }
}

#[tokio::test]
async fn a_watcher_sees_a_call_from_its_beginning_to_its_end() {
    let house = House::open().await;
    house.script(&["What are your opening hours?"]);
    let mut watcher = Watcher::new(&house).await;
    assert_eq!(watcher.next("snapshot").await["calls"], Value::Array(Vec::new()));
    let mut phone = Phone::call(&house, "CA1").await;
    let call = watcher.next("began").await["call"].clone();
    assert_eq!(call["call_sid"], "CA1");
    phone.listen().await;
    let greeting = watcher.next("turn").await;
    assert_eq!((&greeting["id"], &greeting["turn"]["who"]), (&call["id"], &"agent".into()));
    phone.say(0, 500).await;
    phone.listen().await;
    let words = watcher.next("turn").await;
    assert_eq!(words["turn"]["text"], "What are your opening hours?");

    // Whoever comes later sees what has been said so far.
    let mut late = Watcher::new(&house).await;
    let snapshot = late.next("snapshot").await;
    assert_eq!(snapshot["calls"][0]["call"]["id"], call["id"]);
    assert!(snapshot["calls"][0]["turns"].as_array().expect("turns").len() >= 2);

    phone.hang_up().await;
    for watcher in [&mut watcher, &mut late] {
        let ended = watcher.next("ended").await;
        assert_eq!((&ended["id"], &ended["ending"]), (&call["id"], &"caller-left".into()));
    }
}

#[tokio::test]
async fn whoever_is_let_in_no_longer_hears_of_no_further_call() {
    let house = House::open().await;
    let business = demo(&house).await;
    let program = key(&house, json!(["read_calls"])).await;
    let signs_out = signed_in(&house, "ana@example.com", json!([{ "business": business, "role": "owner" }])).await;
    let leaves = signed_in(&house, "bo@example.com", json!([{ "business": business, "role": "owner" }])).await;
    let mut watchers = Vec::new();
    for token in [&program, &signs_out, &leaves] {
        let mut watcher = Watcher::with(&house, token).await;
        watcher.next("snapshot").await;
        watchers.push(watcher);
    }
    let mut stays = Watcher::new(&house).await;

    let (_, keys) = send(ask(&house, ACCESS_TOKEN, Method::GET, "/api/keys")).await;
    let path = format!("/api/keys/{}", keys["keys"][0]["id"].as_str().expect("an id"));
    assert_eq!(send(ask(&house, ACCESS_TOKEN, Method::DELETE, &path)).await.0, 204);
    assert_eq!(send(ask(&house, &signs_out, Method::POST, "/api/auth/logout")).await.0, 204);
    let (_, me) = send(ask(&house, &leaves, Method::GET, "/api/auth/me")).await;
    let path = format!("/api/users/{}/businesses/{business}", me["user"]["id"].as_str().expect("an id"));
    assert_eq!(send(ask(&house, ACCESS_TOKEN, Method::DELETE, &path)).await.0, 204);

    house.pass(31);
    let _phone = Phone::call(&house, "CA1").await;
    for watcher in watchers {
        let rest = watcher.rest().await;
        assert!(!rest.contains("CA1"), "{rest}");
    }
    assert_eq!(stays.next("began").await["call"]["call_sid"], "CA1");
}

#[tokio::test]
async fn whoever_may_read_no_calls_follows_none() {
    let house = House::open().await;
    let key = key(&house, json!(["read_contacts"])).await;
    let answer = ask(&house, &key, Method::GET, "/api/live").send().await.expect("an answer");
    assert_eq!(answer.status(), 403);
}

#[tokio::test]
async fn one_caller_follows_so_many_streams_and_the_next_caller_its_own() {
    let house = House::open().await;
    let (busy, other) = (key(&house, json!(["read_calls"])).await, key(&house, json!(["read_calls"])).await);
    let follow = async |token: &str| ask(&house, token, Method::GET, "/api/live").send().await.expect("an answer");
    let mut open = Vec::new();
    for _ in 0..50 {
        open.push(follow(&busy).await);
    }
    assert!(open.iter().all(|answer| answer.status() == 200));
    assert_eq!(follow(&busy).await.status(), 429);
    assert_eq!(follow(&other).await.status(), 200);
}
