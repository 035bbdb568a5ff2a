//! The numbers of a call, from its two audio tracks alone, as the caller would hear them. Pure.
//!
//! Both tracks lie on one sample clock: the caller's as it left their mouth, the agent's as it was played to them.
//!
//! - `reply_ms`: last voiced sample of the caller's line to the first voiced sample of the agent after it. Negative where
//!   the agent began before the caller had finished.
//! - `yield_ms`: first voiced sample of a line spoken over the agent to the agent's last voiced sample before silence.
//! - gaps: silences inside one answer that a listener notices.
//! - `cut_off`: the caller's own pauses inside a line, noise and telephone aside, in which the agent began to speak.

use super::sound;
use crate::audio::TELEPHONE_HZ;
use serde::Serialize;

/// Silences this long inside an answer are reported; between sentences a speaker pauses half of it.
const GAP_MIN: usize = ms(250);
/// An agent has fallen silent when this much silence follows: longer than any pause between sentences.
const FELL_SILENT: usize = ms(600);
/// A silence this long inside a line of the caller's is a pause.
const PAUSE_MIN: usize = ms(200);
/// A line is spoken over the agent if the agent was heard this shortly before and is heard again after the line began.
const OVERLAP: usize = ms(200);

const fn ms(milliseconds: usize) -> usize {
    milliseconds * TELEPHONE_HZ as usize / 1_000
}

/// What one line of the caller's brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exchange {
    /// The line's words (or its file).
    pub line: String,
    /// Its first voiced sample, in milliseconds of the call.
    pub from_ms: u64,
    /// Its last.
    pub to_ms: u64,
    /// How long the agent took to answer; none: it never did, before the next line or the end.
    pub reply_ms: Option<i64>,
    /// How long the agent went on speaking when the line was spoken over it; none: it was not.
    pub yield_ms: Option<u64>,
    /// How long the answer lasted, from its first voiced sample to its last.
    pub answer_ms: Option<u64>,
    /// Silences inside the answer, in milliseconds.
    pub gaps_ms: Vec<u64>,
    /// Pauses inside the line, of 200 ms and more.
    pub pauses: usize,
    /// In how many of them the agent began to speak before the line was over: false cut-offs.
    pub cut_off: usize,
    /// Whether the agent began to speak into the line before its first pause: the two began together.
    pub collided: bool,
}

/// A line's place in the call, in samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineAt {
    /// Its words.
    pub text: String,
    /// From.
    pub from: usize,
    /// To.
    pub to: usize,
}

/// The first sound of the agent, in milliseconds of the call.
pub fn greeting_ms(agent: &[f32]) -> Option<u64> {
    sound::first_voiced(agent, 0, agent.len()).map(to_ms)
}

/// What each line brought. `lines` in order.
pub fn exchanges(agent: &[f32], caller: &[f32], lines: &[LineAt]) -> Vec<Exchange> {
    let end = agent.len().max(caller.len());
    let next_starts = lines.iter().skip(1).map(|line| line.from).chain([end]);
    lines.iter().zip(next_starts).filter_map(|(line, until)| exchange(agent, caller, line, until)).collect()
}

fn exchange(agent: &[f32], caller: &[f32], line: &LineAt, until: usize) -> Option<Exchange> {
    let first = sound::first_voiced(caller, line.from, line.to)?;
    let last = sound::last_voiced(caller, line.from, line.to)?;
    let over = sound::last_voiced(agent, first.saturating_sub(OVERLAP), first).is_some()
        && sound::first_voiced(agent, first, first + OVERLAP).is_some();
    let fell_silent = over.then(|| end_of_speech(agent, first, until));
    // Where an interrupted agent fell silent, its answer comes after that.
    let listen_from = fell_silent.map_or(first, |at| at + sound::WINDOW);
    let onset = onset(agent, listen_from, last, until);
    let answer_end = onset.and_then(|onset| sound::last_voiced(agent, onset, until));
    let pauses = silences(caller, first, last, PAUSE_MIN);
    let (cut_off, collided) = cut_offs(&pauses, &beginnings(agent, listen_from, last));
    Some(Exchange {
        line: line.text.clone(),
        from_ms: to_ms(first),
        to_ms: to_ms(last),
        reply_ms: onset.map(|onset| signed_ms(onset) - signed_ms(last)),
        yield_ms: fell_silent.map(|at| to_ms(at - first)),
        answer_ms: onset.zip(answer_end).map(|(onset, end)| to_ms(end - onset)),
        gaps_ms: onset.zip(answer_end).map_or_else(Vec::new, |(onset, end)| {
            silences(agent, onset, end, GAP_MIN).into_iter().map(|(from, to)| to_ms(to - from)).collect()
        }),
        pauses: pauses.len(),
        cut_off,
        collided,
    })
}

