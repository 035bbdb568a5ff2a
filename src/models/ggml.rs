//! `CTranslate2`'s Whisper files made into whisper.cpp's.
//!
//! Both formats are plain lists of named arrays. The weights (two-dimensional, all but the positional embeddings) become
//! `q8_0`: blocks of 32 values as one half-precision scale and 32 signed bytes, as whisper.cpp's own `quantize` does;
//! convolutions stay half precision, the rest single. The mel filters are computed by the Slaney formula.
//! The result is the same to the bit on every machine, so its hash can be checked.

use half::f16;
use std::collections::{BTreeMap, HashMap};

/// Converts `model` (model.bin, version 6) with its `vocabulary` (a token a line) to ggml with 8-bit weights.
pub(super) fn from_ct2(model: &[u8], vocabulary: &str) -> Result<Vec<u8>, String> {
    let source = Ct2::read(model)?;
    let tokens: Vec<&str> = vocabulary.strip_suffix('\n').unwrap_or(vocabulary).split('\n').collect();
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
    put_tokens(&mut out, &tokens)?;
    for (name, array) in &arrays {
        put_array(&mut out, name, array);
    }
    Ok(out)
}

#[expect(clippy::cast_possible_truncation, reason = "sizes of a model that fits memory are far below 2^32")]
fn put(out: &mut Vec<u8>, value: usize) {
    out.extend((value as u32).to_le_bytes());
}

/// Writes the byte sequences of the ordinary tokens (those before the first special one).
fn put_tokens(out: &mut Vec<u8>, tokens: &[&str]) -> Result<(), String> {
    let end = tokens.iter().position(|token| *token == "<|endoftext|>").ok_or("the vocabulary has no <|endoftext|>")?;
    let bytes = byte_of_char();
    put(out, end);
    for token in &tokens[..end] {
        let spelled: Option<Vec<u8>> = token.chars().map(|c| bytes.get(&c).copied()).collect();
        let spelled = spelled.ok_or_else(|| format!("the token {token:?} is not spelled in GPT-2's alphabet"))?;
        put(out, spelled.len());
        out.extend(spelled);
    }
    Ok(())
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

/// No Whisper has more layers (large has 32): a bound for a foreign file.
const LAYERS_MAX: usize = 64;
const FFT: usize = 400;
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
            let weight = rise.min(fall).max(0.0) as f32;
            #[expect(clippy::cast_possible_truncation, reason = "the file holds single precision")]
            filters.push((f64::from(weight) * area) as f32);
        }
    }
    filters
}

/// An array with its shape, widened to single precision.
#[derive(Clone)]
struct Array {
    shape: Vec<usize>,
    values: Vec<f32>,
}

impl Array {
    /// One of `parts` equal parts along the first axis.
    fn part(&self, index: usize, parts: usize) -> Self {
        let size = self.values.len() / parts;
        let mut shape = self.shape.clone();
        shape[0] /= parts;
        Self { shape, values: self.values[index * size..(index + 1) * size].to_vec() }
    }
}

/// `CTranslate2`'s file: named arrays of raw bytes.
struct Ct2<'a>(BTreeMap<String, Raw<'a>>);

#[derive(Clone)]
struct Raw<'a> {
    shape: Vec<usize>,
    kind: u8,
    bytes: &'a [u8],
}

impl<'a> Ct2<'a> {
    fn read(model: &'a [u8]) -> Result<Self, String> {
        let mut input = Input(model);
        let version = input.u32()?;
        let spec = input.text()?;
        input.u32()?;
        if (version, spec.as_str()) != (6, "WhisperSpec") {
            return Err(format!("expected CTranslate2's WhisperSpec version 6, found {spec} version {version}"));
        }
        let mut arrays = BTreeMap::new();
        for _ in 0..input.u32()? {
            let name = input.text()?;
            let axes = input.take(1)?[0];
            let shape = (0..axes).map(|_| input.u32().map(|size| size as usize)).collect::<Result<_, _>>()?;
            let kind = input.take(1)?[0];
            let size = input.u32()? as usize;
            arrays.insert(name, Raw { shape, kind, bytes: input.take(size)? });
        }
        for _ in 0..input.u32()? {
            let (alias, name) = (input.text()?, input.text()?);
            let array = arrays.get(&name).cloned().ok_or_else(|| format!("{alias} names the missing {name}"))?;
            arrays.insert(alias, array);
        }
        Ok(Self(arrays))
    }

    fn raw(&self, name: &str) -> Result<&Raw<'a>, String> {
        self.0.get(name).ok_or_else(|| format!("the model has no {name}"))
    }

    fn number(&self, name: &str) -> Result<usize, String> {
        let bytes = self.raw(name)?.bytes;
        Ok(bytes.iter().rev().fold(0, |value, byte| value << 8 | usize::from(*byte)))
    }

    fn layers(&self, side: &str) -> usize {
        (0..LAYERS_MAX).take_while(|i| self.0.contains_key(&format!("{side}/layer_{i}/ffn/linear_0/weight"))).count()
    }

    fn array(&self, name: &str) -> Result<Array, String> {
        let raw = self.raw(name)?;
        let values = match raw.kind {
            0 => raw.bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect::<Vec<_>>(),
            4 => raw.bytes.chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32()).collect(),
            kind => return Err(format!("{name} is of kind {kind}; only single and half precision are read")),
        };
        if values.len() != raw.shape.iter().product::<usize>() {
            return Err(format!("{name} has {} values for the shape {:?}", values.len(), raw.shape));
        }
        Ok(Array { shape: raw.shape.clone(), values })
    }

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

/// A cursor over the file.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, size: usize) -> Result<&'a [u8], String> {
        let (head, tail) = self.0.split_at_checked(size).ok_or("the file ends too soon")?;
        self.0 = tail;
        Ok(head)
    }

    fn u32(&mut self) -> Result<u32, String> {
        self.take(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
    }

    /// A length, then that many bytes, the last of them zero.
    fn text(&mut self) -> Result<String, String> {
        let size = self.take(2).map(|b| u16::from_le_bytes([b[0], b[1]]))?;
        let bytes = self.take(usize::from(size))?;
        Ok(String::from_utf8_lossy(bytes.strip_suffix(&[0]).unwrap_or(bytes)).into_owned())
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
        for row in filters.chunks_exact(FFT / 2 + 1).skip(30) {
            let area: f32 = row.iter().sum::<f32>() * 40.0;
            assert!((area - 1.0).abs() < 0.2, "{area}");
        }
    }

    #[test]
    fn a_truncated_or_foreign_file_is_an_error() {
        assert!(from_ct2(&[], "").is_err());
        assert!(from_ct2(&[6, 0, 0, 0, 4, 0, b'X', b'Y', b'Z', 0, 1, 0, 0, 0], "").is_err());
    }
}
