//! Identifiers and names, parsed once at the boundary.
//!
//! Whatever names a thing that is to be made is checked here and cannot be built unchecked by a dialect:
//! [`TopicName::parse_cut`] and its kin. Whatever only looks something up may be any text (`new`): a name
//! that breaks the rules is simply not found.

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

            /// The text, taken over.
            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

/// Gives a name type its two parsers over one rule.
macro_rules! parsed_name {
    ($name:ident, $rule:expr) => {
        impl $name {
            /// Checks a name that is taken as it is.
            pub fn parse(text: &str) -> Result<Self, NameError> {
                Ok(Self(String::from($rule.check(text)?)))
            }

            /// Checks a name that is cut when it is too long: first the characters of the whole, then the
            /// cut, then the least length. The result is the cut name.
            pub fn parse_cut(text: &str) -> Result<Self, NameError> {
                Ok(Self(String::from($rule.check_cut(text)?)))
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
text_id! {
    /// What its owner calls an instance. Names that are to be given come from [`InstanceName::parse`].
    InstanceName
}

text_id! {
    /// A sub-user, for as long as anything remembers it.
    SubUserId
}
text_id! {
    /// What an owner calls a sub-user. Names that are to be given come from [`SubUserName::parse`].
    SubUserName
}
text_id! {
    /// A policy's name. Names that are to be given come from [`PolicyName::parse`].
    PolicyName
}
text_id! {
    /// A user's name. Names that are to be given come from [`UserName::parse`].
    UserName
}
text_id! {
    /// A zone's id.
    ZoneId
}
text_id! {
    /// A network.
    NetworkId
}
text_id! {
    /// A network's router.
    RouterId
}
text_id! {
    /// A network's route table.
    RouteTableId
}
text_id! {
    /// A subnet.
    SubnetId
}
text_id! {
    /// A security group.
    SecurityGroupId
}
text_id! {
    /// A resource group.
    ResourceGroupId
}
text_id! {
    /// A key that encrypts what its owner sends.
    CipherKeyId
}
text_id! {
    /// A name of such a key, of its owner's choice.
    CipherAliasName
}
text_id! {
    /// One version of such a key.
    CipherKeyVersionId
}
text_id! {
    /// What a caller marks a request with, to repeat it without a second effect.
    ClientToken
}

parsed_name!(TopicName, NameRule { min: 3, max: 64, letter_or_digit: false });
parsed_name!(GroupName, NameRule { min: 3, max: 128, letter_or_digit: true });
parsed_name!(InstanceName, NameRule { min: 3, max: 64, letter_or_digit: false });
parsed_name!(UserName, NameRule { min: 1, max: 64, letter_or_digit: false });

/// What a name must be like. All names share one alphabet.
struct NameRule {
    min: usize,
    max: usize,
    letter_or_digit: bool,
}

impl NameRule {
    fn check<'t>(&self, text: &'t str) -> Result<&'t str, NameError> {
        self.check_characters(text)?;
        if text.len() > self.max {
            return Err(self.length_error());
        }
        self.check_rest(text)
    }

    fn check_cut<'t>(&self, text: &'t str) -> Result<&'t str, NameError> {
        self.check_characters(text)?;
        // Every allowed character is one byte, so the cut cannot split one.
        self.check_rest(&text[..text.len().min(self.max)])
    }

    fn check_characters(&self, text: &str) -> Result<(), NameError> {
        if text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-') {
            Ok(())
        } else {
            Err(NameError::Characters("letters, digits, '_' and '-'"))
        }
    }

    fn check_rest<'t>(&self, text: &'t str) -> Result<&'t str, NameError> {
        if text.len() < self.min {
            return Err(self.length_error());
        }
        if self.letter_or_digit && !text.bytes().any(|byte| byte.is_ascii_alphanumeric()) {
            return Err(NameError::NoLetterOrDigit);
        }
        Ok(text)
    }

    fn length_error(&self) -> NameError {
        NameError::Length { min: self.min, max: self.max }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOPIC_LENGTH: NameError = NameError::Length { min: 3, max: 64 };
    const GROUP_LENGTH: NameError = NameError::Length { min: 3, max: 128 };

    #[test]
    fn names_have_exact_bounds() {
        assert_eq!(TopicName::parse("ab"), Err(TOPIC_LENGTH));
        assert_eq!(TopicName::parse("a_-").unwrap().as_str(), "a_-");
        assert_eq!(TopicName::parse(&"x".repeat(64)).unwrap().as_str().len(), 64);
        assert_eq!(TopicName::parse(&"x".repeat(65)), Err(TOPIC_LENGTH));
        assert_eq!(GroupName::parse(&"x".repeat(128)).unwrap().as_str().len(), 128);
        assert_eq!(GroupName::parse(&"x".repeat(129)), Err(GROUP_LENGTH));
        assert_eq!(InstanceName::parse(""), Err(TOPIC_LENGTH));
    }

    #[test]
    fn long_names_are_cut_after_all_their_characters_were_checked() {
        let long = "t".repeat(70);
        assert_eq!(TopicName::parse_cut(&long).unwrap().as_str(), &long[..64]);
        assert!(matches!(TopicName::parse_cut(&format!("{long}.")), Err(NameError::Characters(_))));
        assert_eq!(GroupName::parse_cut(&"g".repeat(200)).unwrap().as_str().len(), 128);
        assert_eq!(InstanceName::parse_cut(&"i".repeat(65)).unwrap().as_str().len(), 64);
        assert_eq!(TopicName::parse_cut("tt"), Err(TOPIC_LENGTH));
    }

    #[test]
    fn only_the_alphabet_is_allowed() {
        for bad in ["a.bc", "a bc", "abc\n", "äbc", "abc/", "a:bc", "abc\0"] {
            assert!(matches!(TopicName::parse(bad), Err(NameError::Characters(_))), "{bad:?}");
            assert!(matches!(GroupName::parse_cut(bad), Err(NameError::Characters(_))), "{bad:?}");
        }
    }

    #[test]
    fn a_group_needs_a_letter_or_digit_within_the_cut() {
        assert_eq!(GroupName::parse("_-_"), Err(NameError::NoLetterOrDigit));
        assert_eq!(TopicName::parse("_-_").unwrap().as_str(), "_-_");
        let late = format!("{}x", "-".repeat(128));
        assert_eq!(GroupName::parse_cut(&late), Err(NameError::NoLetterOrDigit));
    }
}
