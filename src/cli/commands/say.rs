//! `ringlypro say TEXT -o FILE.wav`: hear the voice.

use crate::cli::Failure;
use crate::config::Config;
use crate::speech::SpeechRequest;
use crate::speech::local::{LocalVoice, Resources};
use crate::speech::voices;
use std::path::PathBuf;

pub(in crate::cli) async fn run(config: &Config, text: String, output: PathBuf, voice: String) -> Result<(), Failure> {
    let Some(known) = voices::voice(&voice) else {
        let known: Vec<_> = voices::voices().iter().map(|voice| voice.name.as_str()).collect();
        return Err(Failure::Said(format!("no voice is called {voice}; there are {}", known.join(", "))));
    };
    let language = known.language.as_str();
    let (models, path) = (config.models.clone(), output.clone());
    let spoken = tokio::task::spawn_blocking(move || {
        let local = LocalVoice::open(&models, Resources::default())?;
        local.say_to_wav(SpeechRequest { text, language, voice, keep: false }, &path)
    });
    let length_ms = spoken.await.map_err(|_| Failure::Said("the voice broke".to_owned()))??;
    println!("{} ({length_ms} ms, 8 kHz)", output.display());
    Ok(())
}