/// The first sample of the answer: the first sound after the caller's last, unless the agent was already speaking then;
/// in that case where it began.
fn onset(agent: &[f32], listen_from: usize, last: usize, until: usize) -> Option<usize> {
    let early = sound::first_voiced(agent, listen_from, last);
    let talking =
        early.is_some() && sound::last_voiced(agent, last.saturating_sub(GAP_MIN).max(listen_from), last).is_some();
    if talking { early } else { sound::first_voiced(agent, last.max(listen_from), until) }
}

/// The last voiced sample of speech that is going on at `from`.
fn end_of_speech(agent: &[f32], from: usize, until: usize) -> usize {
    let mut last = from;
    while let Some(next) = sound::first_voiced(agent, last + 1, (last + 1 + FELL_SILENT).min(until)) {
        let window_end = (next + sound::WINDOW).min(until);
        last = sound::last_voiced(agent, next, window_end).map_or(next, |at| at.max(next));
    }
    last
}

/// Where the agent begins to speak between two samples: after a silence, and once for all it then says.
fn beginnings(agent: &[f32], from: usize, to: usize) -> Vec<usize> {
    let mut beginnings = Vec::new();
    let mut at = from;
    while let Some(onset) = sound::first_voiced(agent, at, to) {
        if sound::last_voiced(agent, onset.saturating_sub(GAP_MIN), onset).is_none() {
            beginnings.push(onset);
        }
        at = end_of_speech(agent, onset, agent.len()) + 1;
    }
    beginnings
}

/// In how many pauses there is a beginning, and whether there is one before the first. It belongs to the pause it follows.
fn cut_offs(pauses: &[(usize, usize)], beginnings: &[usize]) -> (usize, bool) {
    let follows = beginnings.iter().map(|at| pauses.iter().filter(|(from, _)| from <= at).count());
    let mut places: Vec<usize> = follows.collect();
    places.dedup();
    let cut_off = places.iter().filter(|place| **place > 0).count();
    (cut_off, cut_off < places.len())
}

/// Silences of a track between two sounds, from and to, that last at least so long.
fn silences(track: &[f32], from: usize, to: usize, at_least: usize) -> Vec<(usize, usize)> {
    let mut silences = Vec::new();
    let mut at = from;
    while at < to {
        let end = (at + sound::WINDOW).min(to);
        if sound::is_voiced(&track[at..end]) {
            at = end;
            continue;
        }
        let Some(next) = sound::first_voiced(track, at, to + 1) else { break };
        if next - at >= at_least {
            silences.push((at, next));
        }
        at = next.max(end);
    }
    silences
}

fn to_ms(samples: usize) -> u64 {
    samples as u64 * 1_000 / u64::from(TELEPHONE_HZ)
}

