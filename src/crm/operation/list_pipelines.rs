//! The ways sales go.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::crm::model::Pipeline;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Lists the pipelines with their stages, in the order they were made in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListPipelines {}

impl Catalogued for ListPipelines {
    type Outcome = Vec<Pipeline>;

    const ABOUT: About = About {
        name: "list_pipelines",
        description: "Lists the pipelines that opportunities go through, with their stages.",
        effect: Effect::Read,
        permission: Permission::ReadRecords,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::get("/pipelines")),
    };
}
