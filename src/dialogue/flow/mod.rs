//! The conversations: one file each. They share the state of [`super::state`] and speak through [`super::reply`].

pub(super) mod book;
pub(super) mod find;
pub(super) mod goodbye;
mod keep;
pub(super) mod message;
mod naming;
pub(super) mod question;
pub(super) mod steer;
mod undo;
mod which_date;
pub(super) mod wish;
