//! Resource groups: what an owner sorts things into. Each account has one from the start, and may make others.

use sha2::{Digest, Sha256};

use crate::ids::{AccountId, ResourceGroupId};

/// Groups per account, the one that is there from the start not counted.
pub const RESOURCE_GROUPS_MAX: u32 = 100;
/// What the group is called that is there from the start.
pub const NAME_DEFAULT: &str = "default";

impl ResourceGroupId {
    /// The group that everything of an account belongs to unless another is named. It follows from the account, so
    /// it is the same for ever and differs between accounts.
    pub fn default_of(account: &AccountId) -> Self {
        let hash = Sha256::digest(account.as_str());
        let mark: String = hash.iter().take(3).map(|byte| format!("{byte:02x}")).collect();
        Self::new(format!("rg-default{mark}"))
    }
}

/// A group as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceGroup {
    /// Its id, for ever.
    pub id: ResourceGroupId,
    /// Its name, which no other group of the account has; it never changes.
    pub name: String,
    /// What it is called where people read it.
    pub label: String,
    /// When it was made, in milliseconds since 1970.
    pub created_ms: i64,
}

/// Makes a group.
#[derive(Clone, Debug)]
pub struct ResourceGroupCreate {
    /// The id is this, followed by random letters and digits.
    pub id_prefix: &'static str,
    /// Its name.
    pub name: String,
    /// What it is called where people read it.
    pub label: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_group_per_account_from_the_start() {
        let (one, other) = (AccountId::new("1000000000000001"), AccountId::new("1000000000000002"));
        let default = ResourceGroupId::default_of(&one);
        assert!(default.as_str().starts_with("rg-default") && default.as_str().len() == 16, "{default}");
        assert_eq!(ResourceGroupId::default_of(&one), default);
        assert_ne!(ResourceGroupId::default_of(&other), default);
    }
}
