//! Money that came and went, a page at a time.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::{Page, Transaction, TransactionKind};
use crate::id::{ContactId, OrderId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Lists transactions that fit every filter given, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListTransactions {
    /// Of this order.
    pub order: Option<OrderId>,
    /// Of this contact's orders.
    pub contact: Option<ContactId>,
    /// That went this way.
    pub kind: Option<TransactionKind>,
    /// Recorded at or after.
    pub created_from: Option<Timestamp>,
    /// Recorded before.
    pub created_before: Option<Timestamp>,
    /// At most so many: 50 unless said otherwise, 200 at the most.
    #[schemars(range(min = 1, max = limits::LIST_MAX))]
    pub limit: Option<usize>,
    /// Where the page begins: `next` of the page before.
    pub cursor: Option<String>,
}

impl Catalogued for ListTransactions {
    type Outcome = Page<Transaction>;

    const ABOUT: About = About {
        name: "list_transactions",
        description: "Lists payments and refunds a page at a time, the newest first, by order, contact, kind or time.",
        effect: Effect::Read,
        permission: Permission::ReadRecords,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::get("/transactions")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        limits::page(&mut self.limit);
        Ok(())
    }
}
