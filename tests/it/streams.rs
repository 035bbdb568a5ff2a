//! The media socket under rough treatment: tokens, strangers, nonsense.

use crate::house::{House, eventually, token_of};
use crate::phone::{Phone, introduce, socket};
use futures_util::{SinkExt, StreamExt};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use std::time::Duration;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

/// Whether the gateway closes the socket soon, without a word.
async fn is_closed(socket: &mut crate::phone::Socket) -> bool {
    match timeout(Duration::from_secs(3), socket.next()).await {
        Ok(None | Some(Err(_) | Ok(Message::Close(_)))) => true,
        Ok(Some(Ok(_))) | Err(_) => false,
    }
}

#[tokio::test]
async fn a_token_opens_one_stream_once() {
    let house = House::open().await;
    let token = token_of(&house.ring("CA1").await);
    let mut phone = Phone::connect(&house, "CA1", &token).await;
    phone.until_audible().await;
    let mut second = socket(&house).await;
    introduce(&mut second, "CA1", &token).await;
    assert!(is_closed(&mut second).await);
    phone.wait(100).await;
    assert!(!phone.hung_up, "the first stream goes on");
}

#[tokio::test]
async fn a_wrong_token_or_another_calls_is_refused_and_costs_nobody_a_line() {
    let house = House::open().await;
    let token = token_of(&house.ring("CA1").await);
    house.ring("CA2").await;
    for (call_sid, token) in [("CA1", "wrong"), ("CA1", ""), ("CA2", token.as_str()), ("CA3", token.as_str())] {
        let mut stranger = socket(&house).await;
        introduce(&mut stranger, call_sid, token).await;
        assert!(is_closed(&mut stranger).await, "{call_sid} {token}");
    }
    let mut phone = Phone::connect(&house, "CA1", &token).await;
    phone.until_audible().await;
    assert_eq!(house.open_calls(), 2);
}

#[tokio::test]
async fn a_stream_that_is_not_rightly_signed_is_not_upgraded() {
    use tokio_tungstenite::tungstenite::client::IntoClientRequest;
    let house = House::open().await;
    let address = format!("{}/webhook/twilio/stream", house.base.replace("http://", "ws://"));
    let connect = |signature: String| {
        let mut request = address.clone().into_client_request().expect("a request");
        request.headers_mut().insert("x-twilio-signature", signature.parse().expect("a header"));
        tokio_tungstenite::connect_async(request)
    };
    assert!(tokio_tungstenite::connect_async(address.clone()).await.is_err(), "without any");
    assert!(connect("nonsense".to_owned()).await.is_err());
    let right = ringlypro::twilio::signature::sign(crate::house::TWILIO_TOKEN, &address, &[]);
    assert!(connect(right).await.is_ok());
}

#[tokio::test]
async fn nonsense_on_a_live_line_costs_neither_this_call_nor_another() {
    let house = House::open().await;
    let mut other = Phone::call(&house, "CA2").await;
    let mut phone = Phone::call(&house, "CA1").await;
    phone.until_audible().await;
    let mut runner = TestRunner::deterministic();
    let pieces = proptest::collection::vec(
        proptest::prop_oneof![
            proptest::string::string_regex(".{0,80}").expect("a pattern"),
            proptest::strategy::Just(r#"{"event":"media","streamSid":"MZCA1","media":{"payload":"!!!!"}}"#.to_owned()),
            proptest::strategy::Just(r#"{"event":"media","streamSid":"MZCA2","media":{"track":"inbound","chunk":"1","timestamp":"99999999999","payload":"AAAA"}}"#.to_owned()),
            proptest::strategy::Just(r#"{"event":"stop","streamSid":"MZCA2","stop":{"accountSid":"","callSid":"CA2"}}"#.to_owned()),
            proptest::strategy::Just(r#"{"event":"mark","streamSid":"MZCA1","mark":{"name":"0:0:0"}}"#.to_owned()),
            proptest::strategy::Just(r#"{"event":"dtmf","streamSid":"MZCA1","dtmf":{"digit":"x"}}"#.to_owned()),
            proptest::strategy::Just(r#"{"event":"start","start":{}}"#.to_owned()),
        ],
        200,
    );
    for text in pieces.new_tree(&mut runner).expect("values").current() {
        phone.socket.send(Message::text(text)).await.expect("sent");
    }
    phone.socket.send(Message::binary(vec![0; 500])).await.expect("sent");
    phone.wait(400).await;
    other.wait(400).await;
    assert!(!phone.hung_up && !other.hung_up);
    assert_eq!(house.open_calls(), 2);
}

#[tokio::test]
async fn a_message_larger_than_any_of_twilios_ends_that_stream_only() {
    let house = House::open().await;
    let mut other = Phone::call(&house, "CA2").await;
    let mut phone = Phone::call(&house, "CA1").await;
    phone.until_audible().await;
    drop(phone.socket.send(Message::text("x".repeat(200_000))).await);
    eventually("the line is free again", async || house.open_calls() == 1).await;
    other.wait(100).await;
    assert!(!other.hung_up);
}

#[tokio::test]
async fn a_socket_that_never_says_which_call_it_is_gets_nothing() {
    let house = House::open().await;
    let mut stranger = socket(&house).await;
    for _ in 0..5 {
        drop(stranger.send(Message::text(r#"{"event":"connected"}"#)).await);
    }
    assert!(is_closed(&mut stranger).await);
}
