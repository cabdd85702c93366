//! Parameters that are lists: `X.1`, `X.2`, …; `X=["a","b"]`; or one bare `X=a`. Indexed entries win.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::scalars::{Scalar, parse_json_array, scalar_text};
use super::{Decoding, Field, Kind, Rejection, Value};
use crate::request::Parameters;

/// Entries with the index they were sent under, ascending; gaps are allowed.
type Indexed<T> = Vec<(u32, T)>;

/// The entries `Name.N` of a field, or none when it has none with an index. An empty value is no entry.
fn indexed<'v>(
    field: &Field,
    values: &'v Parameters,
) -> Result<BTreeMap<u32, BTreeMap<&'v str, &'v str>>, Rejection> {
    let mut entries = BTreeMap::<u32, BTreeMap<&str, &str>>::new();
    for (rest, value) in values.below(&format!("{}.", field.name)) {
        let (index, member) = rest.split_once('.').unwrap_or((rest, ""));
        // `X.Y` without a number is some other parameter.
        if index.is_empty() || !index.bytes().all(|byte| byte.is_ascii_digit()) {
            continue;
        }
        let number = index.parse().ok().filter(|number: &u32| number.to_string() == index);
        let number = number.ok_or_else(|| out_of_range(field))?;
        entries.entry(number).or_default().insert(member, value);
    }
    Ok(entries)
}

fn out_of_range(field: &Field) -> Rejection {
    let (least, greatest) = bounds(field);
    Rejection::rule(field.name, format!("must be numbered from {least} to {greatest}"))
}

/// Least and greatest index.
fn bounds(field: &Field) -> (i64, i64) {
    field.range.unwrap_or((1, 1_000))
}

fn check_indices<T>(field: &Field, entries: &Indexed<T>) -> Result<(), Rejection> {
    let (least, greatest) = bounds(field);
    match entries.iter().all(|(index, _)| (least..=greatest).contains(&i64::from(*index))) {
        true => Ok(()),
        false => Err(out_of_range(field)),
    }
}

/// Numbers the items of a list that came without numbers.
fn numbered<T>(items: impl IntoIterator<Item = T>) -> Indexed<T> {
    (1..).zip(items).collect()
}

/// Whether a list has any entry, in whichever form.
pub(crate) fn list_is_there(name: &str, values: &Parameters) -> bool {
    let has_index = |rest: &str| rest.starts_with(|first: char| first.is_ascii_digit());
    values.filled(name).is_some()
        || values.below(&format!("{name}.")).any(|(rest, value)| has_index(rest) && !value.is_empty())
}

/// A list of texts.
impl<T: Scalar> Value for Vec<T> {
    const KIND: Kind = Kind::List;
    const CHOICES: &'static [&'static str] = T::CHOICES;
    const MAY_BE_ABSENT: bool = true;
    /// A wrong index breaks a rule, and broken rules are told after all types were judged.
    type Read = Result<Indexed<T::Read>, Rejection>;

    fn is_there(field: &Field, values: &Parameters) -> bool {
        list_is_there(field.name, values)
    }

    fn read(field: &Field, decoding: &Decoding<'_>) -> Result<Self::Read, Rejection> {
        let entries = match indexed(field, decoding.values) {
            Ok(entries) => entries,
            Err(broken) => return Ok(Err(broken)),
        };
        let mut texts: Indexed<String> = entries
            .into_iter()
            .filter_map(|(index, members)| Some((index, (*members.get("")?).to_owned())))
            .filter(|(_, text)| !text.is_empty())
            .collect();
        if let (true, Some(text)) = (texts.is_empty(), field.text(decoding.values)) {
            texts = match text.starts_with('[') {
                true => numbered(json_texts(field, text)?),
                false => numbered([text.to_owned()]),
            };
        }
        let read = texts.into_iter().map(|(index, text)| {
            T::parse(&text).map(|read| (index, read)).ok_or(Rejection::Type(field.name))
        });
        Ok(Ok(read.collect::<Result<_, _>>()?))
    }

    fn accept(field: &Field, read: Self::Read, decoding: &Decoding<'_>) -> Result<Self, Rejection> {
        let entries = read?;
        check_indices(field, &entries)?;
        // The declared range is that of the index; an item has none of its own.
        let item = Field { range: None, ..*field };
        entries.into_iter().map(|(_, read)| T::check(&item, read, decoding)).collect()
    }
}

fn json_texts(field: &Field, text: &str) -> Result<Vec<String>, Rejection> {
    let items = parse_json_array(text).ok_or(Rejection::Type(field.name))?;
    items.iter().map(|item| scalar_text(item).ok_or(Rejection::Type(field.name))).collect()
}

