//! Raw speech made ready to be joined to other speech: silence trimmed, level matched, peaks held, long pauses shortened,
//! edges faded.
//!
//! Pure arithmetic on samples at the telephone's rate.
//!
//! Invariant: no finished sample is louder than [`PEAK`], and every clause begins and ends at zero.
//! Invariant: nothing finished is silent for longer than [`PAUSE_MAX`] within, nor than the pause asked for at its end.

use crate::audio::TELEPHONE_HZ;

/// The loudness speech is brought to: −20 dBFS, as the telephone network expects it.
pub(super) const SPEECH_RMS: f32 = 0.1;
/// The loudest sample: −1 dBFS, so that µ-law and a codec behind it have room.
pub(super) const PEAK: f32 = 0.89;
/// Most a clause's gain may differ from the voice's own (±4 dB): an "Okay." said softly stays a little softer, and
/// neighbouring clauses do not jump.
const LEVEL_FREEDOM: f32 = 1.58;
/// The window silence is judged by: 5 ms.
const WINDOW: usize = TELEPHONE_HZ as usize / 200;
/// A window this far (−42 dB) below the clause's loudest is silence; a final "s" or "th" is not.
const SILENCE: f32 = 0.008;
/// Windows below this fraction (−26 dB) of the loudest are left out of the speech level.
const PAUSE: f32 = 0.05;
/// A window softer than this (−41 dBFS, 21 dB below the speech) is no part of a word on a telephone.
const HEARD: f32 = 0.009;
/// The longest pause inside a stretch of speech: 200 ms, what a comma takes. Networks now and then make 300 of it.
const PAUSE_MAX: usize = TELEPHONE_HZ as usize / 5;
/// How long the two sides of a shortened pause run into each other: 5 ms.
const SEAM: usize = TELEPHONE_HZ as usize / 200;
/// What stays of the silence at each edge: 20 ms.
const EDGE: usize = TELEPHONE_HZ as usize / 50;
/// Fades: 5 ms in, 15 ms out, inside the edge.
const FADE_IN: usize = TELEPHONE_HZ as usize / 200;
const FADE_OUT: usize = TELEPHONE_HZ as usize * 3 / 200;
/// How far around a peak the limiter turns down: 4 ms each way.
const LIMITER_REACH: usize = TELEPHONE_HZ as usize / 250;

/// Finishes one stretch of raw speech, and has it followed by `pause` samples in which nothing is heard: its own dying away,
/// and silence. Without a pause it ends as it ends. `usual_gain` is the gain this voice needs on average.
pub(super) fn finish(raw: &[f32], usual_gain: f32, pause: usize) -> Vec<f32> {
    let mut speech = trimmed(&without_offset(raw));
    let level = speech_level(&speech);
    if level > 0.0 {
        let gain = (SPEECH_RMS / level).clamp(usual_gain / LEVEL_FREEDOM, usual_gain * LEVEL_FREEDOM);
        for sample in &mut speech {
            *sample *= gain;
        }
    }
    limit(&mut speech);
    let mut speech = without_long_pauses(&speech);
    let heard = speech.len() - dying_away(&speech);
    if pause > 0 && !speech.is_empty() {
        speech.truncate(heard + pause);
    }
    fade(&mut speech);
    if pause > 0 && !speech.is_empty() {
        speech.resize(heard + pause, 0.0);
    }
    speech
}

/// How many samples at the end nobody hears.
fn dying_away(samples: &[f32]) -> usize {
    samples.rchunks(WINDOW).take_while(|window| power(window) < HEARD * HEARD).map(<[f32]>::len).sum()
}

