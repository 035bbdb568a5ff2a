//! Telephones that want to be told: each belongs to the session it is signed in with, and goes with it.

use super::Error;
use crate::id::SessionId;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The longest token: those of both platforms stay far below.
const TOKEN_MAX: usize = 4_096;

/// A telephone, as its platform's notifications reach it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// Whose notifications.
    pub platform: Platform,
    /// What the platform knows it by.
    pub token: String,
}

/// A telephone of one's own, as it is shown: without what the platform knows it by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OwnDevice {
    /// The session it is signed in with.
    pub id: SessionId,
    /// Whose notifications.
    pub platform: Platform,
    /// When it was named.
    pub created_at: Timestamp,
}

/// Who carries notifications.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// Apple's.
    Ios,
    /// Google's.
    Android,
}

impl Device {
    /// Refuses what cannot be.
    pub(super) fn check(&self) -> Result<(), Error> {
        let plain = self.token.bytes().all(|byte| byte.is_ascii_graphic());
        if self.token.is_empty() || self.token.len() > TOKEN_MAX || !plain {
            return Err(Error::Invalid(format!("a device's token has 1 to {TOKEN_MAX} plain characters")));
        }
        Ok(())
    }
}
