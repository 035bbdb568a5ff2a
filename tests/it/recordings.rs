//! What was recorded of a call, decoded again: each side where the transcript says, and only for who may hear it.

use crate::house::{ACCESS_TOKEN, House, eventually, token_of};
use crate::phone::Phone;
use ringlypro::audio::opus::StereoDecoder;
use ringlypro::audio::{Pcm, TELEPHONE_HZ};
use ringlypro::storage::Recordings;
use ringlypro::storage::ogg_opus::{self, Head};
use serde_json::Value;
use std::io::Cursor;
use std::os::unix::fs::PermissionsExt;

/// How far a turn's times may be from its sound, scripted: a window of the voice detector and two frames.
const NEAR_MS: u64 = 75;

/// The caller's and the agent's side of a recording, as a player plays them.
pub(crate) fn decoded(bytes: &[u8]) -> (Vec<f32>, Vec<f32>) {
    let mut decoder = StereoDecoder::new().expect("a decoder");
    let (mut left, mut right) = (Pcm(Vec::new()), Pcm(Vec::new()));
    let stream = ogg_opus::read(Cursor::new(bytes), |packet| {
        decoder.decode(&packet, &mut left, &mut right).map_err(std::io::Error::other)
    })
    .expect("an Ogg Opus stream");
    assert!(stream.ended, "its end is marked");
    assert_eq!(stream.head.hz, TELEPHONE_HZ);
    let (skip, length) = (usize::from(stream.head.pre_skip) / 6, usize::try_from(stream.granules / 6).expect("short"));
    (left.0[skip..skip + length].to_vec(), right.0[skip..skip + length].to_vec())
}

/// Where a side is audible, in milliseconds; pauses of a quarter of a second part.
fn audible(side: &[f32]) -> Vec<(u64, u64)> {
    let mut spans: Vec<(u64, u64)> = Vec::new();
    for (index, window) in side.chunks(40).enumerate() {
        let (from, to) = (index as u64 * 5, index as u64 * 5 + 5);
        if window.iter().map(|s| s * s).sum::<f32>() / 40.0 > 0.01 {
            match spans.last_mut() {
                Some((_, end)) if from - *end < 250 => *end = to,
                _ => spans.push((from, to)),
            }
        }
    }
    spans
}

fn turns<'a>(record: &'a Value, who: &str) -> Vec<&'a Value> {
    record["turns"].as_array().expect("turns").iter().filter(|turn| turn["who"] == who).collect()
}

fn times(turn: &Value) -> (u64, u64) {
    (turn["began_ms"].as_u64().expect("a time"), turn["ended_ms"].as_u64().expect("a time"))
}

/// A call with one question, ended by the caller; its record.
async fn asked(house: &House, call_sid: &str) -> Value {
    house.script(&["What are your opening hours?"]);
    let mut phone = Phone::call(house, call_sid).await;
    phone.listen().await;
    phone.say(0, 600).await;
    phone.listen().await;
    phone.hang_up().await;
    let closed = async || !house.last_call().await["call"]["ended_at"].is_null();
    eventually("the call is over and written down", async || house.open_calls() == 0 && closed().await).await;
    house.last_call().await
}

fn address(record: &Value) -> String {
    format!("/api/calls/{}/recording", record["call"]["id"].as_str().expect("an id"))
}

#[tokio::test]
async fn both_sides_lie_where_the_transcript_says() {
    let house = House::open().await;
    let record = asked(&house, "CA1").await;
    let answer = house.asked(&address(&record)).await;
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["content-type"]),
        (200, &"audio/ogg".parse().expect("a header"))
    );
    let (caller, agent) = decoded(&answer.bytes().await.expect("the file"));
    let length_ms = record["recordings"][0]["length_ms"].as_u64().expect("a length");
    assert!(length_ms.abs_diff(caller.len() as u64 / 8) <= 1, "{record:#}");

    let (heard, said) = (audible(&caller), audible(&agent));
    let (theirs, ours) = (turns(&record, "caller"), turns(&record, "agent"));
    assert_eq!((heard.len(), theirs.len()), (1, 1), "{heard:?} {record:#}");
    let ((from, to), (began, ended)) = (heard[0], times(theirs[0]));
    assert!(from.abs_diff(began) <= NEAR_MS && to.abs_diff(ended) <= NEAR_MS, "{heard:?} {record:#}");
    assert_eq!((said.len(), ours.len()), (2, 2), "{said:?} {record:#}");
    for ((from, to), turn) in said.iter().zip(ours) {
        let (began, ended) = times(turn);
        assert!(from.abs_diff(began) <= NEAR_MS && *to <= ended + NEAR_MS, "{said:?} {record:#}");
    }
}

