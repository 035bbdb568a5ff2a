//! Who may come in: people who sign in with a password, programs that have a key, and what each may do in which business.
//!
//! A door brings what it was shown and gets a [`Caller`], who answers for a business with a [`crate::crm::operation::By`]:
//! from there on the catalogue's permissions decide. This module knows no door and no SQL; what is kept is behind
//! [`Register`].
//!
//! Invariant: passwords and tokens are kept as hashes only, and are never logged.
//! Invariant: who is unknown and who mistypes are told the same, in the same time.
//! Invariant: nobody gives away a permission they do not have.
//!
//! Read next: [`role`] for what people may do, [`sign_in`] for how often one may try.

mod caller;
mod credentials;
mod device;
mod key;
mod password;
mod register;
mod role;
mod session;
mod sign_in;
mod token;
mod user;

pub use caller::Caller;
pub use credentials::{CarrierAccount, MailAccount, OwnAccount, SealedAccount, Service, TwilioAccount, Vault};
pub use device::{Device, OwnDevice, Platform};
pub use key::{ApiKey, NewKey};
pub use password::Password;
pub use register::{CredentialBook, Register};
pub use role::Role;
pub use session::Session;
pub use user::{HouseRole, Membership, NewUser, User};

use crate::clock::Clock;
use crate::crm::model::{Action, Page, Source, Way, looks_like_email};
use crate::crm::operation::{Permission, Permissions};
use crate::id::{ApiKeyId, BusinessId, SessionId, UserId};
use crate::seal::SealError;
use jiff::{SignedDuration, Timestamp};
use password::Passwords;
use schemars::JsonSchema;
use serde::Deserialize;
use sign_in::Attempts;
use std::net::IpAddr;
use std::sync::Arc;
use token::digest;

/// Makes what cannot be guessed.
pub type Mint = Box<dyn Fn() -> std::io::Result<String> + Send + Sync>;

/// Why somebody was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// The address is unknown or the password wrong: which of them is not said.
    #[error("the e-mail address or the password is wrong")]
    Wrong,
    /// Too many attempts; how long to wait.
    #[error("too many attempts")]
    TooMany(SignedDuration),
    /// They may not.
    #[error("{0} is not allowed")]
    Forbidden(&'static str),
    /// Nothing of theirs is called so.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// Somebody has this address already.
    #[error("somebody signs in with this e-mail address already")]
    EmailTaken,
    /// The input is wrong; the text says what to do.
    #[error("{0}")]
    Invalid(String),
    /// Something of ours is broken.
    #[error("{0}")]
    Broken(String),
    /// The store.
    #[error(transparent)]
    Store(#[from] crate::crm::Error),
}

/// What one signs in with.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// The e-mail address.
    pub email: String,
    /// The password.
    pub password: Password,
}

/// Somebody who has just signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// Who.
    pub user: User,
    /// What they come with from now on: shown this once.
    pub token: String,
}

/// The accounts of the house.
pub struct Accounts {
    register: Arc<dyn Register>,
    clock: Arc<dyn Clock>,
    mint: Mint,
    passwords: Passwords,
    attempts: Attempts,
}

impl Accounts {
    /// The accounts kept in a register.
    pub fn new(register: Arc<dyn Register>, clock: Arc<dyn Clock>, mint: Mint) -> Self {
        Self { register, clock, mint, passwords: Passwords::new(), attempts: Attempts::new() }
    }

    /// Who comes with this token, when it is one of ours that still holds.
    pub async fn authenticate(&self, token: &str) -> Result<Option<Caller>, Error> {
        if token.starts_with(token::KEY) {
            self.key_holder(token).await
        } else if token.starts_with(token::SESSION) {
            self.session_holder(token).await
        } else {
            Ok(None)
        }
    }

    async fn key_holder(&self, token: &str) -> Result<Option<Caller>, Error> {
        let key = self.register.key(&digest(token)).await?.filter(|key| key.revoked_at.is_none());
        let Some(key) = key else { return Ok(None) };
        let now = self.clock.now();
        if key.used_at.is_none_or(|used| now.duration_since(used) >= key::NOTED_EVERY) {
            noted(self.register.key_used(key.id, now).await);
        }
        Ok(Some(Caller::key(key.id, key.business, key.may())))
    }

    async fn session_holder(&self, token: &str) -> Result<Option<Caller>, Error> {
        let now = self.clock.now();
        let session = self.register.session(&digest(token)).await?.filter(|session| session.holds(now));
        let Some(session) = session else { return Ok(None) };
        let Some(user) = self.register.user(session.user).await? else { return Ok(None) };
        if now.duration_since(session.used_at) >= session::NOTED_EVERY {
            noted(self.register.session_used(session.id, now).await);
        }
        Ok(Some(Caller::user(user.id, session.id, user.role == HouseRole::Admin, &user.businesses)))
    }

