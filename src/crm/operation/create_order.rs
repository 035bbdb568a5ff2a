//! Something sold.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::{AMOUNT_MAX, Currency, Order, OrderItem, total_of};
use crate::id::ContactId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Makes an order. Its total is the sum of its items; one that is given must be that sum.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateOrder {
    /// To whom.
    pub contact: Option<ContactId>,
    /// What the amounts are in; none is the business's currency.
    pub currency: Option<Currency>,
    /// What it consists of: 1 to 100 items.
    #[schemars(length(min = 1, max = ITEMS_MAX))]
    pub items: Vec<OrderItem>,
    /// What is to be paid, in minor units (cents), to be checked.
    #[schemars(range(min = 0, max = AMOUNT_MAX))]
    pub total_minor: Option<i64>,
    /// Free words.
    #[serde(default)]
    #[schemars(length(max = limits::NOTES_MAX))]
    pub notes: String,
}

/// The most items of an order.
const ITEMS_MAX: usize = 100;

impl Catalogued for CreateOrder {
    type Outcome = Order;

    const ABOUT: About = About {
        name: "create_order",
        description: "Makes an order of items with amounts in minor units (cents) and adds up its total.",
        effect: Effect::Write,
        permission: Permission::WriteRecords,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::Restore,
        route: Some(Route::create("/orders")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        if self.items.is_empty() || self.items.len() > ITEMS_MAX {
            return Err(Error::Invalid(format!("an order has 1 to {ITEMS_MAX} items")));
        }
        for item in &mut self.items {
            item.name = limits::named("item", &item.name)?;
            if item.quantity == 0 {
                return Err(Error::Invalid("an item is there at least once: leave it out if it is not".to_owned()));
            }
        }
        let total = total_of(&self.items).ok_or_else(|| {
            Error::Invalid(format!("the items must add up to an amount of 0 to {AMOUNT_MAX} minor units"))
        })?;
        if self.total_minor.is_some_and(|given| given != total) {
            return Err(Error::Invalid(format!("the items add up to {total} minor units, not to the total given")));
        }
        self.notes = limits::words("notes", &self.notes, limits::NOTES_MAX)?;
        Ok(())
    }
}
