//! What somebody said they want to hear.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::{Error, Reason};
use crate::crm::model::{Channel, Consent, ConsentWish};
use crate::id::ContactId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Enters in the ledger what somebody said they want to hear by a channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordConsent {
    /// Who.
    pub contact: ContactId,
    /// By which channel.
    pub channel: Channel,
    /// What they want.
    pub wish: ConsentWish,
    /// The evidence: the words in which they said it.
    #[schemars(length(max = limits::NOTES_MAX))]
    pub words: String,
}

impl Catalogued for RecordConsent {
    type Outcome = Consent;

    const ABOUT: About = About {
        name: "record_consent",
        description: "Notes that a contact wants no more messages by a channel, or wants them again, with the words in \
                      which they said it.",
        effect: Effect::Write,
        permission: Permission::WriteContacts,
        confirmation: Confirmation::Asked,
        undo: Undo::Never,
        route: Some(Route::create("/contacts/{contact}/consents")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        self.words = limits::words("evidence", &self.words, limits::NOTES_MAX)?;
        if self.words.is_empty() {
            return Err(Error::Invalid(Reason::ConsentWords));
        }
        Ok(())
    }
}
