//! The openings of answers, spoken before anybody waits for them: a voice that takes long is heard at once all the same.

use crate::crm::Directory;
use crate::dialogue::Phrases;
use crate::speech::{SpeechRequest, TextToSpeech};

/// Has what each business's agent opens answers with made in the background, in the language its calls start in.
pub(super) async fn make_ready(voice: &dyn TextToSpeech, directory: &dyn Directory, phrases: &Phrases) {
    let businesses = directory.businesses().await.unwrap_or_else(|error| {
        tracing::warn!(%error, "no opening can be made ready");
        Vec::new()
    });
    for business in businesses {
        let request = |text: &str| SpeechRequest {
            text: text.to_owned(),
            language: business.language.code(),
            voice: business.agent_name.clone(),
            // What is never used need not stay.
            keep: false,
        };
        voice.warm(&phrases.book(business.language).openings().into_iter().map(request).collect::<Vec<_>>());
    }
}
