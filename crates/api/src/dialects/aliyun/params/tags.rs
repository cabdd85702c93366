//! `Tag.N.Key` and `Tag.N.Value`, to set and to filter by.

use control::tag::{Tag, TagFilter};

use super::lists::{self, Item, Objects};
use super::{Decoding, Field, Kind, Rejection, Value};
use crate::request::Parameters;

/// Tags that a resource is to get.
#[derive(Clone, Debug, Default)]
pub(crate) struct NewTags(pub(crate) Vec<Tag>);

/// Conditions on tags, joined by AND.
#[derive(Clone, Debug, Default)]
pub(crate) struct TagConditions(pub(crate) Vec<TagFilter>);

/// Most characters of a key or a value.
const LENGTH_MAX: usize = 128;

impl Item for NewTags {
    type List = Self;
    const MEMBERS: &'static [&'static str] = &["Key", "Value"];

    fn check(field: &Field, items: Vec<Vec<Option<String>>>) -> Result<Self, Rejection> {
        let mut tags = Vec::<Tag>::with_capacity(items.len());
        for item in items {
            let (key, value) = key_and_value(item);
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
        Ok(Self(tags))
    }
}

impl Item for TagConditions {
    type List = Self;
    const MEMBERS: &'static [&'static str] = &["Key", "Value"];

    fn check(field: &Field, items: Vec<Vec<Option<String>>>) -> Result<Self, Rejection> {
        let mut filters = Vec::with_capacity(items.len());
        for item in items {
            let (key, value) = key_and_value(item);
            match (key.is_empty(), value.is_empty()) {
                // Matches everything, so it is no condition.
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
        Ok(Self(filters))
    }
}

macro_rules! object_list {
    ($($type:ty),+) => { $(
        impl Value for $type {
            const KIND: Kind = Kind::ObjectList;
            const MAY_BE_ABSENT: bool = true;
            type Read = Objects;

            fn is_there(field: &Field, values: &Parameters) -> bool {
                lists::objects_are_there::<Self>(field, values)
            }

            fn read(field: &Field, decoding: &Decoding<'_>) -> Result<Objects, Rejection> {
                lists::read_objects::<Self>(field, decoding)
            }

            fn accept(field: &Field, read: Objects, _: &Decoding<'_>) -> Result<Self, Rejection> {
                lists::accept_objects::<Self>(field, read)
            }
        }
    )+ };
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
