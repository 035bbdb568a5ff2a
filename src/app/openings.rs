//! The openings of answers, spoken before anybody waits for them, where the voice takes long: it is heard at once all the same.

use crate::crm::Directory;
use crate::crm::model::Business;
use crate::dialogue::Phrases;
use crate::nlu::Language;
use crate::speech::{SpeechRequest, TextToSpeech};

/// Has what each Spanish business's agent opens answers with made in the background. English words come within some ten
/// milliseconds, and are ready before they are wanted: all they would cost is memory.
pub(super) async fn make_ready(voice: &dyn TextToSpeech, directory: &dyn Directory, phrases: &Phrases) {
    let businesses = directory.businesses().await.unwrap_or_else(|error| {
        tracing::warn!(%error, "no opening can be made ready");
        Vec::new()
    });
    for business in businesses {
        make_ready_for(voice, &business, phrases);
    }
}

/// The same for one business.
pub(super) fn make_ready_for(voice: &dyn TextToSpeech, business: &Business, phrases: &Phrases) {
    if business.language != Language::Es {
        return;
    }
    let request = |text: &str| SpeechRequest {
        text: text.to_owned(),
        language: business.language.code(),
        voice: business.agent_name.clone(),
        // What is never used need not stay.
        keep: false,
    };
    voice.warm(&phrases.book(business.language).openings().into_iter().map(request).collect::<Vec<_>>());
}
