//! The conversations: one file each. They share the state of [`super::state`] and speak through [`super::reply`].

pub(super) mod book;
pub(super) mod find;
pub(super) mod goodbye;
pub(super) mod message;
mod naming;
pub(super) mod question;
pub(super) mod steer;
mod undo;
pub(super) mod wish;
