//! Time given back.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::id::HoldId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Lets a hold go. Letting go of one that lapsed or was booked is no error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReleaseHold {
    /// Which.
    pub hold: HoldId,
}

impl Catalogued for ReleaseHold {
    type Outcome = ();

    const ABOUT: About = About {
        name: "release_hold",
        description: "Lets go of times that were being kept.",
        effect: Effect::Write,
        permission: Permission::Reception,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::delete("/holds/{hold}")),
    };
}
