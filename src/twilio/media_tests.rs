//! What the wire format promises.

use super::error::MediaError;
use super::media::{
    AUDIO_BYTES_MAX, Dtmf, FromTwilio, MESSAGE_BYTES_MAX, Mark, Media, Start, Stop, ToTwilio, Track, write_clear,
    write_mark, write_media,
};
use proptest::prelude::*;
use std::borrow::Cow;
use std::collections::BTreeMap;

const STREAM: &str = "MZXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX";
const CALL: &str = "CAXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX";
const ACCOUNT: &str = "ACXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX";

/// The `start` message as Twilio's documentation prints it.
const START: &str = r#"{ "event": "start", "sequenceNumber": "1", "start": {
    "accountSid": "ACXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX", "streamSid": "MZXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
    "callSid": "CAXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX", "tracks": [ "inbound" ],
    "mediaFormat": { "encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1 },
    "customParameters": { "FirstName": "Jane", "LastName": "Doe", "RemoteParty": "Bob" } },
    "streamSid": "MZXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX" }"#;

fn documented_start() -> Start {
    let parameters = [("FirstName", "Jane"), ("LastName", "Doe"), ("RemoteParty", "Bob")];
    Start {
        sequence: 1,
        stream_sid: STREAM.into(),
        account_sid: ACCOUNT.into(),
        call_sid: CALL.into(),
        parameters: parameters.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
    }
}

fn written(message: &FromTwilio<'_>) -> String {
    let mut out = String::from("left over");
    message.write(&mut out);
    out
}

fn refusal(text: &str) -> MediaError {
    FromTwilio::parse(text, &mut Vec::new()).expect_err("a refusal")
}

#[test]
fn the_documented_messages_are_read() {
    let mut audio = Vec::new();
    let connected = r#"{ "event": "connected", "protocol": "Call", "version": "1.0.0" }"#;
    assert_eq!(FromTwilio::parse(connected, &mut audio), Ok(FromTwilio::Connected));
    assert_eq!(FromTwilio::parse(START, &mut audio), Ok(FromTwilio::Start(documented_start())));

    let media = r#"{ "event": "media", "sequenceNumber": "3", "media": { "track": "outbound", "chunk": "1",
        "timestamp": "5", "payload": "//8A" } , "streamSid": "MZXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX" }"#;
    let expected = Media {
        sequence: 3,
        stream_sid: STREAM.into(),
        track: Track::Outbound,
        chunk: 1,
        timestamp_ms: 5,
        audio: &[0xff, 0xff, 0x00],
    };
    assert_eq!(FromTwilio::parse(media, &mut audio), Ok(FromTwilio::Media(expected)));

    let dtmf = r#"{ "event": "dtmf", "streamSid":"MZXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX", "sequenceNumber":"5",
        "dtmf": { "track":"inbound_track", "digit": "1" } }"#;
    let expected = Dtmf { sequence: 5, stream_sid: STREAM.into(), digit: '1' };
    assert_eq!(FromTwilio::parse(dtmf, &mut audio), Ok(FromTwilio::Dtmf(expected)));

    let mark = r#"{ "event": "mark", "sequenceNumber": "4", "streamSid": "MZXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
        "mark": { "name": "my label" } }"#;
    let expected = Mark { sequence: 4, stream_sid: STREAM.into(), name: "my label".into() };
    assert_eq!(FromTwilio::parse(mark, &mut audio), Ok(FromTwilio::Mark(expected)));

    let stop = r#"{ "event": "stop", "sequenceNumber": "5", "stop": {
        "accountSid": "ACXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX", "callSid": "CAXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX" },
        "streamSid": "MZXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX" }"#;
    let expected = Stop { sequence: 5, stream_sid: STREAM.into(), account_sid: ACCOUNT.into(), call_sid: CALL.into() };
    assert_eq!(FromTwilio::parse(stop, &mut audio), Ok(FromTwilio::Stop(expected)));
}

