//! The voice as a whole, with the real models.

use super::*;
use std::path::PathBuf;
use std::sync::LazyLock;

static VOICE: LazyLock<LocalVoice> = LazyLock::new(|| {
    let models = std::env::var_os("RINGLY_MODELS").map_or_else(|| PathBuf::from("models"), PathBuf::from);
    LocalVoice::open(&models, Resources::default()).expect("the voice's models are missing: run make models")
});

fn request(text: &str, voice: &str) -> SpeechRequest {
    SpeechRequest { text: text.to_owned(), language: "en", voice: voice.to_owned(), keep: false }
}

#[test]
fn the_greeting_is_speech_of_a_plausible_length_and_level() {
    let speech = VOICE.say(request("Oak Street Dental, this is Rachel. How can I help?", "Rachel")).unwrap();
    assert!((2_200..5_000).contains(&speech.duration_ms()), "{} ms", speech.duration_ms());
    let level = finish::speech_level(&speech.0);
    assert!((0.06..0.16).contains(&level), "level {level}");
    assert!(speech.0.iter().all(|x| x.abs() <= finish::PEAK + 1e-4));
}
