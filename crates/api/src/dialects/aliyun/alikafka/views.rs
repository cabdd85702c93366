//! Pieces that several replies share.

use control::tag::Tag;
use serde::Serialize;

use crate::dialects::aliyun::envelope::list_of;

/// A tag as replies show it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TagVo {
    key: String,
    value: String,
}

list_of! {
    /// The tags of a resource.
    pub(crate) struct Tags: "TagVO" [TagVo];
}

impl From<Vec<Tag>> for Tags {
    fn from(tags: Vec<Tag>) -> Self {
        tags.into_iter().map(|Tag { key, value }| TagVo { key, value }).collect()
    }
}