    /// Signs somebody in.
    pub async fn sign_in(&self, credentials: Credentials, from: IpAddr) -> Result<SignedIn, Error> {
        let now = self.clock.now();
        let email = credentials.email.trim().to_lowercase();
        self.attempts.admit(&email, from, now)?;
        // What is no address is nobody's; databases need not be asked what they cannot hold.
        let known = if looks_like_email(&email) { self.register.password_of(&email).await? } else { None };
        let (known, hash) = known.unzip();
        let fits = self.passwords.fits(credentials.password, hash).await?;
        let Some(user) = known.filter(|_| fits) else {
            tracing::info!("a sign-in was refused");
            return Err(Error::Wrong);
        };
        self.attempts.right(&email, from);
        let token = self.token(token::SESSION)?;
        let session = Session { id: SessionId::fresh(), user, used_at: now, created_at: now };
        let over = now.checked_sub(session::IDLE_MAX).unwrap_or(Timestamp::MIN);
        self.register.begin_session(&session, &digest(&token), over).await?;
        tracing::info!(%user, session = %session.id, "signed in");
        let user = self.register.user(user).await?.ok_or(Error::Wrong)?;
        Ok(SignedIn { user, token })
    }

    /// Ends the session somebody came with; whoever came without one is no less signed out.
    pub async fn sign_out(&self, caller: &Caller, door: Source) -> Result<(), Error> {
        match caller.session() {
            Some(session) => Ok(self.register.end_session(session, caller.hand(door)).await?),
            None => Ok(()),
        }
    }

    /// Says where the telephone of somebody's session is notified.
    pub async fn set_device(&self, caller: &Caller, door: Source, device: Device) -> Result<(), Error> {
        device.check()?;
        Ok(self.register.set_device(session_of(caller)?, &device, caller.hand(door)).await?)
    }

    /// The telephone of somebody's session is notified no more; that there was none is no matter.
    pub async fn remove_device(&self, caller: &Caller, door: Source) -> Result<(), Error> {
        let (user, session) = (user_of(caller)?, session_of(caller)?);
        self.register.remove_device(user, session, caller.hand(door)).await?;
        Ok(())
    }

    /// The telephones of one's own, the newest first.
    pub async fn devices(&self, caller: &Caller, way: Way<'_>) -> Result<Page<OwnDevice>, Error> {
        Ok(self.register.devices(user_of(caller)?, way).await?)
    }

    /// A telephone of one's own, lost or sold, is notified no more.
    pub async fn forget_device(&self, caller: &Caller, door: Source, session: SessionId) -> Result<(), Error> {
        let removed = self.register.remove_device(user_of(caller)?, session, caller.hand(door)).await?;
        if removed { Ok(()) } else { Err(Error::NotFound("device")) }
    }

    /// One user.
    pub async fn user(&self, id: UserId) -> Result<User, Error> {
        self.register.user(id).await?.ok_or(Error::NotFound("user"))
    }

    /// Adds somebody who signs in. Whoever runs the house may.
    pub async fn add_user(&self, by: &Caller, door: Source, mut new: NewUser) -> Result<User, Error> {
        runs_the_house(by)?;
        new.check()?;
        let NewUser { email, password, first_name, last_name, role, businesses } = new;
        let user = User {
            id: UserId::fresh(),
            email,
            first_name,
            last_name,
            role,
            email_verified: false,
            businesses,
            last_login_at: None,
            created_at: self.now(),
        };
        let hash = self.passwords.hash(password).await?;
        if !self.register.add_user(&user, &hash, by.hand(door)).await? {
            return Err(Error::EmailTaken);
        }
        tracing::info!(user = %user.id, "a user was added");
        Ok(user)
    }

    /// The users of a business; of every one when none is named, for whoever runs the house.
    pub async fn users(&self, by: &Caller, of: Option<BusinessId>, way: Way<'_>) -> Result<Page<User>, Error> {
        let Some(business) = of else {
            runs_the_house(by)?;
            return Ok(self.register.users(None, way).await?);
        };
        manages_access(by, business)?;
        let mut users = self.register.users(Some(business), way).await?;
        for user in users.items.iter_mut().filter(|_| !by.runs_the_house()) {
            // Where else they work is not this business's to know.
            user.businesses.retain(|one| one.business == business);
        }
        Ok(users)
    }

    /// The names of those who work for a business: callers ask for them.
    pub async fn staff(&self, business: BusinessId) -> Result<Vec<String>, Error> {
        let users = self.register.users(Some(business), (None, None)).await?;
        Ok(users.items.iter().map(User::full_name).filter(|name| !name.is_empty()).collect())
    }

