//! The macro that turns a table into structures, their codec, and their place in the protocol.
//!
//! One invocation is one API:
//!
//! ```text
//! api! {
//!     /// What the API is for.
//!     Metadata { key 3, versions 0..=13, flexible 9 }
//!
//!     request MetadataRequest<'a> {
//!         /// Null asks for all topics; in version 0 an empty list does.
//!         topics: Option<Vec<MetadataRequestTopic<'a>>> => 0.., null 1..;
//!         allow_auto_topic_creation: bool = true => 4..;
//!     }
//!     response MetadataResponse<'a> { … }
//!     struct MetadataRequestTopic<'a> { … }
//! }
//! ```
//!
//! A field reads `name: type = default => versions, null versions, tag number, else ignore;` and all but
//! name, type and versions may be missing:
//!
//! - the default is the type's own, if none is given; a version without the field decodes to it;
//! - `null` narrows the versions in which an `Option` may be null; without it, all may;
//! - `tag` makes it a tagged field, written only when it differs from the default;
//! - a field set to something else than its default in a version without it is an error, because the
//!   message would mean something else; `else ignore` drops it instead, as Kafka does for what merely
//!   informs.
//!
//! Names are Kafka's, so that its protocol guide can be read beside a table. Nested structures are named
//! after their message: `FetchRequestTopic`, `FetchResponsePartition`. Requests borrow their text, because
//! whoever sends one holds what it says; responses may own it (`Cow`), because a handler composes them
//! from state that it cannot keep borrowed.

