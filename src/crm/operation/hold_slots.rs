//! Time kept while somebody decides.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::crm::error::{Error, Reason};
use crate::crm::model::Hold;
use crate::id::{AppointmentId, HoldId, ServiceId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Keeps slots free while somebody decides among them: of those wanted the first that are free, so that many who wish for
/// the same are each kept something in one step. Fails with `SlotTaken` when none is free.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HoldSlots {
    /// For what.
    pub service: ServiceId,
    /// The slots' starts, the most wanted first, none twice; at least one, at most 24.
    #[schemars(length(min = 1, max = HoldSlots::STARTS_MAX))]
    pub starts: Vec<Timestamp>,
    /// How many of them to keep; at least one.
    #[schemars(range(min = 1))]
    pub count: usize,
    /// The hold this one replaces, let go in the same transaction; it stands if this one fails.
    pub instead_of: Option<HoldId>,
    /// An appointment being moved, whose time counts as free.
    pub moving: Option<AppointmentId>,
}

impl HoldSlots {
    /// The most slots one hold chooses from: a day of half hours.
    pub const STARTS_MAX: usize = 24;
}

impl Catalogued for HoldSlots {
    type Outcome = Hold;

    const ABOUT: About = About {
        name: "hold_slots",
        description: "Keeps the first free of the wanted times for a few minutes while somebody decides among them.",
        effect: Effect::Write,
        permission: Permission::Reception,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::By("release_hold"),
        route: Some(Route::create("/holds")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        if self.count == 0 || self.starts.is_empty() || self.starts.len() > Self::STARTS_MAX {
            return Err(Error::Invalid(Reason::HoldTimes { most: Self::STARTS_MAX }));
        }
        Ok(())
    }
}
