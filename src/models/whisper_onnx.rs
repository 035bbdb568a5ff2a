//! `CTranslate2`'s Whisper made into two ONNX graphs with 8-bit weights, and its words into a plain list.
//!
//! *Encoder*: log-mel features of any even number of frames in; out come the keys and values that every layer of the decoder
//! attends to, so that they are computed once a clip. *Decoder*: a few tokens, their places and its own earlier keys and
//! values in; scores of the next token and the longer keys and values out. The same graph takes a prompt and a single token.
//!
//! Weights are signed bytes with a scale for each output; activations are quantised as they come
//! (`DynamicQuantizeMatMul`). Chosen by measurement: on a processor with VNNI this takes half the time of
//! `MatMulNBits` and a quarter of single precision; `LayerNormalization` after `Add` is eight times faster than
//! `SkipLayerNormalization`; plain products are faster than fused attention for one query against many keys.
//!
//! Invariant: the same bytes on every machine, so that the files' hashes can be checked.

use super::ct2::{Array, Ct2};
use super::ggml;
use super::graph::{Axis, Graph, Kind, MICROSOFT, Value};

/// Numbers a head of attention works on, in every Whisper.
const HEAD: usize = 64;
/// Whisper's layer norms add this to the variance.
const EPSILON: f32 = 1e-5;
/// The largest magnitude of a weight: symmetric, so that zero stays zero.
const WEIGHT_MAX: f32 = 127.0;

/// The encoder's file.
pub(super) fn encoder(model: &[u8]) -> Result<Vec<u8>, String> {
    Writer::new(model)?.encoder()
}

/// The decoder's file.
pub(super) fn decoder(model: &[u8]) -> Result<Vec<u8>, String> {
    Writer::new(model)?.decoder()
}

/// The words' file: their number, then each with its length, whole numbers of four bytes, least first. Ordinary tokens are
/// the bytes they stand for, special ones are spelled as in the vocabulary (`<|en|>`).
pub(super) fn words(vocabulary: &str) -> Result<Vec<u8>, String> {
    let tokens = ggml::tokens(vocabulary);
    let ordinary = ggml::spelled(&tokens)?;
    let mut out = Vec::with_capacity(vocabulary.len());
    ggml::put(&mut out, tokens.len());
    let special = tokens[ordinary.len()..].iter().map(|token| token.as_bytes());
    for token in ordinary.iter().map(Vec::as_slice).chain(special) {
        ggml::put(&mut out, token.len());
        out.extend(token);
    }
    Ok(out)
}

/// A graph on its way, and the weights it is made of.
struct Writer<'a> {
    source: Ct2<'a>,
    graph: Graph,
    /// Numbers a position is described by.
    width: usize,
}

impl<'a> Writer<'a> {
    fn new(model: &'a [u8]) -> Result<Self, String> {
        let source = Ct2::read(model)?;
        let width = source.array("encoder/layer_norm/gamma")?.values.len();
        if width == 0 || !width.is_multiple_of(HEAD) {
            return Err(format!("a width of {width} is not made of heads of {HEAD}"));
        }
        Ok(Self { source, graph: Graph::default(), width })
    }

    fn heads(&self) -> usize {
        self.width / HEAD
    }

