//! How an action declares its parameters: once, in its own file.
//!
//! ```text
//! parameters! {
//!     /// What CreateTopic takes.
//!     pub(super) struct Input {
//!         /// The instance that will own the topic.
//!         instance_id: InstanceId = required("InstanceId"),
//!         /// How many partitions.
//!         partition_num: u32 = optional("PartitionNum").range(1, 360).or("12"),
//!     }
//! }
//! ```
//!
//! The doc line, the wire name, the bounds and the default stand together on the field; the field's type says
//! how its text is read ([`Value`]). From this come the decoder, which fails in the documented order (what is
//! missing, then what has the wrong type, then what breaks a rule, each in the order of the fields), and the
//! description that documentation and tests are generated from.
//!
//! A `macro_rules!` macro rather than a derive: what it expands to is a page of ordinary code, there is no
//! second crate to build, and an attribute language would need its own error messages.

pub(crate) mod lists;
mod scalars;
mod tags;

use control::ids::NameError;
use serde::Serialize;

use crate::request::Parameters;

pub(crate) use lists::{Item, list_is_there, object_list};
pub(crate) use scalars::{
    AnyCase, Cut, JsonObject, JsonText, Scalar, Text, choice, choice_text, is_too_deep, parse_integer,
};
pub(crate) use tags::{NamedTags, NewTags, TagConditions};

/// What decoding looks at.
pub(crate) struct Decoding<'r> {
    /// What came with the request.
    pub(crate) values: &'r Parameters,
    /// Regions that are served.
    pub(crate) regions: &'r crate::dialects::aliyun::Regions,
}

/// Why a parameter is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Rejection {
    /// It is required, and absent or empty.
    Missing(&'static str),
    /// Its text is not of its type.
    Type(&'static str),
    /// Its value breaks a rule; the reason follows the name in a sentence: "must be between 1 and 360".
    Rule { name: &'static str, breach: Breach, reason: String },
    /// It names a region that is not served here.
    Region(String),
}

/// Which kind of rule a value breaks, where products tell kinds apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Breach {
    /// A text has too few or too many characters.
    Length,
    /// Any other.
    Other,
}

impl Rejection {
    pub(crate) fn rule(name: &'static str, reason: impl Into<String>) -> Self {
        Self::Rule { name, breach: Breach::Other, reason: reason.into() }
    }

    /// What is wrong with a name that is to be given.
    pub(crate) fn name(name: &'static str, error: &NameError) -> Self {
        let breach = match error {
            NameError::Length { .. } => Breach::Length,
            NameError::Characters(_) | NameError::NoLetterOrDigit => Breach::Other,
        };
        Self::Rule { name, breach, reason: error.to_string() }
    }
}

/// One declared parameter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    /// A second name that means the same.
    pub(crate) alias: Option<&'static str>,
    pub(crate) required: bool,
    /// Whether some calls have to have it.
    pub(crate) required_at_times: bool,
    /// Which calls have to have it, where other parameters decide that.
    pub(crate) required_when: Option<fn(&Parameters) -> bool>,
    /// The text that stands for an absent or empty one.
    pub(crate) default: Option<&'static str>,
    /// Least and greatest: of an integer its value, of a text its number of characters, of a list its highest
    /// index.
    pub(crate) range: Option<(i64, i64)>,
    /// Whether the empty text, when it is sent, is a value of its own: it takes away what is there.
    pub(crate) clears: bool,
    /// Not to be shown in any log or record.
    pub(crate) secret: bool,
    pub(crate) doc: &'static str,
}

/// A parameter that must be there and filled.
pub(crate) const fn required(name: &'static str) -> Field {
    Field {
        name,
        alias: None,
        required: true,
        required_at_times: false,
        required_when: None,
        default: None,
        range: None,
        clears: false,
        secret: false,
        doc: "",
    }
}

/// A parameter that may be absent; an empty one counts as absent, unless it [clears](Field::or_empty).
pub(crate) const fn optional(name: &'static str) -> Field {
    Field { required: false, ..required(name) }
}

impl Field {
    /// Some calls have to have it, and which is seen later.
    pub(crate) const fn required_at_times(self) -> Self {
        Self { required_at_times: true, ..self }
    }

