//! What people may do in a business, by their role there.

use crate::crm::operation::{Permission, Permissions};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What somebody is in a business. Each may do what the one before may, and more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Looks.
    Viewer,
    /// Works with people and time.
    Agent,
    /// Sets things up.
    Admin,
    /// Whose business it is.
    Owner,
}

impl Role {
    /// What it may do.
    pub fn may(self) -> Permissions {
        Permission::ALL.into_iter().filter(|permission| least(*permission) <= self).collect()
    }
}

/// The least role that holds a permission.
fn least(permission: Permission) -> Role {
    match permission {
        Permission::ReadContacts | Permission::ReadRecords | Permission::ReadCalls | Permission::ReadMessages => {
            Role::Viewer
        }
        Permission::Reception
        | Permission::WriteContacts
        | Permission::WriteRecords
        | Permission::StepIn
        | Permission::ReadHistory
        | Permission::SendMessages => Role::Agent,
        Permission::DeleteContacts | Permission::Configure | Permission::ManageAccess => Role::Admin,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_higher_role_may_all_that_a_lower_one_may_and_an_owner_everything() {
        let roles = [Role::Viewer, Role::Agent, Role::Admin, Role::Owner];
        for pair in roles.windows(2) {
            assert!(Permission::ALL.into_iter().all(|one| !pair[0].may().hold(one) || pair[1].may().hold(one)));
        }
        assert!(Permission::ALL.into_iter().all(|one| Role::Owner.may().hold(one)));
        assert!(!Role::Viewer.may().hold(Permission::WriteContacts));
        assert!(!Role::Agent.may().hold(Permission::ManageAccess));
    }
}
