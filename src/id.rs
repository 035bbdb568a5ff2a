//! Identifiers, one type per noun, so that a contact can never be asked for with a call's id.
//!
//! Each is a `UUIDv7`: unguessable enough not to be walked, and sorted by creation. (Those of the copilot's sessions say of
//! themselves that they are.) A leaf: depends on nothing in the crate.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::{fmt, str::FromStr};
use uuid::{Builder, Uuid, Version};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id, made of the time and randomness: never called from the pure core.
            pub fn fresh() -> Self { Self(Uuid::now_v7()) }
            /// An id from its value, for fixed demo rows and tests.
            pub const fn from_u128(value: u128) -> Self { Self(Uuid::from_u128(value)) }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool { true }
            fn schema_name() -> Cow<'static, str> { stringify!($name).into() }
            fn json_schema(_: &mut SchemaGenerator) -> Schema { json_schema!({ "type": "string", "format": "uuid" }) }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> { text.parse().map(Self) }
        }
    )*};
}

impl ChatId {
    /// A new id of a session of the copilot: of version 8, so that it is known for one when the session is long over.
    pub fn of_copilot() -> Self {
        Self(Builder::from_bytes(Uuid::now_v7().into_bytes()).with_version(Version::Custom).into_uuid())
    }

    /// Whether it is of a session of the copilot.
    pub fn is_of_copilot(self) -> bool {
        self.0.get_version() == Some(Version::Custom)
    }
}

ids! {
    /// A business we answer for: the tenant.
    BusinessId
    /// A person in a business's CRM.
    ContactId
    /// A service a business offers, such as a cleaning.
    ServiceId
    /// A calendar appointments are booked in.
    CalendarId
    /// A booked appointment.
    AppointmentId
    /// A phone conversation.
    CallId
    /// A message taken or sent.
    MessageId
    /// A promise to keep a slot free for somebody until it is booked, let go or expires.
    HoldId
    /// A note on a contact.
    NoteId
    /// A pipeline that opportunities go through.
    PipelineId
    /// A stage of a pipeline.
    StageId
    /// A sale that may come of it.
    OpportunityId
    /// A step of an opportunity on its way.
    OpportunityStepId
    /// Something to do.
    TaskId
    /// Something sold.
    OrderId
    /// Money that came or went.
    TransactionId
    /// A text conversation (web chat or SMS).
    ChatId
    /// Everything said with a contact.
    ConversationId
    /// A contact in a workflow.
    EnrolmentId
    /// A message to many.
    CampaignId
    /// A contact in a campaign.
    CampaignMemberId
    /// An account of a social network.
    SocialAccountId
    /// A post for social networks.
    SocialPostId
    /// How reviews are asked for.
    ReviewSettingsId
    /// Somebody who was asked for a review.
    ReviewRequestId
    /// A payload posted to a program.
    WebhookCallId
    /// An entry of what people want to hear.
    ConsentEntryId
    /// Something that was done and written down.
    ActionId
    /// A filter of contacts kept under a name.
    SmartListId
    /// A file of contacts brought in.
    ImportId
    /// Somebody who signs in.
    UserId
    /// Being signed in.
    SessionId
    /// A key a program or a model asks with.
    ApiKeyId
    /// A workflow.
    WorkflowId
    /// A question to a person whether something may be done.
    ConsentId
}
