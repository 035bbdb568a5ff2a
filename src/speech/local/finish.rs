//! Raw speech made ready to be joined to other speech: silence trimmed, level matched, peaks held, edges faded.
//!
//! Pure arithmetic on samples at the telephone's rate.
//!
//! Invariant: no finished sample is louder than [`PEAK`], and every clause begins and ends at zero.

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
/// What stays of the silence at each edge: 20 ms.
const EDGE: usize = TELEPHONE_HZ as usize / 50;
/// Fades: 5 ms in, 15 ms out, inside the edge.
const FADE_IN: usize = TELEPHONE_HZ as usize / 200;
const FADE_OUT: usize = TELEPHONE_HZ as usize * 3 / 200;
/// How far around a peak the limiter turns down: 4 ms each way.
const LIMITER_REACH: usize = TELEPHONE_HZ as usize / 250;

/// Finishes one stretch of raw speech. `usual_gain` is the gain this voice needs on average.
pub(super) fn finish(raw: &[f32], usual_gain: f32) -> Vec<f32> {
    let mut speech = trimmed(&without_offset(raw));
    let level = speech_level(&speech);
    if level > 0.0 {
        let gain = (SPEECH_RMS / level).clamp(usual_gain / LEVEL_FREEDOM, usual_gain * LEVEL_FREEDOM);
        for sample in &mut speech {
            *sample *= gain;
        }
    }
    limit(&mut speech);
    fade(&mut speech);
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
        let finished = finish(&clause(0.1), 1.0);
        let ms = finished.len() / 8;
        assert!((635..=650).contains(&ms), "{ms} ms");
    }

    #[test]
    fn silence_alone_becomes_nothing() {
        assert!(finish(&vec![0.0; 8_000], 1.0).is_empty());
        assert!(finish(&[], 1.0).is_empty());
    }

    #[test]
    fn the_level_is_matched_within_the_freedom_given() {
        let near = speech_level(&finish(&clause(0.1), 1.3));
        assert!((near / SPEECH_RMS - 1.0).abs() < 0.1, "{near}");
        let soft = speech_level(&finish(&clause(0.01), 1.3));
        assert!(soft < SPEECH_RMS / 4.0, "{soft}");
    }

    #[test]
    fn nothing_is_louder_than_the_peak_and_edges_are_zero() {
        let mut spiky = clause(0.05);
        for at in (2_600..7_000).step_by(400) {
            spiky[at] = 3.0;
        }
        let finished = finish(&spiky, 1.0);
        assert!(finished.iter().all(|x| x.abs() <= PEAK + 1e-6));
        assert!(finished[0].abs() < 1e-6 && finished[finished.len() - 1].abs() < 1e-6);
    }

    #[test]
    fn a_constant_offset_does_not_survive() {
        let raised: Vec<f32> = clause(0.1).iter().map(|x| x + 0.2).collect();
        let finished = finish(&raised[..], 1.0);
        let tail = &finished[finished.len() / 2..];
        assert!((tail.iter().sum::<f32>() / tail.len() as f32).abs() < 0.01);
    }
}
