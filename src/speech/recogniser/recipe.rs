//! By what recipe a clip becomes words, whichever engine listens.
//!
//! A clip is cut into pieces the model can take whole. A piece is looked at with the encoder's context cut to its length;
//! a result that repeats itself, or that the model does not believe, is decoded once more, with more context. A cut context is only
//! safe with timestamp tokens: without them the model runs away.
//!
//! Invariant: a clip costs at most two looks a piece, and every look has a token cap by its length.

use super::Engine;
use crate::audio::{LISTENING_HZ, Pcm};
use crate::speech::filter::{self, Evidence, Verdict};
use crate::speech::{Clip, SpeechError, Transcript, Word};

/// Encoder positions per second of audio.
const POSITIONS_PER_SECOND: f32 = 50.0;
/// Positions beyond the clip: fewer lose words, more only cost time.
const CONTEXT_MARGIN: f32 = 128.0;
/// Contexts are a multiple of this, as the matrix kernels like it; with 64 a look took 10 to 20 ms longer, and heard no better.
const CONTEXT_STEP: usize = 16;
/// Positions of a second look at a short clip: with as many hardly a clip ran away when it was measured (figures did), and
/// no more errors were made than with the whole context, which takes twice the time and memory.
const CONTEXT_AGAIN: usize = 768;
/// The whole context, rounded to the step (the model's own 1500 is slower).
pub(in crate::speech) const CONTEXT_FULL: usize = 1472;
/// Tokens allowed beside those of the clip's length: timestamps, the end and a short answer.
const TOKENS_BASE: f32 = 8.0;
/// Tokens a fast speaker makes in a second.
const TOKENS_PER_SECOND: f32 = 6.0;
/// A clip shorter than this is padded with silence: the model was never shown less.
pub(in crate::speech) const CLIP_SECONDS_MIN: f32 = 1.0;
/// A piece decoded at once; what is longer is cut at its quietest place. The model's window is 29.4 s.
const PIECE_SECONDS_MAX: f32 = 24.0;
/// No cut before this, so that pieces stay long enough to make sense.
const PIECE_SECONDS_MIN: f32 = 14.0;
/// The longest clip: a caller who talks on longer is heard from here back.
const CLIP_SECONDS_MAX: f32 = 120.0;
/// Root mean square below which a clip is line silence and no model is asked: −66 dBFS, two steps of µ-law.
const SILENCE_RMS: f32 = 0.0005;

/// One look at a stretch of audio.
pub(in crate::speech) struct Look<'a> {
    /// The audio, at least a second of it.
    pub(in crate::speech) audio: &'a [f32],
    /// ISO 639-1.
    pub(in crate::speech) language: &'static str,
    /// Names that may occur.
    pub(in crate::speech) glossary: &'a [String],
    /// Encoder positions, of 20 ms each.
    pub(in crate::speech) positions: usize,
    /// Tokens that may be written before it is stopped.
    pub(in crate::speech) token_cap: usize,
    /// Whether it has the machine to itself.
    pub(in crate::speech) wide: bool,
    /// Whether no other look will be taken: figures that only the cap stopped end where they were nearest to ending.
    pub(in crate::speech) last: bool,
}

impl Look<'_> {
    /// The audio's length.
    pub(in crate::speech) fn seconds(&self) -> f32 {
        self.audio.len() as f32 / LISTENING_HZ as f32
    }
}

/// What a look found.
#[derive(Default)]
pub(in crate::speech) struct Pass {
    /// All words.
    pub(in crate::speech) text: String,
    /// The words one by one.
    pub(in crate::speech) words: Vec<Word>,
    /// Tokens of words (timestamps are none).
    pub(in crate::speech) tokens: usize,
    /// Sum of their natural log-probabilities.
    pub(in crate::speech) log_probability: f32,
    /// What the filter wants to know.
    pub(in crate::speech) evidence: Evidence,
    /// There may be words, but none to be believed.
    doubtful: bool,
}

/// A token on its way into a word.
pub(in crate::speech) struct Piece<'a> {
    pub(in crate::speech) bytes: &'a [u8],
    pub(in crate::speech) from_ms: u32,
    pub(in crate::speech) to_ms: u32,
    pub(in crate::speech) log_probability: f32,
}

