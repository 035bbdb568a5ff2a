//! Properties of the browser's translation.

use super::*;
use crate::audio::gain::level_db;
use crate::audio::mulaw;
use crate::twilio::media::{FromTwilio, write_clear, write_mark, write_media};
use proptest::prelude::*;
use std::collections::VecDeque;
use std::time::Duration;

const START: &str = r#"{"event":"start","call":"browser-1","ticket":"t","rate":16000}"#;

/// A call that has begun at this rate.
fn begun(rate: u32) -> Adapter {
    let mut adapter = Adapter::new("token");
    let mut out = VecDeque::new();
    adapter.hear_text(Duration::ZERO, &START.replace("16000", &rate.to_string()), &mut out);
    assert_eq!(out.len(), 1, "{rate}");
    adapter
}

#[expect(clippy::cast_possible_truncation, reason = "a sine stays within 16 bits")]
fn tone(hz: f32, rate: u32, samples: usize) -> Vec<u8> {
    let sample = |n: usize| (0.5 * (n as f32 * hz * std::f32::consts::TAU / rate as f32).sin() * 32_767.0) as i16;
    (0..samples).flat_map(|n| sample(n).to_le_bytes()).collect()
}

/// The telephone's audio of a microphone, with its frames' numbers and times.
fn through(adapter: &mut Adapter, pcm: &[u8], piece: usize) -> (Vec<f32>, Vec<(u64, u64)>) {
    let mut out = VecDeque::new();
    let mut at = Duration::ZERO;
    for piece in pcm.chunks(piece) {
        adapter.hear_audio(at, piece, &mut out);
        at += Duration::from_secs(1);
    }
    let (mut audio, mut samples, mut frames) = (Vec::new(), Vec::new(), Vec::new());
    for text in out {
        let Ok(FromTwilio::Media(media)) = FromTwilio::parse(&text, &mut audio) else { panic!("{text}") };
        assert_eq!((media.audio.len(), &*media.stream_sid), (160, "browser-1"));
        frames.push((media.chunk, media.timestamp_ms));
        mulaw::decode_into(media.audio, &mut samples);
    }
    (samples, frames)
}

fn events(texts: &VecDeque<String>) -> Vec<String> {
    let event = |text: &String| serde_json::from_str::<serde_json::Value>(text).expect("JSON")["event"].to_string();
    texts.iter().map(event).collect()
}

#[test]
fn a_second_of_a_tone_at_any_rate_is_a_second_of_that_tone_on_the_telephone() {
    for rate in [16_000, 24_000, 44_100, 48_000] {
        let pcm = tone(1_000.0, rate, rate as usize);
        let (samples, frames) = through(&mut begun(rate), &pcm, rate as usize / 50 * 2);
        assert!((48..=50).contains(&frames.len()), "{rate}: {}", frames.len());
        assert!((level_db(&samples[400..]) - level_db(&[0.5, -0.5]) + 3.0).abs() < 0.3, "{rate}");
        let crossings = samples[400..].windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count();
        let hz = crossings as f32 * 8_000.0 / (samples.len() - 400) as f32;
        assert!((hz - 1_000.0).abs() < 5.0, "{rate}: {hz}");
    }
}

#[test]
fn what_the_telephone_cannot_carry_is_taken_out_and_not_folded_back() {
    let (samples, _) = through(&mut begun(48_000), &tone(7_000.0, 48_000, 24_000), 1_920);
    assert!(level_db(&samples[400..]) < -50.0, "{}", level_db(&samples[400..]));
}

#[test]
fn frames_are_numbered_and_timed_without_a_gap_however_the_audio_is_cut() {
    let pcm = tone(440.0, 16_000, 16_000);
    let (whole, frames) = through(&mut begun(16_000), &pcm, 640);
    let numbered: Vec<_> = (0..frames.len() as u64).map(|n| (n + 1, n * 20)).collect();
    assert_eq!(frames, numbered);
    for piece in [2, 34, 642, 3_200] {
        assert_eq!(through(&mut begun(16_000), &pcm, piece).0, whole, "{piece}");
    }
}

#[test]
fn keys_marks_and_the_end_are_passed_on_in_their_order_between_the_audio() {
    let mut adapter = begun(16_000);
    let mut out = VecDeque::new();
    adapter.hear_audio(Duration::ZERO, &vec![0; 1_280], &mut out);
    for text in [r#"{"event":"mark","name":"1:0:0"}"#, r#"{"event":"dtmf","digit":"5"}"#, r#"{"event":"stop"}"#] {
        adapter.hear_text(Duration::ZERO, text, &mut out);
    }
    assert_eq!(events(&out), ["\"media\"", "\"mark\"", "\"dtmf\"", "\"stop\""]);
    let mut audio = Vec::new();
    for text in &out {
        FromTwilio::parse(text, &mut audio).expect("what Twilio would send");
    }
}

