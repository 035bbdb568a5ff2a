//! The real model on real voices over a telephone line.

use super::*;
use crate::audio::Pcm;
use crate::speech::testing::{models, noise, recordings, recordings_folder, samples, telephone, word_errors};
use std::sync::OnceLock;

/// One recogniser for all tests: its memory and its warming are paid once.
fn whisper() -> &'static Whisper {
    static WHISPER: OnceLock<Whisper> = OnceLock::new();
    WHISPER.get_or_init(|| Whisper::load(&models(), WhisperOptions::default()).expect("the model loads"))
}

fn hear(audio: Vec<f32>, language: &'static str) -> Transcript {
    let clip = Clip { audio: Pcm(audio), language, glossary: Vec::new(), urgent: true };
    tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime")
        .block_on(whisper().transcribe(clip))
        .expect("a transcript")
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
