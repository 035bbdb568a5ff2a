//! Passwords: how they are kept, and how long it takes to tell a right one.
//!
//! Invariant: telling that a password is wrong takes the same work whether or not anybody has it: who is not there has a
//! hash too.
//! Invariant: a password is never shown or logged; what is kept of it is an `argon2id` hash with a salt of its own.

use super::Error;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// The fewest characters: with no other rule, length is what makes a password hard to guess.
const PASSWORD_MIN: usize = 12;
/// The most bytes, so that nobody has us hash books.
const PASSWORD_BYTES_MAX: usize = 256;
/// Passwords hashed at once. Each takes 19 MiB and some 20 ms of a core (the parameters OWASP asks for at least), and the
/// other core is for whoever is on the telephone.
const HASHED_AT_ONCE: usize = 1;

/// A password as it was typed.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Password(String);

impl Password {
    /// A password from its text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Refuses one that is too easy to guess, or too long to hash.
    pub fn check(&self) -> Result<(), Error> {
        if self.0.chars().count() < PASSWORD_MIN || self.0.len() > PASSWORD_BYTES_MAX {
            let right =
                format!("a password has at least {PASSWORD_MIN} characters and at most {PASSWORD_BYTES_MAX} bytes");
            return Err(Error::Invalid(right));
        }
        Ok(())
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("•••")
    }
}

impl JsonSchema for Password {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Password".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "password", "maxLength": PASSWORD_BYTES_MAX })
    }
}

/// Hashes passwords, off the async threads, one at a time.
#[derive(Clone, Debug)]
pub(super) struct Passwords {
    turn: Arc<Semaphore>,
    /// The hash that nobody's password fits.
    nobodys: Arc<OnceLock<String>>,
}

impl Passwords {
    pub(super) fn new() -> Self {
        Self { turn: Arc::new(Semaphore::new(HASHED_AT_ONCE)), nobodys: Arc::default() }
    }

    /// What is kept of a password.
    pub(super) async fn hash(&self, password: Password) -> Result<String, Error> {
        self.work(move |_| hash(&password)).await?
    }

    /// Whether the password is the one that was hashed; without a hash it is not, after the same work.
    pub(super) async fn fits(&self, password: Password, kept: Option<String>) -> Result<bool, Error> {
        self.work(move |nobodys| {
            let (somebody, nobodys) = (kept.is_some(), nobodys_hash(nobodys)?);
            let kept = kept.unwrap_or(nobodys);
            let kept = PasswordHash::new(&kept).map_err(|_| broken("a kept password cannot be read"))?;
            Ok(Argon2::default().verify_password(password.0.as_bytes(), &kept).is_ok() && somebody)
        })
        .await?
    }

    async fn work<T: Send + 'static>(
        &self,
        how: impl FnOnce(&OnceLock<String>) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let turn = Arc::clone(&self.turn).acquire_owned().await.map_err(|_| broken("nobody hashes passwords"))?;
        let nobodys = Arc::clone(&self.nobodys);
        let worked = spawn_blocking(move || {
            let result = how(&nobodys);
            drop(turn);
            result
        });
        worked.await.map_err(|_| broken("hashing a password broke"))
    }
}

fn hash(password: &Password) -> Result<String, Error> {
    let hashed = Argon2::default().hash_password(password.0.as_bytes());
    hashed.map(|hash| hash.to_string()).map_err(|_| broken("a password cannot be hashed"))
}

/// Made at the first sign-in, whoever's it is.
fn nobodys_hash(kept: &OnceLock<String>) -> Result<String, Error> {
    if let Some(kept) = kept.get() {
        return Ok(kept.clone());
    }
    let made = hash(&Password::new("nobody's password"))?;
    Ok(kept.get_or_init(|| made).clone())
}

fn broken(what: &'static str) -> Error {
    Error::Broken(what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_fits_and_nobodys_never_does() {
        let passwords = Passwords::new();
        let right = Password::new("correct horse battery");
        let kept = passwords.hash(right.clone()).await.expect("hashed");
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert_ne!(passwords.hash(right.clone()).await.expect("hashed"), kept, "each has a salt of its own");
        for (password, hash, fits) in [
            (right.clone(), Some(kept.clone()), true),
            (Password::new("correct horse batterx"), Some(kept), false),
            (right, None, false),
            (Password::new("nobody's password"), None, false),
        ] {
            assert_eq!(passwords.fits(password, hash).await.expect("told"), fits);
        }
    }

    #[test]
    fn a_password_is_long_enough_and_never_shown() {
        assert!(Password::new("elevenchars").check().is_err());
        assert!(Password::new("twelve chars").check().is_ok());
        assert!(Password::new("ñ".repeat(PASSWORD_BYTES_MAX)).check().is_err());
        assert_eq!(format!("{:?}", Password::new("secret")), "•••");
    }
}
