//! How reviews are asked for.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::{Error, Reason};
use crate::crm::model::ReviewSettings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Decides with which words people are asked for a review, and how often.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfigureReviews {
    /// Where a review is written.
    #[schemars(length(min = 1, max = limits::ADDRESS_MAX))]
    pub link: String,
    /// The words, with `{link}` where the address goes.
    #[schemars(length(min = 1, max = limits::TEXT_MAX))]
    pub words: String,
    /// Nobody is asked again for so many days: 90 unless said otherwise.
    pub cooldown_days: Option<u32>,
}

impl Catalogued for ConfigureReviews {
    type Outcome = ReviewSettings;

    const ABOUT: About = About {
        name: "configure_reviews",
        description: "Decides where reviews are written, with which words people are asked for one, and after how \
                      many days again.",
        effect: Effect::Write,
        permission: Permission::Configure,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::Restore,
        route: Some(Route::put("/reviews/settings")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        limits::address(&self.link)?;
        self.words = limits::text(&self.words)?;
        if !self.words.contains("{link}") {
            return Err(Error::Invalid(Reason::ReviewLink { place: "{link}".to_owned() }));
        }
        limits::text(&self.words.replace("{link}", &self.link)).map(drop)
    }
}
