//! What every recogniser is asked to hear: real voices over a telephone line, and what is none. `checks!(ear)` makes tests of
//! them for the engine that the function `ear` returns.

use crate::audio::Pcm;
use crate::speech::testing::{noise, recordings, recordings_folder, samples, telephone, word_errors};
use crate::speech::{Clip, SpeechError, SpeechToText, Transcript};

fn hear(ear: &dyn SpeechToText, audio: Vec<f32>, language: &'static str) -> Transcript {
    let clip = Clip { audio: Pcm(audio), language, glossary: Vec::new(), urgent: true };
    block_on(ear.transcribe(clip)).expect("a transcript")
}

pub(crate) fn block_on<R>(work: impl Future<Output = R>) -> R {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(work)
}

/// Word error rate in percent over recordings of a language that `wanted` picks.
fn error_rate(
    ear: &dyn SpeechToText,
    lang: &str,
    language: &'static str,
    wanted: impl Fn(&str) -> bool,
) -> Option<f64> {
    let folder = recordings_folder()?;
    let (mut errors, mut words) = (0, 0);
    for recording in recordings(&folder).iter().filter(|r| r.lang == lang && wanted(&r.file)) {
        let heard = hear(ear, telephone(&samples(&folder, &recording.file)), language);
        let (wrong, of) = word_errors(&recording.text, &heard.text);
        eprintln!("{wrong}/{of} {} {:.2}: {} | {}", recording.file, heard.confidence, recording.text, heard.text);
        errors += wrong;
        words += of;
    }
    assert!(words > 0, "no recording picked");
    Some(100.0 * f64::from(u32::try_from(errors).unwrap()) / f64::from(u32::try_from(words).unwrap()))
}

pub(crate) fn english_voices_on_a_telephone_line_are_understood(ear: &dyn SpeechToText) {
    let wanted = |file: &str| file.starts_with("lj-") || file.starts_with("ast-en-vm") || file.starts_with("jfk");
    if let Some(rate) = error_rate(ear, "en", "en", wanted) {
        assert!(rate < 12.0, "{rate:.1} % word errors");
    }
}

pub(crate) fn spanish_voices_on_a_telephone_line_are_understood(ear: &dyn SpeechToText) {
    if let Some(rate) = error_rate(ear, "es", "es", |file| file.starts_with("ast-es-vm") || file.starts_with("pv-es")) {
        assert!(rate < 35.0, "{rate:.1} % word errors");
    }
}

pub(crate) fn noise_and_silence_hold_no_words(ear: &dyn SpeechToText) {
    for seconds in [1, 3] {
        for rms in [0.0, 0.0008, 0.02, 0.2] {
            for (language, seed) in [("en", 1), ("es", 2)] {
                let heard = hear(ear, telephone(&noise(seconds * 16_000, rms, seed)), language);
                assert_eq!(heard.text, "", "{seconds} s of noise at {rms}, {language}");
            }
        }
    }
}

pub(crate) fn hum_and_tones_hold_no_words(ear: &dyn SpeechToText) {
    for frequency in [50.0, 120.0, 440.0, 1_000.0] {
        let tone: Vec<f32> = (0..32_000_u16)
            .map(|n| 0.2 * (f32::from(n) * frequency * std::f32::consts::TAU / 16_000.0).sin())
            .collect();
        let heard = hear(ear, telephone(&tone), "en");
        assert_eq!(heard.text, "", "a tone of {frequency} Hz");
    }
}

pub(crate) fn very_short_clips_are_heard(ear: &dyn SpeechToText) {
    let Some(folder) = recordings_folder() else { return };
    let heard = hear(ear, telephone(&samples(&folder, "g-today.wav")), "en");
    assert_eq!(word_errors("today", &heard.text).0, 0, "{}", heard.text);
    for length in [0, 1, 100, 1_000] {
        assert_eq!(hear(ear, vec![0.1; length], "en").text, "", "{length} samples of nothing");
    }
}

pub(crate) fn a_long_clip_is_heard_whole_and_its_words_have_rising_times(ear: &dyn SpeechToText) {
    let Some(folder) = recordings_folder() else { return };
    let recording = recordings(&folder).into_iter().find(|r| r.file == "sonnet-001.wav").expect("the sonnet");
    let heard = hear(ear, telephone(&samples(&folder, &recording.file)), "en");
    let (wrong, of) = word_errors(&recording.text, &heard.text);
    eprintln!("{wrong}/{of}: {}", heard.text);
    assert!(wrong * 100 < of * 25, "{wrong} of {of} words wrong: {}", heard.text);
    assert!(heard.words.len() > of / 2, "words with times");
    assert!(heard.words.is_sorted_by_key(|word| word.from_ms / 2_000), "times rise");
    assert!(heard.words.last().is_some_and(|word| (45_000..55_000).contains(&word.to_ms)));
}

pub(crate) fn a_glossary_helps_with_names_and_puts_no_words_in_a_mouth(ear: &dyn SpeechToText) {
    let Some(folder) = recordings_folder() else { return };
    let names = ["Nguyen", "Kowalski", "Guilder", "Quilter"].map(String::from).to_vec();
    let clip = |audio| Clip { audio: Pcm(audio), language: "en", glossary: names.clone(), urgent: true };
    let listen = |audio| block_on(ear.transcribe(clip(audio))).expect("a transcript").text;
    assert_eq!(listen(telephone(&noise(32_000, 0.02, 5))), "");
    let heard = listen(telephone(&samples(&folder, "pv-quilter.wav")));
    assert!(heard.contains("Quilter"), "{heard}");
}

pub(crate) fn a_language_the_model_does_not_know_is_an_error(ear: &dyn SpeechToText) {
    let clip = Clip { audio: Pcm(noise(16_000, 0.1, 1)), language: "xx", glossary: Vec::new(), urgent: true };
    assert!(matches!(block_on(ear.transcribe(clip)), Err(SpeechError::Failed(_))));
}

macro_rules! checks {
    ($ear:ident) => {
        checks!($ear:
            english_voices_on_a_telephone_line_are_understood
            spanish_voices_on_a_telephone_line_are_understood
            noise_and_silence_hold_no_words
            hum_and_tones_hold_no_words
            very_short_clips_are_heard
            a_long_clip_is_heard_whole_and_its_words_have_rising_times
            a_glossary_helps_with_names_and_puts_no_words_in_a_mouth
            a_language_the_model_does_not_know_is_an_error
        );
    };
    ($ear:ident: $($name:ident)*) => {
        $(#[test]
        fn $name() {
            crate::speech::recogniser::checks::$name($ear());
        })*
    };
}
pub(crate) use checks;

#[test]
fn what_is_written_in_another_way_is_no_error_and_what_was_not_said_is_one() {
    for (said, written) in [
        ("three oh five, five five five, two oh oh one.", "305-555-2001"),
        ("10:00 AM tomorrow, please.", "10 a.m. tomorrow please"),
        ("At ten thirty in the morning.", "at 10:30 in the morning"),
        ("2:30 PM, please. At eleven fifteen a.m.", "230 p.m. please at 1115 am"),
        ("A check-up at 10am", "A checkup at ten a.m."),
        ("A checkup", "a check up"),
        ("A las diez, ¿sí?", "a las 10 si"),
    ] {
        assert_eq!(word_errors(said, written).0, 0, "{said} | {written}");
    }
    assert_eq!(word_errors("No, for a consultation.", "so for consultation now"), (3, 4));
    assert_eq!(word_errors("one two", ""), (2, 2));
    assert_eq!(word_errors("", "one two"), (2, 0));
}
