//! Signing in, keys, and what each may do.

use crate::house::{ACCESS_TOKEN, House, send};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

pub(crate) const PASSWORD: &str = "a password of some length";

pub(crate) fn ask(house: &House, token: &str, method: Method, path: &str) -> RequestBuilder {
    house.http.request(method, format!("{}{path}", house.base)).bearer_auth(token)
}

/// The demo business's id.
pub(crate) async fn demo(house: &House) -> String {
    house.get("/api/businesses").await["businesses"][0]["id"].as_str().expect("an id").to_owned()
}

/// Adds somebody and signs them in; their token.
pub(crate) async fn signed_in(house: &House, email: &str, businesses: Value) -> String {
    let new = json!({ "email": email, "password": PASSWORD, "businesses": businesses });
    let (status, user) = send(ask(house, ACCESS_TOKEN, Method::POST, "/api/users").json(&new)).await;
    assert_eq!(status, 201, "{user}");
    let (status, welcome) = send(login(house, email, PASSWORD)).await;
    assert_eq!(status, 200, "{welcome}");
    welcome["token"].as_str().expect("a token").to_owned()
}

fn login(house: &House, email: &str, password: &str) -> RequestBuilder {
    let credentials = json!({ "email": email, "password": password });
    house.http.post(format!("{}/api/auth/login", house.base)).json(&credentials)
}

/// A key of the demo business.
pub(crate) async fn key(house: &House, scopes: Value) -> String {
    let new = json!({ "name": "A program", "scopes": scopes });
    let (status, made) = send(ask(house, ACCESS_TOKEN, Method::POST, "/api/keys").json(&new)).await;
    assert_eq!(status, 201, "{made}");
    made["token"].as_str().expect("a key").to_owned()
}

#[tokio::test]
async fn the_first_owner_is_added_with_the_house_s_token_and_signs_in() {
    live(&House::open().await).await;
}

#[tokio::test]
async fn the_first_owner_is_added_with_the_house_s_token_and_signs_in_in_postgresql() {
    live(&House::on_postgres().await).await;
}

async fn live(house: &House) {
    let business = demo(house).await;
    let token = signed_in(house, "ana@example.com", json!([{ "business": business, "role": "owner" }])).await;
    let (status, me) = send(ask(house, &token, Method::GET, "/api/auth/me")).await;
    assert_eq!((status, &me["user"]["email"]), (200, &json!("ana@example.com")), "{me}");
    assert_eq!((&me["runs_the_house"], &me["businesses"][0]["id"]), (&json!(false), &json!(business)));
    assert!(me["businesses"][0]["may"].as_array().is_some_and(|may| may.contains(&json!("configure"))), "{me}");

    let made = ask(house, &token, Method::POST, "/api/contacts").json(&json!({ "first_name": "Bo" }));
    assert_eq!(send(made).await.0, 201);
    let (status, refused) = send(ask(house, &token, Method::GET, "/api/users")).await;
    assert_eq!((status, &refused["type"]), (403, &json!("forbidden")));
    let (status, users) = send(ask(house, &token, Method::GET, &format!("/api/users?business={business}"))).await;
    assert_eq!((status, users["users"].as_array().map(Vec::len)), (200, Some(1)));

    assert_eq!(send(ask(house, &token, Method::POST, "/api/auth/logout")).await.0, 204);
    assert_eq!(send(ask(house, &token, Method::GET, "/api/auth/me")).await.0, 401);
}

#[tokio::test]
async fn a_key_is_shown_once_and_opens_what_it_was_made_for() {
    let house = House::open().await;
    let key = key(&house, json!(["read_contacts"])).await;
    assert_eq!(send(ask(&house, &key, Method::GET, "/api/contacts")).await.0, 200);
    let written = ask(&house, &key, Method::POST, "/api/contacts").json(&json!({ "first_name": "Bo" }));
    assert_eq!(send(written).await.0, 403);
    for path in ["/api/calls", "/api/keys", "/api/users"] {
        assert_eq!(send(ask(&house, &key, Method::GET, path)).await.0, 403, "{path}");
    }
    let (_, listed) = send(ask(&house, ACCESS_TOKEN, Method::GET, "/api/keys")).await;
    assert!(!listed.to_string().contains(&key), "it is shown once");
    let path = format!("/api/keys/{}", listed["keys"][0]["id"].as_str().expect("an id"));
    assert_eq!(send(ask(&house, ACCESS_TOKEN, Method::DELETE, &path)).await.0, 204);
    assert_eq!(send(ask(&house, &key, Method::GET, "/api/contacts")).await.0, 401);
    assert_eq!(send(ask(&house, ACCESS_TOKEN, Method::DELETE, &path)).await.0, 404);
}