    fn encoder(mut self) -> Result<Vec<u8>, String> {
        let bands = *self.source.array("encoder/conv1/weight")?.shape.get(1).ok_or("conv1 has no bands")?;
        self.graph.input("mel", Kind::Float, &[Axis::Of(1), Axis::Of(bands as u64), Axis::Any("frames")]);
        let mut x = "mel".to_owned();
        for (name, stride) in [("conv1", 1), ("conv2", 2)] {
            x = self.convolution(&x, name, stride)?;
        }
        x = self.graph.one("Transpose", "", "by_place", &[&x], &[("perm", Value::Ints(vec![0, 2, 1]))]);
        x = self.encoder_places(&x)?;
        self.graph.integers("thirds", &[whole(self.width); 3]);
        let mut y = self.norm(&x, "encoder/layer_0/self_attention/layer_norm")?;
        let layers = self.source.layers("encoder");
        for i in 0..layers {
            let layer = format!("encoder/layer_{i}");
            let parts = self.thirds(&y, &layer)?;
            let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
            let heads = [("num_heads", Value::Int(whole(self.heads())))];
            let heard = self.graph.one("MultiHeadAttention", MICROSOFT, &format!("{layer}/attended"), &parts, &heads);
            let heard = self.linear(&heard, &format!("{layer}/self_attention/linear_1"))?;
            (x, y) = self.added(&x, &heard, &format!("{layer}/ffn/layer_norm"))?;
            let thought = self.feed_forward(&y, &layer)?;
            let next = match i + 1 {
                last if last == layers => "encoder/layer_norm".to_owned(),
                next => format!("encoder/layer_{next}/self_attention/layer_norm"),
            };
            (x, y) = self.added(&x, &thought, &next)?;
        }
        self.keys_and_values(&y)?;
        Ok(self.graph.file("encoder"))
    }

    fn convolution(&mut self, x: &str, name: &str, stride: i64) -> Result<String, String> {
        let weight = self.source.array(&format!("encoder/{name}/weight"))?;
        let bias = self.source.array(&format!("encoder/{name}/bias"))?;
        let weight = self.graph.floats(&format!("{name}.weight"), &weight.shape, &weight.values);
        let bias = self.graph.floats(&format!("{name}.bias"), &bias.shape, &bias.values);
        let attributes = [
            ("kernel_shape", Value::Ints(vec![3])),
            ("pads", Value::Ints(vec![1, 1])),
            ("strides", Value::Ints(vec![stride])),
        ];
        let y = self.graph.one("Conv", "", name, &[x, &weight, &bias], &attributes);
        Ok(self.graph.one("Gelu", MICROSOFT, &format!("{name}.gelu"), &[&y], &[]))
    }

    /// Adds the embeddings of as many places as there are.
    fn encoder_places(&mut self, x: &str) -> Result<String, String> {
        let places = self.source.array("encoder/position_encodings/encodings")?;
        let shape = [1, places.values.len() / self.width, self.width];
        self.graph.floats("places", &shape, &places.values);
        self.graph.integers("from", &[0]);
        self.graph.integers("axis", &[1]);
        let range = [("start", Value::Int(1)), ("end", Value::Int(2))];
        let count = self.graph.one("Shape", "", "count", &[x], &range);
        let used = self.graph.one("Slice", "", "places.used", &["places", "from", &count, "axis"], &[]);
        Ok(self.graph.one("Add", "", "placed", &[x, &used], &[]))
    }

    /// What each layer of the decoder attends to: keys `ck0`… transposed and scaled already, values `cv0`….
    fn keys_and_values(&mut self, y: &str) -> Result<(), String> {
        let heads = self.heads();
        self.graph.integers("by_heads", &[1, -1, whole(heads), whole(HEAD)]);
        for i in 0..self.source.layers("decoder") {
            let from = format!("decoder/layer_{i}/attention/linear_1");
            let (weight, bias) = self.weights(&from)?;
            let (mut key, mut key_bias) = (weight.part(0, 2), bias.part(0, 2));
            let scale = 1.0 / (HEAD as f32).sqrt();
            key.values.iter_mut().chain(&mut key_bias.values).for_each(|value| *value *= scale);
            let sides = [
                (format!("ck{i}"), key, key_bias, vec![0, 2, 3, 1]),
                (format!("cv{i}"), weight.part(1, 2), bias.part(1, 2), vec![0, 2, 1, 3]),
            ];
            for (name, weight, bias, order) in sides {
                let z = self.product(y, &format!("{name}/linear"), &weight, Some(&bias))?;
                let z = self.graph.one("Reshape", "", &format!("{name}/by_heads"), &[&z, "by_heads"], &[]);
                self.graph.one("Transpose", "", &name, &[&z], &[("perm", Value::Ints(order))]);
                self.graph.output(&name, Kind::Float, &crossed(heads, name.starts_with("ck")));
            }
        }
        Ok(())
    }

