//! Whoever asks, once they have proved who they are: which businesses are theirs, and what they may do in each.

use super::user::Membership;
use crate::crm::model::{Hand, Source, Who};
use crate::crm::operation::{By, Permissions};
use crate::id::{ApiKeyId, BusinessId, SessionId, UserId};

/// Somebody who has proved who they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Caller {
    who: Who,
    reach: Reach,
    session: Option<SessionId>,
}

#[derive(Clone, Debug, PartialEq)]
enum Reach {
    /// Every business, and the house itself.
    Everything,
    /// These, with what may be done in each.
    Businesses(Vec<(BusinessId, Permissions)>),
}

impl Caller {
    /// Whoever has the house's own token.
    pub fn owner() -> Self {
        Self { who: Who::Owner, reach: Reach::Everything, session: None }
    }

    /// Somebody who has signed in.
    pub(super) fn user(user: UserId, session: SessionId, runs_the_house: bool, members: &[Membership]) -> Self {
        let reach = if runs_the_house {
            Reach::Everything
        } else {
            Reach::Businesses(members.iter().map(|one| (one.business, one.role.may())).collect())
        };
        Self { who: Who::User(user), reach, session: Some(session) }
    }

    /// A program with a key.
    pub(super) fn key(key: ApiKeyId, business: BusinessId, may: Permissions) -> Self {
        Self { who: Who::Key(key), reach: Reach::Businesses(vec![(business, may)]), session: None }
    }

    /// Who it is.
    pub fn who(&self) -> Who {
        self.who
    }

    /// Who it is, by this door: as it is written down.
    pub fn hand(&self, door: Source) -> Hand {
        Hand { who: self.who, door }
    }

    /// Who it is in this business, and what they may do there; none: it is not theirs.
    pub fn at(&self, business: BusinessId) -> Option<By> {
        let may = match &self.reach {
            Reach::Everything => Permissions::all(),
            Reach::Businesses(theirs) => theirs.iter().find(|(one, _)| *one == business)?.1,
        };
        Some(By { who: self.who, may })
    }

    /// Their businesses; none: every one.
    pub fn businesses(&self) -> Option<Vec<BusinessId>> {
        match &self.reach {
            Reach::Everything => None,
            Reach::Businesses(theirs) => Some(theirs.iter().map(|(business, _)| *business).collect()),
        }
    }

    /// Their business, when it is one only.
    pub fn only(&self) -> Option<BusinessId> {
        match &self.reach {
            Reach::Businesses(theirs) if let [(business, _)] = theirs.as_slice() => Some(*business),
            Reach::Everything | Reach::Businesses(_) => None,
        }
    }

    /// Whether every business is theirs, and the house itself.
    pub fn runs_the_house(&self) -> bool {
        self.reach == Reach::Everything
    }

    /// The user, when it is one.
    pub fn signed_in(&self) -> Option<UserId> {
        match self.who {
            Who::User(user) => Some(user),
            Who::Caller | Who::Owner | Who::Key(_) | Who::Workflow(_) | Who::House => None,
        }
    }

    /// The session they came with.
    pub fn session(&self) -> Option<SessionId> {
        self.session
    }
}
