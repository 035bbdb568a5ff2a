//! `Idempotency-Key` on what is no operation of the catalogue: users, keys, businesses, conversations, calls from a browser.

use crate::accounts::{ask, demo, key};
use crate::house::{ACCESS_TOKEN, House, send};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

fn post(house: &House, token: &str, path: &str, key: &str, body: &Value) -> RequestBuilder {
    ask(house, token, Method::POST, path).header("Idempotency-Key", key).json(body)
}

#[tokio::test]
async fn a_key_for_programs_is_made_once_and_lies_nowhere_to_be_read() {
    let house = House::open().await;
    let make = |key: &str, name: &str| {
        post(&house, ACCESS_TOKEN, "/api/keys", key, &json!({ "name": name, "scopes": ["read_contacts"] }))
    };
    let (status, first) = send(make("one", "A program")).await;
    assert_eq!(status, 201, "{first}");
    assert_eq!(send(make("one", "A program")).await, (201, first.clone()), "the first answer");
    let keys = async || house.get("/api/keys").await["keys"].as_array().expect("keys").len();
    assert_eq!(keys().await, 1);
    let (status, refused) = send(make("one", "Another program")).await;
    assert_eq!((status, &refused["type"]), (422, &json!("key-reused")));
    for wrong in ["", &"k".repeat(201)] {
        assert_eq!(send(make(wrong, "A program")).await.0, 422);
    }
    assert_eq!(keys().await, 1);
    let token = first["token"].as_str().expect("a token");
    let files = std::fs::read_dir(house.data()).expect("the data").flatten();
    let kept: Vec<_> = files.filter_map(|file| std::fs::read(file.path()).ok()).collect();
    let is_kept = |text: &str| kept.iter().any(|file| file.windows(text.len()).any(|part| part == text.as_bytes()));
    assert!(is_kept("A program") && !is_kept(token), "an answer that is kept can be read in the database");
}

#[tokio::test]
async fn of_several_at_once_one_is_performed() {
    at_once(&House::open().await).await;
}

#[tokio::test]
async fn of_several_at_once_one_is_performed_in_postgresql() {
    at_once(&House::on_postgres().await).await;
}

async fn at_once(house: &House) {
    let new = house.like_the_demo("Elm Salon").await;
    let sent = (0..12).map(|_| send(post(house, ACCESS_TOKEN, "/api/businesses", "elm", &new)));
    let answers = futures_util::future::join_all(sent).await;
    let made: Vec<_> = answers.iter().filter(|(status, _)| *status == 201).map(|(_, body)| &body["id"]).collect();
    assert!(!made.is_empty() && made.iter().all(|id| *id == made[0]), "{answers:?}");
    let underway = answers.iter().filter(|(status, body)| (*status, &body["type"]) == (409, &json!("underway")));
    assert_eq!(made.len() + underway.count(), 12, "{answers:?}");
    let (_, again) = send(post(house, ACCESS_TOKEN, "/api/businesses", "elm", &new)).await;
    assert_eq!(&again["id"], made[0]);
    let all = house.get("/api/businesses").await;
    assert_eq!(all["businesses"].as_array().map(Vec::len), Some(2), "{all}");
}

#[tokio::test]
async fn what_was_refused_may_be_sent_again_put_right_or_when_its_time_has_come() {
    let house = House::open().await;
    let user = |email: &str| json!({ "email": email, "password": "a password of some length" });
    let (status, refused) = send(post(&house, ACCESS_TOKEN, "/api/users", "ana", &user("ana"))).await;
    assert_eq!(status, 422, "{refused}");
    let (status, made) = send(post(&house, ACCESS_TOKEN, "/api/users", "ana", &user("ana@example.com"))).await;
    assert_eq!(status, 201, "{made}");
    let again = send(post(&house, ACCESS_TOKEN, "/api/users", "ana", &user("ana@example.com"))).await;
    assert_eq!(again, (201, made), "and not that the address is taken");
    house.pass(8 * 24 * 60 * 60);
    assert_eq!(send(post(&house, ACCESS_TOKEN, "/api/users", "ana", &user("ana@example.com"))).await.0, 409);
}

#[tokio::test]
async fn a_message_is_answered_once_and_a_key_is_its_owner_s() {
    let house = House::open().await;
    let said = json!({ "message": "What are your hours?" });
    let (status, first) = send(post(&house, ACCESS_TOKEN, "/api/mcp/chat", "hello", &said)).await;
    assert_eq!(status, 200, "{first}");
    assert_eq!(send(post(&house, ACCESS_TOKEN, "/api/mcp/chat", "hello", &said)).await.1, first);
    let other = key(&house, json!(["reception"])).await;
    let (status, theirs) = send(post(&house, &other, "/api/mcp/chat", "hello", &said)).await;
    assert_eq!(status, 200, "{theirs}");
    assert_ne!(theirs["sessionId"], first["sessionId"], "somebody else's conversation");
}

#[tokio::test]
async fn whatever_makes_or_does_something_takes_a_key() {
    let house = House::open().await;
    let document = house.get("/api/openapi.json").await;
    let (mut with, mut without) = (0, Vec::new());
    for (path, methods) in document["paths"].as_object().expect("paths") {
        let Some(operation) = methods.get("post") else { continue };
        let parameters = operation["parameters"].as_array().expect("parameters");
        let names_it =
            |one: &&Value| one["name"] == "Idempotency-Key" || one["$ref"] == "#/components/parameters/IdempotencyKey";
        if parameters.iter().any(|one| names_it(&one)) { with += 1 } else { without.push(path.as_str()) }
    }
    assert_eq!(without, ["/api/auth/login", "/api/mobile/sign-in"], "beside {with}");
    let credentials = json!({ "email": "ana@example.com", "password": "x" });
    for path in without {
        assert_eq!(send(post(&house, ACCESS_TOKEN, path, "one", &credentials)).await.0, 400, "whose would it be?");
    }
    let business = demo(&house).await;
    let (status, ticket) =
        send(post(&house, ACCESS_TOKEN, "/api/phone", "ring", &json!({ "business": business }))).await;
    assert_eq!(status, 200, "{ticket}");
    let again = post(&house, ACCESS_TOKEN, "/api/phone", "ring", &json!({ "business": business }));
    assert_eq!(send(again).await.1, ticket, "one line is taken");
}
