//! `CTranslate2`'s Whisper files made into whisper.cpp's.
//!
//! Both formats are plain lists of named arrays. The weights (two-dimensional, all but the positional embeddings) become
//! `q8_0`: blocks of 32 values as one half-precision scale and 32 signed bytes, as whisper.cpp's own `quantize` does;
//! convolutions stay half precision, the rest single. The mel filters are computed by the Slaney formula.
//! The result is the same to the bit on every machine, so its hash can be checked.

use super::ct2::{Array, Ct2};
use half::f16;
use std::collections::HashMap;

/// Converts `model` (model.bin, version 6) with its `vocabulary` (a token a line) to ggml with 8-bit weights.
pub(super) fn from_ct2(model: &[u8], vocabulary: &str) -> Result<Vec<u8>, String> {
    let source = Ct2::read(model)?;
    let tokens = tokens(vocabulary);
    let arrays = source.whisper()?;
    let shape = |name: &str| {
        arrays.iter().find(|(n, _)| n == name).map(|(_, a)| a.shape.clone()).ok_or_else(|| format!("no {name}"))
    };
    let vocabulary_size = shape("decoder.token_embedding.weight")?;
    if vocabulary_size[0] != tokens.len() {
        return Err(format!("{} tokens for {} embeddings", tokens.len(), vocabulary_size[0]));
    }
    let convolution = shape("encoder.conv1.weight")?;
    let heads = source.number("encoder/num_heads")?;
    let mels = convolution[1];
    let header = [
        0x6767_6d6c,
        tokens.len(),
        shape("encoder.positional_embedding")?[0],
        convolution[0],
        heads,
        source.layers("encoder"),
        shape("decoder.positional_embedding")?[0],
        vocabulary_size[1],
        source.number("decoder/num_heads")?,
        source.layers("decoder"),
        mels,
        2007, // file type: version 2 of the quantised layouts, q8_0
    ];
    let mut out = Vec::with_capacity(90 << 20);
    for value in header {
        put(&mut out, value);
    }
    put(&mut out, mels);
    put(&mut out, FFT / 2 + 1);
    for value in mel_filters(mels) {
        out.extend(value.to_le_bytes());
    }
    let spelled = spelled(&tokens)?;
    put(&mut out, spelled.len());
    for token in spelled {
        put(&mut out, token.len());
        out.extend(token);
    }
    for (name, array) in &arrays {
        put_array(&mut out, name, array);
    }
    Ok(out)
}

#[expect(clippy::cast_possible_truncation, reason = "sizes of a model that fits memory are far below 2^32")]
pub(super) fn put(out: &mut Vec<u8>, value: usize) {
    out.extend((value as u32).to_le_bytes());
}

/// The vocabulary's tokens, a line each.
pub(super) fn tokens(vocabulary: &str) -> Vec<&str> {
    vocabulary.strip_suffix('\n').unwrap_or(vocabulary).split('\n').collect()
}

/// The byte sequences of the ordinary tokens (those before the first special one).
pub(super) fn spelled(tokens: &[&str]) -> Result<Vec<Vec<u8>>, String> {
    let end = tokens.iter().position(|token| *token == "<|endoftext|>").ok_or("the vocabulary has no <|endoftext|>")?;
    let bytes = byte_of_char();
    let spell = |token: &&str| -> Result<Vec<u8>, String> {
        let spelled: Option<Vec<u8>> = token.chars().map(|c| bytes.get(&c).copied()).collect();
        spelled.ok_or_else(|| format!("the token {token:?} is not spelled in GPT-2's alphabet"))
    };
    tokens[..end].iter().map(spell).collect()
}

/// GPT-2's printable alphabet for bytes: printable ones stand for themselves, the others for the characters from U+0100 on.
fn byte_of_char() -> HashMap<char, u8> {
    let printable = |byte: u8| matches!(byte, 33..=126 | 161..=172 | 174..=255);
    let mut next = 256;
    (0..=255_u8)
        .map(|byte| {
            let code = if printable(byte) {
                u32::from(byte)
            } else {
                next += 1;
                next - 1
            };
            (char::from_u32(code).expect("below U+0200"), byte)
        })
        .collect()
}