fn signed_ms(samples: usize) -> i64 {
    i64::try_from(to_ms(samples)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A track of ten seconds with sound at these milliseconds.
    fn track(sounds: &[(usize, usize)]) -> Vec<f32> {
        let mut track = vec![0.0; ms(10_000)];
        for &(from, to) in sounds {
            for (n, sample) in track[ms(from)..ms(to)].iter_mut().enumerate() {
                *sample = if n % 8 < 4 { 0.2 } else { -0.2 };
            }
        }
        track
    }

    fn lines(at: &[(usize, usize)]) -> Vec<LineAt> {
        // A line's own silence at its edges does not count as speech.
        at.iter().map(|&(from, to)| LineAt { text: "l".into(), from: ms(from) - 400, to: ms(to) + 400 }).collect()
    }

    fn measured(agent: &[(usize, usize)], caller: &[(usize, usize)]) -> Vec<Exchange> {
        exchanges(&track(agent), &track(caller), &lines(caller))
    }

    fn near(value: i64, expected: i64) -> bool {
        (value - expected).abs() <= 10
    }

    #[test]
    fn a_reply_is_measured_from_last_sound_to_first_sound() {
        let all = measured(&[(0, 1_000), (2_750, 4_000), (6_500, 7_000)], &[(1_500, 2_000), (5_000, 6_000)]);
        assert!(near(all[0].reply_ms.unwrap(), 750), "{all:?}");
        assert!(near(all[1].reply_ms.unwrap(), 500), "{all:?}");
        assert_eq!((all[0].yield_ms, all[1].yield_ms), (None, None));
        assert!(near(i64::try_from(all[0].answer_ms.unwrap()).unwrap(), 1_250));
    }

    #[test]
    fn an_interrupted_agent_is_timed_until_its_silence_and_its_reply_after_the_line() {
        let all = measured(&[(0, 1_230), (2_600, 3_000)], &[(1_000, 2_000)]);
        assert!(near(i64::try_from(all[0].yield_ms.unwrap()).unwrap(), 230), "{all:?}");
        assert!(near(all[0].reply_ms.unwrap(), 600), "{all:?}");
    }

    #[test]
    fn pauses_between_sentences_are_not_taken_for_yielding() {
        let all = measured(&[(0, 1_200), (1_600, 2_400)], &[(1_000, 2_000)]);
        assert!(near(i64::try_from(all[0].yield_ms.unwrap()).unwrap(), 1_400), "{all:?}");
    }

    #[test]
    fn an_agent_that_starts_before_the_caller_has_finished_has_a_negative_reply() {
        let all = measured(&[(0, 500), (1_800, 3_000)], &[(1_000, 2_000)]);
        assert!(near(all[0].reply_ms.unwrap(), -200), "{all:?}");
        assert_eq!(all[0].yield_ms, None);
    }

    #[test]
    fn an_answer_that_never_comes_is_none() {
        let all = measured(&[(0, 500)], &[(1_000, 2_000)]);
        assert_eq!((all[0].reply_ms, all[0].answer_ms), (None, None));
    }

    #[test]
    fn gaps_inside_an_answer_are_reported_and_short_pauses_are_not() {
        let all = measured(&[(2_500, 3_000), (3_200, 3_500), (4_000, 5_000)], &[(1_000, 2_000)]);
        assert_eq!(all[0].gaps_ms.len(), 1, "{all:?}");
        assert!(all[0].gaps_ms[0].abs_diff(500) <= 10, "{all:?}");
    }

    #[test]
    fn a_pause_the_agent_speaks_in_is_cut_off_once_and_one_it_waits_through_is_not() {
        let caller = [(1_000, 1_500), (1_900, 2_500), (3_000, 3_400), (3_500, 4_000)];
        let counted = |agent: &[(usize, usize)]| {
            // One line with two pauses, and a breath that is none.
            let all = exchanges(&track(agent), &track(&caller), &lines(&[(1_000, 4_000)]));
            (all[0].pauses, all[0].cut_off, all[0].collided)
        };
        assert_eq!(counted(&[(0, 500), (4_600, 5_000)]), (2, 0, false));
        assert_eq!(counted(&[(1_700, 2_000), (4_600, 5_000)]), (2, 1, false));
        assert_eq!(counted(&[(1_700, 2_000), (2_900, 3_200), (4_600, 5_000)]), (2, 2, false));
        assert_eq!(counted(&[(1_700, 2_700), (3_000, 5_000)]), (2, 1, false), "it is one answer, with a breath in it");
        assert_eq!(counted(&[(1_200, 1_400), (4_600, 5_000)]), (2, 0, true));
        assert_eq!(counted(&[(0, 1_200), (4_600, 5_000)]), (2, 0, false), "interrupted, it does not begin");
    }

    #[test]
    fn the_greeting_is_the_agents_first_sound() {
        assert!(greeting_ms(&track(&[(340, 900)])).unwrap().abs_diff(340) <= 10);
        assert_eq!(greeting_ms(&track(&[])), None);
    }

    proptest! {
        #[test]
        fn no_conversation_makes_it_panic_and_no_time_is_outside_the_call(
            agent in proptest::collection::vec((0..9_000_usize, 1..900_usize), 0..8),
            caller in proptest::collection::vec((60..8_000_usize, 1..900_usize), 0..5),
        ) {
            let spans = |raw: &[(usize, usize)]| raw.iter().map(|&(at, length)| (at, at + length)).collect::<Vec<_>>();
            for exchange in measured(&spans(&agent), &spans(&caller)) {
                prop_assert!(exchange.from_ms <= exchange.to_ms && exchange.to_ms <= 10_000);
                prop_assert!(exchange.reply_ms.is_none_or(|reply| reply.abs() <= 10_000));
            }
        }
    }
}
