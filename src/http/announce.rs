//! A call as it is announced to the switchboard, whichever door it came through.

use super::House;
use crate::crm::model::Business;
use crate::phone::E164;
use crate::switchboard::Incoming;
use std::sync::Arc;

/// A call to this business, of a phone that can be connected again; who calls is looked up by the number, where there is one,
/// and who works there.
pub(super) async fn incoming(
    house: &House,
    call_sid: &str,
    from: Option<E164>,
    to: E164,
    business: Business,
) -> Incoming {
    let contact = match &from {
        Some(phone) => house.book.contact_by_phone(business.id, phone).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the caller could not be looked up");
            None
        }),
        None => None,
    };
    let staff = house.accounts.staff(business.id).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "who works there could not be looked up");
        Vec::new()
    });
    Incoming { call_sid: call_sid.to_owned(), from, to, business: Arc::new(business), contact, staff, returns: true }
}
