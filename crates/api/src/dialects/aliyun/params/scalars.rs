//! Parameters that are one text.

use control::cidr::Cidr;
use control::ids::{
    ClientToken, GroupName, InstanceId, InstanceName, NetworkId, OrderId, Region, ResourceGroupId,
    RouteTableId, RouterId, SecurityGroupId, SubnetId, TopicName, UserName, ZoneId,
};
use serde_json::{Map, Value as Json};

use super::{Breach, Decoding, Field, Kind, Rejection, Value};

/// A type read from one text.
pub(crate) trait Scalar: Sized {
    /// As [`Value::KIND`].
    const KIND: Kind;
    /// As [`Value::CHOICES`].
    const CHOICES: &'static [&'static str] = &[];
    /// As [`Value::MAY_BE_INCOMPLETE`].
    const MAY_BE_INCOMPLETE: bool = false;
    /// As [`Value::NAMES_REGION`].
    const NAMES_REGION: bool = false;
    /// As [`Value::BREACHES`].
    const BREACHES: &'static [Breach] = &[Breach::Other];
    /// As [`Value::Read`].
    type Read;

    /// The text with its type; none when it is not of the type.
    fn parse(text: &str) -> Option<Self::Read>;

    /// Applies the rules.
    fn check(field: &Field, read: Self::Read, decoding: &Decoding<'_>) -> Result<Self, Rejection>;
}

impl<T: Scalar> Value for T {
    const KIND: Kind = T::KIND;
    const CHOICES: &'static [&'static str] = T::CHOICES;
    const MAY_BE_INCOMPLETE: bool = T::MAY_BE_INCOMPLETE;
    const NAMES_REGION: bool = T::NAMES_REGION;
    const BREACHES: &'static [Breach] = T::BREACHES;
    type Read = T::Read;

    fn read(field: &Field, decoding: &Decoding<'_>) -> Result<T::Read, Rejection> {
        let text = field.text(decoding.values).or(field.default).ok_or(Rejection::Missing(field.name))?;
        T::parse(text).ok_or(Rejection::Type(field.name))
    }

    fn accept(field: &Field, read: T::Read, decoding: &Decoding<'_>) -> Result<T, Rejection> {
        T::check(field, read, decoding)
    }
}

impl<T: Scalar> Value for Option<T> {
    const KIND: Kind = T::KIND;
    const CHOICES: &'static [&'static str] = T::CHOICES;
    const MAY_BE_ABSENT: bool = true;
    const MAY_BE_INCOMPLETE: bool = T::MAY_BE_INCOMPLETE;
    const NAMES_REGION: bool = T::NAMES_REGION;
    const BREACHES: &'static [Breach] = T::BREACHES;
    type Read = Option<T::Read>;

    fn read(field: &Field, decoding: &Decoding<'_>) -> Result<Option<T::Read>, Rejection> {
        field
            .text(decoding.values)
            .or(field.default)
            .map(|text| T::parse(text).ok_or(Rejection::Type(field.name)))
            .transpose()
    }

    fn accept(field: &Field, read: Option<T::Read>, decoding: &Decoding<'_>) -> Result<Self, Rejection> {
        read.map(|read| T::check(field, read, decoding)).transpose()
    }
}

/// Any text, of bounded length when the field says so.
pub(crate) type Text = String;

impl Scalar for String {
    const KIND: Kind = Kind::String;
    const BREACHES: &'static [Breach] = &[];
    type Read = String;

    fn parse(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    fn check(field: &Field, read: String, _: &Decoding<'_>) -> Result<String, Rejection> {
        let Some((least, greatest)) = field.range else { return Ok(read) };
        let length = i64::try_from(read.chars().count()).unwrap_or(i64::MAX);
        if length == 0 && field.clears {
            return Ok(read);
        }
        if length < least || length > greatest {
            let reason = format!("must have {least} to {greatest} characters");
            return Err(Rejection::Rule { name: field.name, breach: Breach::Length, reason });
        }
        Ok(read)
    }
}

impl Scalar for bool {
    const KIND: Kind = Kind::Boolean;
    const BREACHES: &'static [Breach] = &[];
    type Read = bool;