#[tokio::test]
async fn who_is_unknown_and_who_mistypes_are_told_the_same_and_guessing_gets_slow() {
    let house = House::open().await;
    signed_in(&house, "ana@example.com", json!([])).await;
    let (wrong, unknown) =
        (send(login(&house, "ana@example.com", "x")).await, send(login(&house, "bo@example.com", "x")).await);
    assert_eq!(wrong, unknown);
    insta::assert_json_snapshot!(wrong.1, @r#"
    {
      "detail": "The e-mail address or the password is wrong.",
      "status": 401,
      "title": "Not signed in",
      "type": "wrong-credentials"
    }
    "#);
    for _ in 0..5 {
        assert_eq!(send(login(&house, "bo@example.com", "x")).await.0, 401);
    }
    let slowed = login(&house, "bo@example.com", "x").send().await.expect("an answer");
    assert_eq!((slowed.status().as_u16(), slowed.headers()["retry-after"].to_str().expect("text")), (429, "1"));
    for (body, status) in [("{", 400), ("{}", 422), (r#"{"email": 1, "password": "x"}"#, 422)] {
        let post = house.http.post(format!("{}/api/auth/login", house.base)).header("content-type", "application/json");
        let answer = post.body(body).send().await.expect("an answer");
        assert_eq!(answer.status(), status, "{body}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
    }
}

#[tokio::test]
async fn the_locked_page_signs_in() {
    let house = House::open().await;
    let get = async |path: &str| house.http.get(format!("{}{path}", house.base)).send().await.expect("an answer");
    for page in ["/", "/mcp-copilot", "/api/docs"] {
        let locked = get(page).await;
        assert_eq!(locked.status(), 401, "{page}");
        assert!(locked.text().await.expect("a page").contains(r#"<script src="/sign-in.js""#), "{page}");
    }
    let script = get("/sign-in.js").await;
    assert_eq!(
        (script.status().as_u16(), &script.headers()["content-type"]),
        (200, &"text/javascript; charset=utf-8".parse().expect("a header"))
    );
    assert!(script.text().await.expect("a script").contains("/api/auth/login"));
}

#[tokio::test]
async fn a_browser_is_signed_in_by_a_cookie_that_no_other_site_can_use() {
    let house = House::open().await;
    let business = demo(&house).await;
    signed_in(&house, "ana@example.com", json!([{ "business": business, "role": "agent" }])).await;
    let answer = login(&house, "ana@example.com", PASSWORD).send().await.expect("an answer");
    let cookie = answer.headers()["set-cookie"].to_str().expect("text").to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let pair = cookie.split(';').next().expect("a pair").to_owned();
    let post = |origin: Option<&str>| {
        let request = house.http.post(format!("{}/api/contacts", house.base)).header("cookie", &pair);
        origin
            .iter()
            .fold(request, |request, origin| request.header("origin", *origin))
            .json(&json!({ "first_name": "Bo" }))
    };
    assert_eq!(send(post(None)).await.0, 201);
    assert_eq!(send(post(Some(&house.base))).await.0, 201);
    for origin in ["https://elsewhere.example", "null", "http://127.0.0.1"] {
        let (status, problem) = send(post(Some(origin))).await;
        assert_eq!((status, &problem["type"]), (403, &json!("foreign-origin")), "{origin}");
    }
    for path in ["/", "/api/contacts"] {
        let answer = house.http.get(format!("{}{path}", house.base)).header("cookie", &pair).send().await;
        assert_eq!(answer.expect("an answer").status(), 200, "{path}");
    }
    let out = house.http.post(format!("{}/api/auth/logout", house.base)).header("cookie", &pair).send().await;
    let out = out.expect("an answer");
    let forgotten: Vec<_> =
        out.headers().get_all("set-cookie").iter().map(|cookie| cookie.to_str().expect("text")).collect();
    assert!(forgotten.len() == 2 && forgotten.iter().all(|cookie| cookie.contains("Max-Age=0")), "{forgotten:?}");
    let after = house.http.get(format!("{}/api/contacts", house.base)).header("cookie", &pair).send().await;
    assert_eq!(after.expect("an answer").status(), 401);
}

#[tokio::test]
async fn a_browser_that_had_the_house_s_cookie_is_whoever_signed_in_last_and_signs_out_of_both() {
    let house = House::open().await;
    signed_in(&house, "ana@example.com", json!([])).await;
    let cookies = |answer: &reqwest::Response| -> Vec<String> {
        let all = answer.headers().get_all("set-cookie").iter().map(|cookie| cookie.to_str().expect("text"));
        all.map(str::to_owned).collect()
    };
    let pair = |cookie: &str| cookie.split(';').next().expect("a pair").to_owned();
    let page = house.http.get(format!("{}/?token={ACCESS_TOKEN}", house.base)).send().await.expect("an answer");
    let owner = pair(&cookies(&page)[0]);
    let answer = login(&house, "ana@example.com", PASSWORD).header("cookie", &owner).send().await.expect("an answer");
    let set = cookies(&answer);
    assert!(set.iter().any(|one| one.starts_with("ringly_access=;") && one.contains("Max-Age=0")), "{set:?}");
    let session = set.iter().find(|one| one.starts_with("ringly_session=")).map(|one| pair(one)).expect("a session");

    // One that holds both all the same.
    let out =
        house.http.post(format!("{}/api/auth/logout", house.base)).header("cookie", format!("{owner}; {session}"));
    assert_eq!(send(out).await.0, 204);
    let after = house.http.get(format!("{}/api/auth/me", house.base)).header("cookie", &session);
    assert_eq!(send(after).await.0, 401, "the session is over");
}
