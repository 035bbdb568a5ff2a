//! µ-law (G.711), the telephone's eight bits per sample.
//!
//! Decoding is a table, encoding a handful of shifts. A byte decodes to a sample that encodes to the same byte, save
//! that the two zeroes are one. Knows nothing of frames, rates or calls.

/// The byte that is silence (positive zero); a frame is padded with it.
pub const SILENCE: u8 = 0xFF;

/// Added before the logarithm so that every segment begins on a power of two (G.711).
const BIAS: i16 = 0x84;
/// The largest magnitude that can be encoded once the bias is added.
const CLIP: i16 = 32_635;
/// Every byte's 16-bit sample.
const DECODED: [i16; 256] = table();

/// The sample of a byte, -1..=1.
pub fn decode(byte: u8) -> f32 {
    f32::from(DECODED[usize::from(byte)]) / 32_768.0
}

/// The byte nearest to a sample; what lies outside -1..=1 is clipped, what is no number is silence.
pub fn encode(sample: f32) -> u8 {
    #[expect(clippy::cast_possible_truncation, reason = "a float cast saturates, and NaN becomes 0: both are wanted")]
    let linear = (sample * 32_768.0).round() as i16;
    let sign = if linear < 0 { 0x80 } else { 0 };
    let magnitude = linear.saturating_abs().min(CLIP) + BIAS;
    let segment = 7 - (magnitude.leading_zeros() - 1).min(7);
    let mantissa = (magnitude >> (segment + 3)) & 0x0F;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "three and four bits, never negative")]
    let code = ((segment as u8) << 4) | mantissa as u8;
    !(sign | code)
}

/// Appends the samples of some bytes.
pub fn decode_into(bytes: &[u8], samples: &mut Vec<f32>) {
    samples.extend(bytes.iter().map(|&byte| decode(byte)));
}

/// Appends the bytes of some samples.
pub fn encode_into(samples: &[f32], bytes: &mut Vec<u8>) {
    bytes.extend(samples.iter().map(|&sample| encode(sample)));
}

const fn table() -> [i16; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "it counts to 255")]
        let bits = !(byte as u8);
        let magnitude = ((((bits & 0x0F) as i16) << 3) + BIAS) << ((bits & 0x70) >> 4);
        table[byte] = if bits & 0x80 == 0 { magnitude - BIAS } else { BIAS - magnitude };
        byte += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_byte_survives_the_round_trip_and_the_two_zeroes_are_one() {
        for byte in 0..=u8::MAX {
            let expected = if byte == 0x7F { SILENCE } else { byte };
            assert_eq!(encode(decode(byte)), expected, "{byte:#04x}");
        }
    }

    #[test]
    fn the_reference_points_of_g711_hold() {
        assert_eq!((DECODED[0x00], DECODED[0x80], DECODED[0xFF], DECODED[0x7F]), (-32_124, 32_124, 0, 0));
        assert_eq!((encode(1.0), encode(-1.0), encode(0.0), encode(f32::NAN)), (0x80, 0x00, SILENCE, SILENCE));
        assert_eq!((encode(f32::INFINITY), encode(f32::NEG_INFINITY)), (0x80, 0x00));
    }

    proptest! {
        #[test]
        fn a_sample_is_off_by_at_most_half_a_step(sample in -0.98f32..0.98) {
            // A segment's step is 1/16 of its base; the smallest step is 8 of 32,768.
            let allowed = (sample.abs() / 32.0).max(4.5 / 32_768.0) + 4.5 / 32_768.0;
            prop_assert!((decode(encode(sample)) - sample).abs() <= allowed);
        }
    }
}
