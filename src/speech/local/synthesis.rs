//! From a network's spectra to a waveform: a pulse train shaped by the harmonic branch, shaped noise, and a branch with
//! its own phase, added up and turned back by one inverse short-time Fourier transform, at the telephone's rate directly.
//!
//! The network speaks of 24 kHz and 1,200-point frames, 20 Hz a bin. A telephone carries 4 kHz, which is bins 0 to 200 of
//! a 400-point frame at 8 kHz: the same sound, a third of the work, no resampler. Taking frames of another length at the
//! same rate stretches the spectrum, which is how other throats are made (see [`Throat`]).
//!
//! Knows nothing of text, phonemes or sessions. Pure: the same spectra and throat give the same samples.

use crate::audio::TELEPHONE_HZ;
use realfft::num_complex::Complex32;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use std::f32::consts::PI;
use std::sync::{Arc, OnceLock};

/// Bins the network gives for each frame (0 to 12 kHz in steps of 20 Hz).
pub(super) const BINS: usize = 601;
/// What lies between two of them, in Hz.
const BIN_HZ: f32 = 20.0;
/// Hops in a frame: frames overlap by three quarters.
const OVERLAP: usize = 4;
/// The hop that keeps the spectrum as it is: 12.5 ms, the network's frame step, at 8 kHz.
const NATURAL_HOP: usize = 100;
/// A frame at 24 kHz is three times as long as at 8 kHz, and so are the sums in its spectrum.
const RATE_RATIO: f32 = 3.0;
/// Below this pitch (Hz) a frame is unvoiced.
const VOICED_HZ: f32 = 40.0;
/// No harmonics above this (Hz): half the rate, less a margin for the window's skirt.
const HIGHEST_HARMONIC_HZ: f32 = 3_900.0;
/// Log magnitudes above this are the network's mistakes.
const LOUDEST_LN: f32 = 7.0;
/// Samples of noise kept ready; a frame takes a stretch of it from a place of its own, and no ear finds the repeats.
const NOISE_SAMPLES: usize = 1 << 16;

/// What the network says, bin by bin: each slice is `BINS` rows of `frames` values.
pub(super) struct Spectra<'a> {
    /// How many frames.
    pub frames: usize,
    /// Log gain on the pulses.
    pub harmonic: &'a [f32],
    /// Phase turn on the pulses, before tanh and times pi.
    pub turn: &'a [f32],
    /// Log gain on the noise.
    pub noise: &'a [f32],
    /// Log magnitude of the free branch.
    pub free: &'a [f32],
    /// Phase of the free branch.
    pub phase: &'a [f32],
    /// Pitch in Hz, one value a frame, 0 where unvoiced.
    pub pitch_hz: &'a [f32],
}

/// How a voice differs from the one the network learned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Throat {
    /// Factor on the pitch.
    pub pitch: f32,
    /// Samples between frames: more than 100 lowers all resonances (a longer throat), fewer raises them.
    pub hop: usize,
    /// Decibels on the noise branch: more is breathier.
    pub breath_db: f32,
}

impl Throat {
    /// The throat whose resonances lie `formant` times as high as the network's.
    pub(super) fn new(pitch: f32, formant: f32, breath_db: f32) -> Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 50..=200")]
        let hop = (NATURAL_HOP as f32 / formant).round().clamp(50.0, 200.0) as usize;
        Self { pitch, hop, breath_db }
    }

    /// By how much the frames last longer than the network meant.
    pub(super) fn stretch(&self) -> f32 {
        self.hop as f32 / NATURAL_HOP as f32
    }
}

/// The transforms for one throat, planned once.
pub(super) struct Synthesizer {
    throat: Throat,
    size: usize,
    window: Vec<f32>,
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
}

impl Synthesizer {
    pub(super) fn new(throat: Throat) -> Self {
        let size = throat.hop * OVERLAP;
        let mut planner = RealFftPlanner::new();
        let window = (0..size).map(|n| 0.5 - 0.5 * (2.0 * PI * n as f32 / size as f32).cos()).collect();
        let (forward, inverse) = (planner.plan_fft_forward(size), planner.plan_fft_inverse(size));
        Self { throat, size, window, forward, inverse }
    }

    /// By how much longer this throat's frames last than the network means.
    pub(super) fn stretch(&self) -> f32 {
        self.throat.stretch()
    }

