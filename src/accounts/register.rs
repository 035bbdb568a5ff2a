//! Where users, sessions and keys are kept.

use super::credentials::{OwnAccount, SealedAccount, Service};
use super::device::{Device, OwnDevice};
use super::key::ApiKey;
use super::session::Session;
use super::user::{Membership, User};
use crate::crm::Error;
use crate::crm::model::{Action, Hand, Page, Way};
use crate::id::{ApiKeyId, BusinessId, SessionId, UserId};
use async_trait::async_trait;
use jiff::Timestamp;

/// The book of who may come in. Tokens and passwords reach it as hashes only.
///
/// Whatever somebody changes is written down with whose hand it was, in the same step: in the chain of the business, and what
/// belongs to none in the chain of the house.
#[async_trait]
pub trait Register: Send + Sync {
    /// Adds somebody with the businesses they belong to; false: the address is taken, and nothing was changed.
    async fn add_user(&self, user: &User, password_hash: &str, hand: Hand) -> Result<bool, Error>;
    /// Users by e-mail address: those of a business, or all.
    async fn users(&self, of: Option<BusinessId>, way: Way<'_>) -> Result<Page<User>, Error>;
    /// One user.
    async fn user(&self, id: UserId) -> Result<Option<User>, Error>;
    /// Who has this address, and their password's hash.
    async fn password_of(&self, email: &str) -> Result<Option<(UserId, String)>, Error>;
    /// Makes somebody a member, or gives them another role.
    async fn set_member(&self, user: UserId, membership: Membership, hand: Hand) -> Result<(), Error>;
    /// Ends a membership; false: there was none.
    async fn remove_member(&self, user: UserId, business: BusinessId, hand: Hand) -> Result<bool, Error>;
    /// Begins a session and notes that they signed in. Sessions that are over are let go.
    async fn begin_session(&self, session: &Session, token_hash: &str, over: Timestamp) -> Result<(), Error>;
    /// The session with this token.
    async fn session(&self, token_hash: &str) -> Result<Option<Session>, Error>;
    /// Notes that a session was used.
    async fn session_used(&self, id: SessionId, at: Timestamp) -> Result<(), Error>;
    /// Ends a session, and forgets its telephone.
    async fn end_session(&self, id: SessionId, hand: Hand) -> Result<(), Error>;
    /// Keeps a session's telephone in place of the one it had; one that another session had is this one's now.
    async fn set_device(&self, session: SessionId, device: &Device, hand: Hand) -> Result<(), Error>;
    /// The telephones of somebody's sessions, the newest first.
    async fn devices(&self, user: UserId, way: Way<'_>) -> Result<Page<OwnDevice>, Error>;
    /// Forgets the telephone of a session of theirs; false: there was none.
    async fn remove_device(&self, user: UserId, session: SessionId, hand: Hand) -> Result<bool, Error>;
    /// Adds a key.
    async fn add_key(&self, key: &ApiKey, token_hash: &str, hand: Hand) -> Result<(), Error>;
    /// The keys of a business, revoked ones included, the newest first.
    async fn keys(&self, business: BusinessId, way: Way<'_>) -> Result<Page<ApiKey>, Error>;
    /// The key with this token.
    async fn key(&self, token_hash: &str) -> Result<Option<ApiKey>, Error>;
    /// Notes that a key was used.
    async fn key_used(&self, id: ApiKeyId, at: Timestamp) -> Result<(), Error>;
    /// Revokes a key; false: this business has none of this id that works.
    async fn revoke_key(&self, business: BusinessId, id: ApiKeyId, hand: Hand) -> Result<bool, Error>;
    /// What was done to what belongs to no business, the newest first.
    async fn house_actions(&self, way: Way<'_>) -> Result<Page<Action>, Error>;
}

/// The book of accounts that businesses have with those who carry for them. What is secret reaches it sealed.
#[async_trait]
pub trait CredentialBook: Send + Sync {
    /// Keeps an account in place of the one there was; since when.
    async fn keep_account(&self, account: &SealedAccount, shown: &str, hand: Hand) -> Result<Timestamp, Error>;
    /// Lets one go; false: there was none.
    async fn drop_account(&self, business: BusinessId, service: Service, hand: Hand) -> Result<bool, Error>;
    /// The accounts of a business.
    async fn accounts(&self, business: BusinessId) -> Result<Vec<OwnAccount>, Error>;
    /// One of them, sealed.
    async fn sealed_account(&self, business: BusinessId, service: Service) -> Result<Option<String>, Error>;
    /// Some that are not sealed with this key.
    async fn sealed_otherwise(&self, key: &str, most: u32) -> Result<Vec<SealedAccount>, Error>;
    /// Keeps one sealed anew, unless it was changed meanwhile.
    async fn seal_anew(&self, before: &SealedAccount, sealed: &str) -> Result<(), Error>;
}
