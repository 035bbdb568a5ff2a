//! A real call and its recording, laid beside what the simulated caller said and heard.

use super::house::{House, texts};
use crate::recordings::decoded;

/// Samples of a millisecond.
const PER_MS: usize = 8;
/// How far the agent's side may be from where the caller heard it, the caller's side taken as the clock.
const NEAR_MS: i64 = 40;
/// How alike the same sound is, loudness by the millisecond, when parts of it may be a frame early or late.
const ALIKE: f32 = 0.7;
/// How far the two clocks are searched for each other: the answer lies this far from the stream's beginning at most.
const SEARCHED_MS: i64 = 500;

/// Loudness by the millisecond, of a stretch that begins at `from_ms` (silence outside).
fn loudness(side: &[f32], from_ms: i64, length_ms: usize) -> Vec<f32> {
    let at = |ms: i64| usize::try_from(ms).ok().and_then(|ms| side.get(ms * PER_MS..(ms + 1) * PER_MS));
    let energy = |window: Option<&[f32]>| window.map_or(0.0, |window| window.iter().map(|s| s * s).sum::<f32>().sqrt());
    (0..length_ms).map(|ms| energy(at(from_ms + i64::try_from(ms).expect("short")))).collect()
}

/// By how many milliseconds `recorded` is later than `heard`, and how alike they are then, from 0 to 1.
fn lag(heard: &[f32], recorded: &[f32]) -> (i64, f32) {
    let length_ms = heard.len() / PER_MS;
    let one = loudness(heard, 0, length_ms);
    let energy = |side: &[f32]| side.iter().map(|s| s * s).sum::<f32>();
    let alike = |shift: i64| {
        let other = loudness(recorded, shift, length_ms);
        let both: f32 = one.iter().zip(&other).map(|(a, b)| a * b).sum();
        both / (energy(&one) * energy(&other)).sqrt().max(f32::MIN_POSITIVE)
    };
    let best = (-SEARCHED_MS..=SEARCHED_MS).max_by(|a, b| alike(*a).total_cmp(&alike(*b))).expect("a range");
    (best, alike(best))
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_are_recorded_as_the_caller_said_and_heard_them() {
    let house = House::open().await;
    let report = house.call("interrupting", 165).await;
    let record = house.record(&report).await;
    let address = format!("/api/calls/{}/recording", record["call"]["id"].as_str().expect("an id"));
    let file = house.bytes(&address).await;
    let (caller, agent) = decoded(&file);

    let (caller_lag, caller_alike) = lag(&report.sound.caller, &caller);
    let (agent_lag, agent_alike) = lag(&report.sound.agent, &agent);
    let seconds = caller.len() / (1_000 * PER_MS);
    eprintln!(
        "{seconds} s, {} bytes a minute, caller {caller_lag} ms ({caller_alike:.3}), agent {agent_lag} ms ({agent_alike:.3})",
        file.len() * 60 / seconds.max(1),
    );
    assert!(caller_alike > ALIKE, "the caller's side is what they said: {caller_alike}\n{report}");
    assert!(agent_alike > ALIKE, "the agent's side is what they heard: {agent_alike}\n{report}");
    assert!((agent_lag - caller_lag).abs() <= NEAR_MS, "caller {caller_lag} ms, agent {agent_lag} ms\n{report}");

    // Where the transcript says that somebody spoke, they are to be heard; the caller's clock is the transcript's.
    for turn in record["turns"].as_array().expect("turns") {
        let (from, to) = (turn["began_ms"].as_i64().expect("a time"), turn["ended_ms"].as_i64().expect("a time"));
        let side = if turn["who"] == "caller" { &caller } else { &agent };
        let stretch = loudness(side, from, usize::try_from(to - from).expect("forward"));
        let loud = stretch.iter().filter(|window| **window > 0.05).count();
        assert!(to == from || loud * 10 > stretch.len(), "silence at {from}..{to}: {turn:#}");
    }
    assert!(!texts(&record, "caller").is_empty());
}
