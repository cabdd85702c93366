//! From where an instance may be used.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::cidr::Cidr;
use crate::ids::{InstanceId, Region};
use crate::instance::Access;

/// An address or a block of addresses in its owner's spelling, which is what lists show.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AllowedAddress(String);

impl AllowedAddress {
    /// Everybody.
    pub(crate) const EVERYBODY: &'static str = "0.0.0.0/0";

    /// The text of an IPv4 address, or of one with a prefix of 0 to 32; none when it is neither.
    pub fn parse(text: &str) -> Option<Self> {
        Cidr::around(text).map(|_| Self(text.to_owned()))
    }

    /// Takes a text that was checked before, or that is only looked up.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What it means; none when it was never checked.
    pub(crate) fn block(&self) -> Option<Cidr> {
        Cidr::around(&self.0)
    }
}

impl fmt::Display for AllowedAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The addresses of every way into an instance, each list in the order in which they were added.
pub type AllowedLists = BTreeMap<Access, Vec<AllowedAddress>>;

/// What an engine enforces: whom each way in lets in. One that is not named lets nobody in.
pub type AllowedBlocks = BTreeMap<Access, Vec<Cidr>>;

/// Changes the list of one way into an instance.
#[derive(Clone, Debug)]
pub struct AllowedChange {
    /// Where it was bought.
    pub region: Region,
    /// Which instance.
    pub instance: InstanceId,
    /// Which way in.
    pub access: Access,
    /// What to do.
    pub edit: AllowedEdit,
}

/// What to do with a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllowedEdit {
    /// Put these behind the others; those that are there already stay where they are.
    Add(Vec<AllowedAddress>),
    /// Take this one away; it need not be there.
    Remove(AllowedAddress),
}