#[tokio::test]
async fn what_the_caller_cut_off_is_not_in_it() {
    let house = House::open().await;
    house.script(&["What are your opening hours?"]);
    let mut phone = Phone::call(&house, "CA1").await;
    phone.until_audible().await;
    phone.say(0, 600).await;
    phone.listen().await;
    phone.hang_up().await;
    eventually("the call is over", async || house.open_calls() == 0).await;
    let record = house.last_call().await;
    let (caller, agent) = decoded(&house.asked(&address(&record)).await.bytes().await.expect("the file"));
    let (heard, said) = (audible(&caller)[0], audible(&agent)[0]);
    // The greeting of the scripted voice lasts over half a second; it is cut while the caller speaks.
    assert!(said.1 < heard.1, "the agent fell silent while the caller spoke: {said:?} {heard:?}");
    assert!(said.1 - said.0 < 600, "{said:?}");
}

#[tokio::test]
async fn a_call_that_came_back_has_a_second_part_that_says_when_it_begins() {
    let house = House::open().await;
    let mut phone = Phone::call(&house, "CA1").await;
    phone.listen().await;
    drop(phone);
    eventually("the line is free", async || house.open_calls() == 0).await;
    let twiml = house.after("CA1", &[("CallStatus", "in-progress")]).await;
    let mut phone = Phone::connect(&house, "CA1", &token_of(&twiml)).await;
    phone.listen().await;
    phone.hang_up().await;
    eventually("the call is over", async || house.open_calls() == 0).await;
    let record = house.last_call().await;
    let began = |part: usize| record["recordings"][part]["began_ms"].as_u64().expect("a time");
    assert_eq!(began(0), 0);
    let answer = house.asked(&format!("{}?part=2", address(&record))).await;
    let (_, agent) = decoded(&answer.bytes().await.expect("the file"));
    let (from, _) = audible(&agent)[0];
    let (said, _) = times(turns(&record, "agent")[1]);
    assert!((began(1) + from).abs_diff(said) <= NEAR_MS, "{from} {record:#}");
}