    fn decoder(mut self) -> Result<Vec<u8>, String> {
        let heads = self.heads();
        self.graph.input("tokens", Kind::Int64, &[Axis::Of(1), Axis::Any("tokens")]);
        self.graph.input("places", Kind::Int64, &[Axis::Of(1), Axis::Any("tokens")]);
        self.graph.input("rows", Kind::Int64, &[Axis::Any("rows")]);
        let embeddings = self.source.array("decoder/embeddings/weight")?;
        let mut x = self.embedded(&embeddings)?;
        let mut y = self.norm(&x, "decoder/layer_0/self_attention/layer_norm")?;
        self.graph.integers("thirds", &[whole(self.width); 3]);
        self.graph.integers("by_heads", &[1, -1, whole(heads), whole(HEAD)]);
        self.graph.integers("joined", &[1, -1, whole(self.width)]);
        let layers = self.source.layers("decoder");
        for i in 0..layers {
            let layer = format!("decoder/layer_{i}");
            let said = self.self_attention(&y, i, &layer)?;
            (x, y) = self.added(&x, &said, &format!("{layer}/attention/layer_norm"))?;
            let heard = self.cross_attention(&y, i, &layer)?;
            (x, y) = self.added(&x, &heard, &format!("{layer}/ffn/layer_norm"))?;
            let thought = self.feed_forward(&y, &layer)?;
            let next = match i + 1 {
                last if last == layers => "decoder/layer_norm".to_owned(),
                next => format!("decoder/layer_{next}/self_attention/layer_norm"),
            };
            (x, y) = self.added(&x, &thought, &next)?;
        }
        let y = self.graph.one("Gather", "", "asked", &[&y, "rows"], &[("axis", Value::Int(1))]);
        let scores = self.product(&y, "scores", &embeddings, None)?;
        self.graph.output(
            &scores,
            Kind::Float,
            &[Axis::Of(1), Axis::Any("rows"), Axis::Of(embeddings.shape[0] as u64)],
        );
        Ok(self.graph.file("decoder"))
    }

    /// Tokens as vectors: a row of bytes with its scale, plus the place's embedding.
    fn embedded(&mut self, embeddings: &Array) -> Result<String, String> {
        let [count, width] = embeddings.shape[..] else { return Err("embeddings are not a table".into()) };
        let (rows, scales) = quantised(embeddings, width)?;
        self.graph.bytes("embeddings", &[count, width], &rows);
        self.graph.floats("embeddings.scale", &[count, 1], &scales);
        let row = self.graph.one("Gather", "", "token.row", &["embeddings", "tokens"], &[]);
        let row = self.graph.one("Cast", "", "token.floats", &[&row], &[("to", Value::Int(Kind::Float as i64))]);
        let scale = self.graph.one("Gather", "", "token.scale", &["embeddings.scale", "tokens"], &[]);
        let token = self.graph.one("Mul", "", "token", &[&row, &scale], &[]);
        let places = self.source.array("decoder/position_encodings/encodings")?;
        self.graph.floats("embeddings.place", &places.shape, &places.values);
        let place = self.graph.one("Gather", "", "place", &["embeddings.place", "places"], &[]);
        Ok(self.graph.one("Add", "", "placed", &[&token, &place], &[]))
    }

    /// Each token looks at those before it, whose keys and values `pk0`, `pv0`… came with it and leave longer as `nk0`, `nv0`….
    fn self_attention(&mut self, y: &str, index: usize, layer: &str) -> Result<String, String> {
        let heads = self.heads();
        for (name, earlier) in [("pk", true), ("pv", true), ("nk", false), ("nv", false)] {
            let axes = [
                Axis::Of(1),
                Axis::Of(heads as u64),
                Axis::Any(if earlier { "earlier" } else { "so_far" }),
                Axis::Of(HEAD as u64),
            ];
            let name = format!("{name}{index}");
            if earlier {
                self.graph.input(&name, Kind::Float, &axes);
            } else {
                self.graph.output(&name, Kind::Float, &axes);
            }
        }
        let [query, key, value] = self.thirds(y, layer)?;
        let attended = format!("{layer}/attended");
        self.graph.many(
            "MultiHeadAttention",
            MICROSOFT,
            &[&attended, &format!("nk{index}"), &format!("nv{index}")],
            &[&query, &key, &value, "", "", "", &format!("pk{index}"), &format!("pv{index}")],
            &[("num_heads", Value::Int(whole(heads))), ("unidirectional", Value::Int(1))],
        );
        self.linear(&attended, &format!("{layer}/self_attention/linear_1"))
    }

