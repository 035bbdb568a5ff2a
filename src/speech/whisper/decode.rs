//! One worker's ear: whisper.cpp runs once over a stretch of audio.
//!
//! Greedy, one temperature, the language pinned, timestamps on, non-speech labels kept (they are how the model says
//! "noise"), the encoder's context cut to the clip.
//!
//! Invariant: `set_language` leaks its string, so parameters are built once per worker and language, then cloned.

use crate::speech::SpeechError;
use crate::speech::filter::Evidence;
use crate::speech::recogniser::recipe::Piece;
use crate::speech::recogniser::{Engine, Look, Pass, warmed};
use std::collections::BTreeMap;
use std::sync::Arc;
use whisper_rs::{FullParams, SamplingStrategy, WhisperContext, WhisperError, WhisperState, WhisperTokenId};

/// Tokens of a glossary at most: half the prompt's window would already push the clip's own words out.
const GLOSSARY_TOKENS_MAX: usize = 64;
/// More positions when a glossary is given, which otherwise makes the model skip words.
const CONTEXT_MARGIN_GLOSSARY: f32 = 192.0;

/// A model state and the parameters to run it with.
pub(super) struct Listener {
    context: Arc<WhisperContext>,
    state: WhisperState,
    parameters: BTreeMap<&'static str, FullParams<'static, 'static>>,
    end_of_text: WhisperTokenId,
    threads_alone: usize,
}

impl Engine for Listener {
    fn glossary_margin(&self, glossary: &[String]) -> f32 {
        if glossary.is_empty() { 0.0 } else { CONTEXT_MARGIN_GLOSSARY }
    }

    fn look(&mut self, look: &Look<'_>, _given_up: &dyn Fn() -> bool) -> Result<Pass, SpeechError> {
        let prompt = self.prompt(look.glossary);
        let mut parameters: FullParams<'static, '_> = self.parameters(look.language)?.clone();
        parameters.set_n_threads(c_int(if look.wide { self.threads_alone } else { 1 }));
        parameters.set_audio_ctx(c_int(look.positions));
        parameters.set_max_tokens(c_int(look.token_cap));
        if !prompt.is_empty() {
            parameters.set_tokens(&prompt);
        }
        self.state.full(parameters, look.audio).map_err(failed)?;
        Ok(self.read(look))
    }
}

impl Listener {
    /// Makes a state and runs it once, so that memory is touched and kernels are chosen before the first caller.
    pub(super) fn warmed(context: Arc<WhisperContext>, threads_alone: usize) -> Result<Self, SpeechError> {
        let state = context.create_state().map_err(failed)?;
        let end_of_text = context.token_eot();
        warmed(Self { context, state, parameters: BTreeMap::new(), end_of_text, threads_alone })
    }

    /// Reads the words of the last run out of the state.
    fn read(&self, look: &Look<'_>) -> Pass {
        let (mut all_tokens, mut no_speech) = (0, 0.0_f32);
        let mut tokens = Vec::new();
        for segment in self.state.as_iter() {
            no_speech = no_speech.max(segment.no_speech_probability());
            for token in (0..segment.n_tokens()).filter_map(|index| segment.get_token(index)) {
                all_tokens += 1;
                let data = token.token_data();
                if let Ok(bytes) = token.to_bytes()
                    && data.id < self.end_of_text
                {
                    tokens.push((bytes.to_vec(), data));
                }
            }
        }
        let pieces = tokens.iter().map(|(bytes, data)| Piece {
            bytes,
            from_ms: centiseconds(data.t0),
            to_ms: centiseconds(data.t1),
            log_probability: data.plog,
        });
        let capped = all_tokens > look.token_cap;
        Pass::of(pieces, Evidence { mean_log_probability: 0.0, no_speech, seconds: look.seconds(), capped })
    }

    /// The parameters for a language, built on first use: see the module's invariant.
    fn parameters(&mut self, language: &'static str) -> Result<&FullParams<'static, 'static>, SpeechError> {
        if whisper_rs::get_lang_id(language).is_none() {
            return Err(SpeechError::Failed(format!("the recogniser does not know the language {language:?}")));
        }
        Ok(self.parameters.entry(language).or_insert_with(|| recipe(language)))
    }

    /// The glossary as tokens. Names that no longer fit are left out, last first.
    fn prompt(&self, glossary: &[String]) -> Vec<WhisperTokenId> {
        let mut tokens = Vec::new();
        let mut names = String::new();
        for name in glossary.iter().map(|name| name.trim()).filter(|name| !name.is_empty() && !name.contains('\0')) {
            names.push_str(if names.is_empty() { " " } else { ", " });
            names.push_str(name);
            match self.context.tokenize(&format!("{names}."), GLOSSARY_TOKENS_MAX) {
                Ok(fitting) => tokens = fitting,
                Err(_) => break,
            }
        }
        tokens
    }
}

/// What never changes between clips.
fn recipe(language: &'static str) -> FullParams<'static, 'static> {
    let mut parameters = FullParams::new(SamplingStrategy::Greedy { best_of: 1 });
    parameters.set_language(Some(language));
    parameters.set_translate(false);
    parameters.set_temperature(0.0);
    parameters.set_temperature_inc(0.0);
    parameters.set_no_context(true);
    parameters.set_single_segment(true);
    parameters.set_no_timestamps(false);
    parameters.set_token_timestamps(true);
    parameters.set_suppress_blank(true);
    parameters.set_suppress_nst(false);
    parameters.set_print_special(false);
    parameters.set_print_progress(false);
    parameters.set_print_realtime(false);
    parameters.set_print_timestamps(false);
    parameters
}

fn centiseconds(time: i64) -> u32 {
    u32::try_from(time.max(0) * 10).unwrap_or(u32::MAX)
}

fn c_int(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn failed(error: WhisperError) -> SpeechError {
    SpeechError::Failed(error.to_string())
}
