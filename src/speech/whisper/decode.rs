//! One worker's ear: a clip becomes words by the measured recipe.
//!
//! Greedy, one temperature, the language pinned, timestamps on, non-speech labels kept (they are how the model says
//! "noise"), the encoder's context cut to the clip. A cut context is only safe with timestamp tokens: without them the
//! model runs away. A result that repeats itself or that the model does not believe is decoded once more, uncut.
//!
//! Invariant: `set_language` leaks its string, so parameters are built once per worker and language, then cloned.

use crate::audio::{LISTENING_HZ, Pcm};
use crate::speech::filter::{self, Evidence, Verdict};
use crate::speech::{Clip, SpeechError, Transcript, Word};
use std::collections::BTreeMap;
use std::sync::Arc;
use whisper_rs::{FullParams, SamplingStrategy, WhisperContext, WhisperError, WhisperState, WhisperTokenId};

/// Encoder positions per second of audio.
const POSITIONS_PER_SECOND: f32 = 50.0;
/// Positions beyond the clip: fewer lose words, more only cost time.
const CONTEXT_MARGIN: f32 = 128.0;
/// More positions when a glossary is given, which otherwise makes the model skip words.
const CONTEXT_MARGIN_GLOSSARY: f32 = 192.0;
/// Contexts are a multiple of this: the matrix kernels are faster so.
const CONTEXT_STEP: usize = 64;
/// The whole context, rounded to the step (the model's own 1500 is slower).
const CONTEXT_FULL: usize = 1472;
/// Tokens allowed beside those of the clip's length: timestamps, the end and a short answer.
const TOKENS_BASE: f32 = 8.0;
/// Tokens a fast speaker makes in a second.
const TOKENS_PER_SECOND: f32 = 6.0;
/// Tokens of a glossary at most: half the prompt's window would already push the clip's own words out.
const GLOSSARY_TOKENS_MAX: usize = 64;
/// A clip shorter than this is padded with silence: the model was never shown less.
const CLIP_SECONDS_MIN: f32 = 1.0;
/// A piece decoded at once; what is longer is cut at its quietest place. The model's window is 29.4 s.
const PIECE_SECONDS_MAX: f32 = 24.0;
/// No cut before this, so that pieces stay long enough to make sense.
const PIECE_SECONDS_MIN: f32 = 14.0;
/// The longest clip: a caller who talks on longer is heard from here back.
const CLIP_SECONDS_MAX: f32 = 120.0;
/// Root mean square below which a clip is line silence and no model is asked: −66 dBFS, two steps of µ-law.
const SILENCE_RMS: f32 = 0.0005;

/// A model state and the parameters to run it with.
pub(super) struct Listener {
    context: Arc<WhisperContext>,
    state: WhisperState,
    parameters: BTreeMap<&'static str, FullParams<'static, 'static>>,
    end_of_text: WhisperTokenId,
}

/// One decoding of one piece.
#[derive(Default)]
struct Pass {
    text: String,
    words: Vec<Word>,
    tokens: usize,
    log_probability: f32,
    evidence: Evidence,
}

impl Listener {
    /// Makes a state and runs it once, so that memory is touched and kernels are chosen before the first caller.
    pub(super) fn warmed(context: Arc<WhisperContext>) -> Result<Self, SpeechError> {
        let state = context.create_state().map_err(failed)?;
        let end_of_text = context.token_eot();
        let mut listener = Self { context, state, parameters: BTreeMap::new(), end_of_text };
        let second = vec![0.0; seconds_to_samples(CLIP_SECONDS_MIN)];
        listener.pass(&second, "en", &[], context_positions(CLIP_SECONDS_MIN, false), 1)?;
        Ok(listener)
    }

    /// The words of a clip. `given_up` is asked between passes.
    pub(super) fn hear(
        &mut self,
        clip: &Clip,
        threads: usize,
        given_up: &dyn Fn() -> bool,
    ) -> Result<Transcript, SpeechError> {
        let prompt = self.prompt(&clip.glossary);
        let mut whole = Transcript::default();
        let (mut tokens, mut log_probability) = (0, 0.0);
        for (start, piece) in pieces(&clip.audio) {
            if given_up() {
                break;
            }
            let heard = self.hear_piece(piece, clip.language, &prompt, threads, given_up)?;
            if heard.text.is_empty() {
                continue;
            }
            if !whole.text.is_empty() {
                whole.text.push(' ');
            }
            whole.text.push_str(&heard.text);
            let offset_ms = milliseconds(start);
            whole.words.extend(heard.words.into_iter().map(|word| Word {
                from_ms: word.from_ms + offset_ms,
                to_ms: word.to_ms + offset_ms,
                ..word
            }));
            tokens += heard.tokens;
            log_probability += heard.log_probability;
        }
        if tokens > 0 {
            whole.confidence = (log_probability / tokens as f32).exp().clamp(0.0, 1.0);
        }
        Ok(whole)
    }

