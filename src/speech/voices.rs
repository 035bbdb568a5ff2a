//! The voices there are: names and settings from `models/voices.toml`, which is part of the binary.
//!
//! Knows nothing of how a voice is made (see [`super::local`]).

use serde::Deserialize;
use std::sync::LazyLock;

/// One voice.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Voice {
    /// What a [`super::SpeechRequest`] asks for.
    pub name: String,
    /// ISO 639-1.
    pub language: String,
    /// How it sounds, for the one who chooses.
    pub about: String,
    /// The file of its style in the models' folder, for a network that takes one.
    pub style: Option<String>,
    /// What sets it apart from the voice the network learned.
    #[serde(flatten)]
    pub variant: VoiceVariant,
}

/// How a voice departs from the one the network learned.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub struct VoiceVariant {
    /// Speed; 1.0 is the network's own.
    pub pace: f32,
    /// Factor on the pitch.
    pub pitch: f32,
    /// Factor on the resonances of the throat.
    pub formant: f32,
    /// Decibels on the breath.
    pub breath_db: f32,
    /// The gain that brings it to the speech level on average.
    pub gain: f32,
}

/// Every voice, the receptionist's first.
pub fn voices() -> &'static [Voice] {
    static VOICES: LazyLock<Vec<Voice>> = LazyLock::new(|| {
        #[derive(Deserialize)]
        struct File {
            voice: Vec<Voice>,
        }
        let file: File =
            toml::from_str(include_str!("../../models/voices.toml")).expect("the file is checked by a test");
        file.voice
    });
    &VOICES
}

/// The voice of a language that does not go by names: its first, and only in a language other than the first voice's.
pub fn voice_of(language: &str) -> Option<&'static Voice> {
    let first = voices().first()?;
    voices().iter().find(|voice| voice.language == language && voice.language != first.language)
}

/// The voice of this name, whatever the case.
pub fn voice(name: &str) -> Option<&'static Voice> {
    voices().iter().find(|voice| voice.name.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_receptionist_and_six_callers_are_there_and_all_differ() {
        assert_eq!(voices()[0].name, "Rachel");
        for number in 1..=6 {
            assert!(voice(&format!("CALLER-{number}")).is_some(), "caller-{number}");
        }
        for (at, one) in voices().iter().enumerate() {
            for other in &voices()[at + 1..] {
                assert_ne!(one.name, other.name);
                if one.style.is_some() || other.style.is_some() {
                    assert_ne!(one.style, other.style);
                    continue;
                }
                let (a, b) = (one.variant, other.variant);
                assert!(
                    (a.pitch / b.pitch).ln().abs() + (a.formant / b.formant).ln().abs() > 0.05,
                    "{one:?} {other:?}"
                );
            }
        }
    }

    #[test]
    fn every_setting_is_within_what_the_network_bears() {
        for Voice { name, variant, .. } in voices() {
            assert!((0.6..=1.6).contains(&variant.pace), "{name}");
            assert!((0.45..=1.5).contains(&variant.pitch), "{name}");
            assert!((0.75..=1.3).contains(&variant.formant), "{name}");
            assert!((-12.0..=12.0).contains(&variant.breath_db), "{name}");
            assert!((0.05..=20.0).contains(&variant.gain), "{name}");
        }
    }
}
