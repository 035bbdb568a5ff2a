//! Who was asked for a review.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::{Page, ReviewRequest};
use crate::id::ContactId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Lists who was asked for a review, the newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListReviewRequests {
    /// Only this contact.
    pub contact: Option<ContactId>,
    /// At most so many: 50 unless said otherwise, 200 at the most.
    #[schemars(range(min = 1, max = limits::LIST_MAX))]
    pub limit: Option<usize>,
    /// Where the page begins: `next` of the page before.
    pub cursor: Option<String>,
}

impl Catalogued for ListReviewRequests {
    type Outcome = Page<ReviewRequest>;

    const ABOUT: About = About {
        name: "list_review_requests",
        description: "Lists which contacts were asked for a review and when, the newest first.",
        effect: Effect::Read,
        permission: Permission::ReadMessages,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::get("/reviews/requests")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        limits::page(&mut self.limit);
        Ok(())
    }
}
