//! Money that came or went.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::{Error, Reason};
use crate::crm::model::{AMOUNT_MAX, Currency, Transaction, TransactionKind};
use crate::id::OrderId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Records a payment or a refund of an order; no money moves by it. The same reference of the same provider with the same
/// amount is the same transaction, and is not recorded again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordTransaction {
    /// For which order.
    pub order: OrderId,
    /// Which way it went.
    pub kind: TransactionKind,
    /// How much, in minor units (cents): a payment no more than is owed, a refund no more than was paid.
    #[schemars(range(min = 1, max = AMOUNT_MAX))]
    pub amount_minor: i64,
    /// What that is in; none is the order's currency, which it must be.
    pub currency: Option<Currency>,
    /// By which way: `cash`, `card`, `stripe`.
    #[schemars(length(min = 1, max = limits::NAME_MAX))]
    pub provider: String,
    /// What the provider calls it.
    #[schemars(length(max = limits::NAME_MAX))]
    pub reference: Option<String>,
}

impl Catalogued for RecordTransaction {
    type Outcome = Transaction;

    const ABOUT: About = About {
        name: "record_transaction",
        description: "Records that a payment for an order came in, or that one was refunded; it moves no money itself.",
        effect: Effect::Write,
        permission: Permission::WriteRecords,
        confirmation: Confirmation::Asked,
        undo: Undo::Restore,
        route: Some(Route::create("/transactions")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        if !(1..=AMOUNT_MAX).contains(&self.amount_minor) {
            return Err(Error::Invalid(Reason::AmountRange { most: AMOUNT_MAX }));
        }
        self.provider = limits::named("provider", &self.provider)?.to_lowercase();
        if let Some(reference) = &self.reference {
            self.reference = Some(limits::name(reference)?).filter(|reference| !reference.is_empty());
        }
        Ok(())
    }
}
