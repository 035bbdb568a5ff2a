//! Work that goes on after an operation has been performed, followed for a client that wants to know how far it is.
//!
//! Whoever sends a progress token waits until the work rests, and is told of each step; whoever sends none has the answer at
//! once, and asks `get_import` later. A cancelled call stops an import; what was brought in by then stays.

use crate::crm::model::{Import, ImportState};
use crate::crm::operation::{CancelImport, GetImport};
use crate::crm::{Error, Outcome, Request};
use crate::mcp::server::asked_by;
use crate::mcp::{Server, Visitor};
use rmcp::RoleServer;
use rmcp::model::{ProgressNotificationParam, ProgressToken};
use rmcp::service::RequestContext;
use std::time::Duration;

/// How often is looked how far the work is.
const LOOKED_EVERY: Duration = Duration::from_millis(200);

impl Server {
    /// What came of an operation, once the work it began rests: for those who want to be told of its progress.
    pub(super) async fn seen_through(
        &self,
        visitor: &Visitor,
        context: &RequestContext<RoleServer>,
        outcome: Outcome,
    ) -> Outcome {
        let Some(token) = context.meta.get_progress_token() else { return outcome };
        if let Outcome::ImportStarted(import) = outcome {
            return Outcome::ImportStarted(self.followed(visitor, context, token, import).await);
        }
        if let Outcome::ImportUndone(import) = outcome {
            return Outcome::ImportUndone(self.followed(visitor, context, token, import).await);
        }
        outcome
    }

    /// Tells how far an import is until it rests, or cannot be looked at: what is known of it then.
    async fn followed(
        &self,
        visitor: &Visitor,
        context: &RequestContext<RoleServer>,
        token: ProgressToken,
        mut import: Import,
    ) -> Import {
        let mut told = None;
        let mut look = tokio::time::interval(LOOKED_EVERY);
        loop {
            let way = Way::of(&import);
            if told.is_none_or(|told| told < way.come) {
                let progress = ProgressNotificationParam::new(token.clone(), way.come as f64);
                let progress = progress.with_total(way.whole as f64).with_message(way.said);
                // A client that is gone hears it no more; the work goes on.
                drop(context.peer.notify_progress(progress).await);
                told = Some(way.come);
            }
            if !matches!(import.state, ImportState::Running | ImportState::Undoing) {
                return import;
            }
            tokio::select! {
                _ = look.tick() => {}
                () = context.ct.cancelled() => return self.stopped(visitor, context, import).await,
            }
            match self.import(asked_by(visitor, context, GetImport { import: import.id })).await {
                Ok(now) => import = now,
                Err(error) => {
                    tracing::warn!(import = %import.id, error = error.kind(), "an import is not followed any more");
                    return import;
                }
            }
        }
    }

    /// Stops an import nobody waits for any more. What is being taken back is taken back to its end, and when it is we who
    /// close, all of it goes on at the next start.
    async fn stopped(&self, visitor: &Visitor, context: &RequestContext<RoleServer>, import: Import) -> Import {
        if import.state != ImportState::Running || self.inner.parts.closing.is_cancelled() {
            return import;
        }
        match self.import(asked_by(visitor, context, CancelImport { import: import.id })).await {
            Ok(cancelled) => cancelled,
            Err(error) => {
                tracing::warn!(import = %import.id, error = error.kind(), "an import could not be stopped");
                import
            }
        }
    }

    async fn import(&self, request: Request) -> Result<Import, Error> {
        let outcome = self.inner.parts.crm.perform(request).await?;
        let (Outcome::ImportGot(import) | Outcome::ImportCancelled(import)) = outcome else {
            return Err(Error::Unknown(format!("an unexpected outcome: {}", outcome.name())));
        };
        Ok(import)
    }
}

/// How far an import is.
struct Way {
    come: u64,
    whole: u64,
    said: String,
}

impl Way {
    fn of(import: &Import) -> Self {
        match import.state {
            ImportState::Undoing | ImportState::Undone => {
                let (come, whole) = (import.undone, import.created + import.updated);
                Self { come, whole, said: format!("{come} of {whole} contacts taken back") }
            }
            ImportState::Previewed
            | ImportState::Running
            | ImportState::Done
            | ImportState::Cancelled
            | ImportState::Failed => {
                let (come, whole) = (import.done, import.rows);
                Self { come, whole, said: format!("{come} of {whole} rows gone through") }
            }
        }
    }
}