    /// One piece: a pass at the cut context, and one more uncut where the first cannot be believed.
    fn hear_piece(
        &mut self,
        piece: &[f32],
        language: &'static str,
        prompt: &[WhisperTokenId],
        threads: usize,
        given_up: &dyn Fn() -> bool,
    ) -> Result<Pass, SpeechError> {
        if rms(piece) < SILENCE_RMS {
            return Ok(Pass::default());
        }
        let mut audio = piece.to_vec();
        audio.resize(audio.len().max(seconds_to_samples(CLIP_SECONDS_MIN)), 0.0);
        let seconds = audio.len() as f32 / LISTENING_HZ as f32;
        let positions = context_positions(seconds, !prompt.is_empty());
        let first = self.pass(&audio, language, prompt, positions, threads)?;
        let doubt = match filter::judge(&first.text, language, &first.evidence) {
            Verdict::Words(text) if !first.evidence.capped => return Ok(first.with_text(text)),
            Verdict::Noise(reason) => {
                tracing::debug!(reason, "heard noise");
                return Ok(Pass::default());
            }
            Verdict::Words(_) => "cut off by the token cap",
            Verdict::Doubtful(reason) => reason,
        };
        if given_up() {
            return Ok(Pass::default());
        }
        tracing::debug!(doubt, "listening once more, uncut");
        // The glossary is left out: it is what a runaway most likely repeats.
        let second = self.pass(&audio, language, &[], CONTEXT_FULL, threads)?;
        match filter::judge(&second.text, language, &second.evidence) {
            Verdict::Words(text) => Ok(second.with_text(text)),
            Verdict::Noise(reason) | Verdict::Doubtful(reason) => {
                tracing::debug!(reason, "heard nothing to be believed");
                Ok(Pass::default())
            }
        }
    }

    /// Runs the model once.
    fn pass(
        &mut self,
        audio: &[f32],
        language: &'static str,
        prompt: &[WhisperTokenId],
        positions: usize,
        threads: usize,
    ) -> Result<Pass, SpeechError> {
        let seconds = audio.len() as f32 / LISTENING_HZ as f32;
        let cap = token_cap(seconds);
        let mut parameters: FullParams<'static, '_> = self.parameters(language)?.clone();
        parameters.set_n_threads(c_int(threads));
        parameters.set_audio_ctx(c_int(positions));
        parameters.set_max_tokens(c_int(cap));
        if !prompt.is_empty() {
            parameters.set_tokens(prompt);
        }
        self.state.full(parameters, audio).map_err(failed)?;
        Ok(self.read(seconds, cap))
    }

