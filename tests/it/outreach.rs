//! What goes out to programs and to many: webhooks, social posts, review requests, over REST.

use crate::house::{ACCESS_TOKEN, CALLER, House};
use crate::imitations::{ACCOUNT, Carrier, Program};
use serde_json::{Value, json};

async fn post(house: &House, path: &str, body: Value) -> (u16, Value) {
    let request = house.http.post(format!("{}{path}", house.base)).bearer_auth(ACCESS_TOKEN).json(&body);
    let answer = request.send().await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

const PRIVATE: (&str, &str) = ("WEBHOOK_PRIVATE_NETWORKS", "true");

#[tokio::test]
async fn a_payload_is_posted_to_an_address_and_what_was_answered_is_kept() {
    let program = Program::start().await;
    let house = House::with(&[PRIVATE]).await;
    let body = json!({ "url": format!("{}/hook", program.base), "payload": { "lead": "Ana" } });
    let (status, call) = post(&house, "/api/webhooks/calls", body).await;
    assert_eq!((status, &call["delivery"], &call["status"]), (201, &json!("sent"), &json!(200)), "{call}");
    assert_eq!(call["answer"], "taken");
    assert_eq!(program.payloads(), [json!({ "lead": "Ana" })]);
    let body = json!({ "url": format!("{}/broken", program.base), "payload": {} });
    let (status, problem) = post(&house, "/api/webhooks/calls", body).await;
    assert_eq!((status, &problem["type"]), (422, &json!("not-sent")), "{problem}");
    assert_eq!(problem["detail"], "the address answered 500");
}

#[tokio::test]
async fn nothing_is_posted_into_the_network_we_stand_in() {
    let program = Program::start().await;
    let house = House::open().await;
    for url in [format!("{}/hook", program.base), house.base.clone(), "http://169.254.169.254/latest".to_owned()] {
        let (status, problem) = post(&house, "/api/webhooks/calls", json!({ "url": url, "payload": {} })).await;
        assert_eq!((status, &problem["type"]), (422, &json!("not-sent")), "{problem}");
    }
    assert_eq!(program.payloads().len(), 0);
    for url in ["ftp://a.example", "hooks", ""] {
        assert_eq!(post(&house, "/api/webhooks/calls", json!({ "url": url, "payload": {} })).await.0, 422);
    }
}

#[tokio::test]
async fn a_post_is_published_through_its_account_s_webhook() {
    let program = Program::start().await;
    let house = House::with(&[PRIVATE]).await;
    let account = json!({ "platform": "Facebook", "name": "Oak Street", "webhook": format!("{}/hook", program.base) });
    assert_eq!(post(&house, "/api/social/accounts", account).await.0, 201);
    let (status, published) =
        post(&house, "/api/social/posts", json!({ "text": "Open on Sunday.", "publish_now": true })).await;
    assert_eq!((status, &published["status"]), (201, &json!("published")), "{published}");
    let payloads = program.payloads();
    assert_eq!(payloads.len(), 1);
    let [text, platform, post_id] = ["text", "platform", "post"].map(|field| payloads[0][field].clone());
    assert_eq!((text, platform, post_id), (json!("Open on Sunday."), json!("facebook"), published["id"].clone()));
    let (_, draft) = post(&house, "/api/social/posts", json!({ "text": "Perhaps." })).await;
    assert_eq!((&draft["status"], program.payloads().len()), (&json!("draft"), 1));
}

#[tokio::test]
async fn a_review_is_asked_for_through_the_gate() {
    let carrier = Carrier::start().await;
    let house = House::with(&[("TWILIO_ACCOUNT_SID", ACCOUNT), ("TWILIO_API", &carrier.base)]).await;
    let (_, ana) = post(&house, "/api/contacts", json!({ "first_name": "Ana", "phone": CALLER })).await;
    let settings = json!({ "link": "https://reviews.example/oak", "words": "Thank you! {link}" });
    let put = house.http.put(format!("{}/api/reviews/settings", house.base)).bearer_auth(ACCESS_TOKEN).json(&settings);
    assert_eq!(put.send().await.expect("an answer").status(), 200);
    let (status, asked) = post(&house, "/api/reviews/requests", json!({ "contact": ana["id"] })).await;
    assert_eq!(status, 201, "{asked}");
    assert_eq!(carrier.texts()[0]["Body"], "Thank you! https://reviews.example/oak");
    assert_eq!(post(&house, "/api/reviews/requests", json!({ "contact": ana["id"] })).await.0, 422, "not so soon");
    assert_eq!(carrier.texts().len(), 1);
}
