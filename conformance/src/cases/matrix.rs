//! Every API in every version that the specification names, or that the broker offers beyond it, is answered in that
//! version; one beyond either end ends the connection.

use kafka_protocol::messages::ApiKey;

use crate::case::{CLOSED, Cases};
use crate::ensure;
use crate::failure::Failure;
use crate::minimal;
use crate::ranges::RANGES;
use crate::stage::Target;

pub(crate) fn declare(cases: &mut Cases, target: &Target) {
    for &(api, lowest, highest) in RANGES {
        // What the codec knows bounds what can be asked of a broker that is newer than it.
        let offered = target.offered.get(&(api as i16)).map_or(highest, |&(_, offered)| offered);
        let known = match api {
            // The codec names version 10 of these and does not encode it.
            ApiKey::OffsetCommit | ApiKey::OffsetFetch => 9,
            _ => api.valid_versions().max,
        };
        let highest = offered.min(known).max(highest);
        cases.each(api, lowest..=highest, "answered", 0, move |stage, version| {
            let request = minimal::request(api, version, stage).ok_or("no request")?;
            stage.connection()?.call_any(api, &request, version)?;
            Ok(0)
        });
        if api != ApiKey::ApiVersions {
            cases.each(api, highest..=highest, "beyond_the_highest", CLOSED, move |stage, _| {
                let beyond = stage.target.offered.get(&(api as i16)).ok_or(Failure::NotOffered)?.1 + 1;
                let header = api.request_header_version(api.valid_versions().max);
                let connection = stage.connection()?;
                connection.send_numbered(api as i16, beyond, header, &[0; 64])?;
                connection.frame()?;
                Ok(0)
            });
        }
    }
    // Without a group, members or topics: the answer holds a throttle time, no topics and no tags.
    for (api, body) in [
        (ApiKey::OffsetCommit, &[6, b'g', b'r', b'o', b'u', b'p', 255, 255, 255, 255, 1, 0, 1, 0][..]),
        (ApiKey::OffsetFetch, &[1, 0, 0][..]),
    ] {
        cases.each(api, 10..=10, "answered", 0, move |stage, version| {
            let connection = stage.connection()?;
            connection.send(api, version, body)?;
            ensure!(&connection.answer(api, version)?[..], &[0, 0, 0, 0, 1, 0], "answer");
            Ok(0)
        });
    }
    cases.each(ApiKey::Produce, 0..=2, "offered_but_closed", CLOSED, |stage, version| {
        let connection = stage.connection()?;
        // Acknowledgements, timeout, no topics.
        connection.send_numbered(0, version, 1, &[0, 1, 0, 0, 3, 232, 0, 0, 0, 0])?;
        connection.frame()?;
        Ok(0)
    });
}