    /// Calls with such other parameters have to have it; its absence is told in its turn.
    pub(crate) const fn required_when(self, is_so: fn(&Parameters) -> bool) -> Self {
        Self { required_when: Some(is_so), ..self.required_at_times() }
    }

    pub(crate) const fn or(self, default: &'static str) -> Self {
        Self { default: Some(default), ..self }
    }

    pub(crate) const fn alias(self, alias: &'static str) -> Self {
        Self { alias: Some(alias), ..self }
    }

    pub(crate) const fn range(self, least: i64, greatest: i64) -> Self {
        Self { range: Some((least, greatest)), ..self }
    }

    /// The empty text is a value of its own, whatever the range: a change to it takes away what is there.
    pub(crate) const fn or_empty(self) -> Self {
        Self { clears: true, ..self }
    }

    pub(crate) const fn secret(self) -> Self {
        Self { secret: true, ..self }
    }

    /// Called by the macro with the doc comment.
    pub(crate) const fn doc(self, doc: &'static str) -> Self {
        Self { doc, ..self }
    }

    /// The text sent for it, if any; the empty text is none, unless it clears.
    pub(crate) fn text<'v>(&self, values: &'v Parameters) -> Option<&'v str> {
        if self.clears {
            return values.get(self.name).or_else(|| values.get(self.alias?));
        }
        values.filled(self.name).or_else(|| values.filled(self.alias?))
    }

    /// Fails unless `number` is within the declared range.
    pub(crate) fn check_range(&self, number: i64) -> Result<(), Rejection> {
        match self.range {
            Some((least, greatest)) if number < least || number > greatest => {
                Err(Rejection::rule(self.name, format!("must be between {least} and {greatest}")))
            }
            _ => Ok(()),
        }
    }
}

/// A type that a parameter can have, and how its text becomes it.
pub(crate) trait Value: Sized {
    /// What the vendor's documents call the type.
    const KIND: Kind;
    /// The only texts allowed; empty when any may be.
    const CHOICES: &'static [&'static str] = &[];
    /// Whether there is a value for "absent".
    const MAY_BE_ABSENT: bool = false;
    /// Whether an entry of it can lack something, which is refused as if the parameter was missing.
    const MAY_BE_INCOMPLETE: bool = false;
    /// Whether it is a region, which can be one that is not served.
    const NAMES_REGION: bool = false;
    /// Which rules a text of the type can break, beside those of its declaration.
    const BREACHES: &'static [Breach] = &[Breach::Other];
    /// The text with its type, before any rule has been applied.
    type Read;

    /// Whether anything was sent for it.
    fn is_there(field: &Field, values: &Parameters) -> bool {
        field.text(values).is_some()
    }

    /// Reads the text; fails only when it is not of the type.
    fn read(field: &Field, decoding: &Decoding<'_>) -> Result<Self::Read, Rejection>;

    /// Applies the rules.
    fn accept(field: &Field, read: Self::Read, decoding: &Decoding<'_>) -> Result<Self, Rejection>;
}

/// What a parameter looks like on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Kind {
    /// Any text.
    String,
    /// A whole number of 32 bits.
    Integer,
    /// A whole number of 64 bits.
    Long,
    /// `true` or `false`, in any case.
    Boolean,
    /// JSON in text.
    Json,
    /// `Name.1`, `Name.2`, …
    List,
    /// `Name.1.Key`, `Name.1.Value`, `Name.2.Key`, …
    ObjectList,
}

/// One parameter, described for documentation and tests.
#[derive(Clone, Debug, Serialize)]
pub struct ParameterSpec {
    /// Its name on the wire.
    pub name: &'static str,
    /// A second name that means the same.
    pub alias: Option<&'static str>,
    /// What it looks like.
    pub kind: Kind,
    /// Whether it must be there.
    pub required: bool,
    /// Whether some calls have to have it.
    pub required_at_times: bool,
    /// What stands for it when it is absent.
    pub default: Option<&'static str>,
    /// Least and greatest: of a number its value, of a text its length, of a list its highest index.
    pub range: Option<(i64, i64)>,
    /// The only texts allowed; empty when any may be.
    pub choices: &'static [&'static str],
    /// Whether the empty text is a value too, which takes away what is there.
    pub clears: bool,
    /// Whether it must never be shown.
    pub secret: bool,
    /// Whether an entry of it can lack something.
    pub may_be_incomplete: bool,
    /// Whether it is a region.
    pub names_region: bool,
    /// Which rules it can break.
    pub breaches: Vec<Breach>,
    /// What it means.
    pub doc: &'static str,
}

