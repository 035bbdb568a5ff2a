//! Where each sample of a call lies in its recording.

use super::*;
use proptest::prelude::*;

/// Samples of 20 ms.
const FRAME: u64 = 160;
/// A byte that is loud and known.
const LOUD: u8 = 0x20;

fn ms(time: u64) -> u64 {
    time * SAMPLES_PER_MS
}

/// Everything both tracks hold.
fn all(tracks: &mut Tracks, end_ms: u64) -> (Vec<f32>, Vec<f32>) {
    tracks.finish(ms(end_ms));
    let mut sides = (Vec::new(), Vec::new());
    while let Some(frame) = tracks.next() {
        for pair in frame.chunks_exact(2) {
            sides.0.push(pair[0]);
            sides.1.push(pair[1]);
        }
    }
    sides
}

/// Where a track is not silent, in samples.
fn sounds(track: &[f32]) -> Vec<(usize, usize)> {
    let mut spans: Vec<(usize, usize)> = Vec::new();
    for (at, _) in track.iter().enumerate().filter(|(_, sample)| sample.abs() > 0.1) {
        match spans.last_mut() {
            Some((_, end)) if *end == at => *end += 1,
            _ => spans.push((at, at + 1)),
        }
    }
    spans
}

/// A caller whose packets come this much after they were spoken; `loud` ones are to be found again.
fn hear(tracks: &mut Tracks, numbers: impl Iterator<Item = u64>, delay_ms: impl Fn(u64) -> u64, loud: &[u64]) {
    for number in numbers {
        let byte = if loud.contains(&number) { LOUD } else { mulaw::SILENCE };
        tracks.caller(ms(number * 20 + 20 + delay_ms(number)), number * FRAME, &[byte; 160]);
    }
}

#[test]
fn a_lost_packet_leaves_silence_and_moves_nothing() {
    let mut tracks = Tracks::default();
    hear(&mut tracks, (0..200).filter(|n| ![99, 100, 120].contains(n)), |_| 0, &[100, 101, 150]);
    let (caller, _) = all(&mut tracks, 4_000);
    assert_eq!(sounds(&caller), [(101 * 160, 102 * 160), (150 * 160, 151 * 160)]);
    assert_eq!(caller.len(), 32_000);
}

#[test]
fn a_jittery_network_does_not_move_what_was_said() {
    let mut tracks = Tracks::default();
    // The first packet is the latest of all: the clock is learnt from a better one.
    hear(&mut tracks, 0..200, |n| if n == 0 { 60 } else { n * 7 % 30 }, &[3, 100]);
    let (caller, _) = all(&mut tracks, 4_000);
    assert_eq!(sounds(&caller), [(3 * 160, 4 * 160), (100 * 160, 101 * 160)]);
}

#[test]
fn the_agent_is_heard_when_sent_and_then_without_a_gap() {
    let mut tracks = Tracks::default();
    hear(&mut tracks, 0..100, |_| 0, &[]);
    // Six frames at once, as a lead, then one every 20 ms.
    for number in 0..20 {
        tracks.agent(ms(2_000 + 20 * u64::saturating_sub(number, 6)), &[LOUD; 160]);
    }
    // Run dry: the next is heard when it is sent.
    tracks.agent(ms(2_900), &[LOUD; 160]);
    let (_, agent) = all(&mut tracks, 4_000);
    assert_eq!(sounds(&agent), [(16_000, 16_000 + 20 * 160), (23_200, 23_360)]);
}

#[test]
fn a_clear_takes_back_what_was_not_played_yet() {
    let mut tracks = Tracks::default();
    hear(&mut tracks, 0..100, |_| 0, &[]);
    for _ in 0..10 {
        tracks.agent(ms(2_000), &[LOUD; 160]);
    }
    tracks.clear(ms(2_050));
    tracks.agent(ms(2_070), &[LOUD; 160]);
    let (_, agent) = all(&mut tracks, 4_000);
    assert_eq!(sounds(&agent), [(16_000, 16_400), (16_560, 16_720)]);
}

#[test]
fn what_the_caller_did_not_stay_to_hear_is_not_in_it() {
    let mut tracks = Tracks::default();
    hear(&mut tracks, 0..100, |_| 0, &[]);
    for _ in 0..10 {
        tracks.agent(ms(2_000), &[LOUD; 160]);
    }
    let (caller, agent) = all(&mut tracks, 2_030);
    assert_eq!(sounds(&agent), [(16_000, 16_240)]);
    assert_eq!((tracks.length(), caller.len(), agent.len()), (16_240, 16_320, 16_320));
}

#[test]
fn packets_held_up_for_seconds_are_kept_in_their_places() {
    let mut tracks = Tracks::default();
    hear(&mut tracks, 0..100, |_| 0, &[]);
    let mut out = Vec::new();
    let mut pull = |tracks: &mut Tracks| {
        while let Some(frame) = tracks.next() {
            out.extend(frame.chunks_exact(2).map(|pair| pair[0]));
        }
    };
    // The agent speaks on while nothing comes from the caller for five seconds, and then all at once.
    for number in 100..350 {
        tracks.agent(ms(number * 20), &[LOUD; 160]);
        pull(&mut tracks);
    }
    for number in 100..350 {
        tracks.caller(ms(7_000), number * FRAME, &[if number == 200 { LOUD } else { mulaw::SILENCE }; 160]);
        pull(&mut tracks);
    }
    tracks.finish(ms(7_000));
    pull(&mut tracks);
    assert_eq!(sounds(&out), [(200 * 160, 201 * 160)]);
}

#[test]
fn a_clock_that_jumps_is_followed_and_costs_no_memory() {
    let mut tracks = Tracks::default();
    hear(&mut tracks, 0..100, |_| 0, &[]);
    tracks.caller(ms(2_020), ms(3_000_000), &[LOUD; 160]);
    tracks.caller(ms(2_040), ms(3_000_020), &[LOUD; 160]);
    assert!(tracks.caller.len() < 20_000, "{}", tracks.caller.len());
    let (caller, _) = all(&mut tracks, 2_100);
    assert_eq!(sounds(&caller), [(16_000, 16_320)]);
}

#[test]
fn no_more_than_the_wait_for_late_packets_is_kept() {
    let mut tracks = Tracks::default();
    for number in 0..3_000 {
        tracks.agent(ms(number * 20), &[LOUD; 160]);
        while tracks.next().is_some() {}
    }
    assert!(tracks.agent.len() as u64 <= LATE_MAX + FRAME);
}

proptest! {
    #[test]
    fn whatever_comes_time_is_given_out_without_a_gap(
        steps in prop::collection::vec((0u8..5, 0u64..4_000, any::<u64>(), 0usize..400), 0..60),
    ) {
        let (mut tracks, mut at, mut given) = (Tracks::default(), 0, 0);
        for (step, later, position, length) in steps {
            at += later;
            match step {
                0 => tracks.caller(at, position % 1_000_000_000_000, &vec![LOUD; length]),
                1 => tracks.caller(at, at, &vec![LOUD; length]),
                2 => tracks.agent(at, &vec![LOUD; length]),
                3 => tracks.clear(at),
                _ => while tracks.next().is_some() { given += FRAME },
            }
            prop_assert!(tracks.caller.len() as u64 <= LATE_MAX + 2 * AHEAD_MAX + 4_000 * 60);
        }
        tracks.finish(at);
        while tracks.next().is_some() { given += FRAME }
        prop_assert!(given >= tracks.length() && given < tracks.length() + FRAME);
    }
}
