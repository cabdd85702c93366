//! Tags on instances, topics and groups.

use serde::{Deserialize, Serialize};

/// One key and its value; a resource has at most one value per key and 20 keys.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Tag {
    /// 1 to 128 characters.
    pub key: String,
    /// 0 to 128 characters.
    pub value: String,
}

/// One condition on tags; several are joined by AND.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagFilter {
    /// The key that must be there.
    pub key: String,
    /// The value it must have; none means any.
    pub value: Option<String>,
}