    /// The waveform, `frames × hop` samples. `seed` picks the noise.
    pub(super) fn waveform(&self, spectra: &Spectra<'_>, seed: u64) -> Vec<f32> {
        let (size, hop, frames) = (self.size, self.throat.hop, spectra.frames);
        let half = size / 2;
        let source = self.pulses(spectra.pitch_hz);
        let bins = (half + 1).min(BINS);
        let noise_gain = 10f32.powf(self.throat.breath_db / 20.0);
        let mut chooser = seed | 1;
        let mut sum = vec![0.0f32; (frames + OVERLAP) * hop];
        let mut frame = self.forward.make_input_vec();
        let mut spectrum = self.forward.make_output_vec();
        let mut scratch =
            vec![Complex32::default(); self.forward.get_scratch_len().max(self.inverse.get_scratch_len())];
        for index in 0..frames {
            for (n, sample) in frame.iter_mut().enumerate() {
                *sample = reflected(&source, index * hop + n, half) * self.window[n] / hop as f32;
            }
            // The lengths are the plan's own, so neither transform can fail; a silent frame would be the answer if one did.
            let planned = self.forward.process_with_scratch(&mut frame, &mut spectrum, &mut scratch);
            debug_assert!(planned.is_ok());
            let noise = noise_from(&mut chooser);
            let lowest = self.lowest_bin(spectra.pitch_hz[index]);
            for (bin, value) in spectrum.iter_mut().enumerate().take(bins) {
                // Most bins of unvoiced frames hold nothing to shape, and shaping is what costs.
                let silent = value.norm_sqr() < 1e-12;
                let pulses = if silent { *value } else { spectra.pulses(bin.max(lowest), index) * *value };
                *value = pulses + spectra.rest(bin, index, noise[bin] * noise_gain);
            }
            spectrum[bins..].fill(Complex32::default());
            // A real signal has no phase at 0 Hz and at half the rate.
            spectrum[0].im = 0.0;
            spectrum[half].im = 0.0;
            let planned = self.inverse.process_with_scratch(&mut spectrum, &mut frame, &mut scratch);
            debug_assert!(planned.is_ok());
            for (n, sample) in frame.iter().enumerate() {
                sum[index * hop + n] += sample * self.window[n];
            }
        }
        self.normalised(&sum, frames)
    }

    /// The lowest bin whose gain on the pulses is meant for a lowered voice.
    ///
    /// A woman's first harmonic is by far her loudest, and below it the network learned nothing. A man's lower harmonics
    /// fall there and would boom, so up to her second harmonic they take that one's gain.
    fn lowest_bin(&self, pitch_hz: f32) -> usize {
        if self.throat.pitch >= 1.0 || pitch_hz <= VOICED_HZ {
            return 0;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a pitch is far below 12 kHz")]
        let bin = (2.0 * pitch_hz / BIN_HZ).round() as usize;
        bin.min(BINS - 1)
    }

    /// Divides by the windows that overlap at each sample, and drops the half frame before the first.
    fn normalised(&self, sum: &[f32], frames: usize) -> Vec<f32> {
        let (hop, half) = (self.throat.hop, self.size / 2);
        let scale = self.throat.stretch() / (self.size as f32 * RATE_RATIO);
        (half..half + frames * hop)
            .map(|at| {
                let (block, offset) = (at / hop, at % hop);
                let weight: f32 = (0..OVERLAP)
                    .filter(|&k| block >= k && block - k < frames)
                    .map(|k| self.window[k * hop + offset].powi(2))
                    .sum();
                sum[at] * scale / weight.max(1e-3)
            })
            .collect()
    }

    /// A band-limited pulse train: every harmonic below the limit at amplitude one, zero where unvoiced.
    ///
    /// The sum of `cos(h·t)` for h = 1..=H is `sin((H + ½)·t) / (2·sin(t/2)) − ½`.
    fn pulses(&self, pitch_hz: &[f32]) -> Vec<f32> {
        let hop = self.throat.hop;
        let last = pitch_hz.len().saturating_sub(1);
        let mut turns = 0.0f64;
        let mut pulses = Vec::with_capacity(pitch_hz.len() * hop);
        for (index, &here) in pitch_hz.iter().enumerate() {
            let (before, after) = (pitch_hz[index.saturating_sub(1)], pitch_hz[(index + 1).min(last)]);
            for n in 0..hop {
                // A frame's value stands at its middle; between middles the pitch moves in a straight line.
                let place = (n as f32 + 0.5) / hop as f32 - 0.5;
                let other = if place < 0.0 { before } else { after };
                let hz = here * (1.0 - place.abs()) + other * place.abs();
                let voiced = hz > VOICED_HZ;
                let hz = hz.max(VOICED_HZ) * self.throat.pitch;
                turns = (turns + f64::from(hz) / f64::from(TELEPHONE_HZ)).fract();
                pulses.push(if voiced { pulse(turns, (HIGHEST_HARMONIC_HZ / hz).floor()) } else { 0.0 });
            }
        }
        pulses
    }
}

impl Spectra<'_> {
    /// What one bin of one frame makes of the pulses.
    fn pulses(&self, bin: usize, frame: usize) -> Complex32 {
        let at = bin * self.frames + frame;
        Complex32::from_polar(magnitude(self.harmonic[at]), PI * self.turn[at].tanh())
    }

    /// What it adds to them: shaped noise, and the free branch.
    fn rest(&self, bin: usize, frame: usize, noise: Complex32) -> Complex32 {
        let at = bin * self.frames + frame;
        noise * magnitude(self.noise[at]) + Complex32::from_polar(magnitude(self.free[at]), self.phase[at])
    }
}

fn magnitude(ln: f32) -> f32 {
    ln.min(LOUDEST_LN).exp()
}

