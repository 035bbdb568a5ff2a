//! What was done, by whom, and what it changed: enough to show it, to check it and to take it back.

use super::Source;
use crate::id::{ActionId, ApiKeyId, BusinessId, UserId, WorkflowId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// On whose word something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Who {
    /// Whoever calls or writes, as the agent understood them.
    Caller,
    /// Whoever holds the token printed at start.
    Owner,
    /// Somebody who signed in.
    User(UserId),
    /// A program, or a model, with a key of its own.
    Key(ApiKeyId),
    /// A workflow that went on.
    Workflow(WorkflowId),
    /// The house itself: what is due by time, what a crash left.
    House,
}

/// Which machine read what somebody wanted, where they did not ask by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Ai {
    /// The receptionist: as it understood whoever calls or writes.
    Receptionist,
    /// The copilot: as it understood whoever runs the business.
    Copilot,
    /// A model that came in by the Model Context Protocol.
    Model {
        /// What its client calls itself. Nobody has proved it.
        client: Option<String>,
    },
}

/// On whose word something is done, and by which door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hand {
    /// Who.
    pub who: Who,
    /// The door.
    pub door: Source,
}

impl Hand {
    /// The house by itself.
    pub fn house() -> Self {
        Self { who: Who::House, door: Source::House }
    }
}

/// Stands for the business in what is done to the house itself, which is none.
pub const HOUSE: BusinessId = BusinessId::from_u128(0);

/// The kinds of rows whose changes are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is a noun of the model")]
pub enum Kind {
    ApiKey,
    Appointment,
    Business,
    Call,
    Campaign,
    CampaignMember,
    Consent,
    Contact,
    ContactField,
    Conversation,
    ConversationMessage,
    Credentials,
    Device,
    Enrolment,
    Import,
    Member,
    Message,
    Note,
    Opportunity,
    OpportunityStep,
    Order,
    Pipeline,
    Stage,
    Task,
    Transaction,
    SmartList,
    ReviewRequest,
    ReviewSettings,
    SocialAccount,
    SocialPost,
    User,
    WebhookCall,
    Workflow,
}

impl Kind {
    /// Its name for people.
    pub fn noun(self) -> &'static str {
        match self {
            Self::ApiKey => "key",
            Self::Appointment => "appointment",
            Self::Business => "business",
            Self::Call => "call",
            Self::Campaign => "campaign",
            Self::CampaignMember => "campaign member",
            Self::Consent => "consent",
            Self::Contact => "contact",
            Self::ContactField => "field",
            Self::Conversation => "conversation",
            Self::Credentials => "credentials",
            Self::Device => "telephone",
            Self::Enrolment => "enrolment",
            Self::Import => "import",
            Self::Member => "member",
            Self::ConversationMessage | Self::Message => "message",
            Self::Note => "note",
            Self::Opportunity => "opportunity",
            Self::OpportunityStep => "step of an opportunity",
            Self::Order => "order",
            Self::Pipeline => "pipeline",
            Self::Stage => "stage",
            Self::Task => "task",
            Self::Transaction => "transaction",
            Self::SmartList => "smart list",
            Self::ReviewRequest => "review request",
            Self::ReviewSettings => "review settings",
            Self::SocialAccount => "social account",
            Self::SocialPost => "post",
            Self::User => "user",
            Self::WebhookCall => "webhook call",
            Self::Workflow => "workflow",
        }
    }
}

/// One row before and after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// What it is.
    pub kind: Kind,
    /// Which.
    pub id: String,
    /// As it was; none when it is new.
    pub before: Option<Value>,
    /// As it is; none when it is gone.
    pub after: Option<Value>,
}

/// An operation that changed something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Action {
    /// Its id.
    pub id: ActionId,
    /// The tenant it belongs to.
    pub business: BusinessId,
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
    /// What it changed, in order; none once that was erased, and for whoever may not do such a thing themselves.
    pub changes: Option<Vec<Change>>,
    /// The action it took back.
    pub undoes: Option<ActionId>,
    /// The action that took it back.
    pub undone_by: Option<ActionId>,
}

/// That something was done, for those who follow: what it touched, and nothing of what stands there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Happened {
    /// Counts the actions of a business, from 1.
    pub number: u64,
    /// The action.
    pub action: ActionId,
    /// When.
    pub at: Timestamp,
    /// The operation's name.
    pub operation: String,
    /// What it touched, in order; none once that was erased.
    pub rows: Vec<Touched>,
}

/// A row that is another one now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Touched {
    /// What it is.
    pub kind: Kind,
    /// Which.
    pub id: String,
    /// At which version it is; none when it is gone, or when versions of it are not counted.
    pub version: Option<u64>,
}

impl From<Action> for Happened {
    fn from(action: Action) -> Self {
        let touched = |Change { kind, id, after, .. }: Change| {
            let version = after.as_ref().and_then(|row| row.get("version")).and_then(Value::as_u64);
            Touched { kind, id, version }
        };
        Self {
            number: action.number,
            action: action.id,
            at: action.at,
            operation: action.operation,
            rows: action.changes.unwrap_or_default().into_iter().map(touched).collect(),
        }
    }
}
