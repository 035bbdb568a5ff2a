//! Where users, sessions and keys are kept.

use super::device::Device;
use super::key::ApiKey;
use super::session::Session;
use super::user::{Membership, User};
use crate::crm::Error;
use crate::id::{ApiKeyId, BusinessId, SessionId, UserId};
use async_trait::async_trait;
use jiff::Timestamp;

/// The book of who may come in. Tokens and passwords reach it as hashes only.
#[async_trait]
pub trait Register: Send + Sync {
    /// Adds somebody with the businesses they belong to; false: the address is taken, and nothing was changed.
    async fn add_user(&self, user: &User, password_hash: &str) -> Result<bool, Error>;
    /// Users by e-mail address: those of a business, or all.
    async fn users(&self, of: Option<BusinessId>) -> Result<Vec<User>, Error>;
    /// One user.
    async fn user(&self, id: UserId) -> Result<Option<User>, Error>;
    /// Who has this address, and their password's hash.
    async fn password_of(&self, email: &str) -> Result<Option<(UserId, String)>, Error>;
    /// Makes somebody a member, or gives them another role.
    async fn set_member(&self, user: UserId, membership: Membership, now: Timestamp) -> Result<(), Error>;
    /// Ends a membership; false: there was none.
    async fn remove_member(&self, user: UserId, business: BusinessId) -> Result<bool, Error>;
    /// Begins a session and notes that they signed in. Sessions that are over are let go.
    async fn begin_session(&self, session: &Session, token_hash: &str, over: Timestamp) -> Result<(), Error>;
    /// The session with this token.
    async fn session(&self, token_hash: &str) -> Result<Option<Session>, Error>;
    /// Notes that a session was used.
    async fn session_used(&self, id: SessionId, at: Timestamp) -> Result<(), Error>;
    /// Ends a session.
    async fn end_session(&self, id: SessionId) -> Result<(), Error>;
    /// Keeps a session's telephone in place of the one it had; one that another session had is this one's now.
    async fn set_device(&self, session: SessionId, device: &Device, now: Timestamp) -> Result<(), Error>;
    /// Forgets a session's telephone.
    async fn remove_device(&self, session: SessionId) -> Result<(), Error>;
    /// Adds a key.
    async fn add_key(&self, key: &ApiKey, token_hash: &str) -> Result<(), Error>;
    /// The keys of a business, revoked ones included, the newest first.
    async fn keys(&self, business: BusinessId) -> Result<Vec<ApiKey>, Error>;
    /// The key with this token.
    async fn key(&self, token_hash: &str) -> Result<Option<ApiKey>, Error>;
    /// Notes that a key was used.
    async fn key_used(&self, id: ApiKeyId, at: Timestamp) -> Result<(), Error>;
    /// Revokes a key; false: this business has none of this id that works.
    async fn revoke_key(&self, business: BusinessId, id: ApiKeyId, at: Timestamp) -> Result<bool, Error>;
}
