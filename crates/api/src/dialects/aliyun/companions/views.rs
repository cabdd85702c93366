//! Pieces of replies.

use control::ids::AccountId;
use control::tag::Tag;
use jiff::Timestamp;
use serde::Serialize;

use crate::dialects::aliyun::envelope::list_of;

/// A moment as these products write it, to the second.
pub(crate) fn time(at_ms: i64) -> String {
    let time = Timestamp::from_millisecond(at_ms).unwrap_or_default();
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// An account's id as the number that it is; 0 for one that is none.
pub(crate) fn owner(account: &AccountId) -> u64 {
    account.as_str().parse().unwrap_or(0)
}

/// A tag.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TagView {
    key: String,
    value: String,
}

list_of! {
    /// The tags of a resource.
    pub(crate) struct Tags: "Tag" [TagView];
}

impl From<Vec<Tag>> for Tags {
    fn from(tags: Vec<Tag>) -> Self {
        tags.into_iter().map(|Tag { key, value }| TagView { key, value }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_whole_seconds() {
        assert_eq!(time(0), "1970-01-01T00:00:00Z");
        assert_eq!(time(1_656_057_630_999), "2022-06-24T08:00:30Z");
    }

    #[test]
    fn owners_are_numbers() {
        assert_eq!(owner(&AccountId::new("1000000000000001")), 1_000_000_000_000_001);
        assert_eq!(owner(&AccountId::new("somebody")), 0);
    }
}
