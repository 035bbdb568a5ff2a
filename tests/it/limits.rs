//! How often one may ask.

use crate::accounts::{ask, key};
use crate::house::{ACCESS_TOKEN, CALLER, House, send};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::json;

/// What an answer says is left, of how much, and until when.
fn left(answer: &Response) -> [Option<u64>; 3] {
    ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"]
        .map(|name| answer.headers().get(name)?.to_str().ok()?.parse().ok())
}

async fn asked(request: RequestBuilder) -> (u16, [Option<u64>; 3], Response) {
    let answer = request.send().await.expect("an answer");
    (answer.status().as_u16(), left(&answer), answer)
}

#[tokio::test]
async fn who_guesses_waits_and_nobody_else_does() {
    let house = House::with(&[("REQUESTS_UNKNOWN", "4"), ("REQUESTS_KNOWN", "1000")]).await;
    let credentials = json!({ "email": "ana@example.com", "password": "wrong" });
    let post = |path: &str| house.http.post(format!("{}{path}", house.base)).json(&credentials);
    let guess = || ask(&house, "a guess", Method::GET, "/api/contacts");
    for (request, remains) in [
        (guess(), 3),
        (post("/api/auth/login"), 2),
        (house.http.get(format!("{}/?token=guess", house.base)), 1),
        (ask(&house, "a guess", Method::POST, "/mcp"), 0),
    ] {
        let (status, left, _) = asked(request).await;
        assert_eq!(status, 401);
        assert_eq!(left, [Some(4), Some(remains), Some(900)]);
    }
    house.pass(100);
    for request in [guess(), post("/api/mobile/sign-in"), ask(&house, "a guess", Method::POST, "/mcp")] {
        let (status, left, answer) = asked(request).await;
        assert_eq!((status, left), (429, [Some(4), Some(0), Some(800)]));
        assert_eq!(answer.headers()["retry-after"], "800");
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
    }
    assert_eq!(send(ask(&house, ACCESS_TOKEN, Method::GET, "/api/contacts")).await.0, 200, "who is known is let in");
    assert_eq!(asked(house.http.get(format!("{}/api/mcp/health", house.base))).await.0, 200);
    assert_eq!(asked(house.http.get(format!("{}/healthz", house.base))).await.0, 200);
    house.ring("CA1").await;
    assert_eq!(house.open_calls(), 1, "the phone rings for {CALLER}");
    house.pass(800);
    assert_eq!(asked(guess()).await.0, 401);
}

#[tokio::test]
async fn who_is_known_is_counted_as_who_they_are() {
    let house = House::with(&[("REQUESTS_KNOWN", "3")]).await;
    let key = key(&house, json!(["read_contacts"])).await;
    let read = |token: &str| ask(&house, token, Method::GET, "/api/contacts");
    for remains in [1, 0] {
        let (status, left, _) = asked(read(ACCESS_TOKEN)).await;
        assert_eq!((status, left), (200, [Some(3), Some(remains), Some(900)]));
    }
    assert_eq!(asked(read(ACCESS_TOKEN)).await.0, 429);
    let (status, left, _) = asked(read(&key)).await;
    assert_eq!((status, left[1]), (200, Some(2)), "the key has its own");
}