#[test]
fn marks_stay_behind_the_audio_they_were_sent_behind() {
    let mut adapter = begun(16_000);
    let mut text = String::new();
    let mut said = Vec::new();
    for number in 0..3 {
        write_media("browser-1", &[0x55; 160], &mut text);
        said.push(adapter.say(&text).expect("audio"));
        write_mark("browser-1", &format!("{number}"), &mut text);
        said.push(adapter.say(&text).expect("a mark"));
    }
    for (number, pair) in said.chunks(2).enumerate() {
        assert!(matches!(&pair[0], Outgoing::Audio(pcm) if !pcm.is_empty()));
        assert_eq!(pair[1], Outgoing::Text(format!(r#"{{"event":"mark","name":"{number}"}}"#)));
    }
}

#[test]
fn the_agent_sounds_in_the_browser_as_it_does_on_the_telephone() {
    for rate in [16_000, 44_100, 48_000] {
        let (mut adapter, mut text, mut heard) = (begun(rate), String::new(), Vec::new());
        let samples: Vec<f32> = (0..8_000).map(|n| 0.5 * (n as f32 * 0.6).sin()).collect();
        let mut bytes = Vec::new();
        mulaw::encode_into(&samples, &mut bytes);
        for frame in bytes.chunks(160) {
            write_media("browser-1", frame, &mut text);
            let Some(Outgoing::Audio(pcm)) = adapter.say(&text) else { panic!("no audio") };
            heard.extend(pcm.chunks_exact(2).map(|b| f32::from(i16::from_le_bytes([b[0], b[1]])) / 32_768.0));
        }
        assert!(heard.len().abs_diff(rate as usize) < rate as usize / 50, "{rate}: {}", heard.len());
        assert!((level_db(&heard[1_000..]) - level_db(&samples)).abs() < 0.3, "{rate}");
    }
}

#[test]
fn after_a_clear_nothing_of_what_was_thrown_away_is_heard() {
    let (mut adapter, mut text) = (begun(16_000), String::new());
    write_media("browser-1", &[0x00; 160], &mut text);
    adapter.say(&text).expect("audio");
    write_clear("browser-1", &mut text);
    assert_eq!(adapter.say(&text), Some(Outgoing::Text(r#"{"event":"clear"}"#.to_owned())));
    write_media("browser-1", &[mulaw::SILENCE; 160], &mut text);
    let Some(Outgoing::Audio(pcm)) = adapter.say(&text) else { panic!("no audio") };
    assert!(pcm.iter().all(|byte| *byte == 0));
}

#[test]
fn nothing_is_passed_on_before_the_call_is_named_and_it_is_named_once() {
    let (mut adapter, mut out) = (Adapter::new("token"), VecDeque::new());
    adapter.hear_audio(Duration::ZERO, &[0; 640], &mut out);
    adapter.hear_text(Duration::ZERO, r#"{"event":"stop"}"#, &mut out);
    adapter.hear_text(Duration::ZERO, &START.replace("16000", "8001"), &mut out);
    assert_eq!((out.len(), adapter.call(), adapter.nonsense), (0, None, 3));
    adapter.hear_text(Duration::ZERO, START, &mut out);
    adapter.hear_text(Duration::ZERO, &START.replace("browser-1", "browser-2"), &mut out);
    assert_eq!((out.len(), adapter.call(), adapter.nonsense), (1, Some("browser-1"), 4));
}

#[test]
fn audio_faster_than_real_time_is_dropped_beyond_two_seconds() {
    let (mut adapter, mut out) = (begun(16_000), VecDeque::new());
    for _ in 0..1_000 {
        adapter.hear_audio(Duration::from_secs(1), &[0; 640], &mut out);
    }
    assert!((150..=152).contains(&out.len()), "{}", out.len());
    // A network that stood still delivers what was spoken meanwhile.
    for _ in 0..500 {
        adapter.hear_audio(Duration::from_secs(11), &[0; 640], &mut out);
    }
    assert!((648..=652).contains(&out.len()), "{}", out.len());
}

#[test]
fn too_much_at_once_and_half_samples_are_dropped() {
    let (mut adapter, mut out) = (begun(16_000), VecDeque::new());
    adapter.hear_audio(Duration::ZERO, &[0; 3_202], &mut out);
    adapter.hear_audio(Duration::ZERO, &[0; 641], &mut out);
    adapter.hear_text(Duration::ZERO, r#"{"event":"dtmf","digit":"x"}"#, &mut out);
    adapter.hear_text(Duration::ZERO, &format!(r#"{{"event":"mark","name":"{}"}}"#, "m".repeat(2_000)), &mut out);
    assert_eq!((out.len(), adapter.nonsense), (0, 4));
}

#[test]
fn how_a_call_ended_is_spelled_for_the_page() {
    let ended = |word| ToBrowser::Ended(word).text();
    assert_eq!(ended(LastWord::HungUp), r#"{"event":"ended","ending":"hung-up"}"#);
    let transferred = LastWord::Transferred { to: "+13055550110".to_owned() };
    assert_eq!(ended(transferred), r#"{"event":"ended","ending":"transferred","to":"+13055550110"}"#);
}

proptest! {
    #[test]
    fn no_message_breaks_it_and_what_comes_out_is_a_media_stream(
        messages in prop::collection::vec(prop_oneof![
            ".{0,60}".prop_map(Ok),
            Just(Ok(START.to_owned())),
            "[a-z0-9]".prop_map(|digit| Ok(format!(r#"{{"event":"dtmf","digit":"{digit}"}}"#))),
            ".{0,20}".prop_map(|name| Ok(serde_json::json!({ "event": "mark", "name": name }).to_string())),
            prop::collection::vec(any::<u8>(), 0..4_000).prop_map(Err),
        ], 0..30),
        started in any::<bool>(),
    ) {
        let mut adapter = if started { begun(48_000) } else { Adapter::new("token") };
        let (mut out, mut audio) = (VecDeque::new(), Vec::new());
        for message in &messages {
            match message {
                Ok(text) => { adapter.hear_text(Duration::ZERO, text, &mut out); adapter.say(text); }
                Err(bytes) => adapter.hear_audio(Duration::ZERO, bytes, &mut out),
            }
        }
        for text in out {
            prop_assert!(FromTwilio::parse(&text, &mut audio).is_ok(), "{}", text);
        }
    }
}
