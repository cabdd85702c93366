//! Notes on topics.

use control::ids::TopicName;

use crate::dialects::aliyun::params::{Decoding, Field, Kind, Rejection, Scalar};

/// A note on a topic. Unlike a name it is not cut.
pub(crate) struct TopicRemark(pub(crate) String);

impl Scalar for TopicRemark {
    const KIND: Kind = Kind::String;
    type Read = String;

    fn parse(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    fn check(field: &Field, read: String, _: &Decoding<'_>) -> Result<Self, Rejection> {
        // The vendor's rule for it is the one for names.
        match TopicName::parse(&read) {
            Ok(_) => Ok(Self(read)),
            Err(error) => Err(Rejection::rule(field.name, error.to_string())),
        }
    }
}
