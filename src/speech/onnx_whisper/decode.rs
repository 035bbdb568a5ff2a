//! One worker's ear: a stretch of audio becomes tokens, one after the other, and tokens become words.
//!
//! Greedy, the language pinned, timestamps on, non-speech labels kept (they are how the model says "noise"). That a clip begins
//! at its beginning is given, not asked for: it saves a step, and fewer words are wrong (`benches/RESULTS.md`).
//!
//! Invariant: at most the look's cap of tokens are written, and none after it was given up.

use super::SpeechError;
use super::network::{Network, Said};
use super::rules::{self, Choice};
use super::tokens::Tokens;
use crate::speech::features::Features;
use crate::speech::filter::{self, Evidence};
use crate::speech::recogniser::recipe::Piece;
use crate::speech::recogniser::{Engine, Look, Pass, warmed};
use std::sync::Arc;

/// Tokens of a glossary at most: half the prompt's window would already push the clip's own words out.
const GLOSSARY_TOKENS_MAX: usize = 64;
/// Milliseconds of a step of time.
const TIME_STEP_MS: u32 = 20;
/// A time this near the clip's end says that all has been written: the end need not be asked for.
const END_SECONDS: f32 = 0.1;

/// The shared models, and what a worker needs beside them.
pub(super) struct Listener {
    network: Arc<Network>,
    tokens: Arc<Tokens>,
    features: Features,
}

impl Engine for Listener {
    fn look(&mut self, look: &Look<'_>, given_up: &dyn Fn() -> bool) -> Result<Pass, SpeechError> {
        let special = self.tokens.special;
        let language = self.tokens.language(look.language).ok_or_else(|| {
            SpeechError::Failed(format!("the recogniser does not know the language {:?}", look.language))
        })?;
        let features = self.features.whisper(look.audio, 2 * look.positions);
        let heard = self.network.listen(features, look.positions)?;
        let mut prompt = self.prompt(look.glossary);
        let start = prompt.len();
        prompt.extend([special.start, language, special.transcribe, special.first_time]);
        let (mut said, mut place) = (Said::nothing(&heard)?, 0);
        let (mut next, mut rows) = (prompt, vec![start, start + 3]);
        let (mut written, mut choices) = (vec![special.first_time], Vec::new());
        let mut evidence = Evidence { seconds: look.seconds(), ..Evidence::default() };
        while !given_up() {
            let (mut scores, longer) = self.network.write(&heard, &said, &next, place, &rows)?;
            let row = scores.len() / rows.len();
            if rows.len() > 1 {
                evidence.no_speech = rules::probability(&scores[..row], special.no_speech);
            }
            let last = scores.len() - row;
            let choice = rules::choose(&mut scores[last..], &written, &special);
            if choice.token == special.end {
                break;
            }
            written.push(choice.token);
            choices.push(choice);
            evidence.capped = written.len() > look.token_cap;
            if evidence.capped || self.reaches_end(&written, look.seconds()) {
                break;
            }
            (said, place) = (longer, place + next.len());
            (next, rows) = (vec![choice.token], vec![0]);
        }
        let pass = Pass::of(self.timed(&choices, look.seconds()), evidence);
        if !(look.last && evidence.capped && filter::figures_only(&pass.text)) {
            return Ok(pass);
        }
        Ok(rules::nearest_end(&choices).map_or(pass, |end| {
            evidence.capped = false;
            Pass::of(self.timed(&choices[..end], look.seconds()), evidence)
        }))
    }
}

impl Listener {
    /// Runs the models once, so that memory is touched and kernels are chosen before the first caller.
    pub(super) fn warmed(network: Arc<Network>, tokens: Arc<Tokens>) -> Result<Self, SpeechError> {
        warmed(Self { network, tokens, features: Features::default() })
    }

    /// The glossary as tokens. Names that no longer fit are left out, last first.
    fn prompt(&self, glossary: &[String]) -> Vec<u32> {
        let mut prompt = Vec::new();
        let mut names = String::new();
        for name in glossary.iter().map(|name| name.trim()).filter(|name| !name.is_empty()) {
            names.push_str(if names.is_empty() { " " } else { ", " });
            names.push_str(name);
            let tokens = self.tokens.encode(&format!("{names}."));
            if tokens.len() > GLOSSARY_TOKENS_MAX {
                break;
            }
            prompt = vec![self.tokens.special.previous];
            prompt.extend(tokens);
        }
        prompt
    }

    /// Whether the last token is a time at the clip's end.
    fn reaches_end(&self, written: &[u32], seconds: f32) -> bool {
        let last = written.last().copied().and_then(|token| self.time_ms(token));
        written.len() > 1 && last.is_some_and(|ms| ms as f32 / 1e3 >= seconds - END_SECONDS)
    }

    fn time_ms(&self, token: u32) -> Option<u32> {
        token.checked_sub(self.tokens.special.first_time).map(|steps| steps * TIME_STEP_MS)
    }

    /// The tokens of words with times: those of their segment, shared out by their lengths.
    fn timed(&self, choices: &[Choice], seconds: f32) -> Vec<Piece<'_>> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a clip is seconds long")]
        let clip_ms = (seconds * 1e3) as u32;
        let mut pieces: Vec<Piece<'_>> = Vec::new();
        let (mut from_ms, mut segment) = (0, 0);
        for choice in choices {
            let Some(time_ms) = self.time_ms(choice.token).map(|ms| ms.min(clip_ms)) else {
                let bytes = self.tokens.bytes(choice.token);
                pieces.push(Piece { bytes, from_ms, to_ms: clip_ms, log_probability: choice.log_probability });
                continue;
            };
            share_out(&mut pieces[segment..], from_ms, time_ms);
            (from_ms, segment) = (time_ms, pieces.len());
        }
        share_out(&mut pieces[segment..], from_ms, clip_ms);
        pieces
    }
}

/// Gives the pieces of a segment their share of its time.
fn share_out(pieces: &mut [Piece<'_>], from_ms: u32, to_ms: u32) {
    let total: usize = pieces.iter().map(|piece| piece.bytes.len()).sum();
    let length_ms = to_ms.saturating_sub(from_ms) as usize;
    let mut passed = 0;
    let at =
        |passed: usize| from_ms.saturating_add(u32::try_from(length_ms * passed / total.max(1)).unwrap_or(u32::MAX));
    for piece in pieces {
        piece.from_ms = at(passed);
        passed += piece.bytes.len();
        piece.to_ms = at(passed);
    }
}
