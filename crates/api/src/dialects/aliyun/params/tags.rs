//! `Tag.N.Key` and `Tag.N.Value`, to set and to filter by.

use control::tag::{Tag, TagFilter};
use serde::Deserialize;

use super::lists::{Item, object_list};
use super::{Decoding, Field, JsonText, Kind, Rejection, Scalar};

/// Tags that a resource is to get.
#[derive(Clone, Debug, Default)]
pub(crate) struct NewTags(pub(crate) Vec<Tag>);

/// Tags that a resource is to get, as a JSON list of objects with `TagKey` and `TagValue`.
#[derive(Clone, Debug, Default)]
pub(crate) struct NamedTags(pub(crate) Vec<Tag>);

/// Most tags in such a list.
const NAMED_MAX: usize = 20;

/// Conditions on tags, joined by AND.
#[derive(Clone, Debug, Default)]
pub(crate) struct TagConditions {
    pub(crate) filters: Vec<TagFilter>,
    /// Whether any was sent: one that everything matches is no filter, and yet an answer to "which?".
    pub(crate) sent: bool,
}

/// Most characters of a key or a value.
const LENGTH_MAX: usize = 128;

impl Item for NewTags {
    type List = Self;
    const MAY_BE_INCOMPLETE: bool = true;
    const MEMBERS: &'static [&'static str] = &["Key", "Value"];

    fn check(field: &Field, items: Vec<Vec<Option<String>>>) -> Result<Self, Rejection> {
        new_tags(field, items.into_iter().map(key_and_value)).map(Self)
    }
}

impl Scalar for NamedTags {
    const KIND: Kind = Kind::Json;
    const MAY_BE_INCOMPLETE: bool = true;
    type Read = Vec<NamedTag>;

    fn parse(text: &str) -> Option<Vec<NamedTag>> {
        let JsonText(text) = JsonText::parse(text)?;
        serde_json::from_str(&text).ok()
    }

    fn check(field: &Field, read: Vec<NamedTag>, _: &Decoding<'_>) -> Result<Self, Rejection> {
        if read.len() > NAMED_MAX {
            return Err(Rejection::rule(field.name, format!("must not have more than {NAMED_MAX} tags")));
        }
        new_tags(field, read.into_iter().map(|tag| (tag.key, tag.value))).map(Self)
    }
}

/// One tag of such a list.
#[derive(Deserialize)]
pub(crate) struct NamedTag {
    #[serde(rename = "TagKey")]
    key: String,
    #[serde(rename = "TagValue", default)]
    value: String,
}

fn new_tags(
    field: &Field,
    pairs: impl ExactSizeIterator<Item = (String, String)>,
) -> Result<Vec<Tag>, Rejection> {
    let mut tags = Vec::<Tag>::with_capacity(pairs.len());
    for (key, value) in pairs {
        if key.is_empty() {
            return Err(Rejection::Missing(field.name));
        }
        check_text(field, "key", &key)?;
        check_text(field, "value", &value)?;
        if tags.iter().any(|tag| tag.key == key) {
            return Err(Rejection::rule(field.name, "must not have a key twice"));
        }
        tags.push(Tag { key, value });
    }
    Ok(tags)
}

impl Item for TagConditions {
    type List = Self;
    const MEMBERS: &'static [&'static str] = &["Key", "Value"];

    fn check(field: &Field, items: Vec<Vec<Option<String>>>) -> Result<Self, Rejection> {
        let sent = !items.is_empty();
        let mut filters = Vec::with_capacity(items.len());
        for item in items {
            let (key, value) = key_and_value(item);
            match (key.is_empty(), value.is_empty()) {
                // Matches everything, so it is no filter.
                (true, true) => {}
                (true, false) => {
                    return Err(Rejection::rule(field.name, "must not have a value where the key is empty"));
                }
                (false, _) => {
                    check_text(field, "key", &key)?;
                    check_text(field, "value", &value)?;
                    filters.push(TagFilter { key, value: Some(value).filter(|value| !value.is_empty()) });
                }
            }
        }
        Ok(Self { filters, sent })
    }
}

object_list!(NewTags, TagConditions);

/// Some clients drop empty values, so a member that was not sent is empty.
fn key_and_value(item: Vec<Option<String>>) -> (String, String) {
    let mut members = item.into_iter().map(Option::unwrap_or_default);
    (members.next().unwrap_or_default(), members.next().unwrap_or_default())
}

fn check_text(field: &Field, what: &str, text: &str) -> Result<(), Rejection> {
    let refuse = |reason: String| Err(Rejection::rule(field.name, reason));
    if text.chars().count() > LENGTH_MAX {
        return refuse(format!("must not have a {what} of more than {LENGTH_MAX} characters"));
    }
    if text.starts_with("aliyun") || text.starts_with("acs:") {
        return refuse(format!("must not have a {what} that starts with aliyun or acs:"));
    }
    if text.contains("http://") || text.contains("https://") {
        return refuse(format!("must not have a {what} with http:// or https:// in it"));
    }
    Ok(())
}
