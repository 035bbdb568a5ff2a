//! People who sign in, and the businesses they belong to.

use super::{Error, Password, Role};
use crate::crm::model::looks_like_email;
use crate::id::{BusinessId, UserId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The longest name, in characters.
pub(super) const NAME_MAX: usize = 120;

/// Somebody who signs in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// Where they get mail, and what they sign in with. In small letters.
    pub email: String,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// What they are in the house.
    pub role: HouseRole,
    /// Whether it was proved that the address is theirs.
    pub email_verified: bool,
    /// The businesses they belong to.
    pub businesses: Vec<Membership>,
    /// When they last signed in.
    pub last_login_at: Option<Timestamp>,
    /// When they were added.
    pub created_at: Timestamp,
}

impl User {
    /// "Ana Silva", or whichever part is known.
    pub fn full_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name).trim().to_owned()
    }
}

/// What somebody is in the house as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum HouseRole {
    /// Has the businesses they belong to.
    #[default]
    User,
    /// Has every business, and runs the house.
    Admin,
}

/// A business somebody belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Membership {
    /// Which.
    pub business: BusinessId,
    /// What they are there.
    pub role: Role,
}

/// Somebody to be added.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// What they sign in with.
    pub email: String,
    /// At least twelve characters.
    pub password: Password,
    /// Given name.
    #[serde(default)]
    #[schemars(length(max = NAME_MAX))]
    pub first_name: String,
    /// Family name.
    #[serde(default)]
    #[schemars(length(max = NAME_MAX))]
    pub last_name: String,
    /// What they are in the house; `user` unless said otherwise.
    #[serde(default)]
    pub role: HouseRole,
    /// The businesses they belong to.
    #[serde(default)]
    pub businesses: Vec<Membership>,
}

impl NewUser {
    /// Tidies what came in and refuses what cannot be.
    pub(super) fn check(&mut self) -> Result<(), Error> {
        self.email = email(&self.email)?;
        self.first_name = name(&self.first_name)?;
        self.last_name = name(&self.last_name)?;
        self.password.check()
    }
}

/// An address as it is kept and compared: in small letters.
pub(super) fn email(text: &str) -> Result<String, Error> {
    let email = text.trim().to_lowercase();
    if looks_like_email(&email) {
        Ok(email)
    } else {
        Err(Error::Invalid("that is not an e-mail address: write it as in ana@example.com".to_owned()))
    }
}

/// A name on one line without stray spaces.
pub(super) fn name(text: &str) -> Result<String, Error> {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let name = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.chars().count() > NAME_MAX {
        return Err(Error::Invalid(format!("a name has at most {NAME_MAX} characters")));
    }
    Ok(name)
}
