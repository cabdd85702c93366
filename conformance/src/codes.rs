//! Error codes by name.

use kafka_protocol::ResponseError;

use crate::case::CLOSED;

/// For a reader: `TopicAlreadyExists(36)`.
pub(crate) fn named(code: i16) -> String {
    match code {
        0 => "None(0)".to_owned(),
        CLOSED => "closed".to_owned(),
        code => match ResponseError::try_from_code(code) {
            Some(error) => format!("{error:?}({code})"),
            None => format!("({code})"),
        },
    }
}
