//! Accounts of their own that businesses have with those who carry for them: set and never shown, and theirs alone.

use crate::accounts::{ask, demo, key, signed_in};
use crate::house::{ACCESS_TOKEN, BUSINESS, CALLER, House, TWILIO_TOKEN, send, token_of};
use crate::imitations::{ACCOUNT, Carrier};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Method, Response};
use ringlypro::twilio::signature;
use serde_json::{Value, json};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

/// The second business's number.
const THEIRS: &str = "+13055550111";
const SID: &str = "AC0123456789abcdef0123456789abcdef";
const TOKEN: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";

async fn set(house: &House, by: &str, path: &str, account: Value) -> (u16, Value) {
    send(ask(house, by, Method::PUT, &format!("/api/credentials/{path}")).json(&account)).await
}

/// A second business with a Twilio account of its own.
async fn own(house: &House) -> (String, Value) {
    let business = house.business_called("Elm Salon").await;
    let account = json!({ "account_sid": SID, "auth_token": TOKEN });
    let (status, set) = set(house, ACCESS_TOKEN, &format!("twilio?business={business}"), account).await;
    assert_eq!((status, &set["service"], &set["account"]), (200, &json!("twilio"), &json!(SID)), "{set}");
    (business, set)
}

async fn webhook(house: &House, token: &str, path: &str, fields: &[(&str, &str)]) -> Response {
    let owned: Vec<_> = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let signature = signature::sign(token, &format!("{}{path}", house.base), &owned);
    let request = house.http.post(format!("{}{path}", house.base)).form(fields);
    request.header(signature::HEADER, signature).send().await.expect("an answer")
}

#[tokio::test]
async fn an_account_is_set_replaced_and_let_go_and_its_secret_is_nowhere() {
    hidden(&House::open().await).await;
}

#[tokio::test]
async fn an_account_is_set_replaced_and_let_go_and_its_secret_is_nowhere_in_postgresql() {
    hidden(&House::on_postgres().await).await;
}

async fn hidden(house: &House) {
    let (business, set_first) = own(house).await;
    let here = format!("/api/credentials?business={business}");
    let (_, listed) = send(ask(house, ACCESS_TOKEN, Method::GET, &here)).await;
    assert_eq!(listed["accounts"], json!([set_first]), "as it was answered");
    assert_eq!(house.get("/api/credentials").await, json!({ "accounts": [] }), "the other business has none");
    let mail = json!({ "sendgrid_api_key": "SG.another-secret", "from": "elm@example.com" });
    assert_eq!(set(house, ACCESS_TOKEN, &format!("mail?business={business}"), mail).await.0, 200);
    let other = json!({ "account_sid": SID.replace("AC0", "AC9"), "auth_token": "another-token" });
    assert_eq!(set(house, ACCESS_TOKEN, &format!("twilio?business={business}"), other).await.0, 200);
    let (_, listed) = send(ask(house, ACCESS_TOKEN, Method::GET, &here)).await;
    let (_, history) = send(ask(house, ACCESS_TOKEN, Method::GET, &format!("/api/actions?business={business}"))).await;
    let told = format!("{listed}{history}");
    assert!(told.contains("set_credentials") && told.contains("elm@example.com") && told.contains("AC9"), "{told}");
    let mut store = house.store().await;
    let kept: Vec<String> =
        sqlx::query_scalar("SELECT sealed FROM credentials").fetch_all(&mut store).await.expect("rows");
    assert_eq!(kept.len(), 2);
    for secret in [TOKEN, "another-token", "SG.another-secret"] {
        assert!(!told.contains(secret) && kept.iter().all(|sealed| !sealed.contains(secret)));
    }
    let path = format!("/api/credentials/twilio?business={business}");
    assert_eq!(send(ask(house, ACCESS_TOKEN, Method::DELETE, &path)).await.0, 204);
    assert_eq!(send(ask(house, ACCESS_TOKEN, Method::DELETE, &path)).await.0, 404);
}

#[tokio::test]
async fn who_may_not_configure_may_not_and_another_s_business_is_not_found() {
    let house = House::open().await;
    let (demo, (business, _)) = (demo(&house).await, own(&house).await);
    let reads = key(&house, json!(["read_contacts"])).await;
    let account = json!({ "account_sid": SID, "auth_token": TOKEN });
    assert_eq!(send(ask(&house, &reads, Method::GET, "/api/credentials")).await.0, 403);
    assert_eq!(set(&house, &reads, "twilio", account.clone()).await.0, 403);
    let ana = signed_in(&house, "ana@example.com", json!([{ "business": demo, "role": "owner" }])).await;
    assert_eq!(set(&house, &ana, "twilio", account.clone()).await.0, 200);
    let theirs = format!("?business={business}");
    assert_eq!(send(ask(&house, &ana, Method::GET, &format!("/api/credentials{theirs}"))).await.0, 404);
    assert_eq!(set(&house, &ana, &format!("twilio{theirs}"), account).await.0, 404);
    for wrong in [
        json!({ "account_sid": "AC1", "auth_token": TOKEN }),
        json!({ "account_sid": SID, "auth_token": "" }),
        json!({ "account_sid": SID, "auth_token": "two words" }),
        json!({ "account_sid": SID.replace('f', "x"), "auth_token": TOKEN }),
    ] {
        let (status, problem) = set(&house, &ana, "twilio", wrong).await;
        assert_eq!(status, 422, "{problem}");
        assert!(!problem.to_string().contains(TOKEN));
    }
}

