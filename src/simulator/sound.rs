//! What a telephone and a room do to a voice, and how to tell a voice from silence. Pure arithmetic.

use crate::audio::{TELEPHONE_HZ, gain};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::f32::consts::PI;

/// Voicedness is judged on windows of 10 ms.
pub(super) const WINDOW: usize = TELEPHONE_HZ as usize / 100;
/// A window this loud (RMS, −45 dBFS) holds sound that is meant: 25 dB below speech, far above µ-law's own floor.
const VOICED_RMS: f32 = 0.005_6;
/// Within such a window the sound begins (or ends) at the first (or last) sample of at least −40 dBFS.
const VOICED_PEAK: f32 = 0.01;
/// Callers are brought to this level: Twilio's own lines come in at −25 to −15 dBFS.
pub(super) const SPEECH_DB: f32 = -20.0;
/// Peaks stay below this.
const PEAK_MAX: f32 = 0.9;
/// A telephone passes this band.
const BAND_HZ: (f32, f32) = (300.0, 3_400.0);
/// Half the width of the resampling kernel, in zero crossings: 60 dB of image rejection is far below µ-law's noise.
const KERNEL_CROSSINGS: f64 = 16.0;

/// Whether a window holds sound that is meant.
pub(super) fn is_voiced(window: &[f32]) -> bool {
    let energy: f32 = window.iter().map(|sample| sample * sample).sum();
    energy >= VOICED_RMS * VOICED_RMS * window.len() as f32 && !window.is_empty()
}

/// The first voiced sample of `track` at or after `from` and before `to`.
pub(super) fn first_voiced(track: &[f32], from: usize, to: usize) -> Option<usize> {
    let to = to.min(track.len());
    let mut at = from;
    while at < to {
        let end = (at + WINDOW).min(to);
        if is_voiced(&track[at..end]) {
            let loud = track[at..end].iter().position(|sample| sample.abs() >= VOICED_PEAK);
            return Some(at + loud.unwrap_or(0));
        }
        at = end;
    }
    None
}

/// The last voiced sample of `track` at or after `from` and before `to`.
pub(super) fn last_voiced(track: &[f32], from: usize, to: usize) -> Option<usize> {
    let mut end = to.min(track.len());
    while end > from {
        let start = end.saturating_sub(WINDOW).max(from);
        if is_voiced(&track[start..end]) {
            let loud = track[start..end].iter().rposition(|sample| sample.abs() >= VOICED_PEAK);
            return Some(start + loud.unwrap_or(end - start - 1));
        }
        end = start;
    }
    None
}

/// Brings a voice to the callers' level.
pub(super) fn level(samples: &mut [f32]) {
    gain::match_level(samples, SPEECH_DB, PEAK_MAX);
}

