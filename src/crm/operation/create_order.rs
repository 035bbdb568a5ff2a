//! Something sold.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::{Error, Reason};
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
            return Err(Error::Invalid(Reason::OrderItems { most: ITEMS_MAX }));
        }
        for item in &mut self.items {
            item.name = limits::named("item", &item.name)?;
            if item.quantity == 0 {
                return Err(Error::Invalid(Reason::ItemMissing));
            }
        }
        let total = total_of(&self.items).ok_or(Error::Invalid(Reason::ItemsAmount { most: AMOUNT_MAX }))?;
        if self.total_minor.is_some_and(|given| given != total) {
            return Err(Error::Invalid(Reason::ItemsNotTotal { sum: total }));
        }
        self.notes = limits::words("notes", &self.notes, limits::NOTES_MAX)?;
        Ok(())
    }
}
