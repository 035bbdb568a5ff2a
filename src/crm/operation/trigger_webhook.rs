//! A payload to a program.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::{Error, Reason};
use crate::crm::model::WebhookCall;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The largest payload: it is kept, and written down. The door takes no larger body anyway.
const PAYLOAD_BYTES_MAX: usize = 60_000;

/// Posts a payload as JSON to an address, such as an automation's. Not into private networks, unless the installation allows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TriggerWebhook {
    /// The address.
    #[schemars(length(min = 1, max = limits::ADDRESS_MAX))]
    pub url: String,
    /// What is posted.
    pub payload: Value,
}

impl Catalogued for TriggerWebhook {
    type Outcome = WebhookCall;

    const ABOUT: About = About {
        name: "trigger_webhook",
        description: "Posts a JSON payload to a web address, such as the trigger of an automation.",
        effect: Effect::Sends,
        permission: Permission::SendMessages,
        confirmation: Confirmation::Asked,
        undo: Undo::Never,
        route: Some(Route::create("/webhooks/calls")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        limits::address(&self.url)?;
        if self.payload.to_string().len() > PAYLOAD_BYTES_MAX {
            return Err(Error::Invalid(Reason::PayloadTooLarge { most: PAYLOAD_BYTES_MAX }));
        }
        Ok(())
    }
}
