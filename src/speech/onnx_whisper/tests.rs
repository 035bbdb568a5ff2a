//! The real model on real voices over a telephone line.

use super::*;
use crate::speech::recogniser::{Engine as _, Look, checks};
use crate::speech::testing::{models, noise};
use std::sync::OnceLock;

/// One recogniser for all tests: its memory and its warming are paid once.
fn whisper() -> &'static OnnxWhisper {
    static WHISPER: OnceLock<OnnxWhisper> = OnceLock::new();
    WHISPER.get_or_init(|| OnnxWhisper::load(&models(), OnnxWhisperOptions::default()).expect("the model loads"))
}

#[test]
fn english_voices_on_a_telephone_line_are_understood() {
    checks::english_voices_on_a_telephone_line_are_understood(whisper());
}

#[test]
fn spanish_voices_on_a_telephone_line_are_understood() {
    checks::spanish_voices_on_a_telephone_line_are_understood(whisper());
}

#[test]
fn noise_and_silence_hold_no_words() {
    checks::noise_and_silence_hold_no_words(whisper());
}

#[test]
fn hum_and_tones_hold_no_words() {
    checks::hum_and_tones_hold_no_words(whisper());
}

#[test]
fn very_short_clips_are_heard() {
    checks::very_short_clips_are_heard(whisper());
}

#[test]
fn a_long_clip_is_heard_whole_and_its_words_have_rising_times() {
    checks::a_long_clip_is_heard_whole_and_its_words_have_rising_times(whisper());
}

#[test]
fn a_glossary_helps_with_names_and_puts_no_words_in_a_mouth() {
    checks::a_glossary_helps_with_names_and_puts_no_words_in_a_mouth(whisper());
}

#[test]
fn a_language_the_model_does_not_know_is_an_error() {
    checks::a_language_the_model_does_not_know_is_an_error(whisper());
}

#[test]
fn a_missing_model_is_named() {
    let empty = tempfile::tempdir().expect("a folder");
    let error = OnnxWhisper::load(empty.path(), OnnxWhisperOptions::default()).expect_err("no model");
    assert!(error.to_string().contains("is missing"), "{error}");
}

#[test]
fn a_look_given_up_ends_before_its_next_token() {
    let network = Arc::new(Network::open(&models(), 1, 1).expect("the models"));
    let tokens = Arc::new(Tokens::read(&models()).expect("the vocabulary"));
    let mut listener = Listener::warmed(network, tokens).expect("warm");
    let audio = noise(48_000, 0.1, 1);
    let look = Look { audio: &audio, language: "en", glossary: &[], positions: 320, token_cap: 26, wide: false };
    let asked = std::cell::Cell::new(0);
    let given_up = || {
        asked.set(asked.get() + 1);
        asked.get() > 2
    };
    let pass = listener.look(&look, &given_up).expect("a pass");
    assert_eq!(asked.get(), 3, "asked before each token, and not after");
    assert!(pass.tokens <= 1, "a time and one word at most: {}", pass.text);
}
