//! What each command does: a file for each family of the catalogue.

pub(super) mod appointments;
pub(super) mod business;
pub(super) mod contacts;
pub(super) mod figures;
pub(super) mod history;
pub(super) mod messages;
pub(super) mod notes;
pub(super) mod opportunities;
pub(super) mod outreach;
pub(super) mod social;
pub(super) mod tags;
pub(super) mod tasks;
