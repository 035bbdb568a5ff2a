//! What is free.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::Slot;
use crate::id::{AppointmentId, HoldId, ServiceId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Finds bookable times for a service, earliest first.
///
/// Only free, open, bookable times inside `from..to` are returned (notice, horizon, buffers and other people's holds
/// respected).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FindSlots {
    /// For what.
    pub service: ServiceId,
    /// Earliest start.
    pub from: Timestamp,
    /// Latest start, exclusive.
    pub to: Timestamp,
    /// At most so many (200 at the most).
    #[schemars(range(max = FindSlots::LIMIT_MAX))]
    pub limit: usize,
    /// A hold of one's own, whose time counts as free.
    pub own_hold: Option<HoldId>,
    /// An appointment being moved, whose time counts as free.
    pub moving: Option<AppointmentId>,
}

impl FindSlots {
    /// The most slots one search returns.
    pub const LIMIT_MAX: usize = 200;
}

impl Catalogued for FindSlots {
    /// In order of time; empty when there is nothing free in what was wanted.
    type Outcome = Vec<Slot>;

    const ABOUT: About = About {
        name: "find_slots",
        description: "Finds the times at which a service can be booked, earliest first.",
        effect: Effect::Read,
        permission: Permission::Reception,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::get("/slots")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        limits::span(self.from, self.to)?;
        self.limit = self.limit.min(Self::LIMIT_MAX);
        Ok(())
    }
}
