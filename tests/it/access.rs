//! Who may look, and what the doors say otherwise.

use crate::house::{ACCESS_TOKEN, House};

#[tokio::test]
async fn the_page_and_the_api_ask_for_the_token_and_health_does_not() {
    let house = House::open().await;
    for path in ["/api/calls", "/api/live", "/api/businesses", "/metrics", "/assets/x.js"] {
        let answer = house.http.get(format!("{}{path}", house.base)).send().await.expect("an answer");
        assert_eq!(answer.status(), 401, "{path}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
    }
    for path in ["/health", "/healthz", "/readyz"] {
        assert_eq!(house.http.get(format!("{}{path}", house.base)).send().await.expect("an answer").status(), 200);
    }
    let locked = house.http.get(&house.base).send().await.expect("an answer");
    assert_eq!((locked.status().as_u16(), locked.text().await.expect("a page").contains("private")), (401, true));
}

#[tokio::test]
async fn a_wrong_token_is_refused_in_every_place() {
    let house = House::open().await;
    let get = |path: &str| house.http.get(format!("{}{path}", house.base));
    let wrong = [
        get("/api/calls").bearer_auth("wrong"),
        get("/api/calls").bearer_auth(""),
        get("/api/calls").header("cookie", "ringly_access=wrong"),
        get("/api/calls").header("cookie", format!("ringly_access={ACCESS_TOKEN}")),
        get("/?token=wrong"),
        get("/?token="),
    ];
    for request in wrong {
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), 401);
        assert!(!answer.headers().contains_key("set-cookie"));
    }
}

#[tokio::test]
async fn the_address_printed_at_start_becomes_a_cookie_that_scripts_cannot_read() {
    let house = House::open().await;
    for page in ["/mcp-copilot", "/api/docs", "/"] {
        let answer = house.http.get(format!("{}{page}?token={ACCESS_TOKEN}", house.base)).send().await;
        let answer = answer.expect("an answer");
        assert_eq!((answer.status().as_u16(), &answer.headers()["location"]), (303, &page.parse().expect("a header")));
    }
    let answer = house.http.get(format!("{}/?token={ACCESS_TOKEN}", house.base)).send().await.expect("an answer");
    let cookie = answer.headers()["set-cookie"].to_str().expect("text").to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    assert!(!cookie.contains(ACCESS_TOKEN), "the cookie is not the token");
    let pair = cookie.split(';').next().expect("a pair").to_owned();
    for path in ["/", "/api/calls"] {
        let answer = house.http.get(format!("{}{path}", house.base)).header("cookie", &pair).send().await;
        assert_eq!(answer.expect("an answer").status(), 200, "{path}");
    }
}

#[tokio::test]
async fn a_token_of_any_characters_opens_by_the_address_that_is_printed() {
    let token = "a&b=c#d%20e f+g, long enough";
    let house = House::with(&[("ACCESS_TOKEN", token)]).await;
    let printed = reqwest::Url::parse_with_params(&format!("{}/", house.base), [("token", token)]).expect("an address");
    let answer = house.http.get(printed).send().await.expect("an answer");
    assert_eq!(answer.status(), 303);
    assert!(answer.headers().contains_key("set-cookie"));
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let house = House::open().await;
    for path in ["/healthz", "/", "/api/calls", "/nowhere"] {
        let answer = house.asked(path).await;
        let headers = answer.headers();
        assert!(headers["content-security-policy"].to_str().expect("text").contains("default-src 'none'"), "{path}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["referrer-policy"], "no-referrer", "{path}");
        assert_eq!(headers["cache-control"], "no-store", "{path}");
    }
}

#[tokio::test]
async fn problems_are_rfc_9457() {
    let house = House::open().await;
    let missing = house.asked("/api/calls/00000000-0000-7000-8000-000000000000").await;
    assert_eq!(missing.status(), 404);
    insta::assert_json_snapshot!(missing.json::<serde_json::Value>().await.expect("JSON"), @r#"
    {
      "detail": "call not found",
      "status": 404,
      "title": "Not found",
      "type": "not-found"
    }
    "#);
    let backwards = house.asked("/api/appointments?from=2026-11-24T00:00:00Z&to=2026-11-23T00:00:00Z").await;
    assert_eq!(backwards.status(), 422);
    insta::assert_json_snapshot!(backwards.json::<serde_json::Value>().await.expect("JSON"), @r#"
    {
      "detail": "`to` must lie after `from`, at most 100 days.",
      "status": 422,
      "title": "The request is not valid",
      "type": "invalid"
    }
    "#);
    for path in ["/api/appointments", "/api/calls?before=yesterday", "/api/calls/nonsense", "/api/calls?business=1"] {
        let answer = house.asked(path).await;
        assert_eq!(answer.status(), 400, "{path}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json", "{path}");
    }
    let method = house.http.put(format!("{}/api/calls", house.base)).bearer_auth(ACCESS_TOKEN).send().await;
    assert_eq!(method.expect("an answer").status(), 405);
}

#[tokio::test]
async fn health_tells_what_a_monitor_wants_to_know() {
    let house = House::open().await;
    let health = house.get("/health").await;
    for (field, value) in [("status", "healthy"), ("environment", "development"), ("database", "connected")] {
        assert_eq!(health[field], value);
    }
    assert!(health["uptime"].is_u64() && health["version"].is_string() && health["timestamp"].is_string());
}
