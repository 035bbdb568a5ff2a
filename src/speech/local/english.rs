//! English: the dictionary, the acoustic network, and a throat for each voice.

use super::super::SpeechError;
use super::super::g2p::EnglishReader;
use super::super::voices::{Voice, VoiceVariant};
use super::network::Network;
use super::synthesis::{Synthesizer, Throat};
use super::worker::Maker;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// What one worker needs to speak English: a session of the network and the transforms of each throat.
pub(super) struct English {
    network: Network,
    reader: Arc<EnglishReader>,
    throats: HashMap<&'static str, Synthesizer>,
}

impl English {
    pub(super) fn new(network: Network, reader: Arc<EnglishReader>) -> Self {
        Self { network, reader, throats: HashMap::new() }
    }
}

impl Maker for English {
    fn make(&mut self, words: &str, voice: &'static Voice) -> Result<Vec<f32>, SpeechError> {
        let VoiceVariant { pace, pitch, formant, breath_db, .. } = voice.variant;
        let phonemes = self.reader.phonemes(words)?;
        if !self.network.knows_any(&phonemes) {
            return Ok(Vec::new());
        }
        let throats = &mut self.throats;
        let synthesizer = throats
            .entry(voice.name.as_str())
            .or_insert_with(|| Synthesizer::new(Throat::new(pitch, formant, breath_db)));
        // Longer frames take longer: the network is asked to hurry by as much.
        let speed = pace * synthesizer.stretch();
        self.network.run(&phonemes, speed, |spectra| synthesizer.waveform(spectra, seed(&phonemes)))
    }
}

/// The noise of the same words is always the same, so the same request gives the same samples.
fn seed(phonemes: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    phonemes.hash(&mut hasher);
    hasher.finish()
}
