//! Sets of operations, so that one look at the rules answers for all of them.

use super::{Operation, ResourceKind};

/// Some operations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct OperationSet(u16);

impl OperationSet {
    /// Every operation, by name.
    const EVERY: Self = Self::of(&[
        Operation::Read,
        Operation::Write,
        Operation::Create,
        Operation::Delete,
        Operation::Alter,
        Operation::Describe,
        Operation::ClusterAction,
        Operation::DescribeConfigs,
        Operation::AlterConfigs,
        Operation::IdempotentWrite,
    ]);

    pub(crate) const fn of(operations: &[Operation]) -> Self {
        let mut bits = 0;
        let mut index = 0;
        while index < operations.len() {
            bits |= 1 << operations[index] as u16;
            index += 1;
        }
        Self(bits)
    }

    /// What a rule allows that allows `operation`: who may do more with a thing may see it.
    pub(super) const fn allowed_by(operation: Operation) -> Self {
        match operation {
            Operation::All => Self::EVERY,
            Operation::Read | Operation::Write | Operation::Delete | Operation::Alter => {
                Self::of(&[operation, Operation::Describe])
            }
            Operation::AlterConfigs => Self::of(&[operation, Operation::DescribeConfigs]),
            Operation::Create
            | Operation::Describe
            | Operation::ClusterAction
            | Operation::DescribeConfigs
            | Operation::IdempotentWrite => Self::of(&[operation]),
        }
    }

    /// What a rule denies that denies `operation`: that alone. Who may not read may still see.
    pub(super) const fn denied_by(operation: Operation) -> Self {
        match operation {
            Operation::All => Self::EVERY,
            other => Self::of(&[other]),
        }
    }

    /// What can be done to things of a kind.
    pub(super) const fn sensible(kind: ResourceKind) -> Self {
        match kind {
            ResourceKind::Topic => Self::of(&[
                Operation::Read,
                Operation::Write,
                Operation::Create,
                Operation::Delete,
                Operation::Alter,
                Operation::Describe,
                Operation::DescribeConfigs,
                Operation::AlterConfigs,
            ]),
            ResourceKind::Group => Self::of(&[
                Operation::Read,
                Operation::Delete,
                Operation::Describe,
                Operation::DescribeConfigs,
                Operation::AlterConfigs,
            ]),
            ResourceKind::Cluster => Self::of(&[
                Operation::Create,
                Operation::Alter,
                Operation::Describe,
                Operation::ClusterAction,
                Operation::DescribeConfigs,
                Operation::AlterConfigs,
                Operation::IdempotentWrite,
            ]),
            ResourceKind::TransactionalId => Self::of(&[Operation::Write, Operation::Describe]),
        }
    }

    pub(crate) const fn contains(self, operation: Operation) -> bool {
        self.0 & Self::of(&[operation]).0 != 0
    }

    pub(super) const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// A bit for each operation, at its number.
    pub(crate) const fn bits(self) -> i32 {
        self.0 as i32
    }
}
