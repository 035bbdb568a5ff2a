//! The words people are sorted by.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Lists the tags in use, in alphabetical order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListTags {}

/// A tag in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TagUse {
    /// The word.
    pub tag: String,
    /// How many contacts have it.
    pub contacts: u64,
}

impl Catalogued for ListTags {
    type Outcome = Vec<TagUse>;

    const ABOUT: About = About {
        name: "list_tags",
        description: "Lists the tags in use and how many contacts have each.",
        effect: Effect::Read,
        permission: Permission::ReadContacts,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::get("/tags")),
    };
}
