//! Values of the product's parameters.

use control::ids::PolicyName;
use control::permission::PolicyRef;

use crate::dialects::aliyun::params::choice;

choice! {
    /// Whose a policy is.
    pub(crate) enum PolicyType: String {
        /// Every account has it.
        System = "System",
        /// The account's own.
        Custom = "Custom",
    }
}

choice! {
    /// Whether a key signs.
    pub(crate) enum KeyStatus: String {
        /// It does.
        Active = "Active",
        /// It is refused.
        Inactive = "Inactive",
    }
}

impl PolicyType {
    /// The policy of this type and name.
    pub(crate) fn named(self, name: String) -> PolicyRef {
        PolicyRef { standing: self == Self::System, name: PolicyName::new(name) }
    }

    pub(crate) fn of(policy: &PolicyRef) -> Self {
        if policy.standing { Self::System } else { Self::Custom }
    }
}

impl KeyStatus {
    pub(crate) fn of(active: bool) -> Self {
        if active { Self::Active } else { Self::Inactive }
    }
}