    fn parse(text: &str) -> Option<bool> {
        // Python writes `True`.
        match text {
            _ if text.eq_ignore_ascii_case("true") => Some(true),
            _ if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    fn check(_: &Field, read: bool, _: &Decoding<'_>) -> Result<bool, Rejection> {
        Ok(read)
    }
}

/// An optional sign and decimal digits, leading zeros allowed.
pub(crate) fn parse_integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// Counts and sizes. On the wire they are integers of 32 bits with a sign; a negative one breaks a rule.
impl Scalar for u32 {
    const KIND: Kind = Kind::Integer;
    type Read = i32;

    fn parse(text: &str) -> Option<i32> {
        i32::try_from(parse_integer(text)?).ok()
    }

    fn check(field: &Field, read: i32, _: &Decoding<'_>) -> Result<u32, Rejection> {
        field.check_range(read.into())?;
        u32::try_from(read).map_err(|_| Rejection::rule(field.name, "must not be negative"))
    }
}

/// Times and offsets: integers of 64 bits with a sign.
impl Scalar for i64 {
    const KIND: Kind = Kind::Long;
    const BREACHES: &'static [Breach] = &[];
    type Read = Self;

    fn parse(text: &str) -> Option<Self> {
        parse_integer(text)
    }

    fn check(field: &Field, read: Self, _: &Decoding<'_>) -> Result<Self, Rejection> {
        field.check_range(read).map(|()| read)
    }
}

/// Declares a type whose values are a closed list of texts.
macro_rules! choice {
    (
        $(#[$meta:meta])*
        $visibility:vis enum $name:ident: $kind:ident {
            $( $(#[$variant_meta:meta])* $variant:ident = $text:literal ),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        $visibility enum $name {
            $( $(#[$variant_meta])* #[serde(rename = $text)] $variant ),+
        }

        impl $crate::dialects::aliyun::params::Scalar for $name {
            const KIND: $crate::dialects::aliyun::params::Kind =
                $crate::dialects::aliyun::params::Kind::$kind;
            const CHOICES: &'static [&'static str] = &[$($text),+];
            type Read = String;

            fn parse(text: &str) -> Option<String> {
                $crate::dialects::aliyun::params::choice_text(Self::KIND, text)
            }

            fn check(
                field: &$crate::dialects::aliyun::params::Field,
                read: String,
                _: &$crate::dialects::aliyun::params::Decoding<'_>,
            ) -> Result<Self, $crate::dialects::aliyun::params::Rejection> {
                match read.as_str() {
                    $( $text => Ok(Self::$variant), )+
                    _ => Err($crate::dialects::aliyun::params::Rejection::rule(
                        field.name,
                        format!("must be one of {}", Self::CHOICES.join(", ")),
                    )),
                }
            }
        }
    };
}

pub(crate) use choice;

/// The text to compare with a list of choices: numbers in their shortest form, all else as it is.
pub(crate) fn choice_text(kind: Kind, text: &str) -> Option<String> {
    match kind {
        Kind::Integer | Kind::Long => parse_integer(text).map(|number| number.to_string()),
        _ => Some(text.to_owned()),
    }
}

/// Something looked up under the text as it was sent.
macro_rules! looked_up {
    ($($type:ty),+) => { $(
        impl Scalar for $type {
            const KIND: Kind = Kind::String;
            const BREACHES: &'static [Breach] = &[];
            type Read = String;

            fn parse(text: &str) -> Option<String> {
                Some(text.to_owned())
            }

            fn check(_: &Field, read: String, _: &Decoding<'_>) -> Result<Self, Rejection> {
                Ok(Self::new(read))
            }
        }
    )+ };
}

looked_up!(InstanceId, OrderId, TopicName, GroupName, UserName);
looked_up!(NetworkId, RouterId, RouteTableId, SubnetId, SecurityGroupId, ZoneId, ResourceGroupId);

/// A mark of the caller's choice, 1 to 64 characters.
impl Scalar for ClientToken {
    const KIND: Kind = Kind::String;
    const BREACHES: &'static [Breach] = &[];
    type Read = String;

    fn parse(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    fn check(field: &Field, read: String, decoding: &Decoding<'_>) -> Result<Self, Rejection> {
        String::check(field, read, decoding).map(Self::new)
    }
}

/// A choice whose texts may be written in any case.
pub(crate) struct AnyCase<T>(pub(crate) T);

impl<T: Scalar<Read = String>> Scalar for AnyCase<T> {
    const KIND: Kind = T::KIND;
    const CHOICES: &'static [&'static str] = T::CHOICES;
    const BREACHES: &'static [Breach] = T::BREACHES;
    type Read = String;

    fn parse(text: &str) -> Option<String> {
        let known = T::CHOICES.iter().find(|choice| choice.eq_ignore_ascii_case(text));
        T::parse(known.copied().unwrap_or(text))
    }

    fn check(field: &Field, read: String, decoding: &Decoding<'_>) -> Result<Self, Rejection> {
        T::check(field, read, decoding).map(Self)
    }
}

/// A block of addresses, in the one way it is shown.
impl Scalar for Cidr {
    const KIND: Kind = Kind::String;
    type Read = String;

    fn parse(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    fn check(field: &Field, read: String, _: &Decoding<'_>) -> Result<Self, Rejection> {
        Self::parse(&read)
            .ok_or_else(|| Rejection::rule(field.name, "must be a block of IPv4 addresses, as 10.0.0.0/8"))
    }
}

impl Scalar for Region {
    const KIND: Kind = Kind::String;
    const BREACHES: &'static [Breach] = &[];
    const NAMES_REGION: bool = true;
    type Read = String;

    fn parse(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    fn check(_: &Field, read: String, decoding: &Decoding<'_>) -> Result<Self, Rejection> {
        if decoding.regions.serves(&read) { Ok(Self::new(read)) } else { Err(Rejection::Region(read)) }
    }
}

/// The name of something that is to be made, silently cut when it is too long.
pub(crate) struct Cut<N>(pub(crate) N);

macro_rules! cut {
    ($($type:ty),+) => { $(
        impl Scalar for Cut<$type> {
            const KIND: Kind = Kind::String;
            const BREACHES: &'static [Breach] = &[Breach::Length, Breach::Other];
            type Read = String;

            fn parse(text: &str) -> Option<String> {
                Some(text.to_owned())
            }

            fn check(field: &Field, read: String, _: &Decoding<'_>) -> Result<Self, Rejection> {
                <$type>::parse_cut(&read).map(Self).map_err(|error| Rejection::name(field.name, &error))
            }
        }
    )+ };
}

cut!(TopicName, GroupName, InstanceName);

/// JSON whose nesting is bounded before it is read.
fn parse_json(text: &str) -> Option<Json> {
    if is_too_deep(text) { None } else { serde_json::from_str(text).ok() }
}

/// Whether brackets nest deeper than any client of ours has reason to.
pub(crate) fn is_too_deep(json: &str) -> bool {
    const DEPTH_MAX: usize = 32;
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => depth += 1,
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH_MAX {
            return true;
        }
    }
    false
}

/// A JSON object, and the text it was read from.
#[derive(Clone, Debug)]
pub(crate) struct JsonObject {
    pub(crate) text: String,
    pub(crate) members: Map<String, Json>,
}

impl Scalar for JsonObject {
    const KIND: Kind = Kind::Json;
    const BREACHES: &'static [Breach] = &[];
    type Read = Self;

    fn parse(text: &str) -> Option<Self> {
        match parse_json(text)? {
            Json::Object(members) => Some(Self { text: text.to_owned(), members }),
            _ => None,
        }
    }

    fn check(_: &Field, read: Self, _: &Decoding<'_>) -> Result<Self, Rejection> {
        Ok(read)
    }
}

/// Any JSON, kept as the text it was sent in.
#[derive(Clone, Debug)]
pub(crate) struct JsonText(pub(crate) String);

impl Scalar for JsonText {
    const KIND: Kind = Kind::Json;
    const BREACHES: &'static [Breach] = &[];
    type Read = Self;

    fn parse(text: &str) -> Option<Self> {
        parse_json(text).map(|_| Self(text.to_owned()))
    }

    fn check(_: &Field, read: Self, _: &Decoding<'_>) -> Result<Self, Rejection> {
        Ok(read)
    }
}

/// Also for lists written as JSON.
pub(super) fn parse_json_array(text: &str) -> Option<Vec<Json>> {
    match parse_json(text)? {
        Json::Array(items) => Some(items),
        _ => None,
    }
}

/// A scalar of a JSON list as the text it would have as a parameter.
pub(super) fn scalar_text(json: &Json) -> Option<String> {
    match json {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(flag) => Some(flag.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}