/// The speech with at most [`PAUSE_MAX`] of each stretch that nobody hears: its middle is left out.
fn without_long_pauses(samples: &[f32]) -> Vec<f32> {
    let quiet: Vec<bool> = samples.chunks(WINDOW).map(|window| power(window) < HEARD * HEARD).collect();
    let mut speech = Vec::with_capacity(samples.len());
    let (mut copied, mut at) = (0, 0);
    for stretch in quiet.chunk_by(|a, b| a == b) {
        let (from, to) = (at * WINDOW, ((at + stretch.len()) * WINDOW).min(samples.len()));
        at += stretch.len();
        if stretch[0] && to - from > PAUSE_MAX + SEAM {
            // The half before, run into the half behind.
            let (stop, go_on) = (from + PAUSE_MAX / 2, to - PAUSE_MAX / 2);
            speech.extend_from_slice(&samples[copied..stop]);
            speech.extend((0..SEAM).map(|n| {
                let share = n as f32 / SEAM as f32;
                samples[stop + n] * (1.0 - share) + samples[go_on - SEAM + n] * share
            }));
            copied = go_on;
        }
    }
    speech.extend_from_slice(&samples[copied..]);
    speech
}

/// The RMS of the windows that hold speech; 0 for silence.
pub(super) fn speech_level(samples: &[f32]) -> f32 {
    let powers: Vec<f32> = samples.chunks(WINDOW).map(power).collect();
    let loudest = powers.iter().copied().fold(0.0, f32::max);
    let (sum, count) = powers
        .iter()
        .filter(|&&p| p > loudest * PAUSE * PAUSE)
        .fold((0.0, 0.0), |(sum, count), p| (sum + p, count + 1.0));
    if count == 0.0f32 { 0.0 } else { f32::sqrt(sum / count) }
}

fn power(window: &[f32]) -> f32 {
    window.iter().map(|x| x * x).sum::<f32>() / window.len().max(1) as f32
}

/// Takes away what a telephone cannot carry and a join would make a click of: a first-order high-pass at 60 Hz.
fn without_offset(raw: &[f32]) -> Vec<f32> {
    const KEEP: f32 = 1.0 - std::f32::consts::TAU * 60.0 / TELEPHONE_HZ as f32;
    let (mut before, mut out) = (raw.first().copied().unwrap_or(0.0), 0.0);
    raw.iter()
        .map(|&sample| {
            out = KEEP * (out + sample - before);
            before = sample;
            out
        })
        .collect()
}

/// The speech with at most [`EDGE`] of silence before and after.
fn trimmed(samples: &[f32]) -> Vec<f32> {
    let powers: Vec<f32> = samples.chunks(WINDOW).map(power).collect();
    let floor = powers.iter().copied().fold(0.0, f32::max) * SILENCE * SILENCE;
    let loud = |p: &f32| *p > floor;
    let (Some(first), Some(last)) = (powers.iter().position(loud), powers.iter().rposition(loud)) else {
        return Vec::new();
    };
    let from = (first * WINDOW).saturating_sub(EDGE);
    let to = ((last + 1) * WINDOW + EDGE).min(samples.len());
    samples[from..to].to_vec()
}

/// Turns down around samples above [`PEAK`], smoothly, so that nothing clips and nothing crackles.
fn limit(samples: &mut [f32]) {
    let wanted: Vec<f32> = samples.iter().map(|x| (PEAK / x.abs().max(PEAK)).min(1.0)).collect();
    if wanted.iter().all(|&gain| gain >= 1.0) {
        return;
    }
    // The least gain wanted within reach, then averaged over the same reach: never above what a peak allows.
    let least: Vec<f32> = (0..wanted.len()).map(|at| around(&wanted, at).iter().copied().fold(1.0, f32::min)).collect();
    for (at, sample) in samples.iter_mut().enumerate() {
        let near = around(&least, at);
        *sample = (*sample * near.iter().sum::<f32>() / near.len() as f32).clamp(-PEAK, PEAK);
    }
}

fn around(values: &[f32], at: usize) -> &[f32] {
    &values[at.saturating_sub(LIMITER_REACH)..(at + LIMITER_REACH + 1).min(values.len())]
}