/// Defines one API. See the module.
macro_rules! api {
    (
        $(#[$about:meta])*
        $api:ident { key $key:literal, versions $versions_min:literal ..= $versions_max:literal, flexible $flexible:tt }

        $(#[$request_about:meta])*
        request $request:ident $(<$request_life:lifetime>)? { $($request_fields:tt)* }

        $(#[$response_about:meta])*
        response $response:ident $(<$response_life:lifetime>)? { $($response_fields:tt)* }

        $(
            $(#[$nested_about:meta])*
            struct $nested:ident $(<$nested_life:lifetime>)? { $($nested_fields:tt)* }
        )*
    ) => {
        const API: $crate::api::Api = $crate::api::Api {
            key: $crate::api::ApiKey($key),
            name: stringify!($api),
            versions: $crate::api::Versions { min: $versions_min, max: $versions_max },
            flexible_from: $crate::table::flexible_from!($flexible),
        };

        $crate::table::structure! {
            #[doc = concat!("The request of ", stringify!($api), ".")]
            #[doc = ""]
            $(#[$about])*
            #[doc = ""]
            $(#[$request_about])*
            $request $(<$request_life>)? { $($request_fields)* }
        }

        impl $(<$request_life>)? $crate::messages::Message for $request $(<$request_life>)? {
            const API: &'static $crate::api::Api = &API;
            const HEAP_PER_BYTE: usize = $crate::wire::HEAP_PER_BYTE;
        }

        $crate::table::answered_by!($request $(<$request_life>)?, $response $(<$response_life>)?);

        $crate::table::structure! {
            #[doc = concat!("The response of ", stringify!($api), ".")]
            #[doc = ""]
            $(#[$response_about])*
            $response $(<$response_life>)? { $($response_fields)* }
        }

        impl $(<$response_life>)? $crate::messages::Message for $response $(<$response_life>)? {
            const API: &'static $crate::api::Api = &API;
            const HEAP_PER_BYTE: usize = $crate::wire::HEAP_PER_RESPONSE_BYTE;

            fn throttle_time(&mut self) -> Option<&mut i32> {
                $crate::table::throttle_time!(self; $($response_fields)*)
            }
        }

        $(
            $crate::table::structure! {
                #[doc = concat!("A part of ", stringify!($api), ".")]
                #[doc = ""]
                $(#[$nested_about])*
                $nested $(<$nested_life>)? { $($nested_fields)* }
            }
        )*
    };
}

/// Defines one structure with its codec.
macro_rules! structure {
    (
        $(#[$about:meta])*
        $name:ident $(<$life:lifetime>)? {
            $(
                $(#[$field_about:meta])*
                $field:ident: $type:ty $(= $default:expr)? => $versions:expr
                    $(, null $null:expr)? $(, tag $tag:literal)? $(, else $otherwise:ident)?;
            )*
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name $(<$life>)? {
            $(
                $(#[$field_about])*
                #[doc = ""]
                #[doc = concat!("Versions `", stringify!($versions), "`.")]
                pub $field: $type,
            )*
        }

        impl $(<$life>)? Default for $name $(<$life>)? {
            fn default() -> Self {
                Self { $($field: $crate::table::default!($($default)?),)* }
            }
        }

        impl $(<$life>)? $crate::wire::Structure for $name $(<$life>)? {}

        #[allow(unused_mut, unused_variables, clippy::float_cmp)]
        impl<'a> $crate::wire::Decode<'a> for $name $(<$life>)? {
            fn size_min(context: $crate::wire::Context) -> usize {
                let mut size = usize::from(context.flexible);
                $($crate::table::field_size_min!([$($tag)?] size, context, $type, $versions);)*
                size
            }

            fn decode_from(
                reader: &mut $crate::wire::Reader<'a>,
            ) -> Result<Self, $crate::error::DecodeError> {
                let $crate::wire::Context { version, flexible } = reader.context();
                let mut value = Self::default();
                $(
                    $crate::table::field_decode!(
                        [$($tag)?] value, reader, version, $field, $versions, [$($null)?]
                    );
                )*
                if flexible {
                    reader.tagged_fields(|tag, reader| {
                        match tag {
                            $($(
                                $tag if ($versions).contains(&version) => {
                                    value.$field = $crate::wire::Decode::decode_from(reader)?;
                                }
                            )?)*
                            _ => return Ok(false),
                        }
                        #[allow(unreachable_code)]
                        Ok(true)
                    })?;
                }
                Ok(value)
            }
        }

        #[allow(unused_variables, clippy::float_cmp)]
        impl $(<$life>)? $crate::wire::Encode for $name $(<$life>)? {
            fn encode_to(
                &self,
                encoder: &mut $crate::wire::Encoder<'_>,
            ) -> Result<(), $crate::error::EncodeError> {
                let $crate::wire::Context { version, flexible } = encoder.context();
                let default = Self::default();
                $(
                    let present = ($versions).contains(&version);
                    if !present {
                        $crate::table::field_absent!(
                            [$($otherwise)?] self.$field == default.$field,
                            concat!(stringify!($name), ".", stringify!($field)), version
                        );
                    }
                    $crate::table::field_encode!(
                        [$($tag)?] self, encoder, version, present, $name, $field, [$($null)?]
                    );
                )*
                if flexible {
                    let written: &[(u32, bool)] = &[$($(
                        ($tag, ($versions).contains(&version) && self.$field != default.$field),
                    )?)*];
                    encoder.tag_count(written.iter().map(|(_, written)| u32::from(*written)).sum());
                    $($(
                        if ($versions).contains(&version) && self.$field != default.$field {
                            encoder.tagged_field($tag, |encoder| {
                                $crate::wire::Encode::encode_to(&self.$field, encoder)
                            })?;
                        }
                    )?)*
                }
                Ok(())
            }
        }

        #[cfg(feature = "sample")]
        #[allow(unused_variables)]
        impl $(<$life>)? $crate::sample::Sample for $name $(<$life>)? {
            fn sample(dice: &mut $crate::sample::Dice, context: $crate::wire::Context) -> Self {
                let version = context.version;
                Self {
                    $(
                        $field: if ($versions).contains(&version) {
                            $crate::table::field_sample!(dice, context, $type, [$($null)?])
                        } else {
                            $crate::table::default!($($default)?)
                        },
                    )*
                }
            }
        }
    };
}

/// The field of a response that tells how long to hold back, if it has one.
macro_rules! throttle_time {
    (
        $self:ident;
        $(
            $(#[$field_about:meta])*
            $field:ident: $type:ty $(= $default:expr)? => $versions:expr
                $(, null $null:expr)? $(, tag $tag:literal)? $(, else $otherwise:ident)?;
        )*
    ) => {{
        let fields: [Option<&mut i32>; _] = [$($crate::table::throttle_slot!($self, $field),)*];
        fields.into_iter().flatten().next()
    }};
}

macro_rules! throttle_slot {
    ($self:ident, throttle_time_ms) => {
        Some(&mut $self.throttle_time_ms)
    };
    ($self:ident, $other:ident) => {
        None
    };
}

macro_rules! answered_by {
    ($request:ident<$life:lifetime>, $($response:tt)*) => {
        impl $crate::messages::Request for $request<'_> {
            type Response<'a> = $($response)*;
        }
    };
    ($request:ident, $($response:tt)*) => {
        impl $crate::messages::Request for $request {
            type Response<'a> = $($response)*;
        }
    };
}

macro_rules! flexible_from {
    (never) => {
        None
    };
    ($version:literal) => {
        Some($version)
    };
}

macro_rules! default {
    () => {
        Default::default()
    };
    ($default:expr) => {
        $default
    };
}

macro_rules! field_size_min {
    ([] $size:ident, $context:ident, $type:ty, $versions:expr) => {
        if ($versions).contains(&$context.version) {
            $size += <$type as $crate::wire::Decode<'_>>::size_min($context);
        }
    };
    // A tagged field may be missing altogether.
    ([$tag:literal] $($_:tt)*) => {};
}

macro_rules! field_decode {
    ([] $value:ident, $reader:ident, $version:ident, $field:ident, $versions:expr, [$($null:expr)?]) => {
        if ($versions).contains(&$version) {
            $value.$field = $crate::wire::Decode::decode_from($reader)?;
            $(
                if $value.$field.is_none() && !($null).contains(&$version) {
                    return Err($crate::error::DecodeError::Null);
                }
            )?
        }
    };
    ([$tag:literal] $($_:tt)*) => {};
}

macro_rules! field_absent {
    ([ignore] $($_:tt)*) => {};
    ([] $is_default:expr, $name:expr, $version:ident) => {
        if !$is_default {
            return Err($crate::error::EncodeError::FieldAbsent { field: $name, version: $version });
        }
    };
}

macro_rules! field_encode {
    (
        [] $self:ident, $encoder:ident, $version:ident, $present:ident,
        $name:ident, $field:ident, [$($null:expr)?]
    ) => {
        if $present {
            $(
                if $self.$field.is_none() && !($null).contains(&$version) {
                    return Err($crate::error::EncodeError::Null {
                        field: concat!(stringify!($name), ".", stringify!($field)),
                        version: $version,
                    });
                }
            )?
            $crate::wire::Encode::encode_to(&$self.$field, $encoder)?;
        }
    };
    ([$tag:literal] $($_:tt)*) => {};
}

#[cfg(feature = "sample")]
macro_rules! field_sample {
    ($dice:ident, $context:ident, $type:ty, []) => {
        <$type as $crate::sample::Sample>::sample($dice, $context)
    };
    ($dice:ident, $context:ident, $type:ty, [$null:expr]) => {
        loop {
            let value = <$type as $crate::sample::Sample>::sample($dice, $context);
            if value.is_some() || ($null).contains(&$context.version) {
                break value;
            }
        }
    };
}

#[cfg(feature = "sample")]
pub(crate) use field_sample;
pub(crate) use {
    answered_by, api, default, field_absent, field_decode, field_encode, field_size_min, flexible_from,
    structure, throttle_slot, throttle_time,
};