    /// Each token looks at the whole clip.
    fn cross_attention(&mut self, y: &str, index: usize, layer: &str) -> Result<String, String> {
        let (key, value) = (format!("ck{index}"), format!("cv{index}"));
        let heads = self.heads();
        self.graph.input(&key, Kind::Float, &crossed(heads, true));
        self.graph.input(&value, Kind::Float, &crossed(heads, false));
        let swap = || [("perm", Value::Ints(vec![0, 2, 1, 3]))];
        let name = |part: &str| format!("{layer}/heard/{part}");
        let query = self.linear(y, &format!("{layer}/attention/linear_0"))?;
        let query = self.graph.one("Reshape", "", &name("query"), &[&query, "by_heads"], &[]);
        let query = self.graph.one("Transpose", "", &name("queries"), &[&query], &swap());
        let match_of = self.graph.one("MatMul", "", &name("matches"), &[&query, &key], &[]);
        let weights = self.graph.one("Softmax", "", &name("weights"), &[&match_of], &[("axis", Value::Int(-1))]);
        let heard = self.graph.one("MatMul", "", &name("values"), &[&weights, &value], &[]);
        let heard = self.graph.one("Transpose", "", &name("by_place"), &[&heard], &swap());
        let heard = self.graph.one("Reshape", "", &name("joined"), &[&heard, "joined"], &[]);
        self.linear(&heard, &format!("{layer}/attention/linear_2"))
    }

    /// Queries, keys and values of a layer's attention to its own side.
    fn thirds(&mut self, y: &str, layer: &str) -> Result<[String; 3], String> {
        let all = self.linear(y, &format!("{layer}/self_attention/linear_0"))?;
        let parts = ["query", "key", "value"].map(|part| format!("{layer}/{part}"));
        let names: Vec<&str> = parts.iter().map(String::as_str).collect();
        self.graph.many("Split", "", &names, &[&all, "thirds"], &[("axis", Value::Int(2))]);
        Ok(parts)
    }

    fn feed_forward(&mut self, y: &str, layer: &str) -> Result<String, String> {
        let wide = self.linear(y, &format!("{layer}/ffn/linear_0"))?;
        let wide = self.graph.one("Gelu", MICROSOFT, &format!("{layer}/ffn/gelu"), &[&wide], &[]);
        self.linear(&wide, &format!("{layer}/ffn/linear_1"))
    }

    /// The sum of two values, and the same normalised.
    fn added(&mut self, x: &str, y: &str, norm: &str) -> Result<(String, String), String> {
        let sum = self.graph.one("Add", "", &format!("{norm}/sum"), &[x, y], &[]);
        let normed = self.norm(&sum, norm)?;
        Ok((sum, normed))
    }

    fn norm(&mut self, x: &str, name: &str) -> Result<String, String> {
        let (gamma, beta) = (self.source.array(&format!("{name}/gamma"))?, self.source.array(&format!("{name}/beta"))?);
        let gamma = self.graph.floats(&format!("{name}.gamma"), &gamma.shape, &gamma.values);
        let beta = self.graph.floats(&format!("{name}.beta"), &beta.shape, &beta.values);
        let attributes = [("axis", Value::Int(-1)), ("epsilon", Value::Float(EPSILON))];
        Ok(self.graph.one("LayerNormalization", "", name, &[x, &gamma, &beta], &attributes))
    }

    fn weights(&self, name: &str) -> Result<(Array, Array), String> {
        Ok((self.source.array(&format!("{name}/weight"))?, self.source.array(&format!("{name}/bias"))?))
    }

