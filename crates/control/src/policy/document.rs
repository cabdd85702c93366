//! Reading a document: every part of it, or none.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::condition::{Circumstances, Condition};
use super::judge::Effect;
use super::pattern::{Pattern, Sureness};
use super::unique::Unique;
use super::{DOCUMENT_BYTES_MAX, Language};

/// Why a document is refused, for its author.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// It is too long.
    #[error("the document has more than {DOCUMENT_BYTES_MAX} bytes")]
    TooLong,
    /// It is not JSON, or has a part that there is none of, or lacks one.
    #[error("the document cannot be read: {0}")]
    Unreadable(String),
    /// Its version is not the language's.
    #[error("Version must be \"{0}\"")]
    Version(&'static str),
    /// It says nothing.
    #[error("Statement must have at least one statement")]
    NoStatement,
    /// A statement has both of two parts, or neither.
    #[error("a statement must have either {0} or Not{0}")]
    EitherOr(&'static str),
    /// What should be a text or a list of texts is not.
    #[error("{0} must be a text or a list of texts")]
    Texts(&'static str),
    /// No action has such a name.
    #[error("{0:?} is not an action: it must be * or like service:Action")]
    Action(String),
    /// No resource has such a name.
    #[error("{0:?} is not a resource: it must be * or begin with {1}, without variables")]
    Resource(String, &'static str),
    /// A condition that cannot be judged.
    #[error("the condition {operator} of {key} is not one that can be judged here")]
    Condition {
        /// The comparison.
        operator: String,
        /// What is compared.
        key: String,
    },
    /// The conditions are not an object of objects.
    #[error("Condition must have an object of keys and values for each operator")]
    Conditions,
    /// A value is not of the kind that its key has.
    #[error("a value of the condition key {0} cannot be read")]
    Value(String),
}

/// A document that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    pub(super) statements: Vec<Statement>,
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) effect: Effect,
    actions: Patterns,
    resources: Patterns,
    conditions: Vec<Condition>,
}

/// Everything that one of these matches, or everything that none of them does.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Patterns {
    any_of: Vec<Pattern>,
    negated: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct RawDocument {
    version: String,
    statement: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct RawStatement {
    effect: Effect,
    #[serde(default, deserialize_with = "present")]
    action: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    not_action: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    resource: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    not_resource: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    condition: Option<Map<String, Value>>,
}

/// A part that is there says something: `null` is not the same as silence.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(part: D) -> Result<Option<T>, D::Error> {
    T::deserialize(part).map(Some)
}

/// Parts by their names. A list of them without names, which would also be read, is not in the language.
fn named<T: DeserializeOwned>(value: Value) -> Result<T, DocumentError> {
    let members: Map<String, Value> = serde_json::from_value(value).map_err(unreadable)?;
    serde_json::from_value(Value::Object(members)).map_err(unreadable)
}

impl Document {
    /// Reads a document of this language.
    pub fn parse(text: &str, language: &Language) -> Result<Self, DocumentError> {
        if text.len() > DOCUMENT_BYTES_MAX {
            return Err(DocumentError::TooLong);
        }
        let Unique = serde_json::from_str(text).map_err(unreadable)?;
        let value = serde_json::from_str(text).map_err(unreadable)?;
        let RawDocument { version, statement } = named(value)?;
        if version != language.version {
            return Err(DocumentError::Version(language.version));
        }
        let statements = match statement {
            Value::Array(statements) => statements,
            one => vec![one],
        };
        if statements.is_empty() {
            return Err(DocumentError::NoStatement);
        }
        let read = |statement| Statement::read(statement, language);
        Ok(Self { statements: statements.into_iter().map(read).collect::<Result<_, _>>()? })
    }
}

impl Statement {
    fn read(statement: Value, language: &Language) -> Result<Self, DocumentError> {
        let raw: RawStatement = named(statement)?;
        let actions = Patterns::read("Action", raw.action, raw.not_action, |text| {
            let is_action = text == "*"
                || text.split_once(':').is_some_and(|(of, name)| name_like(of) && name_like(name));
            if is_action { Ok(Pattern::new(text, true)) } else { Err(DocumentError::Action(text)) }
        })?;
        let prefix = language.resource_prefix;
        let resources = Patterns::read("Resource", raw.resource, raw.not_resource, |text| {
            // A variable would be taken for its own name, which is nobody's.
            let is_resource = text == "*" || (text.starts_with(prefix) && !text.contains("${"));
            if is_resource {
                Ok(Pattern::new(text, false))
            } else {
                Err(DocumentError::Resource(text, prefix))
            }
        })?;
        let mut conditions = Vec::new();
        for (operator, keys) in raw.condition.unwrap_or_default() {
            let keys = keys.as_object().filter(|keys| !keys.is_empty()).ok_or(DocumentError::Conditions)?;
            for (key, values) in keys {
                conditions.push(Condition::read(&operator, key, values, language)?);
            }
        }
        Ok(Self { effect: raw.effect, actions, resources, conditions })
    }

    /// Whether it is about this action and resource, under these circumstances.
    pub(super) fn is_about(&self, action: &str, resource: &str, under: &Circumstances) -> bool {
        // Of what is not known, the worse for the caller is taken.
        let sureness = match self.effect {
            Effect::Allow => Sureness::Certain,
            Effect::Deny => Sureness::Possible,
        };
        self.actions.matches(action, sureness)
            && self.resources.matches(resource, sureness)
            && self.conditions.iter().all(|condition| condition.holds(under))
    }
}

impl Patterns {
    fn read(
        name: &'static str,
        these: Option<Value>,
        others: Option<Value>,
        pattern: impl Fn(String) -> Result<Pattern, DocumentError>,
    ) -> Result<Self, DocumentError> {
        let (values, negated) = match (these, others) {
            (Some(values), None) => (values, false),
            (None, Some(values)) => (values, true),
            _ => return Err(DocumentError::EitherOr(name)),
        };
        let texts = texts(&values).ok_or(DocumentError::Texts(name))?;
        Ok(Self { any_of: texts.into_iter().map(pattern).collect::<Result<_, _>>()?, negated })
    }

    fn matches(&self, subject: &str, sureness: Sureness) -> bool {
        let of_one = if self.negated { sureness.opposite() } else { sureness };
        self.any_of.iter().any(|pattern| pattern.matches(subject, of_one)) != self.negated
    }
}

/// A text, or a list of at least one.
pub(super) fn texts(value: &Value) -> Option<Vec<String>> {
    let values = match value {
        Value::String(text) => return Some(vec![text.clone()]),
        Value::Array(values) if !values.is_empty() => values,
        _ => return None,
    };
    values.iter().map(|value| value.as_str().map(str::to_owned)).collect()
}

fn name_like(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"*?-_./".contains(&byte);
    !text.is_empty() && text.bytes().all(is_part)
}

/// Where it is wrong, without anything that its author has not written.
fn unreadable(error: serde_json::Error) -> DocumentError {
    DocumentError::Unreadable(error.to_string())
}