/// The value of the pulse train `turns` into a period of `harmonics` harmonics.
fn pulse(turns: f64, harmonics: f32) -> f32 {
    #[expect(clippy::cast_possible_truncation, reason = "a fraction of a turn")]
    let angle = (turns * std::f64::consts::TAU) as f32;
    let order = harmonics + 0.5;
    let below = 2.0 * (angle * 0.5).sin();
    if below.abs() <= 2e-3 { order - 0.5 } else { (order * angle).sin() / below - 0.5 }
}

/// Sample `at` of the source padded by `half` samples on each side, mirrored at its ends.
fn reflected(source: &[f32], at: usize, half: usize) -> f32 {
    let last = source.len().saturating_sub(1);
    let index = at.abs_diff(half);
    let index = if index > last { (2 * last).saturating_sub(index) } else { index };
    source.get(index).copied().unwrap_or(0.0)
}

/// A frame's worth of complex Gaussian noise, from a place the chooser picks.
fn noise_from(chooser: &mut u64) -> &'static [Complex32] {
    *chooser = next(*chooser);
    let start = (*chooser >> 20) as usize % (NOISE_SAMPLES - BINS);
    &noise_table()[start..start + BINS]
}

/// Complex Gaussian noise of unit variance in each part, by Box and Muller.
fn noise_table() -> &'static [Complex32] {
    static TABLE: OnceLock<Vec<Complex32>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut state = 0x9E37_79B9_7F4A_7C15u64;
        let mut uniform = || {
            state = next(state);
            ((state >> 40) as f32 + 0.5) / (1u64 << 24) as f32
        };
        (0..NOISE_SAMPLES)
            .map(|_| Complex32::from_polar((-2.0 * uniform().ln()).sqrt(), 2.0 * PI * uniform()))
            .collect()
    })
}

/// Marsaglia's xorshift: noise needs no better.
fn next(mut state: u64) -> u64 {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    state
}

#[cfg(test)]
mod tests {
    use super::*;

    fn silent(frames: usize) -> Vec<f32> {
        vec![-20.0; BINS * frames]
    }

    /// A flat harmonic branch over a steady pitch: what comes out must be a pulse train of that pitch.
    fn steady(throat: Throat, hz: f32) -> Vec<f32> {
        let frames = 60;
        let (loud, quiet, zero) = (vec![2.0; BINS * frames], silent(frames), vec![0.0; BINS * frames]);
        let pitch = vec![hz; frames];
        let spectra = Spectra {
            frames,
            harmonic: &loud,
            turn: &zero,
            noise: &quiet,
            free: &quiet,
            phase: &zero,
            pitch_hz: &pitch,
        };
        Synthesizer::new(throat).waveform(&spectra, 1)
    }

    /// Energy at one frequency, by projection.
    fn tone(samples: &[f32], hz: f32) -> f32 {
        let turn = 2.0 * PI * hz / TELEPHONE_HZ as f32;
        let sum: Complex32 =
            samples.iter().enumerate().map(|(n, &x)| Complex32::from_polar(1.0, turn * n as f32) * x).sum();
        sum.norm() / samples.len() as f32
    }

    #[test]
    fn a_steady_pitch_comes_out_at_that_pitch_and_its_harmonics_only() {
        let samples = steady(Throat::new(1.0, 1.0, 0.0), 200.0);
        assert_eq!(samples.len(), 60 * NATURAL_HOP);
        let middle = &samples[1_000..5_000];
        assert!(tone(middle, 200.0) > 20.0 * tone(middle, 290.0));
        assert!(tone(middle, 400.0) > 20.0 * tone(middle, 510.0));
    }

    #[test]
    fn a_flat_gain_gives_each_harmonic_the_amplitude_the_network_means() {
        let samples = steady(Throat::new(1.0, 1.0, 0.0), 200.0);
        // exp(2) is the magnitude of a 1,200-point Hann frame: amplitude × 300.
        let expected = 2f32.exp() / 300.0;
        let amplitude = 2.0 * tone(&samples[1_000..5_000], 600.0);
        assert!((amplitude / expected - 1.0).abs() < 0.05, "{amplitude} against {expected}");
    }

    #[test]
    fn another_throat_keeps_its_level_and_moves_its_pitch() {
        let samples = steady(Throat::new(0.6, 0.87, 0.0), 200.0);
        let middle = &samples[1_000..5_000];
        assert!(tone(middle, 120.0) > 20.0 * tone(middle, 170.0));
        let amplitude = 2.0 * tone(middle, 600.0);
        assert!((amplitude / (2f32.exp() / 300.0) - 1.0).abs() < 0.1, "{amplitude}");
    }

    #[test]
    fn no_frames_give_no_samples() {
        let spectra = Spectra { frames: 0, harmonic: &[], turn: &[], noise: &[], free: &[], phase: &[], pitch_hz: &[] };
        assert!(Synthesizer::new(Throat::new(1.0, 1.0, 0.0)).waveform(&spectra, 1).is_empty());
    }
}
