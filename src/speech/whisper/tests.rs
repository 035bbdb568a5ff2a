//! The real model on real voices over a telephone line.

use super::*;
use crate::audio::Pcm;
use crate::speech::recogniser::checks::{block_on, checks};
use crate::speech::testing::{models, noise};
use futures_util::FutureExt;
use std::sync::OnceLock;

/// One recogniser for all tests: its memory and its warming are paid once.
fn whisper() -> &'static Whisper {
    static WHISPER: OnceLock<Whisper> = OnceLock::new();
    WHISPER.get_or_init(|| Whisper::load(&models(), WhisperOptions::default()).expect("the model loads"))
}

checks!(whisper);

#[test]
fn more_clips_than_fit_are_refused_and_given_up_ones_make_room() {
    let clip = || Clip { audio: Pcm(noise(16_000, 0.1, 1)), language: "en", glossary: Vec::new(), urgent: false };
    let own = Whisper::load(&models(), WhisperOptions { workers: 1, threads_alone: 1 }).expect("the model loads");
    block_on(async {
        let mut waiting: Vec<_> =
            (0..super::super::recogniser::queue::WAITING_MAX + 4).map(|_| own.transcribe(clip())).collect();
        let refused = waiting.iter_mut().filter_map(FutureExt::now_or_never).filter(Result::is_err).count();
        assert!(refused >= 2, "{refused} refused");
        drop(waiting);
        let asked = std::time::Instant::now();
        own.transcribe(clip()).await.expect("there is room again");
        assert!(asked.elapsed().as_secs() < 10, "the given-up clips were not decoded first");
    });
}

#[test]
fn a_missing_model_is_named() {
    let empty = tempfile::tempdir().expect("a folder");
    let error = Whisper::load(empty.path(), WhisperOptions::default()).expect_err("no model");
    assert!(error.to_string().contains(MODEL), "{error}");
}

#[test]
fn the_kernel_says_how_much_runs() {
    assert_eq!(runnable("0.25 0.41 0.50 3/165 30161\n"), Some(3));
    assert_eq!(runnable("0.25 0.41 0.50 0/165 30161"), Some(1), "we run, whatever it says");
    assert_eq!(runnable("0.25 0.41"), None);
    assert_eq!(runnable("a b c d/e f"), None);
}
