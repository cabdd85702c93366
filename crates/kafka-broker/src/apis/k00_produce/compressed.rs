//! Topics that store batches in a compression of their own (`compression.type`).

use std::borrow::Cow;

use kafka_wire::ErrorCode;
use kafka_wire::records::{Batch, BuildError};

use super::{Refused, inflated_max};
use crate::topic_settings::TopicRules;

/// The batch as the topic stores it: as it came, unless it is compressed in another way than the topic wants. The
/// topic's limit holds for what is stored, too.
pub(super) fn stored<'a>(batch: &Batch<'a>, rules: &TopicRules) -> Result<Cow<'a, [u8]>, Refused> {
    let Some(wanted) = rules.compression.filter(|_| batch.compression().ok() != rules.compression) else {
        return Ok(Cow::Borrowed(batch.bytes()));
    };
    let limit = rules.log.max_message_bytes as usize;
    batch.recompressed(wanted, inflated_max(rules), limit).map(Cow::Owned).map_err(|error| {
        let code = match error {
            BuildError::TooLarge => ErrorCode::MESSAGE_TOO_LARGE,
            BuildError::Empty | BuildError::Deflate(_) => ErrorCode::INVALID_RECORD,
        };
        let text = format!("with the topic's compression, {}: {error}", wanted.name());
        Refused { code, records: Vec::new(), text: Some(text) }
    })
}