    /// Reads the words of the last run out of the state.
    fn read(&self, seconds: f32, cap: usize) -> Pass {
        let mut pass = Pass::default();
        let mut pieces: Vec<(Vec<u8>, u32, u32, f32)> = Vec::new();
        let (mut all_tokens, mut no_speech) = (0, 0.0_f32);
        for segment in self.state.as_iter() {
            no_speech = no_speech.max(segment.no_speech_probability());
            for token in (0..segment.n_tokens()).filter_map(|index| segment.get_token(index)) {
                all_tokens += 1;
                let data = token.token_data();
                if data.id >= self.end_of_text {
                    continue;
                }
                let Ok(bytes) = token.to_bytes() else { continue };
                pass.tokens += 1;
                pass.log_probability += data.plog;
                let (from_ms, to_ms) = (centiseconds(data.t0), centiseconds(data.t1));
                match pieces.last_mut() {
                    // A word's tokens after the first have no leading space.
                    Some((word, _, end, log)) if bytes.first() != Some(&b' ') => {
                        word.extend_from_slice(bytes);
                        (*end, *log) = (to_ms.max(*end), log.min(data.plog));
                    }
                    _ => pieces.push((bytes.to_vec(), from_ms, to_ms.max(from_ms), data.plog)),
                }
            }
        }
        pass.words = pieces.into_iter().filter_map(word).collect();
        pass.text = pass.words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
        let mean_log_probability = if pass.tokens == 0 { 0.0 } else { pass.log_probability / pass.tokens as f32 };
        pass.evidence = Evidence { mean_log_probability, no_speech, seconds, capped: all_tokens > cap };
        pass
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

impl Pass {
    /// The same pass with its text cleaned. Words are kept only where cleaning changed nothing: their times are a bonus.
    fn with_text(mut self, text: String) -> Self {
        if text != self.text {
            self.words.clear();
        }
        self.text = text;
        self
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

/// Encoder positions for a clip of this length.
fn context_positions(seconds: f32, glossary: bool) -> usize {
    let margin = CONTEXT_MARGIN + if glossary { CONTEXT_MARGIN_GLOSSARY } else { 0.0 };
    let wanted = samples(seconds * POSITIONS_PER_SECOND + margin);
    wanted.next_multiple_of(CONTEXT_STEP).min(CONTEXT_FULL)
}

/// Tokens allowed for a clip of this length.
fn token_cap(seconds: f32) -> usize {
    samples(TOKENS_BASE + TOKENS_PER_SECOND * seconds)
}

/// The clip in pieces the model can take whole, each with its first sample's place, cut where it is quietest.
fn pieces(audio: &Pcm<LISTENING_HZ>) -> Vec<(usize, &[f32])> {
    let skipped = audio.0.len().saturating_sub(seconds_to_samples(CLIP_SECONDS_MAX));
    let (mut start, mut rest) = (skipped, &audio.0[skipped..]);
    let mut pieces = Vec::new();
    while rest.len() > seconds_to_samples(PIECE_SECONDS_MAX) {
        let cut = quietest(rest, seconds_to_samples(PIECE_SECONDS_MIN), seconds_to_samples(PIECE_SECONDS_MAX));
        let (piece, after) = rest.split_at(cut);
        pieces.push((start, piece));
        (start, rest) = (start + cut, after);
    }
    pieces.push((start, rest));
    pieces
}

/// The middle of the quietest 200 ms between two places.
fn quietest(audio: &[f32], from: usize, until: usize) -> usize {
    let width = seconds_to_samples(0.2);
    (from..until.saturating_sub(width))
        .step_by(width / 4)
        .min_by(|&a, &b| rms(&audio[a..a + width]).total_cmp(&rms(&audio[b..b + width])))
        .map_or(until, |start| start + width / 2)
}

fn word((bytes, from_ms, to_ms, log): (Vec<u8>, u32, u32, f32)) -> Option<Word> {
    let text = String::from_utf8_lossy(&bytes).trim().to_owned();
    (!text.is_empty()).then(|| Word { text, from_ms, to_ms, confidence: log.exp().clamp(0.0, 1.0) })
}

fn rms(audio: &[f32]) -> f32 {
    if audio.is_empty() {
        return 0.0;
    }
    (audio.iter().map(|sample| sample * sample).sum::<f32>() / audio.len() as f32).sqrt()
}

fn seconds_to_samples(seconds: f32) -> usize {
    samples(seconds * LISTENING_HZ as f32)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clips are bounded; a float cast saturates"
)]
fn samples(count: f32) -> usize {
    count.ceil() as usize
}

fn milliseconds(samples: usize) -> u32 {
    u32::try_from(samples as u64 * 1_000 / u64::from(LISTENING_HZ)).unwrap_or(u32::MAX)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_context_follows_the_clip_in_steps_and_never_exceeds_the_whole() {
        assert_eq!(context_positions(1.0, false), 192);
        assert_eq!(context_positions(3.0, false), 320);
        assert_eq!(context_positions(3.0, true), 512);
        assert_eq!(context_positions(PIECE_SECONDS_MAX, true), CONTEXT_FULL);
        for tenths in 0_u8..=240 {
            let positions = context_positions(f32::from(tenths) / 10.0, tenths % 2 == 0);
            assert!(positions.is_multiple_of(CONTEXT_STEP) && positions <= CONTEXT_FULL);
        }
    }

    #[test]
    fn the_token_cap_grows_with_the_clip() {
        assert_eq!(token_cap(1.0), 14);
        assert_eq!(token_cap(10.0), 68);
    }

    #[test]
    fn a_long_clip_is_cut_in_silence_and_nothing_is_lost() {
        let mut audio = vec![0.3; seconds_to_samples(40.0)];
        audio[seconds_to_samples(18.0)..seconds_to_samples(18.5)].fill(0.0);
        let audio = Pcm(audio);
        let cut = pieces(&audio);
        assert_eq!(cut.len(), 2);
        assert!((seconds_to_samples(18.0)..seconds_to_samples(18.5)).contains(&cut[1].0));
        assert_eq!(cut.iter().map(|(_, piece)| piece.len()).sum::<usize>(), audio.0.len());
    }

    #[test]
    fn an_endless_clip_is_heard_from_its_end() {
        let audio = Pcm(vec![0.1; seconds_to_samples(CLIP_SECONDS_MAX + 60.0)]);
        let cut = pieces(&audio);
        assert_eq!(cut[0].0, seconds_to_samples(60.0));
        assert!(cut.iter().all(|(_, piece)| piece.len() <= seconds_to_samples(PIECE_SECONDS_MAX)));
    }

    #[test]
    fn an_empty_clip_is_one_empty_piece() {
        assert_eq!(pieces(&Pcm(Vec::new())), [(0, &[][..])]);
    }
}
