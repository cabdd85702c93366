//! Identifiers and names, parsed once at the boundary.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a name was refused, for the caller to read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// A character outside the allowed set.
    #[error("may only contain {0}")]
    Characters(&'static str),
    /// Too short or too long.
    #[error("must have {min} to {max} characters")]
    Length {
        /// Fewest characters allowed.
        min: usize,
        /// Most characters allowed.
        max: usize,
    },
    /// Nothing but punctuation.
    #[error("must contain at least one letter or digit")]
    NoLetterOrDigit,
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the text as it is: it came from the store, or it only serves to look something up.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id! {
    /// An account: the owner of everything a caller can see.
    AccountId
}
text_id! {
    /// An instance, under the id the cloud's users know.
    InstanceId
}
text_id! {
    /// An order, a decimal number in text.
    OrderId
}
text_id! {
    /// A region's id.
    Region
}
text_id! {
    /// A topic's name. Names that are to be created come from [`TopicName::parse`].
    TopicName
}
text_id! {
    /// A consumer group's id. Ids that are to be created come from [`GroupName::parse`].
    GroupName
}
