//! The accounts of the house, and those of a house that is not open: for the command line.

use super::AppError;
use crate::accounts::{Accounts, Vault};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::crm::Directory;
use crate::crm::local::{Embedded, seed_demo};
use crate::crm::model::Business;
use crate::secrets::{Secrets, fresh_token};
use std::sync::Arc;

/// What is said of a folder that cannot be written to.
const UNUSABLE: &str = "the data folder cannot be used";

/// The accounts kept in a store.
pub(super) fn of(store: &Embedded, clock: Arc<dyn Clock>) -> Accounts {
    Accounts::new(Arc::new(store.clone()), clock, Box::new(fresh_token))
}

/// The accounts of their own that businesses have, in a store: an error where one does not open.
pub(super) async fn vault(store: &Embedded, secrets: &Secrets) -> Result<Arc<Vault>, AppError> {
    let vault = Vault::new(Arc::new(store.clone()), secrets.keyring.clone());
    vault.check().await.map_err(|error| AppError::Sealed(error.to_string()))?;
    Ok(Arc::new(vault))
}

/// The accounts behind a configuration, with the store they are kept in.
pub struct Book {
    /// Who may come in.
    pub accounts: Accounts,
    /// The accounts of their own that businesses have.
    pub vault: Arc<Vault>,
    store: Embedded,
}

impl Book {
    /// Opens the store.
    pub async fn open(config: &Config) -> Result<Self, AppError> {
        let clock = Arc::new(SystemClock);
        std::fs::create_dir_all(&config.data_dir)
            .map_err(|source| AppError::Io { what: UNUSABLE.to_owned(), source })?;
        let store = Embedded::open(&config.database_url, clock.clone()).await?;
        if !config.is_production() {
            seed_demo(&store).await?;
        }
        let secrets = Secrets::of(config).map_err(|source| AppError::Io { what: UNUSABLE.to_owned(), source })?;
        let vault = vault(&store, &secrets).await?;
        Ok(Self { accounts: of(&store, clock), vault, store })
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