    fn linear(&mut self, x: &str, name: &str) -> Result<String, String> {
        let (weight, bias) = self.weights(name)?;
        self.product(x, name, &weight, Some(&bias))
    }

    /// A product with 8-bit weights, a row of which makes one output, plus a bias.
    fn product(&mut self, x: &str, name: &str, weight: &Array, bias: Option<&Array>) -> Result<String, String> {
        let [outputs, inputs] = weight.shape[..] else { return Err(format!("{name} is not a table")) };
        let (rows, scales) = quantised(weight, inputs)?;
        let columns: Vec<i8> = (0..inputs).flat_map(|column| rows[column..].iter().step_by(inputs).copied()).collect();
        let weight = self.graph.bytes(&format!("{name}.weight"), &[inputs, outputs], &columns);
        let scale = self.graph.floats(&format!("{name}.scale"), &[outputs], &scales);
        let zero = self.graph.bytes(&format!("{name}.zero"), &[outputs], &vec![0; outputs]);
        let bias = bias.map(|bias| self.graph.floats(&format!("{name}.bias"), &bias.shape, &bias.values));
        let mut operands = vec![x, &weight, &scale, &zero];
        operands.extend(bias.as_deref());
        Ok(self.graph.one("DynamicQuantizeMatMul", MICROSOFT, name, &operands, &[]))
    }
}

/// The axes of what the decoder attends to: keys are transposed.
fn crossed(heads: usize, key: bool) -> [Axis; 4] {
    let (heads, head, places) = (Axis::Of(heads as u64), Axis::Of(HEAD as u64), Axis::Any("places"));
    if key { [Axis::Of(1), heads, head, places] } else { [Axis::Of(1), heads, places, head] }
}

/// A size as the graph's integers are written.
fn whole(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

/// Rows of signed bytes and a scale for each.
fn quantised(array: &Array, width: usize) -> Result<(Vec<i8>, Vec<f32>), String> {
    if width == 0 || array.values.iter().any(|value| !value.is_finite()) {
        return Err("weights that are no numbers".into());
    }
    let mut bytes = Vec::with_capacity(array.values.len());
    let mut scales = Vec::with_capacity(array.values.len() / width);
    for row in array.values.chunks_exact(width) {
        let largest = row.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
        let scale = if largest == 0.0 { 1.0 } else { largest / WEIGHT_MAX };
        #[expect(clippy::cast_possible_truncation, reason = "the scale keeps it within ±127")]
        bytes.extend(row.iter().map(|value| (value / scale).round() as i8));
        scales.push(scale);
    }
    Ok((bytes, scales))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_keeps_its_values_within_half_a_step_of_its_own_scale() {
        let values: Vec<f32> = (0..16_u8).map(|i| (f32::from(i) - 7.5) * if i < 8 { 0.01 } else { 3.0 }).collect();
        let (bytes, scales) = quantised(&Array { shape: vec![2, 8], values: values.clone() }, 8).expect("numbers");
        for (i, (value, byte)) in values.iter().zip(&bytes).enumerate() {
            let scale = scales[i / 8];
            assert!((value - f32::from(*byte) * scale).abs() <= scale * 0.501, "{value} became {byte}");
        }
        assert!(scales[0] * 50.0 < scales[1], "a row of small weights is not drowned by another of large ones");
    }

    #[test]
    fn words_are_listed_as_bytes_and_special_ones_as_they_are_spelled() {
        let file = words("!\nĠhi\n<|endoftext|>\n<|en|>\n").expect("a list");
        let expected: Vec<u8> = [
            &4_u32.to_le_bytes()[..],
            &1_u32.to_le_bytes(),
            b"!",
            &3_u32.to_le_bytes(),
            b" hi",
            &13_u32.to_le_bytes(),
            b"<|endoftext|>",
            &6_u32.to_le_bytes(),
            b"<|en|>",
        ]
        .concat();
        assert_eq!(file, expected);
        assert!(words("no end").is_err());
    }

    #[test]
    fn a_foreign_file_is_an_error() {
        assert!(encoder(&[1, 2, 3]).is_err());
        assert!(decoder(&[]).is_err());
    }
}