/// A list of objects with few members, `Name.N.Member`.
pub(crate) trait Item: Sized {
    /// What the list's items make together.
    type List;
    /// As [`Value::MAY_BE_INCOMPLETE`].
    const MAY_BE_INCOMPLETE: bool = false;
    /// Names of the members.
    const MEMBERS: &'static [&'static str];

    /// Applies the rules. Each item has a value for each member that was sent, in the order of
    /// [`Self::MEMBERS`].
    fn check(field: &Field, items: Vec<Vec<Option<String>>>) -> Result<Self::List, Rejection>;
}

/// What was sent for a list of objects; a wrong index is told later, as above.
pub(crate) type Objects = Result<Indexed<Vec<Option<String>>>, Rejection>;

pub(crate) fn objects_are_there<T: Item>(field: &Field, values: &Parameters) -> bool {
    list_is_there(field.name, values)
}

/// Reads a list of objects, in either form.
pub(crate) fn read_objects<T: Item>(field: &Field, decoding: &Decoding<'_>) -> Result<Objects, Rejection> {
    let entries = match indexed(field, decoding.values) {
        Ok(entries) => entries,
        Err(broken) => return Ok(Err(broken)),
    };
    let items: Indexed<Vec<Option<String>>> = entries
        .into_iter()
        .map(|(index, members)| {
            let member = |name: &&str| members.get(*name).map(|value| (*value).to_owned());
            (index, T::MEMBERS.iter().map(member).collect::<Vec<_>>())
        })
        .filter(|(_, members)| members.iter().any(Option::is_some))
        .collect();
    match field.text(decoding.values) {
        // What the vendor's older Go client writes for a list that it was not given.
        Some("null") => Ok(Ok(items)),
        Some(text) if items.is_empty() => Ok(Ok(numbered(json_objects::<T>(field, text)?))),
        _ => Ok(Ok(items)),
    }
}

fn json_objects<T: Item>(field: &Field, text: &str) -> Result<Vec<Vec<Option<String>>>, Rejection> {
    let wrong_type = || Rejection::Type(field.name);
    let items = parse_json_array(text).ok_or_else(wrong_type)?;
    let object = |item: &Json| {
        let object = item.as_object().ok_or_else(wrong_type)?;
        let member = |name: &&str| match object.get(*name) {
            None | Some(Json::Null) => Ok(None),
            Some(value) => scalar_text(value).map(Some).ok_or_else(wrong_type),
        };
        T::MEMBERS.iter().map(member).collect()
    };
    items.iter().map(object).collect()
}

/// Applies the rules to a list of objects.
pub(crate) fn accept_objects<T: Item>(field: &Field, read: Objects) -> Result<T::List, Rejection> {
    let entries = read?;
    check_indices(field, &entries)?;
    T::check(field, entries.into_iter().map(|(_, members)| members).collect())
}

/// Makes parameters of types that are [`Item`]s and their own lists.
macro_rules! object_list {
    ($($type:ty),+) => { $(
        impl $crate::dialects::aliyun::params::Value for $type {
            const KIND: $crate::dialects::aliyun::params::Kind =
                $crate::dialects::aliyun::params::Kind::ObjectList;
            const MAY_BE_ABSENT: bool = true;
            const MAY_BE_INCOMPLETE: bool =
                <Self as $crate::dialects::aliyun::params::Item>::MAY_BE_INCOMPLETE;
            type Read = $crate::dialects::aliyun::params::lists::Objects;

            fn is_there(
                field: &$crate::dialects::aliyun::params::Field,
                values: &$crate::request::Parameters,
            ) -> bool {
                $crate::dialects::aliyun::params::lists::objects_are_there::<Self>(field, values)
            }

            fn read(
                field: &$crate::dialects::aliyun::params::Field,
                decoding: &$crate::dialects::aliyun::params::Decoding<'_>,
            ) -> Result<Self::Read, $crate::dialects::aliyun::params::Rejection> {
                $crate::dialects::aliyun::params::lists::read_objects::<Self>(field, decoding)
            }

            fn accept(
                field: &$crate::dialects::aliyun::params::Field,
                read: Self::Read,
                _: &$crate::dialects::aliyun::params::Decoding<'_>,
            ) -> Result<Self, $crate::dialects::aliyun::params::Rejection> {
                $crate::dialects::aliyun::params::lists::accept_objects::<Self>(field, read)
            }
        }
    )+ };
}

pub(crate) use object_list;
