//! Opus: two telephone tracks as one stereo stream of 20 ms packets, and back.
//!
//! The codec is libopus; this knows its settings and nothing of files (see [`crate::storage`]). It runs at the telephone's
//! own rate, so nothing is resampled and a sample stays where it was.

use super::{Pcm, TELEPHONE_HZ};
use audiopus::coder::{Decoder, Encoder};
use audiopus::packet::Packet;
use audiopus::{Application, Bitrate, Channels, MutSignals, SampleRate, Signal};

/// Samples of one track in a packet: 20 ms.
pub const PACKET_SAMPLES: usize = TELEPHONE_HZ as usize / 50;
/// Two tracks.
const CHANNELS: usize = 2;
/// Bits a second for both tracks; silence takes a fraction of it. Speech of this bandwidth is transparent at 12 a track.
const BITRATE: i32 = 28_000;
/// How hard the encoder tries, 0 to 10. Above this, speech gains nothing to be heard and the cost doubles.
const COMPLEXITY: u8 = 5;
/// The largest packet libopus makes of 20 ms.
const PACKET_BYTES_MAX: usize = 1_275;
/// The longest packet there is, for decoding what others made: 120 ms.
const DECODED_SAMPLES_MAX: usize = TELEPHONE_HZ as usize * 120 / 1_000;

/// 20 ms of both tracks, left and right in turn.
pub type StereoFrame = [f32; PACKET_SAMPLES * CHANNELS];

/// The codec refused.
#[derive(Debug, thiserror::Error)]
#[error("opus: {0}")]
pub struct OpusError(#[from] audiopus::Error);

/// Makes packets.
#[derive(Debug)]
pub struct StereoEncoder {
    opus: Encoder,
    lookahead: usize,
    packet: Box<[u8; PACKET_BYTES_MAX]>,
}

impl StereoEncoder {
    /// An encoder for speech.
    pub fn new() -> Result<Self, OpusError> {
        // Not `Voip`: that filters the low end away, and moves the rest by doing so.
        let mut opus = Encoder::new(SampleRate::Hz8000, Channels::Stereo, Application::Audio)?;
        opus.set_bitrate(Bitrate::BitsPerSecond(BITRATE))?;
        opus.set_complexity(COMPLEXITY)?;
        opus.set_signal(Signal::Voice)?;
        opus.enable_vbr()?;
        let lookahead = opus.lookahead()? as usize;
        Ok(Self { opus, lookahead, packet: Box::new([0; PACKET_BYTES_MAX]) })
    }

    /// How many samples later than it went in a sound comes out of the decoder.
    pub fn lookahead(&self) -> usize {
        self.lookahead
    }

    /// The packet of the next 20 ms.
    pub fn encode(&mut self, frame: &StereoFrame) -> Result<&[u8], OpusError> {
        let bytes = self.opus.encode_float(frame, self.packet.as_mut_slice())?;
        Ok(&self.packet[..bytes])
    }
}

/// Reads packets.
#[derive(Debug)]
pub struct StereoDecoder {
    opus: Decoder,
    decoded: Vec<f32>,
}

impl StereoDecoder {
    /// A decoder to the telephone's rate.
    pub fn new() -> Result<Self, OpusError> {
        let opus = Decoder::new(SampleRate::Hz8000, Channels::Stereo)?;
        Ok(Self { opus, decoded: vec![0.0; DECODED_SAMPLES_MAX * CHANNELS] })
    }

    /// Adds what a packet holds to the two tracks.
    pub fn decode(
        &mut self,
        packet: &[u8],
        left: &mut Pcm<TELEPHONE_HZ>,
        right: &mut Pcm<TELEPHONE_HZ>,
    ) -> Result<(), OpusError> {
        let packet = Packet::try_from(packet)?;
        let samples = self.opus.decode_float(Some(packet), MutSignals::try_from(&mut self.decoded)?, false)?;
        for pair in self.decoded[..samples * CHANNELS].chunks_exact(CHANNELS) {
            left.0.push(pair[0]);
            right.0.push(pair[1]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tone that comes and goes, so that it fits itself at one shift only.
    fn chirp(samples: usize, hz: f32) -> Vec<f32> {
        (0..samples)
            .map(|n| {
                let second = n as f32 / TELEPHONE_HZ as f32;
                let swell = (second * 7.0 * std::f32::consts::TAU).sin().max(0.0);
                0.4 * swell * (second * (hz + 200.0 * second) * std::f32::consts::TAU).sin()
            })
            .collect()
    }

    fn through(left: &[f32], right: &[f32]) -> (Vec<f32>, Vec<f32>, usize) {
        let (mut encoder, mut decoder) = (StereoEncoder::new().unwrap(), StereoDecoder::new().unwrap());
        let (mut one, mut other) = (Pcm(Vec::new()), Pcm(Vec::new()));
        let mut bytes = 0;
        for (left, right) in left.chunks_exact(PACKET_SAMPLES).zip(right.chunks_exact(PACKET_SAMPLES)) {
            let mut frame = [0.0; PACKET_SAMPLES * 2];
            for (pair, (l, r)) in frame.chunks_exact_mut(2).zip(left.iter().zip(right)) {
                pair.copy_from_slice(&[*l, *r]);
            }
            let packet = encoder.encode(&frame).unwrap();
            bytes += packet.len();
            decoder.decode(packet, &mut one, &mut other).unwrap();
        }
        (one.0[encoder.lookahead()..].to_vec(), other.0[encoder.lookahead()..].to_vec(), bytes)
    }

    fn energy(samples: &[f32]) -> f32 {
        samples.iter().map(|s| s * s).sum()
    }

    fn alike(one: &[f32], other: &[f32]) -> f32 {
        let dot: f32 = one.iter().zip(other).map(|(a, b)| a * b).sum();
        dot / (energy(one) * energy(other)).sqrt().max(f32::MIN_POSITIVE)
    }

    #[test]
    fn after_the_lookahead_a_sample_is_where_it_was() {
        let (left, right) = (chirp(16_000, 500.0), chirp(16_000, 900.0));
        let (one, other, _) = through(&left, &right);
        for (track, decoded) in [(&left, &one), (&right, &other)] {
            let at = |shift: usize| alike(&track[..12_000], &decoded[shift..shift + 12_000]);
            let best = (0..80).max_by(|a, b| at(*a).total_cmp(&at(*b))).unwrap();
            assert!(best <= 1, "shifted by {best} samples");
            assert!(at(best) > 0.9, "{}", at(best));
        }
    }

    #[test]
    fn one_side_is_not_heard_on_the_other() {
        let left = chirp(16_000, 600.0);
        let (one, other, _) = through(&left, &vec![0.0; left.len()]);
        let leak_db = 10.0 * (energy(&other) / energy(&one)).log10();
        assert!(leak_db < -25.0, "{leak_db} dB");
    }

    #[test]
    fn silence_costs_next_to_nothing() {
        let silence = vec![0.0; 80_000];
        let (_, _, bytes) = through(&silence, &silence);
        assert!(bytes * 8 / 10 < 6_000, "{} bits a second", bytes * 8 / 10);
    }

    #[test]
    fn garbage_is_refused_and_does_not_panic() {
        let mut decoder = StereoDecoder::new().unwrap();
        let (mut left, mut right) = (Pcm(Vec::new()), Pcm(Vec::new()));
        assert!(decoder.decode(&[], &mut left, &mut right).is_err());
        for first in 0..=u8::MAX {
            drop(decoder.decode(&[first, 0xff, 3, 200], &mut left, &mut right));
        }
        assert_eq!(left.0.len(), right.0.len());
    }
}