/// Resamples a whole clip by any ratio (output rate over input rate) with a windowed sinc.
///
/// Off line and exact, for files of any rate and for voices made higher (ratio below one) or lower: the streaming
/// resampler of [`crate::audio::resample`] knows fixed rates only.
pub(super) fn resample(samples: &[f32], ratio: f64) -> Vec<f32> {
    let cutoff = ratio.min(1.0);
    let reach = KERNEL_CROSSINGS / cutoff;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a clip's length")]
    let length = (samples.len() as f64 * ratio).round() as usize;
    (0..length).map(|n| interpolate(samples, n as f64 / ratio, cutoff, reach)).collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positions in a clip, clamped to it")]
fn interpolate(samples: &[f32], at: f64, cutoff: f64, reach: f64) -> f32 {
    let from = (at - reach).ceil().max(0.0) as usize;
    let to = ((at + reach).floor().max(0.0) as usize + 1).min(samples.len());
    let mut sum = 0.0;
    for (index, sample) in samples.iter().enumerate().take(to).skip(from) {
        let x = at - index as f64;
        let turn = std::f64::consts::PI * x;
        let sinc = if x.abs() < 1e-9 { cutoff } else { (turn * cutoff).sin() / turn };
        sum += f64::from(*sample) * sinc * (0.5 + 0.5 * (turn / reach).cos());
    }
    sum as f32
}

/// Narrows a voice to the telephone's band.
pub(super) fn band_limit(samples: &mut [f32]) {
    let rate = TELEPHONE_HZ as f32;
    let mut low_cut = Biquad::high_pass(BAND_HZ.0, rate);
    let mut high_cut = Biquad::low_pass(BAND_HZ.1, rate);
    for sample in samples {
        *sample = high_cut.next(low_cut.next(*sample));
    }
}

/// A second-order Butterworth filter (Bristow-Johnson's cookbook formulae, Q = 1/√2), direct form 1.
struct Biquad {
    b: [f32; 3],
    a: [f32; 2],
    x: [f32; 2],
    y: [f32; 2],
}

impl Biquad {
    fn high_pass(hz: f32, rate: f32) -> Self {
        let (cosine, alpha) = Self::angle(hz, rate);
        Self::normal([f32::midpoint(1.0, cosine), -1.0 - cosine, f32::midpoint(1.0, cosine)], cosine, alpha)
    }

    fn low_pass(hz: f32, rate: f32) -> Self {
        let (cosine, alpha) = Self::angle(hz, rate);
        Self::normal([f32::midpoint(1.0, -cosine), 1.0 - cosine, f32::midpoint(1.0, -cosine)], cosine, alpha)
    }

    fn angle(hz: f32, rate: f32) -> (f32, f32) {
        let omega = 2.0 * PI * hz / rate;
        (omega.cos(), omega.sin() / std::f32::consts::SQRT_2)
    }

    fn normal(b: [f32; 3], cosine: f32, alpha: f32) -> Self {
        let a0 = 1.0 + alpha;
        Self { b: b.map(|b| b / a0), a: [-2.0 * cosine / a0, (1.0 - alpha) / a0], x: [0.0; 2], y: [0.0; 2] }
    }

    fn next(&mut self, x: f32) -> f32 {
        let y = self.b[0] * x + self.b[1] * self.x[0] + self.b[2] * self.x[1]
            - self.a[0] * self.y[0]
            - self.a[1] * self.y[1];
        self.x = [x, self.x[0]];
        self.y = [y, self.y[0]];
        y
    }
}

/// Endless background noise with a falling spectrum, the same for the same seed.
pub(super) struct NoiseSource {
    random: StdRng,
    low: f32,
    gain: f32,
}

impl NoiseSource {
    /// How much of the last value stays: a corner near 400 Hz, falling 6 dB an octave above it.
    const MEMORY: f32 = 0.73;

    /// Noise `snr_db` below speech at the callers' level.
    pub(super) fn new(snr_db: f32, seed: u64) -> Self {
        let wanted_rms = 10_f32.powf((SPEECH_DB - snr_db) / 20.0);
        // Uniform noise in ±1 has variance 1/3; the one-pole filter keeps (1−m)/(1+m) of it.
        let filtered_rms = ((1.0 - Self::MEMORY) / (1.0 + Self::MEMORY) / 3.0).sqrt();
        Self { random: StdRng::seed_from_u64(seed), low: 0.0, gain: wanted_rms / filtered_rms }
    }

    pub(super) fn add_to(&mut self, samples: &mut [f32]) {
        for sample in samples {
            let white: f32 = self.random.random_range(-1.0..1.0);
            self.low = Self::MEMORY * self.low + (1.0 - Self::MEMORY) * white;
            *sample += self.gain * self.low;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tone(hz: f32, rate: f32, length: usize, amplitude: f32) -> Vec<f32> {
        (0..length).map(|n| amplitude * (2.0 * PI * hz * n as f32 / rate).sin()).collect()
    }

    fn rms(samples: &[f32]) -> f32 {
        (samples.iter().map(|s| s * s).sum::<f32>() / samples.len() as f32).sqrt()
    }

    #[test]
    fn the_edges_of_a_sound_are_found_to_the_millisecond() {
        let mut track = vec![0.0; 8_000];
        track[2_003..5_005].copy_from_slice(&tone(440.0, 8_000.0, 3_002, 0.3));
        let first = first_voiced(&track, 0, 8_000).unwrap();
        let last = last_voiced(&track, 0, 8_000).unwrap();
        assert!(first.abs_diff(2_003) <= 8, "{first}");
        assert!(last.abs_diff(5_005) <= 8, "{last}");
        assert_eq!(first_voiced(&track, 5_100, 8_000), None);
        assert_eq!(last_voiced(&track, 0, 1_900), None);
    }

    #[test]
    fn a_tone_keeps_its_pitch_and_level_through_resampling() {
        for rate in [16_000_u16, 22_050, 24_000] {
            let clip = resample(&tone(500.0, f32::from(rate), rate.into(), 0.5), 8_000.0 / f64::from(rate));
            assert_eq!(clip.len(), 8_000);
            let expected = tone(500.0, 8_000.0, 8_000, 0.5);
            let wrong = clip[400..7_600].iter().zip(&expected[400..]).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(wrong < 0.01, "{rate}: {wrong}");
        }
    }

    #[test]
    fn what_the_new_rate_cannot_hold_is_gone_and_not_folded_back() {
        let clip = resample(&tone(6_000.0, 24_000.0, 24_000, 0.5), 1.0 / 3.0);
        assert!(rms(&clip[400..7_600]) < 0.005);
    }

    #[test]
    fn the_telephone_passes_speech_and_stops_hum() {
        let through = |hz| {
            let mut clip = tone(hz, 8_000.0, 8_000, 0.5);
            band_limit(&mut clip);
            rms(&clip[1_000..]) / (0.5 / 2_f32.sqrt())
        };
        assert!(through(50.0) < 0.05);
        assert!(through(1_000.0) > 0.95);
        assert!(through(3_900.0) < 0.4);
    }

    #[test]
    fn noise_is_as_loud_as_asked_and_repeats_with_its_seed() {
        for snr_db in [5.0, 20.0] {
            let mut noise = vec![0.0; 80_000];
            NoiseSource::new(snr_db, 7).add_to(&mut noise);
            let level = 20.0 * rms(&noise).log10();
            assert!((level - (SPEECH_DB - snr_db)).abs() < 0.5, "{level}");
            let mut again = vec![0.0; 80_000];
            NoiseSource::new(snr_db, 7).add_to(&mut again);
            assert_eq!(noise, again);
        }
    }

    proptest! {
        #[test]
        fn no_range_makes_the_search_panic(length in 0..500_usize, from in 0..600_usize, to in 0..600_usize) {
            let track = vec![0.5; length];
            prop_assert!(first_voiced(&track, from, to).is_none_or(|at| at >= from && at < to));
            prop_assert!(last_voiced(&track, from, to).is_none_or(|at| at >= from && at < to));
        }
    }
}
