//! The CRM: what the business knows about people and time, and what can be done with it.
//!
//! [`operation::Operation`] is the catalogue; every door performs the same operations through [`Crm`], which puts the
//! business's rules in front of a [`backend::Backend`]. A door adds no rule of its own.
//!
//! Read next: [`model`] for the nouns, [`calendar`] for slot search (pure), [`local`] for the embedded engine.

pub mod backend;
pub mod calendar;
pub mod error;
mod facade;
pub mod local;
pub mod model;
pub mod operation;
pub mod sheet;

pub use backend::{
    Backend, CallBook, CopilotBook, Directory, History, MessageBook, RecordingBook, RepeatBook, WebhookBook,
};
pub use error::Error;
pub use facade::{Crm, KEY_MAX};
pub use operation::{By, Operation, Outcome, Rehearsal, Request};
