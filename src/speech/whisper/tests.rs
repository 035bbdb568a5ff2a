//! The real model on real voices over a telephone line.

use super::*;
use crate::audio::Pcm;
use crate::speech::testing::{models, noise, recordings, recordings_folder, samples, telephone, word_errors};
use futures_util::FutureExt;
use std::sync::OnceLock;

/// One recogniser for all tests: its memory and its warming are paid once.
fn whisper() -> &'static Whisper {
    static WHISPER: OnceLock<Whisper> = OnceLock::new();
    WHISPER.get_or_init(|| Whisper::load(&models(), WhisperOptions::default()).expect("the model loads"))
}

fn hear(audio: Vec<f32>, language: &'static str) -> Transcript {
    let clip = Clip { audio: Pcm(audio), language, glossary: Vec::new(), urgent: true };
    block_on(whisper().transcribe(clip)).expect("a transcript")
}

fn block_on<R>(work: impl Future<Output = R>) -> R {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(work)
}

/// Word error rate in percent over recordings of a language that `wanted` picks.
fn error_rate(lang: &str, language: &'static str, wanted: impl Fn(&str) -> bool) -> Option<f64> {
    let folder = recordings_folder()?;
    let (mut errors, mut words) = (0, 0);
    for recording in recordings(&folder).iter().filter(|r| r.lang == lang && wanted(&r.file)) {
        let heard = hear(telephone(&samples(&folder, &recording.file)), language);
        let (wrong, of) = word_errors(&recording.text, &heard.text);
        eprintln!("{wrong}/{of} {} {:.2}: {} | {}", recording.file, heard.confidence, recording.text, heard.text);
        errors += wrong;
        words += of;
    }
    assert!(words > 0, "no recording picked");
    Some(100.0 * f64::from(u32::try_from(errors).unwrap()) / f64::from(u32::try_from(words).unwrap()))
}

#[test]
fn english_voices_on_a_telephone_line_are_understood() {
    let wanted = |file: &str| file.starts_with("lj-") || file.starts_with("ast-en-vm") || file.starts_with("jfk");
    if let Some(rate) = error_rate("en", "en", wanted) {
        assert!(rate < 12.0, "{rate:.1} % word errors");
    }
}

#[test]
fn spanish_voices_on_a_telephone_line_are_understood() {
    if let Some(rate) = error_rate("es", "es", |file| file.starts_with("ast-es-vm") || file.starts_with("pv-es")) {
        assert!(rate < 35.0, "{rate:.1} % word errors");
    }
}

#[test]
fn noise_and_silence_hold_no_words() {
    for seconds in [1, 3] {
        for rms in [0.0, 0.0008, 0.02, 0.2] {
            for (language, seed) in [("en", 1), ("es", 2)] {
                let heard = hear(telephone(&noise(seconds * 16_000, rms, seed)), language);
                assert_eq!(heard.text, "", "{seconds} s of noise at {rms}, {language}");
            }
        }
    }
}

#[test]
fn hum_and_tones_hold_no_words() {
    for frequency in [50.0, 120.0, 440.0, 1_000.0] {
        let tone: Vec<f32> = (0..32_000_u16)
            .map(|n| 0.2 * (f32::from(n) * frequency * std::f32::consts::TAU / 16_000.0).sin())
            .collect();
        let heard = hear(telephone(&tone), "en");
        assert_eq!(heard.text, "", "a tone of {frequency} Hz");
    }
}

#[test]
fn very_short_clips_are_heard() {
    let Some(folder) = recordings_folder() else { return };
    let heard = hear(telephone(&samples(&folder, "g-today.wav")), "en");
    assert_eq!(word_errors("today", &heard.text).0, 0, "{}", heard.text);
    for length in [0, 1, 100, 1_000] {
        assert_eq!(hear(vec![0.1; length], "en").text, "", "{length} samples of nothing");
    }
}

#[test]
fn a_long_clip_is_heard_whole_and_its_words_have_rising_times() {
    let Some(folder) = recordings_folder() else { return };
    let recording = recordings(&folder).into_iter().find(|r| r.file == "sonnet-001.wav").expect("the sonnet");
    let heard = hear(telephone(&samples(&folder, &recording.file)), "en");
    let (wrong, of) = word_errors(&recording.text, &heard.text);
    eprintln!("{wrong}/{of}: {}", heard.text);
    assert!(wrong * 100 < of * 25, "{wrong} of {of} words wrong: {}", heard.text);
    assert!(heard.words.len() > of / 2, "words with times");
    assert!(heard.words.is_sorted_by_key(|word| word.from_ms / 2_000), "times rise");
    assert!(heard.words.last().is_some_and(|word| (45_000..55_000).contains(&word.to_ms)));
}

#[test]
fn a_glossary_helps_with_names_and_puts_no_words_in_a_mouth() {
    let Some(folder) = recordings_folder() else { return };
    let names = ["Nguyen", "Kowalski", "Guilder", "Quilter"].map(String::from).to_vec();
    let clip = |audio| Clip { audio: Pcm(audio), language: "en", glossary: names.clone(), urgent: true };
    let listen = |audio| block_on(whisper().transcribe(clip(audio))).expect("a transcript").text;
    assert_eq!(listen(telephone(&noise(32_000, 0.02, 5))), "");
    let heard = listen(telephone(&samples(&folder, "pv-quilter.wav")));
    assert!(heard.contains("Quilter"), "{heard}");
}

#[test]
fn a_language_the_model_does_not_know_is_an_error() {
    let clip = Clip { audio: Pcm(noise(16_000, 0.1, 1)), language: "xx", glossary: Vec::new(), urgent: true };
    assert!(matches!(block_on(whisper().transcribe(clip)), Err(SpeechError::Failed(_))));
}

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
