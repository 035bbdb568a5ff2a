//! Is it alive, is it ready, and how is it.
//!
//! `/healthz` answers while the process can answer at all; `/readyz` says whether a call may be sent here; `/health`
//! is for people and monitors. Models are warm before the server listens, so readiness is the database and the drain.

use super::House;
use super::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;

/// How long the database may take to answer before it counts as away.
const DATABASE_MAX: Duration = Duration::from_secs(2);

#[derive(Serialize)]
pub(super) struct Health {
    status: &'static str,
    timestamp: String,
    /// Seconds.
    uptime: u64,
    environment: &'static str,
    version: &'static str,
    database: &'static str,
    /// Calls awaited or live.
    calls: usize,
}

pub(super) async fn health(State(house): State<Arc<House>>) -> (StatusCode, Json<Health>) {
    let database = database_answers(&house).await;
    let health = Health {
        status: if !database {
            "unhealthy"
        } else if house.switchboard.is_stopping() {
            "stopping"
        } else {
            "healthy"
        },
        timestamp: house.clock.now().to_string(),
        uptime: house.started.elapsed().as_secs(),
        environment: house.environment,
        version: env!("CARGO_PKG_VERSION"),
        database: if database { "connected" } else { "disconnected" },
        calls: house.switchboard.open_calls(),
    };
    (status_of(database), Json(health))
}

/// The status of something that stands or falls with the database.
pub(super) fn status_of(database: bool) -> StatusCode {
    if database { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}

pub(super) async fn alive() -> &'static str {
    "alive\n"
}

pub(super) async fn ready(State(house): State<Arc<House>>) -> Result<&'static str, Problem> {
    if house.switchboard.is_stopping() {
        return Err(Problem::unavailable("The service is stopping: send calls elsewhere."));
    }
    if !database_answers(&house).await {
        return Err(Problem::unavailable("The database does not answer."));
    }
    Ok("ready\n")
}

pub(super) async fn database_answers(house: &House) -> bool {
    matches!(tokio::time::timeout(DATABASE_MAX, house.directory.businesses()).await, Ok(Ok(_)))
}
