//! What the house does by itself, until it closes.

use crate::chat::Chats;
use crate::chat::copilot::Copilots;
use crate::chat::texts::Texts;
use crate::crm::local::Importer;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often idle conversations are forgotten.
const SWEEP_EVERY: Duration = Duration::from_mins(5);
/// How often imports are looked for that another process began or left.
const IMPORTS_LOOKED_FOR_EVERY: Duration = Duration::from_secs(30);
/// How often texts are looked for that another process left unanswered.
const TEXTS_LOOKED_FOR_EVERY: Duration = Duration::from_secs(5);

/// Works at imports, until the house closes; what is left goes on when it opens again.
pub(super) async fn bring_in(mut importer: Importer, shut: CancellationToken) {
    while !shut.is_cancelled() {
        match importer.step().await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "an import waits"),
        }
        // Another process may have begun one, or left one.
        tokio::select! {
            () = importer.wanted() => {}
            () = tokio::time::sleep(IMPORTS_LOOKED_FOR_EVERY) => {}
            () = shut.cancelled() => {}
        }
    }
}

/// Answers texts that whoever kept them did not, until the house closes.
pub(super) async fn answer_left(texts: Arc<Texts>, shut: CancellationToken) {
    loop {
        if let Err(error) = texts.answer_left().await {
            tracing::error!(%error, "what texts wait for an answer could not be looked at");
        }
        if tokio::time::timeout(TEXTS_LOOKED_FOR_EVERY, shut.cancelled()).await.is_ok() {
            return;
        }
    }
}

/// Forgets idle conversations, until the house closes.
pub(super) async fn sweep(chats: Arc<Chats>, copilots: Arc<Copilots>, shut: CancellationToken) {
    while tokio::time::timeout(SWEEP_EVERY, shut.cancelled()).await.is_err() {
        chats.sweep();
        match copilots.sweep().await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "idle sessions of the copilot were forgotten"),
            Err(error) => tracing::warn!(%error, "idle sessions of the copilot could not be forgotten"),
        }
    }
}
