//! The log of actions, for the command line. Which store it is, only [`crate::app`] knows.

use super::AppError;
use crate::clock::SystemClock;
pub use crate::crm::local::Chain;
use crate::crm::local::Embedded;
use crate::crm::model::{Business, Source};
use crate::crm::operation::{ActionLine, ListActions};
use crate::crm::{Backend, By, Directory, Outcome, Request};
use crate::id::BusinessId;
use std::sync::Arc;

/// Checks the entries of every business.
pub async fn verify(database_url: &str) -> Result<Vec<Chain>, AppError> {
    let store = Embedded::open(database_url, Arc::new(SystemClock)).await?;
    let chains = store.verify().await;
    store.close().await;
    Ok(chains?)
}

/// What was done lately, the newest first, of one business or of each.
pub async fn list(
    database_url: &str,
    wanted: Option<BusinessId>,
    limit: usize,
) -> Result<Vec<(Business, Vec<ActionLine>)>, AppError> {
    let store = Embedded::open(database_url, Arc::new(SystemClock)).await?;
    let found = lines(&store, wanted, limit).await;
    store.close().await;
    found
}

async fn lines(
    store: &Embedded,
    wanted: Option<BusinessId>,
    limit: usize,
) -> Result<Vec<(Business, Vec<ActionLine>)>, AppError> {
    let mut found = Vec::new();
    let businesses = store.businesses().await?;
    for business in businesses.into_iter().filter(|one| wanted.is_none_or(|wanted| wanted == one.id)) {
        let list = ListActions { limit: Some(limit), ..ListActions::default() };
        let request = Request::new(business.id, Source::Api, By::owner(), list);
        if let Outcome::Actions(page) = store.perform(request).await? {
            found.push((business, page.items));
        }
    }
    Ok(found)
}