#[test]
fn what_twilio_is_sent_is_spelled_as_documented() {
    let mut out = String::new();
    write_media(STREAM, &[0xff, 0xff, 0x00], &mut out);
    insta::assert_snapshot!(out, @r#"{"event":"media","streamSid":"MZXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX","media":{"payload":"//8A"}}"#);
    write_mark(STREAM, "0:1:2", &mut out);
    insta::assert_snapshot!(out, @r#"{"event":"mark","streamSid":"MZXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX","mark":{"name":"0:1:2"}}"#);
    write_clear(STREAM, &mut out);
    insta::assert_snapshot!(out, @r#"{"event":"clear","streamSid":"MZXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX"}"#);
}

#[test]
fn what_the_simulator_sends_is_spelled_as_twilio_spells_it() {
    insta::assert_snapshot!(written(&FromTwilio::Connected), @r#"{"event":"connected","protocol":"Call","version":"1.0.0"}"#);
    // Compared as JSON: Twilio's documentation prints its own with spaces and newlines.
    let start: serde_json::Value = serde_json::from_str(&written(&FromTwilio::Start(documented_start()))).unwrap();
    assert_eq!(start, serde_json::from_str::<serde_json::Value>(START).unwrap());
    let media = FromTwilio::Media(Media {
        sequence: 2,
        stream_sid: STREAM.into(),
        track: Track::Inbound,
        chunk: 1,
        timestamp_ms: 20,
        audio: &[0xff; 3],
    });
    insta::assert_snapshot!(written(&media), @r#"{"event":"media","sequenceNumber":"2","media":{"track":"inbound","chunk":"1","timestamp":"20","payload":"////"},"streamSid":"MZXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX"}"#);
    let dtmf = FromTwilio::Dtmf(Dtmf { sequence: 7, stream_sid: STREAM.into(), digit: '#' });
    insta::assert_snapshot!(written(&dtmf), @r##"{"event":"dtmf","streamSid":"MZXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX","sequenceNumber":"7","dtmf":{"track":"inbound_track","digit":"#"}}"##);
}

#[test]
fn each_refusal_names_its_reason() {
    assert_eq!(refusal(r#"{"event":"refer"}"#), MediaError::UnknownEvent);
    assert_eq!(refusal(r#"{"event":"media","streamSid":"MZ"}"#), MediaError::Missing("media"));
    assert_eq!(
        refusal(r#"{"event":"media","media":{"chunk":"1","timestamp":"0","payload":""}}"#),
        MediaError::Missing("streamSid")
    );
    let media = |payload: &str| {
        format!(r#"{{"event":"media","streamSid":"MZ","media":{{"chunk":1,"timestamp":2,"payload":"{payload}"}}}}"#)
    };
    assert_eq!(refusal(&media("not base64!")), MediaError::NotBase64);
    assert_eq!(refusal(&media(&"////".repeat(AUDIO_BYTES_MAX / 3 + 1))), MediaError::AudioTooLong);
    assert_eq!(refusal(r#"{"event":"dtmf","streamSid":"MZ","dtmf":{"digit":"12"}}"#), MediaError::NotAKey);
    assert_eq!(refusal(&START.replace("8000", "16000")), MediaError::UnsupportedFormat);
    assert_eq!(refusal(&" ".repeat(MESSAGE_BYTES_MAX + 1)), MediaError::MessageTooLong(MESSAGE_BYTES_MAX + 1));
    for text in ["", "{", "[]", "null", r#"{"event":7}"#, r#"{"event":"mark","streamSid":[]}"#] {
        assert!(matches!(refusal(text), MediaError::Malformed { .. }), "{text}");
    }
}

#[test]
fn audio_of_an_earlier_message_never_shows_in_a_later_one() {
    let mut audio = vec![1; 4_000];
    let text = r#"{"event":"media","streamSid":"MZ","media":{"chunk":1,"timestamp":2,"payload":"//8="}}"#;
    match FromTwilio::parse(text, &mut audio) {
        Ok(FromTwilio::Media(media)) => assert_eq!(media.audio, [0xff, 0xff]),
        other => panic!("not media: {other:?}"),
    }
}

fn any_from_twilio() -> impl Strategy<Value = (u64, String, String, String, BTreeMap<String, String>, Vec<u8>, u8)> {
    (
        any::<u64>(),
        any::<String>(),
        any::<String>(),
        any::<String>(),
        proptest::collection::btree_map(any::<String>(), any::<String>(), 0..4),
        proptest::collection::vec(any::<u8>(), 0..400),
        0..6_u8,
    )
}

proptest! {
    #[test]
    fn what_is_written_is_read_back((n, stream, call, name, parameters, bytes, kind) in any_from_twilio()) {
        let stream_sid = || Cow::Borrowed(stream.as_str());
        let message = match kind {
            0 => FromTwilio::Connected,
            1 => FromTwilio::Start(Start {
                sequence: n, stream_sid: stream.clone(), account_sid: name.clone(), call_sid: call.clone(), parameters,
            }),
            2 => FromTwilio::Media(Media {
                sequence: n, stream_sid: stream_sid(), track: Track::Inbound, chunk: n, timestamp_ms: n, audio: &bytes,
            }),
            3 => FromTwilio::Dtmf(Dtmf { sequence: n, stream_sid: stream_sid(), digit: '*' }),
            4 => FromTwilio::Mark(Mark { sequence: n, stream_sid: stream_sid(), name: name.as_str().into() }),
            _ => FromTwilio::Stop(Stop {
                sequence: n, stream_sid: stream_sid(), account_sid: name.as_str().into(), call_sid: call.as_str().into(),
            }),
        };
        let text = written(&message);
        let mut audio = Vec::new();
        prop_assert_eq!(FromTwilio::parse(&text, &mut audio), Ok(message));
    }

    #[test]
    fn what_is_sent_is_read_as_it_was_meant(stream: String, name: String, bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let stream_sid = || Cow::Borrowed(stream.as_str());
        for message in [
            ToTwilio::Media { stream_sid: stream_sid(), audio: &bytes },
            ToTwilio::Mark { stream_sid: stream_sid(), name: name.as_str().into() },
            ToTwilio::Clear { stream_sid: stream_sid() },
        ] {
            let mut text = String::from("left over");
            message.write(&mut text);
            let mut audio = vec![9; 10];
            prop_assert_eq!(ToTwilio::parse(&text, &mut audio), Ok(message));
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text: String) {
        let _ = FromTwilio::parse(&text, &mut Vec::new());
        let _ = ToTwilio::parse(&text, &mut Vec::new());
    }

    #[test]
    fn no_damage_to_a_real_message_makes_the_reader_panic(at in 0..600_usize, byte in 0..128_u8, cut in 0..600_usize) {
        let mut bytes = START.as_bytes().to_vec();
        let length = bytes.len();
        bytes[at % length] = byte;
        bytes.truncate(length - cut % length);
        if let Ok(text) = std::str::from_utf8(&bytes) {
            let _ = FromTwilio::parse(text, &mut Vec::new());
        }
    }
}
