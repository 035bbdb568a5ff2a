//! The door for models: the Model Context Protocol, at `/mcp` over HTTP and on standard input and output.
//!
//! One [`Server`] speaks both eras of the protocol (sessions up to 2025-11-25, none from 2026-07-28 on) by the official
//! SDK. Its tools are made of the catalogue of operations ([`tools`]); what is asked of a person first goes through
//! [`consent`]; [`resources`] are what can be read by address and [`subscriptions`] tells when that changes, [`prompts`] are ways to
//! begin.
//!
//! It does not know HTTP: whoever mounts it says who has come in (see [`Visitor`]).
//!
//! Invariant: this door adds no rule of its own. What a visitor may not ask for is neither listed nor found here, and
//! refused by the façade besides.
//! Invariant: no word, name or number of anybody is in a protocol error: the SDK logs those.

mod consent;
mod error;
mod fixtures;
mod over_http;
mod prompts;
mod resources;
mod server;
mod subscriptions;
mod tools;

pub use fixtures::Fixtures;
pub use over_http::{Address, Hosts, OverHttp};
pub use server::{Parts, Server};

use crate::crm::By;
use crate::id::BusinessId;

/// Who has come in by this door, for which business.
#[derive(Clone, Debug, PartialEq)]
pub struct Visitor {
    /// Whose data it is about.
    pub business: BusinessId,
    /// On whose word, and what they may.
    pub by: By,
}

/// The revisions of the protocol that are spoken, the newest last.
pub fn protocols() -> Vec<String> {
    rmcp::model::ProtocolVersion::KNOWN_VERSIONS.iter().map(ToString::to_string).collect()
}

/// How many operations can be asked for by this door.
pub fn operations() -> usize {
    crate::crm::operation::CATALOGUE.iter().filter(|entry| entry.about.route.is_some()).count()
}
