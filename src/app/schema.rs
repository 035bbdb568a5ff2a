//! The store's schema, for the command line. Which store it is, only [`crate::app`] knows.

pub use crate::crm::local::{MigrationState, OpenError, status, undo, up};
