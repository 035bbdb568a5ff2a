//! What the page reads and what the CRM can do, as JSON. Read next: [`catalogue`].

pub(super) mod appointments;
pub(super) mod auth;
pub(super) mod businesses;
pub(super) mod calls;
pub(super) mod catalogue;
pub(super) mod chat;
pub(super) mod copilot;
pub(super) mod credentials;
pub(super) mod described;
pub(super) mod docs;
pub(super) mod events;
pub(super) mod export;
pub(super) mod house;
pub(super) mod imports;
pub(super) mod keys;
pub(super) mod mobile;
pub(super) mod openapi;
pub(super) mod recordings;
pub(super) mod users;

use super::House;
use super::problem::Problem;
use crate::accounts::Caller;
use crate::crm::model::{Business, Source};
use crate::crm::operation::{By, Permission};
use crate::crm::{Operation, Outcome, Request};
use crate::id::BusinessId;

/// Rows of a page, unless another number is asked for.
const PAGE: usize = 50;
/// The most rows of a page.
const PAGE_MAX: usize = 200;

/// How many rows a page has.
fn page_of(limit: Option<usize>) -> usize {
    limit.unwrap_or(PAGE).clamp(1, PAGE_MAX)
}

/// The business asked about, and as whom: the first of theirs that was added when none is named. One that is not theirs is not
/// found.
pub(super) async fn place(
    house: &House,
    caller: &Caller,
    wanted: Option<BusinessId>,
) -> Result<(Business, By), Problem> {
    let found = match wanted.or_else(|| caller.only()) {
        Some(id) => house.directory.business(id).await?,
        None => house.directory.businesses().await?.into_iter().find(|business| caller.at(business.id).is_some()),
    };
    let found = found.and_then(|business| caller.at(business.id).map(|by| (business, by)));
    found.ok_or_else(|| Problem::not_found("business"))
}

/// The same for what needs a permission.
pub(super) async fn business(
    house: &House,
    caller: &Caller,
    wanted: Option<BusinessId>,
    needs: Permission,
) -> Result<Business, Problem> {
    let (business, by) = place(house, caller, wanted).await?;
    if by.may.hold(needs) { Ok(business) } else { Err(Problem::forbidden(needs)) }
}

/// What comes of an operation that is asked for outside of the catalogue's own routes.
async fn ask(
    house: &House,
    (business, by): (BusinessId, By),
    operation: impl Into<Operation>,
) -> Result<Outcome, Problem> {
    Ok(house.crm.perform(Request::new(business, Source::Api, by, operation)).await?)
}

/// A backend answered something else than it was asked.
fn unexpected() -> Problem {
    tracing::error!("a backend answered something else than it was asked");
    Problem::internal()
}