fn ringing<'a>(call_sid: &'a str, to: &'a str) -> [(&'static str, &'a str); 4] {
    [("CallSid", call_sid), ("From", CALLER), ("To", to), ("CallStatus", "ringing")]
}

#[tokio::test]
async fn what_rings_at_a_business_with_an_account_is_signed_by_it_and_by_no_other() {
    let house = House::open().await;
    let (business, _) = own(&house).await;
    let voice = "/webhook/twilio/voice";
    for (token, to, status) in
        [(TWILIO_TOKEN, THEIRS, 403), (TOKEN, BUSINESS, 403), (TOKEN, THEIRS, 200), (TWILIO_TOKEN, BUSINESS, 200)]
    {
        let call_sid = format!("CA{}{status}", &to[11..]);
        let answer = webhook(&house, token, voice, &ringing(&call_sid, to)).await;
        assert_eq!(answer.status(), status, "{to}");
    }
    assert_eq!(house.open_calls(), 2);
    let twiml = webhook(&house, TOKEN, voice, &ringing("CA5", THEIRS)).await.text().await.expect("a document");
    let stream = format!("{}/webhook/twilio/stream/{business}", house.base.replace("http://", "ws://"));
    assert!(twiml.contains(&format!(r#"<Stream url="{stream}">"#)), "{twiml}");
    assert_eq!(token_of(&twiml).len(), 64);
    for (token, opens) in [(TWILIO_TOKEN, false), (TOKEN, true)] {
        let mut request = stream.clone().into_client_request().expect("a request");
        let signature = signature::sign(token, &stream, &[]);
        request.headers_mut().insert(signature::HEADER, signature.parse().expect("a header"));
        assert_eq!(connect_async(request).await.is_ok(), opens);
    }
}

#[tokio::test]
async fn an_account_says_nothing_of_another_business_s_calls_and_messages() {
    let house = House::open().await;
    let (demo, (business, _)) = (demo(&house).await, own(&house).await);
    house.ring("CA1").await;
    let done = |to| [("CallSid", "CA1"), ("CallStatus", "completed"), ("To", to)];
    let status = "/webhook/twilio/status";
    assert_eq!(webhook(&house, TOKEN, status, &done(THEIRS)).await.status(), 403, "a call of the other's");
    assert_eq!(webhook(&house, TOKEN, status, &done(BUSINESS)).await.status(), 403);
    assert_eq!(house.open_calls(), 1);
    let message = "019a0000-0000-7000-8000-000000000000";
    let report = [("MessageSid", "SM1"), ("MessageStatus", "failed"), ("To", CALLER)];
    let about = |business: &str| format!("/webhook/twilio/sms/status?business={business}&message={message}");
    assert_eq!(webhook(&house, TOKEN, &about(&demo), &report).await.status(), 403);
    assert_eq!(webhook(&house, TWILIO_TOKEN, &about(&business), &report).await.status(), 403);
    assert_eq!(webhook(&house, TOKEN, &about(&business), &report).await.status(), 204, "of no message");
    assert_eq!(webhook(&house, TWILIO_TOKEN, status, &done(BUSINESS)).await.status(), 204);
}

#[tokio::test]
async fn texts_go_by_the_account_of_the_business_they_are_of() {
    let carrier = Carrier::start().await;
    let house = House::with(&[("TWILIO_ACCOUNT_SID", ACCOUNT), ("TWILIO_API", &carrier.base)]).await;
    let (business, _) = own(&house).await;
    for at in [String::new(), format!("?business={business}")] {
        let post =
            |path: &str, body: Value| ask(&house, ACCESS_TOKEN, Method::POST, &format!("{path}{at}")).json(&body);
        let (status, ana) = send(post("/api/contacts", json!({ "first_name": "Ana", "phone": CALLER }))).await;
        assert_eq!(status, 201, "{ana}");
        let (status, sent) = send(post("/api/messages/sms", json!({ "contact": ana["id"], "body": "Hello." }))).await;
        assert_eq!(status, 201, "{sent}");
    }
    let shown = |account: &str, token: &str| {
        (account.to_owned(), format!("Basic {}", STANDARD.encode(format!("{account}:{token}"))))
    };
    assert_eq!(carrier.accounts(), [shown(ACCOUNT, TWILIO_TOKEN), shown(SID, TOKEN)]);
}
