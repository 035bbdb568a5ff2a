//! What some keys take, and why a configuration cannot be used.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What mail is sent through, and whose it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// The server.
    pub server: MailServer,
    /// The address it comes from.
    pub from: String,
}

/// A server that takes mail. Either carries a secret.
#[derive(Clone, PartialEq, Eq)]
pub enum MailServer {
    /// At this address.
    Smtp(String),
    /// `SendGrid`'s, for this API key.
    SendGrid(String),
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mail").field("from", &self.from).finish_non_exhaustive()
    }
}

/// Where this runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// On somebody's desk.
    Development,
    /// For callers.
    Production,
}

impl Environment {
    /// `development` or `production`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Production => "production",
        }
    }
}

/// What runs the model that hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Recogniser {
    /// ONNX Runtime.
    #[serde(rename = "onnx")]
    Onnx,
    /// whisper.cpp.
    #[serde(rename = "whisper.cpp")]
    WhisperCpp,
}

/// How the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// Why a configuration cannot be used. Each text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no TOML.
    #[error("{path}: {message}")]
    Malformed {
        /// Which.
        path: PathBuf,
        /// Where and why.
        message: String,
    },
    /// Nobody knows this key.
    #[error("unknown key `{key}` in {place}; did you mean `{nearest}`?")]
    UnknownKey {
        /// As written.
        key: String,
        /// Where.
        place: String,
        /// The known key most like it.
        nearest: String,
    },
    /// A value is not what its key takes.
    #[error("`{key}` is {problem}")]
    BadValue {
        /// Which key.
        key: &'static str,
        /// What is wrong and what is right.
        problem: String,
    },
    /// Keys contradict each other.
    #[error("{0}")]
    Contradiction(&'static str),
}

/// What mail is sent through, if anything.
pub(super) fn mail(smtp_url: String, sendgrid_api_key: String, from: String) -> Result<Option<Mail>, ConfigError> {
    let server = match (optional(smtp_url), optional(sendgrid_api_key)) {
        (Some(_), Some(_)) => {
            return Err(ConfigError::Contradiction("set SMTP_URL or SENDGRID_API_KEY, not both"));
        }
        (Some(url), None) => MailServer::Smtp(url),
        (None, Some(key)) => MailServer::SendGrid(key),
        (None, None) => return Ok(None),
    };
    match optional(from) {
        Some(from) => Ok(Some(Mail { server, from })),
        None => Err(ConfigError::Contradiction("sending e-mail needs EMAIL_FROM: the address it comes from")),
    }
}

/// A text that says something.
pub(super) fn optional(text: String) -> Option<String> {
    (!text.trim().is_empty()).then_some(text)
}

/// A value its key does not take.
pub(super) fn bad(key: &'static str, problem: &str) -> ConfigError {
    ConfigError::BadValue { key, problem: problem.to_owned() }
}
