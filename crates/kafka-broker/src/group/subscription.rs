//! What a group's members read, as far as the coordinator must know: the topics named in the subscriptions
//! of the `consumer` protocol type. Everything else in there is the assignors' business.

use std::collections::BTreeSet;

/// The protocol type whose metadata this module can read.
pub(super) const CONSUMER: &str = "consumer";

/// The topics of one subscription (version, then the topics; the rest is not looked at). `None` when the
/// bytes are something else.
pub(super) fn subscription_topics(metadata: &[u8]) -> Option<Vec<String>> {
    let mut rest = metadata;
    let version = i16::from_be_bytes(take(&mut rest)?);
    if version < 0 {
        return None;
    }
    let count = usize::try_from(i32::from_be_bytes(take(&mut rest)?)).ok()?;
    let mut topics = Vec::new();
    for _ in 0..count {
        let length = usize::try_from(i16::from_be_bytes(take(&mut rest)?)).ok()?;
        let (name, after) = rest.split_at_checked(length)?;
        topics.push(std::str::from_utf8(name).ok()?.to_owned());
        rest = after;
    }
    Some(topics)
}

/// All topics of several subscriptions, or `None` when one of them cannot be read.
pub(super) fn subscribed_topics<'a>(
    subscriptions: impl IntoIterator<Item = &'a [u8]>,
) -> Option<BTreeSet<String>> {
    let mut topics = BTreeSet::new();
    for metadata in subscriptions {
        topics.extend(subscription_topics(metadata)?);
    }
    Some(topics)
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, after) = rest.split_first_chunk::<N>()?;
    *rest = after;
    Some(*head)
}

#[cfg(test)]
pub(super) fn subscription(topics: &[&str]) -> bytes::Bytes {
    let mut bytes = vec![0, 1];
    bytes.extend(i32::try_from(topics.len()).unwrap().to_be_bytes());
    for topic in topics {
        bytes.extend(i16::try_from(topic.len()).unwrap().to_be_bytes());
        bytes.extend(topic.as_bytes());
    }
    // No user data.
    bytes.extend((-1_i32).to_be_bytes());
    bytes.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_read_and_user_data_is_passed_over() {
        let bytes = subscription(&["a", "orders"]);
        assert_eq!(subscription_topics(&bytes).unwrap(), ["a", "orders"]);
    }

    #[test]
    fn every_cut_before_the_topics_end_is_refused() {
        let bytes = subscription(&["a", "orders"]);
        let topics_end = bytes.len() - 4;
        for end in 0..topics_end {
            assert_eq!(subscription_topics(&bytes[..end]), None, "{end} bytes");
        }
    }

    #[test]
    fn a_forged_count_reserves_nothing() {
        assert_eq!(subscription_topics(&[0, 1, 0x7f, 0xff, 0xff, 0xff]), None);
        assert_eq!(subscription_topics(&[0, 1, 0xff, 0xff, 0xff, 0xff]), None);
    }
}
