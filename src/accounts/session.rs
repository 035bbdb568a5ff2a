//! Being signed in.

use crate::id::{SessionId, UserId};
use jiff::{SignedDuration, Timestamp};

/// A session that is not used for so long is over.
pub(super) const IDLE_MAX: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The longest a session lasts, however much it is used.
pub(super) const LENGTH_MAX: SignedDuration = SignedDuration::from_hours(90 * 24);
/// Its use is written down again after so long: often enough for whoever looks, seldom enough to cost nothing.
pub(super) const NOTED_EVERY: SignedDuration = SignedDuration::from_mins(10);

/// Somebody who is signed in somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Who.
    pub user: UserId,
    /// When it was last seen to be used.
    pub used_at: Timestamp,
    /// When they signed in.
    pub created_at: Timestamp,
}

impl Session {
    /// Whether it still holds.
    pub(super) fn holds(&self, now: Timestamp) -> bool {
        now.duration_since(self.used_at) < IDLE_MAX && now.duration_since(self.created_at) < LENGTH_MAX
    }
}