#[tokio::test]
async fn it_is_for_its_owner_only_and_can_be_asked_for_in_parts() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().to_str().expect("a plain path");
    let house = House::with(&[("DATA_DIR", data)]).await;
    let record = asked(&house, "CA1").await;
    let address = address(&record);

    let stranger = house.http.get(format!("{}{address}", house.base)).send().await.expect("an answer");
    assert_eq!(stranger.status(), 401);

    let whole = house.asked(&address).await;
    assert_eq!(whole.headers()["accept-ranges"], "bytes");
    assert_eq!(whole.headers()["cache-control"], "no-store");
    let whole = whole.bytes().await.expect("the file");
    assert_eq!(record["recordings"][0]["bytes"], whole.len());
    let part = async |range: &str| {
        let asked = house.http.get(format!("{}{address}", house.base)).bearer_auth(ACCESS_TOKEN).header("range", range);
        asked.send().await.expect("an answer")
    };
    let middle = part("bytes=100-199").await;
    assert_eq!(middle.status(), 206);
    assert_eq!(middle.headers()["content-range"], format!("bytes 100-199/{}", whole.len()));
    assert_eq!(middle.bytes().await.expect("a part"), whole[100..200]);
    assert_eq!(part("bytes=-50").await.bytes().await.expect("the end"), whole[whole.len() - 50..]);
    let beyond = part("bytes=99999999-").await;
    assert_eq!(
        (beyond.status().as_u16(), &beyond.headers()["content-type"]),
        (416, &"application/problem+json".parse().expect("a header"))
    );

    let business = record["call"]["business"].as_str().expect("an id");
    let file = folder
        .path()
        .join("recordings")
        .join(business)
        .join(format!("{}.opus", record["call"]["id"].as_str().expect("an id")));
    assert_eq!(std::fs::metadata(file).expect("the file").permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn where_there_is_none_it_is_said_why() {
    let house = House::with(&[("RECORDING", "false")]).await;
    let why = async |address: &str| {
        let answer = house.asked(address).await;
        assert_eq!(answer.status(), 404);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        answer.json::<Value>().await.expect("a problem")["detail"].as_str().expect("a reason").to_owned()
    };
    let record = asked(&house, "CA1").await;
    assert_eq!(record["recordings"], Value::Array(Vec::new()));
    assert_eq!(why(&address(&record)).await, "This call was not recorded.");
    assert_eq!(why("/api/calls/019a0000-0000-7000-8000-0000000000ff/recording").await, "call not found");
    let mut phone = Phone::call(&house, "CA2").await;
    phone.until_audible().await;
    assert_eq!(
        why(&address(&house.last_call().await)).await,
        "The call is still going on. It can be played when it is over."
    );
    phone.hang_up().await;
}

#[tokio::test]
async fn what_a_crash_left_open_can_be_played_after_the_next_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().to_str().expect("a plain path");
    let mut house = House::with(&[("DATA_DIR", data)]).await;
    let record = asked(&house, "CA1").await;
    house.stop().await;
    // As if the stream had come back and the process then died with two seconds and a half recorded.
    let id = |name: &str| record["call"][name].as_str().expect("an id").to_owned();
    let shelf = Recordings::new(folder.path().join("recordings"));
    let (business, call) = (id("business").parse().expect("an id"), id("id").parse().expect("an id"));
    let head = Head { pre_skip: 312, hz: TELEPHONE_HZ, began_ms: Some(9_000) };
    let mut taping = shelf.begin(business, call, head).expect("a second part");
    for _ in 0..125 {
        taping.packet(vec![0xf8, 0xff, 0xfe]).expect("written");
    }
    drop(taping);

    let house = House::with(&[("DATA_DIR", data)]).await;
    let record = house.last_call().await;
    let parts: Vec<_> =
        record["recordings"].as_array().expect("recordings").iter().map(|part| part["part"].clone()).collect();
    assert_eq!(parts, [1, 2], "{record:#}");
    assert_eq!(record["recordings"][1]["length_ms"], 1_993, "two whole pages, less what a player skips");
    assert_eq!(record["recordings"][1]["began_ms"], 9_000);
    let answer = house.asked(&format!("{}?part=2", address(&record))).await;
    let (caller, agent) = decoded(&answer.bytes().await.expect("the file"));
    assert_eq!((caller.len(), agent.len()), (15_948, 15_948));
}

#[tokio::test]
async fn one_past_its_time_is_deleted_and_the_call_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = [("DATA_DIR", folder.path().to_str().expect("a plain path")), ("RECORDING_DAYS", "30")];
    let mut house = House::with(&settings).await;
    let address = address(&asked(&house, "CA1").await);
    house.stop().await;
    let files = || {
        let folders = std::fs::read_dir(folder.path().join("recordings")).expect("the shelf").flatten();
        folders.map(|folder| std::fs::read_dir(folder.path()).expect("a folder").count()).sum::<usize>()
    };

    let mut house = House::at("2026-12-22T15:00:00Z", &settings).await;
    assert_eq!(house.asked(&address).await.status(), 200, "29 days later it is still there");
    assert_eq!(files(), 1);
    house.stop().await;
    let house = House::at("2026-12-24T15:00:00Z", &settings).await;
    // The file goes first, then the book says so.
    let why = async || house.asked(&address).await.text().await.expect("an answer");
    eventually("it is said that it was deleted", async || why().await.contains("was deleted")).await;
    assert_eq!(house.asked(&address).await.status(), 404);
    assert_eq!(files(), 0);
    let record = house.last_call().await;
    assert!(!record["turns"].as_array().expect("turns").is_empty(), "what was said is still known");
}
