//! Samples: µ-law, resampling, levels. Pure arithmetic.
//!
//! A sample is an `f32` in -1..=1. The rate is part of the type, so mixing rates does not compile.
//! Knows nothing of calls, sockets or models.
//!
//! Read next: [`mulaw`] for the telephone's bytes, [`resample`] for changing rates, [`gain`] for levels, [`opus`] for
//! recordings.

pub mod gain;
pub mod mulaw;
pub mod opus;
pub mod resample;

/// Twilio's rate, and what the voice is made at.
pub const TELEPHONE_HZ: u32 = 8_000;
/// The rate the speech models listen at.
pub const LISTENING_HZ: u32 = 16_000;
/// One frame of Media Streams audio: 20 ms.
pub const FRAME_MS: u32 = 20;
/// Bytes (µ-law) or samples (8 kHz) of one frame.
pub const FRAME_BYTES: usize = 160;

/// Mono samples at `HZ` samples a second.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pcm<const HZ: u32>(pub Vec<f32>);

impl<const HZ: u32> Pcm<HZ> {
    /// How long the samples last, in milliseconds.
    pub fn duration_ms(&self) -> u64 {
        self.0.len() as u64 * 1_000 / u64::from(HZ)
    }
}
