//! Reaching many: workflows, campaigns, social posts, review requests, and the calls of webhooks.

use super::conversations::{Delivery, Medium};
use crate::id::{
    BusinessId, CampaignId, CampaignMemberId, ContactId, EnrolmentId, MessageId, ReviewRequestId, ReviewSettingsId,
    SocialAccountId, SocialPostId, WebhookCallId, WorkflowId,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Something that is done with contacts step by step. Which steps, and doing them, is not part of this version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Workflow {
    /// Its id.
    pub id: WorkflowId,
    /// The tenant it belongs to.
    pub business: BusinessId,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Whether contacts can be added to it.
    pub active: bool,
    /// Counts the changes.
    pub version: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A contact in a workflow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Enrolment {
    /// Its id.
    pub id: EnrolmentId,
    /// The tenant it belongs to.
    pub business: BusinessId,
    /// In which workflow.
    pub workflow: WorkflowId,
    /// Who.
    pub contact: ContactId,
    /// Where it stands.
    pub state: EnrolmentState,
    /// When the event it is about begins, if it is about one.
    pub event_start: Option<Timestamp>,
    /// Counts the changes.
    pub version: u64,
    /// When they were added.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Where a contact in a workflow stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EnrolmentState {
    /// They are in it, and it waits for what runs workflows.
    Waiting,
    /// They were taken out.
    Removed,
}

/// A message to many. Sending it is not part of this version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Campaign {
    /// Its id.
    pub id: CampaignId,
    /// The tenant it belongs to.
    pub business: BusinessId,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Where it stands.
    pub status: CampaignStatus,
    /// Counts the changes.
    pub version: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Where a campaign stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CampaignStatus {
    /// It is being prepared.
    #[default]
    Draft,
    /// It is for its members to get.
    Active,
    /// It is over: nobody is added any more.
    Ended,
}

/// A contact in a campaign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CampaignMember {
    /// Its id.
    pub id: CampaignMemberId,
    /// The tenant it belongs to.
    pub business: BusinessId,
    /// In which campaign.
    pub campaign: CampaignId,
    /// Who.
    pub contact: ContactId,
    /// Counts the changes.
    pub version: u64,
    /// When they were added.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Where posts of a business go: the address of a program that puts them on a social network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SocialAccount {
    /// Its id.
    pub id: SocialAccountId,
    /// The tenant it belongs to.
    pub business: BusinessId,
    /// Which network, in small letters: `facebook`.
    pub platform: String,
    /// What people call it.
    pub name: String,
    /// Where posts are sent. Whoever knows it can post.
    pub webhook: String,
    /// Counts the changes.
    pub version: u64,
    /// When it was connected.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// The most accounts one post goes to.
pub const ACCOUNTS_MAX: usize = 20;

/// A post for social networks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SocialPost {
    /// Its id.
    pub id: SocialPostId,
    /// The tenant it belongs to.
    pub business: BusinessId,
    /// Where it goes.
    pub accounts: Vec<SocialAccountId>,
    /// The words.
    pub text: String,
    /// Pictures and the like, by address.
    pub media: Vec<String>,
    /// Where it stands.
    pub status: PostStatus,
    /// When it is published, once that is decided.
    pub due_at: Option<Timestamp>,
    /// When it was.
    pub published_at: Option<Timestamp>,
    /// Where it did not arrive, and why.
    pub trouble: Option<String>,
    /// Counts the changes.
    pub version: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Where a post stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PostStatus {
    /// It is being written.
    Draft,
    /// It is published when its time comes.
    Scheduled,
    /// It has arrived at every account.
    Published,
    /// It has not arrived everywhere.
    Failed,
}

/// What asks for a review, and how often one person is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReviewSettings {
    /// Its id.
    pub id: ReviewSettingsId,
    /// The tenant it belongs to.
    pub business: BusinessId,
    /// Where a review is written.
    pub link: String,
    /// The words, with `{link}` where the address goes.
    pub words: String,
    /// Nobody is asked again for so many days.
    pub cooldown_days: u32,
    /// Counts the changes.
    pub version: u64,
    /// When it was first decided.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Somebody was asked for a review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReviewRequest {
    /// Its id.
    pub id: ReviewRequestId,
    /// The tenant it belongs to.
    pub business: BusinessId,
    /// Who.
    pub contact: ContactId,
    /// By what.
    pub medium: Medium,
    /// The message that asked; where that stands, it says.
    pub message: MessageId,
    /// Counts the changes.
    pub version: u64,
    /// When.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A payload posted, or to be posted, to a program's address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookCall {
    /// Its id; it travels along as `Idempotency-Key`.
    pub id: WebhookCallId,
    /// The tenant it belongs to.
    pub business: BusinessId,
    /// The address.
    pub url: String,
    /// What is posted.
    pub payload: Value,
    /// The post it publishes.
    pub post: Option<SocialPostId>,
    /// Where it stands.
    pub delivery: Delivery,
    /// When it is to go out, while it waits.
    pub due_at: Option<Timestamp>,
    /// How often it was taken up to be posted.
    pub attempts: u32,
    /// The HTTP status of the answer.
    pub status: Option<u16>,
    /// The beginning of the answer.
    pub answer: Option<String>,
    /// Why it did not go out, or not yet.
    pub trouble: Option<String>,
    /// Counts the changes.
    pub version: u64,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}
