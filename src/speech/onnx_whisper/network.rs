//! The two networks: features in, what there is to attend to out; tokens in, scores of the next out.
//!
//! Knows tensors by name (as `models::whisper_onnx` wrote them), nothing of words or audio. Sessions are shared by all
//! workers and held for one run: one clip's token may be chosen while another's features are listened to.

use super::super::features::BANDS;
use super::super::onnx::Pool;
use super::super::recogniser::recipe::CONTEXT_FULL;
use super::SpeechError;
use ort::memory::Allocator;
use ort::session::{RunOptions, SessionInputValue, SessionOutputs};
use ort::value::{DynValue, Tensor};
use std::borrow::Cow;
use std::path::Path;

/// The network that listens.
const ENCODER: &str = "whisper-base-int8/encoder.onnx";
/// The network that writes.
const DECODER: &str = "whisper-base-int8/decoder.onnx";
/// Layers of the decoder at most: large has 32.
const LAYERS_MAX: usize = 32;
/// The shape of no keys or values yet: base has eight heads of 64.
const NOTHING_YET: [usize; 4] = [1, 8, 0, 64];
/// Looks with as many positions return their working memory to the machine: they are rare and take tens of megabytes.
const POSITIONS_TO_RETURN: usize = CONTEXT_FULL / 2;

/// The networks, opened.
pub(super) struct Network {
    encoders: Pool,
    decoders: Pool,
}

/// Named values, handed from one run to another.
type Values = Vec<(String, DynValue)>;

/// A clip as the decoder attends to it.
pub(super) struct Heard(Values);

/// The decoder's keys and values of the tokens so far.
pub(super) struct Said(Values);

impl Network {
    /// Opens `count` of each network, with `threads` threads each.
    pub(super) fn open(dir: &Path, count: usize, threads: usize) -> Result<Self, SpeechError> {
        Ok(Self {
            encoders: Pool::open_wide(dir, ENCODER, count, threads)?,
            decoders: Pool::open_wide(dir, DECODER, count, threads)?,
        })
    }

    /// Listens to features: `BANDS` rows of two frames for each of `positions`.
    pub(super) fn listen(&self, features: Vec<f32>, positions: usize) -> Result<Heard, SpeechError> {
        let features = Tensor::from_array(([1, BANDS, 2 * positions], features)).map_err(failed)?;
        let mut options = RunOptions::new().map_err(failed)?;
        if positions >= POSITIONS_TO_RETURN {
            options.set("memory.enable_memory_arena_shrinkage", "cpu:0").map_err(failed)?;
        }
        self.encoders.with(|session| {
            let mut outputs = session.run_with_options(ort::inputs!["mel" => features], &options).map_err(failed)?;
            take(&mut outputs, ["ck", "cv"], "").map(Heard)
        })
    }

    /// Reads `tokens`, the first of which stands at `place`, after what was said so far. Gives the scores of what follows
    /// each of `rows` (places among `tokens`), one after the other, and what has been said now.
    pub(super) fn write(
        &self,
        heard: &Heard,
        said: &Said,
        tokens: &[u32],
        place: usize,
        rows: &[usize],
    ) -> Result<(Vec<f32>, Said), SpeechError> {
        let count = tokens.len();
        let places: Vec<i64> = (place..place + count).map(whole).collect();
        let tokens: Vec<i64> = tokens.iter().map(|&token| i64::from(token)).collect();
        let rows: Vec<i64> = rows.iter().map(|&row| whole(row)).collect();
        let mut inputs: Vec<(Cow<'_, str>, SessionInputValue<'_>)> = vec![
            ("tokens".into(), Tensor::from_array(([1, count], tokens)).map_err(failed)?.into()),
            ("places".into(), Tensor::from_array(([1, count], places)).map_err(failed)?.into()),
            ("rows".into(), Tensor::from_array(([rows.len()], rows)).map_err(failed)?.into()),
        ];
        let carried = heard.0.iter().chain(&said.0);
        inputs.extend(carried.map(|(name, value)| (Cow::from(name.as_str()), SessionInputValue::from(value))));
        self.decoders.with(|session| {
            let mut outputs = session.run(inputs).map_err(failed)?;
            let scores = outputs.remove("scores").ok_or_else(|| SpeechError::Failed("no scores".into()))?;
            let scores = scores.try_extract_tensor::<f32>().map_err(failed)?.1.to_vec();
            Ok((scores, Said(take(&mut outputs, ["nk", "nv"], "p")?)))
        })
    }
}

impl Said {
    /// Nothing yet, for a decoder as deep as what was heard is for.
    pub(super) fn nothing(heard: &Heard) -> Result<Self, SpeechError> {
        let name = |index: usize| format!("p{}{}", if index.is_multiple_of(2) { "k" } else { "v" }, index / 2);
        let empty = || Tensor::<f32>::new(&Allocator::default(), NOTHING_YET).map_err(failed);
        let values = (0..heard.0.len()).map(|index| Ok((name(index), empty()?.into_dyn())));
        values.collect::<Result<_, SpeechError>>().map(Self)
    }
}

/// Takes the values of all layers out of a run's results. With `renamed`, their names begin with it instead of "n".
fn take(outputs: &mut SessionOutputs<'_>, kinds: [&str; 2], renamed: &str) -> Result<Values, SpeechError> {
    let mut values = Vec::with_capacity(outputs.len());
    for layer in 0..LAYERS_MAX {
        for kind in kinds {
            let name = format!("{kind}{layer}");
            let Some(value) = outputs.remove(&name) else {
                return if values.is_empty() { Err(SpeechError::Failed(format!("no {name}"))) } else { Ok(values) };
            };
            values.push((if renamed.is_empty() { name } else { name.replacen('n', renamed, 1) }, value));
        }
    }
    Ok(values)
}

fn whole(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[expect(clippy::needless_pass_by_value, reason = "handed to map_err")]
fn failed(error: ort::Error) -> SpeechError {
    SpeechError::Failed(error.to_string())
}
