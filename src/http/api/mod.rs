//! What the page reads and what the CRM can do, as JSON. Read next: [`catalogue`].

pub(super) mod appointments;
pub(super) mod businesses;
pub(super) mod calls;
pub(super) mod catalogue;
pub(super) mod chat;
pub(super) mod openapi;
pub(super) mod recordings;

use super::House;
use super::problem::Problem;
use crate::crm::model::Business;
use crate::id::BusinessId;

/// The business asked about; the first one when none is named.
pub(super) async fn business(house: &House, wanted: Option<BusinessId>) -> Result<Business, Problem> {
    let found = match wanted {
        Some(id) => house.directory.business(id).await?,
        None => house.directory.businesses().await?.into_iter().next(),
    };
    found.ok_or_else(|| Problem::not_found("business"))
}
