//! How values that are no numbers or names lie in the tables.

use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::any::AnyRow;
use sqlx::{ColumnIndex, Row};

use crate::Fault;
use crate::cidr::Cidr;

/// A structure as JSON.
pub(crate) fn to_json(value: &impl Serialize) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|error| Fault::bug(format!("not JSON: {error}")))
}

/// A structure from JSON.
pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|error| Fault::bug(format!("a stored structure is damaged: {error}")))
}

/// A plain variant as its bare word.
pub(crate) fn to_word(value: &impl Serialize) -> Result<String, Fault> {
    let json = to_json(value)?;
    Ok(json.trim_matches('"').to_owned())
}

/// A plain variant from its bare word.
pub(crate) fn from_word<T: DeserializeOwned>(word: &str) -> Result<T, Fault> {
    serde_json::from_value(word.into())
        .map_err(|error| Fault::bug(format!("a stored word is damaged: {error}")))
}

/// A number that was stored from a smaller type than the column's.
pub(crate) fn number<T, C>(row: &AnyRow, column: C) -> Result<T, Fault>
where
    T: TryFrom<i64>,
    C: ColumnIndex<AnyRow>,
{
    let stored: i64 = row.try_get(column)?;
    T::try_from(stored).map_err(|_| Fault::bug(format!("a stored number is damaged: {stored}")))
}

/// A block of addresses.
pub(crate) fn block(row: &AnyRow, column: &str) -> Result<Cidr, Fault> {
    let text: String = row.try_get(column)?;
    Cidr::parse(&text).ok_or_else(|| Fault::bug(format!("a stored block of addresses is damaged: {text}")))
}
