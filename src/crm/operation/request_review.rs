//! A review asked for.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::{Medium, ReviewRequest};
use crate::id::ContactId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Asks a contact for a review, by text unless said otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestReview {
    /// Whom.
    pub contact: ContactId,
    /// By what: `sms` or `email`; none: by text if there is a number.
    pub medium: Option<Medium>,
    /// What it is about, when it is e-mail.
    pub subject: Option<String>,
}

impl Catalogued for RequestReview {
    type Outcome = ReviewRequest;

    const ABOUT: About = About {
        name: "request_review",
        description: "Asks a contact for a review with the business's own words and link, unless they were asked \
                      lately.",
        effect: Effect::Sends,
        permission: Permission::SendMessages,
        confirmation: Confirmation::Asked,
        undo: Undo::Never,
        route: Some(Route::create("/reviews/requests")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        if let Some(subject) = &mut self.subject {
            *subject = limits::subject(subject)?;
        }
        Ok(())
    }
}
