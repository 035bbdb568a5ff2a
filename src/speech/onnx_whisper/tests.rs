//! The real model on real voices over a telephone line.

use super::*;
use crate::speech::recogniser::checks::checks;
use crate::speech::recogniser::{Engine as _, Look};
use crate::speech::testing::{models, noise};
use std::sync::OnceLock;

/// One recogniser for all tests: its memory and its warming are paid once.
fn whisper() -> &'static OnnxWhisper {
    static WHISPER: OnceLock<OnnxWhisper> = OnceLock::new();
    WHISPER.get_or_init(|| OnnxWhisper::load(&models(), OnnxWhisperOptions::default()).expect("the model loads"))
}

checks!(whisper);

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
    let look =
        Look { audio: &audio, language: "en", glossary: &[], positions: 320, token_cap: 26, wide: false, last: false };
    let asked = std::cell::Cell::new(0);
    let given_up = || {
        asked.set(asked.get() + 1);
        asked.get() > 2
    };
    let pass = listener.look(&look, &given_up).expect("a pass");
    assert_eq!(asked.get(), 3, "asked before each token, and not after");
    assert!(pass.tokens <= 2, "two words at most: {}", pass.text);
}
