//! Changing the rate of a stream, piece by piece.
//!
//! One [`Resampler`] per direction of a call or per piece of speech: it has memory, so that pieces join without a click,
//! and it is never reset between frames. Its delay is taken off the beginning, so sample `n` at one rate lies at
//! `n * TO / FROM` at the other.
//!
//! Invariant: after `n` samples in, at most `n * TO / FROM` have come out, and no more than [`Resampler::held_back`] fewer.

use rubato::audioadapter_buffers::direct::SequentialSlice;
use rubato::{
    Async, FixedAsync, Indexing, Resampler as _, SincInterpolationParameters, SincInterpolationType, WindowFunction,
};

/// Taps of the filter at the lower of the two rates: 8 ms at 8 kHz, so 4 ms of delay; flat to 3.4 kHz, the telephone's
/// own limit.
const TAPS: usize = 64;
/// Samples taken at a time: 5 ms at 8 kHz, a divisor of a frame, so a frame in is a frame out.
const CHUNK: usize = 40;
/// Steps between samples of the filter; between them it is interpolated.
const STEPS: usize = 64;

/// A stream from `FROM` to `TO` samples a second.
pub struct Resampler<const FROM: u32, const TO: u32> {
    filter: Async<f32>,
    waiting: Vec<f32>,
    made: Vec<f32>,
    to_drop: usize,
    taken: u64,
    given: u64,
}

impl<const FROM: u32, const TO: u32> Resampler<FROM, TO> {
    /// A resampler at the start of a stream.
    ///
    /// # Panics
    /// Never for rates above zero, which is checked when it is compiled.
    pub fn new() -> Self {
        const { assert!(FROM > 0 && TO > 0, "a rate is above zero") };
        let down = FROM.div_ceil(TO) as usize;
        let parameters = SincInterpolationParameters::new(TAPS * down, WindowFunction::BlackmanHarris2)
            .oversampling_factor(STEPS)
            .interpolation(SincInterpolationType::Linear);
        let ratio = f64::from(TO) / f64::from(FROM);
        let filter = Async::new_sinc(ratio, 1.0, &parameters, CHUNK, 1, FixedAsync::Input)
            .expect("the parameters are constants within rubato's limits");
        let made = vec![0.0; filter.output_frames_max()];
        // Half the filter, less the one sample that rubato has made before it: measured, and held by a test below.
        let to_drop = (TAPS * down * TO as usize + FROM as usize) / (2 * FROM as usize) - 1;
        Self { filter, waiting: Vec::with_capacity(CHUNK), made, to_drop, taken: 0, given: 0 }
    }

    /// Takes samples and appends what they make.
    pub fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        self.taken += samples.len() as u64;
        let mut rest = samples;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(CHUNK - self.waiting.len()));
            self.waiting.extend_from_slice(now);
            rest = later;
            if self.waiting.len() == CHUNK {
                self.run(out);
            }
        }
    }

    /// Ends the stream: appends what is still inside, so that the whole lasts as long as what went in.
    pub fn finish(&mut self, out: &mut Vec<f32>) {
        let whole = self.taken * u64::from(TO) / u64::from(FROM);
        let end = out.len() + usize::try_from(whole.saturating_sub(self.given)).unwrap_or(usize::MAX);
        while out.len() < end {
            self.waiting.resize(CHUNK, 0.0);
            self.run(out);
        }
        out.truncate(end);
    }

    /// The most samples (at `TO`) that are inside at any time: the filter's delay and one piece.
    pub fn held_back(&self) -> usize {
        self.filter.output_delay() + self.filter.output_frames_max()
    }

    fn run(&mut self, out: &mut Vec<f32>) {
        let room = self.made.len();
        let input = SequentialSlice::new(&self.waiting, 1, CHUNK).expect("the slice holds one chunk");
        let mut output = SequentialSlice::new_mut(&mut self.made, 1, room).expect("the slice is as long as it is");
        let (_, made) = self
            .filter
            .process_into_buffer(&input, &mut output, None::<&Indexing>)
            .expect("both buffers have the sizes the filter asked for");
        self.waiting.clear();
        let dropped = self.to_drop.min(made);
        self.to_drop -= dropped;
        self.given += (made - dropped) as u64;
        out.extend_from_slice(&self.made[dropped..made]);
    }
}

impl<const FROM: u32, const TO: u32> Default for Resampler<FROM, TO> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sine(hz: f32, rate: u32, samples: usize) -> Vec<f32> {
        (0..samples).map(|n| 0.5 * (n as f32 * hz * std::f32::consts::TAU / rate as f32).sin()).collect()
    }

    /// Resamples in pieces of the given sizes, repeated.
    fn in_pieces<const FROM: u32, const TO: u32>(input: &[f32], pieces: &[usize]) -> Vec<f32> {
        let (mut resampler, mut out, mut at) = (Resampler::<FROM, TO>::new(), Vec::new(), 0);
        for piece in pieces.iter().cycle() {
            if at == input.len() {
                break;
            }
            let end = (at + piece).min(input.len());
            resampler.push(&input[at..end], &mut out);
            at = end;
            assert!(out.len() as u64 <= at as u64 * u64::from(TO) / u64::from(FROM));
            let due = at * TO as usize / FROM as usize;
            assert!(out.len() + resampler.held_back() + CHUNK * TO as usize / FROM as usize >= due);
        }
        resampler.finish(&mut out);
        out
    }

    /// The largest difference from the true sine, the first and last 10 ms left out.
    fn worst<const FROM: u32, const TO: u32>(hz: f32, pieces: &[usize]) -> f32 {
        let out = in_pieces::<FROM, TO>(&sine(hz, FROM, FROM as usize), pieces);
        let truth = sine(hz, TO, TO as usize);
        assert_eq!(out.len(), truth.len());
        let edge = TO as usize / 100;
        (edge..out.len() - edge).map(|n| (out[n] - truth[n]).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn a_sine_comes_out_as_itself_in_its_place() {
        for hz in [100.0, 440.0, 1_000.0, 3_000.0] {
            let (up, down, odd) = (
                worst::<8_000, 16_000>(hz, &[160]),
                worst::<24_000, 8_000>(hz, &[1_024]),
                worst::<22_050, 8_000>(hz, &[997]),
            );
            assert!(up < 0.01 && down < 0.01 && odd < 0.01, "{hz} Hz: {up} up, {down} down, {odd} by no whole ratio");
        }
    }

    #[test]
    fn what_the_lower_rate_cannot_hold_is_taken_out() {
        let out = in_pieces::<24_000, 8_000>(&sine(6_000.0, 24_000, 24_000), &[480]);
        assert!(crate::audio::gain::level_db(&out[200..7_800]) < -60.0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn how_a_stream_is_cut_up_changes_nothing(pieces in prop::collection::vec(1usize..700, 1..12), length in 0usize..4_000) {
            let input: Vec<f32> = sine(700.0, 8_000, length);
            let whole = in_pieces::<8_000, 16_000>(&input, &[input.len().max(1)]);
            prop_assert_eq!(whole.len(), length * 2);
            prop_assert_eq!(in_pieces::<8_000, 16_000>(&input, &pieces), whole);
        }
    }
}
