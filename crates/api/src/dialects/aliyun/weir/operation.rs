//! Everything that Kafka has rules about, by Kafka's names; the vendor's actions know fewer.

use control::rule::RuleOperation;

use crate::dialects::aliyun::params::choice;

choice! {
    /// What would be done.
    pub(crate) enum Operation: String {
        /// Reading.
        Read = "Read",
        /// Writing.
        Write = "Write",
        /// Making it.
        Create = "Create",
        /// Removing it.
        Delete = "Delete",
        /// Changing it.
        Alter = "Alter",
        /// Seeing that it is there.
        Describe = "Describe",
        /// What brokers ask of each other.
        ClusterAction = "ClusterAction",
        /// Seeing its settings.
        DescribeConfigs = "DescribeConfigs",
        /// Changing its settings.
        AlterConfigs = "AlterConfigs",
        /// Writing idempotently.
        IdempotentWrite = "IdempotentWrite",
    }
}

impl From<Operation> for RuleOperation {
    fn from(operation: Operation) -> Self {
        match operation {
            Operation::Read => Self::Read,
            Operation::Write => Self::Write,
            Operation::Create => Self::Create,
            Operation::Delete => Self::Delete,
            Operation::Alter => Self::Alter,
            Operation::Describe => Self::Describe,
            Operation::ClusterAction => Self::ClusterAction,
            Operation::DescribeConfigs => Self::DescribeSettings,
            Operation::AlterConfigs => Self::AlterSettings,
            Operation::IdempotentWrite => Self::IdempotentWrite,
        }
    }
}
