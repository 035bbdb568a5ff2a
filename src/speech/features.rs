//! Log-mel features as Whisper's family of models expects them: what Smart Turn and Whisper look at.
//!
//! Pure arithmetic on samples: audio in, 80 numbers a frame out; Smart Turn always takes eight seconds. The formulas are those of the model's training
//! (the Whisper feature extractor with `do_normalize`), checked against it in the tests.
//!
//! Invariant: the output's size depends on the frames asked for alone; every number is finite.

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};
use std::f64::consts::PI;
use std::sync::Arc;

/// Mel bands.
pub const BANDS: usize = 80;
/// Frames: one every 10 ms.
pub const FRAMES: usize = 800;
/// Samples looked at: the last eight seconds at 16 kHz.
pub const SAMPLES: usize = FRAMES * HOP;

/// Samples of a Fourier transform: 25 ms.
const WINDOW: usize = 400;
/// Samples between frames.
const HOP: usize = 160;
/// Frequencies of a transform.
const BINS: usize = WINDOW / 2 + 1;
/// The highest frequency.
const TOP_HZ: f64 = 8_000.0;
/// Added to the variance, so that silence divides by something.
const VARIANCE_FLOOR: f64 = 1e-7;
/// Band powers below this count as this.
const POWER_FLOOR: f32 = 1e-10;
/// Decades below the loudest band power that are kept.
const DECADES: f32 = 8.0;

/// The transform and the filters, made once.
pub struct Features {
    fourier: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    filters: Vec<Filter>,
}

/// One band: the first bin it weighs, and the weights.
struct Filter {
    first: usize,
    weights: Vec<f32>,
}

impl std::fmt::Debug for Features {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Features").finish_non_exhaustive()
    }
}

impl Default for Features {
    fn default() -> Self {
        // Periodic: the window's period is its length, as in torch.hann_window.
        let hann = |n: usize| 0.5 - 0.5 * (2.0 * PI * n as f64 / WINDOW as f64).cos();
        Self {
            fourier: RealFftPlanner::new().plan_fft_forward(WINDOW),
            window: (0..WINDOW).map(|n| narrow(hann(n))).collect(),
            filters: filters(),
        }
    }
}

impl Features {
    /// The features of the last eight seconds, band by band; shorter audio has silence put before it.
    pub fn of(&self, audio: &[f32]) -> Vec<f32> {
        self.bands(&reflected(&normalised(audio)), FRAMES)
    }

    /// The features of the first `frames` frames, band by band, as Whisper itself takes them: the audio as it is, silence
    /// after it. Audio beyond the frames is not looked at.
    pub fn whisper(&self, audio: &[f32], frames: usize) -> Vec<f32> {
        let audio = &audio[..audio.len().min(frames * HOP)];
        let before = (1..=WINDOW / 2).rev().map(|at| audio.get(at).copied().unwrap_or(0.0));
        let mut padded: Vec<f32> = before.chain(audio.iter().copied()).collect();
        padded.iter_mut().filter(|sample| !sample.is_finite()).for_each(|sample| *sample = 0.0);
        padded.resize(frames * HOP + WINDOW, 0.0);
        self.bands(&padded, frames)
    }

    /// Logarithmic band powers of padded audio, scaled.
    fn bands(&self, padded: &[f32], frames: usize) -> Vec<f32> {
        let mut features = vec![0.0; BANDS * frames];
        let mut input = self.fourier.make_input_vec();
        let mut spectrum = self.fourier.make_output_vec();
        let mut scratch = self.fourier.make_scratch_vec();
        let mut loudest = POWER_FLOOR.log10();
        for frame in 0..frames {
            let from = frame * HOP;
            for ((to, sample), weight) in input.iter_mut().zip(&padded[from..from + WINDOW]).zip(&self.window) {
                *to = sample * weight;
            }
            self.fourier
                .process_with_scratch(&mut input, &mut spectrum, &mut scratch)
                .expect("the buffers were made by the plan");
            for (band, filter) in self.filters.iter().enumerate() {
                let power = filter.power(&spectrum).max(POWER_FLOOR).log10();
                loudest = loudest.max(power);
                features[band * frames + frame] = power;
            }
        }
        for feature in &mut features {
            *feature = (feature.max(loudest - DECADES) + 4.0) / 4.0;
        }
        features
    }
}

impl Filter {
    fn power(&self, spectrum: &[Complex<f32>]) -> f32 {
        spectrum[self.first..].iter().zip(&self.weights).map(|(bin, weight)| bin.norm_sqr() * weight).sum()
    }
}

/// The last eight seconds, silence before them where there are fewer, with mean zero and variance one.
fn normalised(audio: &[f32]) -> Vec<f32> {
    let tail = &audio[audio.len().saturating_sub(SAMPLES)..];
    let mut window = vec![0.0; SAMPLES - tail.len()];
    window.extend(tail.iter().map(|&sample| if sample.is_finite() { sample } else { 0.0 }));
    let mean = window.iter().map(|&sample| f64::from(sample)).sum::<f64>() / SAMPLES as f64;
    let variance = window.iter().map(|&sample| (f64::from(sample) - mean).powi(2)).sum::<f64>() / SAMPLES as f64;
    let scale = 1.0 / (variance + VARIANCE_FLOOR).sqrt();
    for sample in &mut window {
        *sample = narrow((f64::from(*sample) - mean) * scale);
    }
    window
}

/// The samples with half a window mirrored at each end (the end sample itself is not repeated).
fn reflected(audio: &[f32]) -> Vec<f32> {
    const HALF: usize = WINDOW / 2;
    let before = audio[1..=HALF].iter().rev();
    let after = audio[audio.len() - 1 - HALF..audio.len() - 1].iter().rev();
    before.chain(audio).chain(after).copied().collect()
}

/// Triangular filters, evenly spaced in Slaney's mel, each of area one (Slaney's normalisation).
fn filters() -> Vec<Filter> {
    let top = mel(TOP_HZ);
    let corner = |index: usize| hertz(top * index as f64 / (BANDS + 1) as f64);
    let band = |index: usize| {
        let (low, middle, high) = (corner(index), corner(index + 1), corner(index + 2));
        let weight = |bin: usize| {
            let frequency = TOP_HZ * bin as f64 / (BINS - 1) as f64;
            let rising = (frequency - low) / (middle - low);
            let falling = (high - frequency) / (high - middle);
            rising.min(falling).max(0.0) * 2.0 / (high - low)
        };
        let first = (0..BINS).find(|&bin| weight(bin) > 0.0).unwrap_or(0);
        let weights = (first..BINS).map(weight).take_while(|&weight| weight > 0.0).map(narrow).collect();
        Filter { first, weights }
    };
    (0..BANDS).map(band).collect()
}

/// Slaney's mel (Auditory Toolbox): linear below 1 kHz, logarithmic above.
fn mel(hertz: f64) -> f64 {
    if hertz < 1_000.0 { hertz * 3.0 / 200.0 } else { 15.0 + (hertz / 1_000.0).ln() * 27.0 / 6.4_f64.ln() }
}

/// The inverse of [`mel`].
fn hertz(mel: f64) -> f64 {
    if mel < 15.0 { mel * 200.0 / 3.0 } else { 1_000.0 * ((mel - 15.0) * 6.4_f64.ln() / 27.0).exp() }
}

#[expect(clippy::cast_possible_truncation, reason = "the models take single precision")]
fn narrow(number: f64) -> f32 {
    number as f32
}

#[cfg(test)]
pub(super) mod tests;