fn put_array(out: &mut Vec<u8>, name: &str, array: &Array) {
    let plain = array.shape.len() < 2
        || name.ends_with("positional_embedding")
        || name.starts_with("encoder.conv") && name.ends_with("bias");
    let kind = if plain {
        0
    } else if array.shape.len() == 2 {
        8
    } else {
        1
    }; // ggml's f32, q8_0, f16
    put(out, array.shape.len());
    put(out, name.len());
    put(out, kind);
    array.shape.iter().rev().for_each(|&size| put(out, size));
    out.extend(name.as_bytes());
    match kind {
        0 => array.values.iter().for_each(|value| out.extend(value.to_le_bytes())),
        1 => array.values.iter().for_each(|value| out.extend(f16::from_f32(*value).to_le_bytes())),
        _ => array.values.chunks_exact(32).for_each(|block| put_q8_0(out, block)),
    }
}

fn put_q8_0(out: &mut Vec<u8>, block: &[f32]) {
    let rounded = |value: f32| f16::from_f32(value).to_f32();
    let largest = block.iter().map(|value| rounded(*value).abs()).fold(0.0, f32::max);
    let scale = largest / 127.0;
    let inverse = if scale == 0.0 { 0.0 } else { 1.0 / scale };
    out.extend(f16::from_f32(scale).to_le_bytes());
    #[expect(clippy::cast_possible_truncation, reason = "the scale keeps it within ±127")]
    out.extend(block.iter().map(|value| ((rounded(*value) * inverse).round() as i8).cast_unsigned()));
}

const FFT: usize = 400;
/// Added, it makes the negative zero a positive one. Which of the two `max` gives of both is the compiler's choice, and
/// differs between levels of optimisation; a file with a known hash must not.
const NOT_NEGATIVE: f64 = 0.0;
const RATE: f64 = 16_000.0;

/// Slaney's mel filter bank (linear to 1 kHz, logarithmic above; each filter of area one), row by row.
fn mel_filters(mels: usize) -> Vec<f32> {
    const STEP: f64 = 200.0 / 3.0;
    let log_step = 6.4_f64.ln() / 27.0;
    let (log_hz, log_mel) = (1_000.0, 1_000.0 / STEP);
    let top = log_mel + (RATE / 2.0 / log_hz).ln() / log_step;
    let spacing = top / (mels + 1) as f64;
    let hz: Vec<f64> = (0..mels + 2)
        .map(|i| if i == mels + 1 { top } else { i as f64 * spacing })
        .map(|mel| if mel >= log_mel { log_hz * (log_step * (mel - log_mel)).exp() } else { STEP * mel })
        .collect();
    let bin = 1.0 / (FFT as f64 * (1.0 / RATE));
    let mut filters = Vec::with_capacity(mels * (FFT / 2 + 1));
    for i in 0..mels {
        let area = 2.0 / (hz[i + 2] - hz[i]);
        for k in 0..=FFT / 2 {
            let frequency = k as f64 * bin;
            let rise = -(hz[i] - frequency) / (hz[i + 1] - hz[i]);
            let fall = (hz[i + 2] - frequency) / (hz[i + 2] - hz[i + 1]);
            #[expect(clippy::cast_possible_truncation, reason = "the file holds single precision")]
            let weight = (rise.min(fall).max(0.0) + NOT_NEGATIVE) as f32;
            #[expect(clippy::cast_possible_truncation, reason = "the file holds single precision")]
            filters.push((f64::from(weight) * area) as f32);
        }
    }
    filters
}

