//! The accounts of the house, and those of a house that is not open: for the command line.

use super::AppError;
use crate::accounts::Accounts;
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::crm::Directory;
use crate::crm::local::{Embedded, seed_demo};
use crate::crm::model::Business;
use crate::secrets::fresh_token;
use std::sync::Arc;

/// The accounts kept in a store.
pub(super) fn of(store: &Embedded, clock: Arc<dyn Clock>) -> Accounts {
    Accounts::new(Arc::new(store.clone()), clock, Box::new(fresh_token))
}

/// The accounts behind a configuration, with the store they are kept in.
pub struct Book {
    /// Who may come in.
    pub accounts: Accounts,
    store: Embedded,
}

impl Book {
    /// Opens the store.
    pub async fn open(config: &Config) -> Result<Self, AppError> {
        let clock = Arc::new(SystemClock);
        std::fs::create_dir_all(&config.data_dir)
            .map_err(|source| AppError::Io { what: "the data folder cannot be used".to_owned(), source })?;
        let store = Embedded::open(&config.database_url, clock.clone()).await?;
        if !config.is_production() {
            seed_demo(&store).await?;
        }
        Ok(Self { accounts: of(&store, clock), store })
    }

    /// The businesses there are.
    pub async fn businesses(&self) -> Result<Vec<Business>, AppError> {
        Ok(self.store.businesses().await?)
    }

    /// Closes the store.
    pub async fn close(self) {
        self.store.close().await;
    }
}
