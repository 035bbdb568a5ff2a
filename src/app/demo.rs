//! The demo business with a story, for the command line.

use crate::app::AppError;
use crate::clock::{Clock, ManualClock, SystemClock};
use crate::config::Config;
use crate::crm::Crm;
use crate::crm::local::{Embedded, seed_demo};
use crate::demo::{self, DemoError, Tally, Wanted};
use std::sync::Arc;

/// Why there is no story.
#[derive(Debug, thiserror::Error)]
pub enum NoDemo {
    /// Callers would be told of people who are not there.
    #[error("the demo is not for production: its people would stand among yours (RINGLY_ENV is production)")]
    Production,
    /// The database.
    #[error(transparent)]
    Store(#[from] AppError),
    /// The story.
    #[error(transparent)]
    Told(#[from] DemoError),
}

/// Fills the demo business.
pub async fn fill(config: &Config, wanted: Wanted) -> Result<Tally, NoDemo> {
    if config.is_production() {
        return Err(NoDemo::Production);
    }
    let now = SystemClock.now();
    let clock = Arc::new(ManualClock::at(now));
    let store = Embedded::open(&config.database_url, clock.clone()).await.map_err(AppError::from)?;
    let business = seed_demo(&store).await.map_err(AppError::from)?;
    let told = demo::tell(&Crm::new(Arc::new(store.clone())), &business, &clock, now, wanted).await;
    store.close().await;
    Ok(told?)
}