impl Ct2<'_> {
    /// Every array under whisper.cpp's name, in its order.
    fn whisper(&self) -> Result<Vec<(String, Array)>, String> {
        let mut out = Vec::new();
        let mut put = |name: String, array: Array| out.push((name, array));
        put("encoder.positional_embedding".into(), self.array("encoder/position_encodings/encodings")?);
        for conv in ["conv1", "conv2"] {
            put(format!("encoder.{conv}.weight"), self.array(&format!("encoder/{conv}/weight"))?);
            let mut bias = self.array(&format!("encoder/{conv}/bias"))?;
            bias.shape.push(1);
            put(format!("encoder.{conv}.bias"), bias);
        }
        for (name, from) in [
            ("encoder.ln_post.weight", "encoder/layer_norm/gamma"),
            ("encoder.ln_post.bias", "encoder/layer_norm/beta"),
            ("decoder.positional_embedding", "decoder/position_encodings/encodings"),
            ("decoder.token_embedding.weight", "decoder/embeddings/weight"),
            ("decoder.ln.weight", "decoder/layer_norm/gamma"),
            ("decoder.ln.bias", "decoder/layer_norm/beta"),
        ] {
            put(name.into(), self.array(from)?);
        }
        for side in ["encoder", "decoder"] {
            for i in 0..self.layers(side) {
                self.layer(side, i, &mut put)?;
            }
        }
        Ok(out)
    }

    fn layer(&self, side: &str, index: usize, put: &mut impl FnMut(String, Array)) -> Result<(), String> {
        let from = format!("{side}/layer_{index}");
        let to = format!("{side}.blocks.{index}");
        let decoder = side == "decoder";
        let norms = [
            ("self_attention/layer_norm", "attn_ln"),
            ("ffn/layer_norm", "mlp_ln"),
            ("attention/layer_norm", "cross_attn_ln"),
        ];
        for (source, name) in &norms[..if decoder { 3 } else { 2 }] {
            put(format!("{to}.{name}.weight"), self.array(&format!("{from}/{source}/gamma"))?);
            put(format!("{to}.{name}.bias"), self.array(&format!("{from}/{source}/beta"))?);
        }
        let linears = [
            ("ffn/linear_0", "mlp.0"),
            ("ffn/linear_1", "mlp.2"),
            ("self_attention/linear_1", "attn.out"),
            ("attention/linear_0", "cross_attn.query"),
            ("attention/linear_2", "cross_attn.out"),
        ];
        for (source, name) in &linears[..if decoder { 5 } else { 3 }] {
            put(format!("{to}.{name}.weight"), self.array(&format!("{from}/{source}/weight"))?);
            put(format!("{to}.{name}.bias"), self.array(&format!("{from}/{source}/bias"))?);
        }
        self.fused(&format!("{from}/self_attention/linear_0"), &to, &["attn.query", "attn.key", "attn.value"], put)?;
        if decoder {
            self.fused(&format!("{from}/attention/linear_1"), &to, &["cross_attn.key", "cross_attn.value"], put)?;
        }
        Ok(())
    }

    /// Splits a fused projection; Whisper's keys have no bias, and the fused file says so with zeros.
    fn fused(&self, from: &str, to: &str, names: &[&str], put: &mut impl FnMut(String, Array)) -> Result<(), String> {
        let (weight, bias) = (self.array(&format!("{from}/weight"))?, self.array(&format!("{from}/bias"))?);
        for (i, name) in names.iter().enumerate() {
            put(format!("{to}.{name}.weight"), weight.part(i, names.len()));
            let bias = bias.part(i, names.len());
            if !name.ends_with("key") {
                put(format!("{to}.{name}.bias"), bias);
            } else if bias.values.iter().any(|value| *value != 0.0) {
                return Err(format!("{from} has a bias on its keys"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_a_character_of_its_own() {
        let bytes = byte_of_char();
        assert_eq!(bytes.len(), 256);
        assert_eq!((bytes[&'!'], bytes[&'Ġ']), (b'!', b' '));
    }

    #[test]
    fn a_block_keeps_its_values_within_half_a_step() {
        let block: Vec<f32> = (0..32_u8).map(|i| (f32::from(i) - 15.5) / 7.0).collect();
        let mut out = Vec::new();
        put_q8_0(&mut out, &block);
        assert_eq!(out.len(), 34);
        let scale = f16::from_le_bytes([out[0], out[1]]).to_f32();
        for (value, byte) in block.iter().zip(&out[2..]) {
            let back = f32::from(byte.cast_signed()) * scale;
            assert!((value - back).abs() <= scale * 0.6, "{value} became {back}");
        }
    }

    #[test]
    fn mel_filters_cover_the_band_and_have_area_one() {
        let filters = mel_filters(80);
        assert!(filters.iter().all(|weight| weight.is_sign_positive()), "no negative zero");
        for row in filters.chunks_exact(FFT / 2 + 1).skip(30) {
            let area: f32 = row.iter().sum::<f32>() * 40.0;
            assert!((area - 1.0).abs() < 0.2, "{area}");
        }
    }
}