impl Pass {
    /// Joins tokens into words: one that does not begin with a space belongs to the word before.
    pub(in crate::speech) fn of<'a>(pieces: impl IntoIterator<Item = Piece<'a>>, mut evidence: Evidence) -> Self {
        let mut pass = Self::default();
        let mut joined: Vec<(Vec<u8>, u32, u32, f32)> = Vec::new();
        for piece in pieces {
            pass.tokens += 1;
            pass.log_probability += piece.log_probability;
            match joined.last_mut() {
                Some((word, _, end, log)) if piece.bytes.first() != Some(&b' ') => {
                    word.extend_from_slice(piece.bytes);
                    (*end, *log) = (piece.to_ms.max(*end), log.min(piece.log_probability));
                }
                _ => joined.push((
                    piece.bytes.to_vec(),
                    piece.from_ms,
                    piece.to_ms.max(piece.from_ms),
                    piece.log_probability,
                )),
            }
        }
        pass.words = joined.into_iter().filter_map(word).collect();
        pass.text = pass.words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
        evidence.mean_log_probability = if pass.tokens == 0 { 0.0 } else { pass.log_probability / pass.tokens as f32 };
        pass.evidence = evidence;
        pass
    }

    /// The same pass with its text cleaned. Words are kept only where cleaning changed nothing: their times are a bonus.
    fn with_text(mut self, text: String) -> Self {
        if text != self.text {
            self.words.clear();
        }
        self.text = text;
        self
    }
}

