//! What was done, by whom.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::{Ai, Page, Source, Who};
use crate::id::ActionId;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Lists what was done, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListActions {
    /// What changed this: the id of a contact, an appointment, a note, or the key of a field.
    #[schemars(length(max = limits::NAME_MAX))]
    pub concerning: Option<String>,
    /// On whose word: `caller`, `owner`, `house`, or the id of a user, a key or a workflow; or `ai` for what no hand did.
    #[schemars(length(max = limits::NAME_MAX))]
    pub who: Option<String>,
    /// By this operation.
    pub operation: Option<String>,
    /// At or after.
    pub since: Option<Timestamp>,
    /// At most so many: 50 unless said otherwise, 200 at the most.
    #[schemars(range(min = 1, max = limits::LIST_MAX))]
    pub limit: Option<usize>,
    /// Where the page begins: `next` of the page before.
    pub cursor: Option<String>,
}

/// What was done, without what exactly it changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ActionLine {
    /// Its id.
    pub id: ActionId,
    /// Counts the actions of a business, from 1.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// By which door.
    pub door: Source,
    /// On whose word.
    pub who: Who,
    /// As which machine understood it; none: they asked for it by hand.
    pub ai: Option<Ai>,
    /// The operation's name.
    pub operation: String,
    /// How many rows it changed.
    pub rows: u64,
    /// The action it took back.
    pub undoes: Option<ActionId>,
    /// The action that took it back.
    pub undone_by: Option<ActionId>,
}

impl Catalogued for ListActions {
    type Outcome = Page<ActionLine>;

    const ABOUT: About = About {
        name: "list_actions",
        description: "Lists what was done and by whom, the newest first; of one contact, of one person, or since a time.",
        effect: Effect::Read,
        permission: Permission::ReadHistory,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::get("/actions")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        for text in [&mut self.concerning, &mut self.who, &mut self.operation] {
            *text = text.take().map(|text| limits::name(&text)).transpose()?;
        }
        limits::page(&mut self.limit);
        Ok(())
    }
}