    /// Makes somebody a member of a business, or gives them another role there. Whoever runs the house may.
    pub async fn set_member(
        &self,
        by: &Caller,
        door: Source,
        user: UserId,
        membership: Membership,
    ) -> Result<User, Error> {
        runs_the_house(by)?;
        self.user(user).await?;
        self.register.set_member(user, membership, by.hand(door)).await?;
        self.user(user).await
    }

    /// Ends a membership. Whoever runs the house may.
    pub async fn remove_member(
        &self,
        by: &Caller,
        door: Source,
        user: UserId,
        business: BusinessId,
    ) -> Result<(), Error> {
        runs_the_house(by)?;
        let removed = self.register.remove_member(user, business, by.hand(door)).await?;
        if removed { Ok(()) } else { Err(Error::NotFound("member")) }
    }

    /// Makes a key; its text is shown this once.
    pub async fn create_key(
        &self,
        by: &Caller,
        door: Source,
        business: BusinessId,
        mut new: NewKey,
    ) -> Result<(ApiKey, String), Error> {
        let may = manages_access(by, business)?;
        new.check()?;
        if !new.scopes.iter().all(|scope| may.hold(*scope)) {
            return Err(Error::Forbidden("a key that may more than whoever makes it"));
        }
        let text = self.token(token::KEY)?;
        let key = ApiKey {
            id: ApiKeyId::fresh(),
            business,
            name: new.name,
            start: text.chars().take(token::START).collect(),
            scopes: new.scopes,
            used_at: None,
            revoked_at: None,
            created_at: self.now(),
        };
        self.register.add_key(&key, &digest(&text), by.hand(door)).await?;
        tracing::info!(key = %key.id, %business, "a key was made");
        Ok((key, text))
    }

    /// The keys of a business, the newest first.
    pub async fn keys(&self, by: &Caller, business: BusinessId, way: Way<'_>) -> Result<Page<ApiKey>, Error> {
        manages_access(by, business)?;
        Ok(self.register.keys(business, way).await?)
    }

    /// Revokes a key: from now on it opens nothing.
    pub async fn revoke_key(
        &self,
        by: &Caller,
        door: Source,
        business: BusinessId,
        key: ApiKeyId,
    ) -> Result<(), Error> {
        manages_access(by, business)?;
        if !self.register.revoke_key(business, key, by.hand(door)).await? {
            return Err(Error::NotFound("key"));
        }
        tracing::info!(%key, %business, "a key was revoked");
        Ok(())
    }

    /// What was done to what belongs to no business, the newest first. Whoever runs the house may see it.
    pub async fn house_actions(&self, by: &Caller, way: Way<'_>) -> Result<Page<Action>, Error> {
        runs_the_house(by)?;
        Ok(self.register.house_actions(way).await?)
    }

    fn token(&self, word: &str) -> Result<String, Error> {
        let random = (self.mint)().map_err(|_| Error::Broken("there is no randomness".to_owned()))?;
        Ok(format!("{word}{random}"))
    }

    /// Now, as it is read again once it was kept: to the millisecond.
    fn now(&self) -> Timestamp {
        let now = self.clock.now();
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }
}

impl From<SealError> for Error {
    fn from(error: SealError) -> Self {
        Self::Broken(error.to_string())
    }
}

/// The session they came with: a telephone belongs to one.
fn session_of(caller: &Caller) -> Result<SessionId, Error> {
    caller.session().ok_or(Error::Forbidden("a telephone without signing in"))
}

/// The user whose telephones they are.
fn user_of(caller: &Caller) -> Result<UserId, Error> {
    caller.signed_in().ok_or(Error::Forbidden("a telephone without signing in"))
}

fn runs_the_house(by: &Caller) -> Result<(), Error> {
    if by.runs_the_house() { Ok(()) } else { Err(Error::Forbidden("running the house")) }
}

/// What they may do in this business, when that is to say who comes in.
fn manages_access(by: &Caller, business: BusinessId) -> Result<Permissions, Error> {
    may(by, business, Permission::ManageAccess, "managing access")
}

/// What they may do in this business, if that is among it.
fn may(by: &Caller, business: BusinessId, needs: Permission, what: &'static str) -> Result<Permissions, Error> {
    let by = by.at(business).ok_or(Error::NotFound("business"))?;
    if by.may.hold(needs) { Ok(by.may) } else { Err(Error::Forbidden(what)) }
}

/// That a use was not written down keeps nobody out.
fn noted(result: Result<(), crate::crm::Error>) {
    if let Err(error) = result {
        tracing::warn!(error = error.kind(), "a use could not be written down");
    }
}