/// Raised-cosine fades at both edges.
fn fade(samples: &mut [f32]) {
    let half_cosine = |n: usize, of: usize| 0.5 - 0.5 * (std::f32::consts::PI * n as f32 / of as f32).cos();
    let fade_in = FADE_IN.min(samples.len());
    for (n, sample) in samples[..fade_in].iter_mut().enumerate() {
        *sample *= half_cosine(n, fade_in);
    }
    let fade_out = FADE_OUT.min(samples.len());
    for (n, sample) in samples.iter_mut().rev().take(fade_out).enumerate() {
        *sample *= half_cosine(n, fade_out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(ms: usize, amplitude: f32) -> Vec<f32> {
        (0..ms * 8).map(|n| amplitude * (n as f32 * 0.5).sin()).collect()
    }

    fn clause(amplitude: f32) -> Vec<f32> {
        [vec![0.0; 2_400], tone(600, amplitude), vec![0.0; 4_000]].concat()
    }

    #[test]
    fn silence_is_trimmed_to_twenty_milliseconds() {
        let finished = finish(&clause(0.1), 1.0, 0);
        let ms = finished.len() / 8;
        assert!((635..=650).contains(&ms), "{ms} ms");
    }

    #[test]
    fn silence_alone_becomes_nothing() {
        assert!(finish(&vec![0.0; 8_000], 1.0, 800).is_empty());
        assert!(finish(&[], 1.0, 0).is_empty());
    }

    #[test]
    fn the_level_is_matched_within_the_freedom_given() {
        let near = speech_level(&finish(&clause(0.1), 1.3, 0));
        assert!((near / SPEECH_RMS - 1.0).abs() < 0.1, "{near}");
        let soft = speech_level(&finish(&clause(0.01), 1.3, 0));
        assert!(soft < SPEECH_RMS / 4.0, "{soft}");
    }

    #[test]
    fn nothing_is_louder_than_the_peak_and_edges_are_zero() {
        let mut spiky = clause(0.05);
        for at in (2_600..7_000).step_by(400) {
            spiky[at] = 3.0;
        }
        let finished = finish(&spiky, 1.0, 0);
        assert!(finished.iter().all(|x| x.abs() <= PEAK + 1e-6));
        assert!(finished[0].abs() < 1e-6 && finished[finished.len() - 1].abs() < 1e-6);
    }

    /// The longest stretches that nobody hears, in milliseconds: inside, and at the end.
    fn pauses(samples: &[f32]) -> (usize, usize) {
        let quiet: Vec<bool> = samples.chunks(WINDOW).map(|window| power(window) < HEARD * HEARD).collect();
        let last = quiet.iter().rev().take_while(|quiet| **quiet).count();
        let inside = quiet[..quiet.len() - last].chunk_by(|a, b| a == b).filter(|stretch| stretch[0]);
        (inside.map(<[bool]>::len).max().unwrap_or(0) * 5, last * 5)
    }

    #[test]
    fn a_long_pause_inside_is_shortened_and_a_short_one_stays() {
        for (made, heard) in [(320, 200), (2_000, 200), (150, 150)] {
            let spoken = [tone(400, 0.1), tone(made, 0.001), tone(400, 0.1)].concat();
            let (inside, _) = pauses(&finish(&spoken, 1.0, 0));
            assert!(inside.abs_diff(heard) <= 10, "{made} ms became {inside}");
        }
    }

    #[test]
    fn whatever_dies_away_behind_it_the_pause_is_as_long_as_asked_for() {
        // Softer than is heard, louder than is trimmed; the single sample that sticks out is not heard either.
        for dying in [0, 60, 400] {
            let mut spoken = [tone(400, 0.1), tone(dying, 0.004)].concat();
            if dying > 0 {
                spoken[3_200 + dying * 7] = 0.008;
            }
            let finished = finish(&spoken, 1.0, 160 * 8);
            let (_, end) = pauses(&finished);
            assert!(end.abs_diff(160) <= 10, "{dying} ms of dying away made a pause of {end}");
            assert!(finished[finished.len() - 1].abs() < 1e-6);
        }
    }

    #[test]
    fn a_constant_offset_does_not_survive() {
        let raised: Vec<f32> = clause(0.1).iter().map(|x| x + 0.2).collect();
        let finished = finish(&raised[..], 1.0, 0);
        let tail = &finished[finished.len() / 2..];
        assert!((tail.iter().sum::<f32>() / tail.len() as f32).abs() < 0.01);
    }
}