/// What [`parameters!`] implements.
pub(crate) trait Input: Sized + Send + 'static {
    /// All of them, in order.
    fn specs() -> Vec<ParameterSpec>;

    /// Reads a request.
    fn decode(decoding: &Decoding<'_>) -> Result<Self, Rejection>;
}

/// Fails when a parameter that this call has to have is not there.
pub(crate) fn require<T: Value>(field: &Field, values: &Parameters) -> Result<(), Rejection> {
    let is_required = field.required || field.required_when.is_some_and(|is_so| is_so(values));
    if is_required && !T::is_there(field, values) {
        return Err(Rejection::Missing(field.name));
    }
    Ok(())
}

/// The field itself, once it was seen to fit its type.
pub(crate) const fn declared<T: Value>(field: Field) -> Field {
    assert!(
        field.required || field.default.is_some() || T::MAY_BE_ABSENT,
        "a field that may be absent needs a default or a type for it"
    );
    field
}

/// Describes one field.
pub(crate) fn describe<T: Value>(field: &Field) -> ParameterSpec {
    let Field {
        name,
        alias,
        required,
        required_at_times,
        required_when: _,
        default,
        range,
        clears,
        secret,
        doc,
    } = *field;
    let mut breaches = T::BREACHES.to_vec();
    let declared = match (T::KIND, range) {
        (Kind::String, Some(_)) => Some(Breach::Length),
        (_, Some(_)) => Some(Breach::Other),
        (_, None) => (!T::CHOICES.is_empty()).then_some(Breach::Other),
    };
    breaches.extend(declared.filter(|breach| !T::BREACHES.contains(breach)));
    ParameterSpec {
        name,
        alias,
        kind: T::KIND,
        required,
        required_at_times,
        default,
        range,
        choices: T::CHOICES,
        clears,
        secret,
        may_be_incomplete: T::MAY_BE_INCOMPLETE,
        names_region: T::NAMES_REGION,
        breaches,
        doc,
    }
}

/// Declares a struct whose fields are parameters. See the module's description.
macro_rules! parameters {
    (
        $(#[$meta:meta])*
        $visibility:vis struct $input:ident {
            $( $(#[doc = $doc:literal])+ $field:ident : $type:ty = $spec:expr ),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        $visibility struct $input {
            $( $(#[doc = $doc])+ $field: $type, )+
        }

        impl $crate::dialects::aliyun::params::Input for $input {
            fn specs() -> Vec<$crate::dialects::aliyun::params::ParameterSpec> {
                #[allow(unused_imports, reason = "not every action has both kinds")]
                use $crate::dialects::aliyun::params::{declared, describe, optional, required};
                vec![$( describe::<$type>(const { &declared::<$type>($spec.doc(concat!($($doc),+))) }) ),+]
            }

            fn decode(
                decoding: &$crate::dialects::aliyun::params::Decoding<'_>,
            ) -> Result<Self, $crate::dialects::aliyun::params::Rejection> {
                #[allow(unused_imports, reason = "not every action has both kinds")]
                use $crate::dialects::aliyun::params::{Field, Value, optional, require, required};
                // Three passes over all fields: what is missing, what has the wrong type, what breaks a rule.
                $( require::<$type>(const { &$spec } as &Field, decoding.values)?; )+
                $( let $field = <$type as Value>::read(const { &$spec }, decoding)?; )+
                $( let $field = <$type as Value>::accept(const { &$spec }, $field, decoding)?; )+
                Ok(Self { $($field),+ })
            }
        }
    };
}

pub(crate) use parameters;

#[cfg(test)]
pub(crate) mod tests_support;

#[cfg(test)]
mod tests;