/// The words of a clip. `given_up` is asked between passes.
pub(super) fn hear(
    engine: &mut dyn Engine,
    clip: &Clip,
    wide: bool,
    given_up: &dyn Fn() -> bool,
) -> Result<Transcript, SpeechError> {
    let mut whole = Transcript::default();
    let (mut tokens, mut log_probability) = (0, 0.0);
    for (start, piece) in pieces(&clip.audio) {
        if given_up() {
            break;
        }
        let heard = hear_piece(engine, piece, clip, wide, given_up)?;
        whole.doubtful |= heard.doubtful;
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

/// One piece: a look at the cut context, and one with more where the first cannot be believed.
fn hear_piece(
    engine: &mut dyn Engine,
    piece: &[f32],
    clip: &Clip,
    wide: bool,
    given_up: &dyn Fn() -> bool,
) -> Result<Pass, SpeechError> {
    if rms(piece) < SILENCE_RMS {
        return Ok(Pass::default());
    }
    let mut audio = piece.to_vec();
    audio.resize(audio.len().max(seconds_to_samples(CLIP_SECONDS_MIN)), 0.0);
    let seconds = audio.len() as f32 / LISTENING_HZ as f32;
    let (language, glossary) = (clip.language, &clip.glossary[..]);
    let positions = context_positions(seconds, engine.glossary_margin(glossary));
    let mut look =
        Look { audio: &audio, language, glossary, positions, token_cap: token_cap(seconds), wide, last: false };
    let first = engine.look(&look, given_up)?;
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
    tracing::debug!(doubt, "listening once more, with more context");
    // The glossary is left out: it is what a runaway most likely repeats.
    (look.glossary, look.last) = (&[], true);
    let again = if doubt == filter::FIGURES_WITHOUT_END { CONTEXT_FULL } else { CONTEXT_AGAIN };
    look.positions = (positions + CONTEXT_STEP).clamp(again, CONTEXT_FULL);
    let second = engine.look(&look, given_up)?;
    if given_up() {
        return Ok(Pass::default());
    }
    match filter::judge(&second.text, language, &second.evidence) {
        Verdict::Words(text) => Ok(second.with_text(text)),
        Verdict::Noise(reason) | Verdict::Doubtful(reason) => {
            tracing::debug!(reason, "heard nothing to be believed");
            Ok(Pass { doubtful: true, ..Pass::default() })
        }
    }
}

/// Encoder positions for a clip of this length, and `more`.
pub(in crate::speech) fn context_positions(seconds: f32, more: f32) -> usize {
    let wanted = samples(seconds * POSITIONS_PER_SECOND + CONTEXT_MARGIN + more);
    wanted.next_multiple_of(CONTEXT_STEP).min(CONTEXT_FULL)
}

/// Tokens allowed for a clip of this length.
pub(in crate::speech) fn token_cap(seconds: f32) -> usize {
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

pub(in crate::speech) fn seconds_to_samples(seconds: f32) -> usize {
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::collections::VecDeque;

    #[test]
    fn the_context_follows_the_clip_in_steps_and_never_exceeds_the_whole() {
        assert_eq!(context_positions(1.0, 0.0), 192);
        assert_eq!(context_positions(3.0, 0.0), 288);
        assert_eq!(context_positions(3.0, 192.0), 480);
        assert_eq!(context_positions(PIECE_SECONDS_MAX, 192.0), CONTEXT_FULL);
        for tenths in 0_u8..=240 {
            let positions = context_positions(f32::from(tenths) / 10.0, f32::from(tenths % 2) * 192.0);
            assert!(positions.is_multiple_of(CONTEXT_STEP) && positions <= CONTEXT_FULL);
        }
    }

    /// Writes these one after the other, and notes with how many positions it looked, and whether with names.
    #[derive(Default)]
    struct Scripted {
        writes: VecDeque<(&'static str, bool)>,
        looked: Vec<(usize, bool)>,
    }

    impl Engine for Scripted {
        fn look(&mut self, look: &Look<'_>, _given_up: &dyn Fn() -> bool) -> Result<Pass, SpeechError> {
            self.looked.push((look.positions, !look.glossary.is_empty()));
            let (text, capped) = self.writes.pop_front().expect("two looks at most");
            let evidence =
                Evidence { mean_log_probability: -0.2, seconds: look.seconds(), capped, ..Evidence::default() };
            Ok(Pass { text: text.to_owned(), tokens: 3, evidence, ..Pass::default() })
        }
    }

    /// What is heard in two seconds for which an engine writes this, and how it looked at them; waited for or not after the
    /// first look.
    fn heard(writes: &[(&'static str, bool)], waited_for: bool) -> (String, Vec<(usize, bool)>) {
        let mut engine = Scripted { writes: writes.iter().copied().collect(), ..Scripted::default() };
        let audio = Pcm(vec![0.1; seconds_to_samples(2.0)]);
        let clip = Clip { audio, language: "en", glossary: vec!["Ana Silva".to_owned()], urgent: true };
        let asked = Cell::new(0);
        let given_up = || asked.replace(asked.get() + 1) > 0 && !waited_for;
        let heard = hear(&mut engine, &clip, false, &given_up).expect("words or none");
        (heard.text, engine.looked)
    }

    #[test]
    fn what_cannot_be_believed_is_looked_at_once_more_with_more_context_and_without_names() {
        const LOOP: &str = "I want to book I want to book I want to book I want to book";
        const FIGURES: &str = "7, 5, 7, 5, 1, 0, 7, 7, 0, 1, 0, 7, 7, 5, 1, 0, 7, 5, 1, 0, 7, 7, 5, 1, 0, 7, 5";
        const COUNTED_ON: &str = "9, 2, 3, 4, 5, 9, 2, 3, 4,";
        const SAID: &str = "I want to book a cleaning.";
        let first = (context_positions(2.0, 0.0), true);
        let again = |positions| vec![first, (positions, false)];
        for (writes, text, looked) in [
            (&[(SAID, false)][..], SAID, vec![first]),
            (&[("[music]", false)], "", vec![first]),
            (&[("I want to book a", true), (SAID, false)], SAID, again(CONTEXT_AGAIN)),
            (&[(LOOP, false), (SAID, false)], SAID, again(CONTEXT_AGAIN)),
            (&[(FIGURES, false), (SAID, false)], SAID, again(CONTEXT_FULL)),
            (&[(LOOP, false), (LOOP, false)], "", again(CONTEXT_AGAIN)),
            (&[(COUNTED_ON, true), ("9, 2", false)], "9, 2", again(CONTEXT_FULL)),
            (&[(COUNTED_ON, true), (COUNTED_ON, true)], "", again(CONTEXT_FULL)),
            (&[(COUNTED_ON, false)], COUNTED_ON, vec![first]),
        ] {
            assert_eq!(heard(writes, true), (text.to_owned(), looked), "{writes:?}");
        }
        assert_eq!(heard(&[(LOOP, false)], false), (String::new(), vec![first]), "nobody waits for it any more");
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
