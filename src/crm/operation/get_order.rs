//! One order.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::crm::model::Order;
use crate::id::OrderId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Reads an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetOrder {
    /// Which.
    pub order: OrderId,
}

impl Catalogued for GetOrder {
    type Outcome = Order;

    const ABOUT: About = About {
        name: "get_order",
        description: "Reads an order with its items and what was paid.",
        effect: Effect::Read,
        permission: Permission::ReadRecords,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::get("/orders/{order}")),
    };
}
