//! What is left of a compacted topic.

use kafka_protocol::messages::fetch_request::FetchPartition;
use kafka_protocol::messages::incremental_alter_configs_request::{AlterConfigsResource, AlterableConfig};
use kafka_protocol::messages::{ApiKey, IncrementalAlterConfigsRequest, TopicName};
use kafka_protocol::protocol::StrBytes;

use super::records::{fetched, produced};
use crate::batch::Batch;
use crate::case::Cases;
use crate::ensure;
use crate::failure::Failure;
use crate::stage::Stage;

const RECORDS: i32 = 3;

pub(super) fn declare(cases: &mut Cases) {
    cases.each(ApiKey::Fetch, 12..=12, "compacted", 0, |stage, version| {
        let configs =
            [("cleanup.policy", "compact"), ("segment.ms", "1000"), ("min.cleanable.dirty.ratio", "0.9")];
        let name = stage.topic_with(1, &configs)?;
        // Each of them ends the segment of the one before, by its time.
        for timestamp in [1_700_000_000_000, 1_700_000_010_000, 1_700_000_020_000] {
            let batch = Batch { records: RECORDS, key: true, timestamp, ..Batch::default() };
            ensure!(produced(stage, 9, &name, &batch)?.error_code, 0, "Produce");
        }
        make_worthwhile(stage, &name)?;
        stage.eventually("the same key is left once", |stage| {
            let kept = left(stage, version, &name)?;
            ensure!(kept.last().map(|batch| batch.last_offset), Some(8), "the newest is there");
            // What the segment that is written to holds may be there as a whole.
            let records: i32 = kept.iter().map(|batch| batch.records).sum();
            Ok(records <= 1 + RECORDS && kept.first().is_some_and(|batch| batch.last_offset >= 5))
        })?;
        Ok(0)
    });
}

/// The batches that have records. A broker may answer with those of one segment at a time.
fn left(stage: &mut Stage<'_>, version: i16, name: &TopicName) -> Result<Vec<Header>, Failure> {
    let (mut next, mut kept) = (0, Vec::new());
    while next < 9 {
        let answer = fetched(stage, version, name, FetchPartition::default().with_fetch_offset(next))?;
        let ends = (answer.error_code, answer.high_watermark, answer.log_start_offset);
        ensure!(ends, (0, 9, 0), "both ends stay");
        let found: Vec<_> = headers(&answer.records.unwrap_or_default()).collect();
        next = found.last().ok_or("nothing before the end")?.last_offset + 1;
        kept.extend(found.into_iter().filter(|batch| batch.records > 0));
    }
    Ok(kept)
}

/// A change of settings, by which it is worth compacting.
fn make_worthwhile(stage: &mut Stage<'_>, name: &TopicName) -> Result<(), Failure> {
    let ratio = AlterableConfig::default()
        .with_name(StrBytes::from_static_str("min.cleanable.dirty.ratio"))
        .with_value(Some(StrBytes::from_static_str("0")));
    let resource = AlterConfigsResource::default()
        .with_resource_type(2)
        .with_resource_name(name.0.clone())
        .with_configs(vec![ratio]);
    let request = IncrementalAlterConfigsRequest::default().with_resources(vec![resource]);
    let answer = stage.call(&request, 1)?;
    ensure!(answer.responses[0].error_code, 0, "IncrementalAlterConfigs");
    Ok(())
}

struct Header {
    last_offset: i64,
    records: i32,
}

/// The headers of batches.
fn headers(mut bytes: &[u8]) -> impl Iterator<Item = Header> + '_ {
    std::iter::from_fn(move || {
        let base = i64::from_be_bytes(*bytes.first_chunk()?);
        let length = i32::from_be_bytes(*bytes.get(8..)?.first_chunk()?);
        let delta = i32::from_be_bytes(*bytes.get(23..)?.first_chunk()?);
        let records = i32::from_be_bytes(*bytes.get(57..)?.first_chunk()?);
        bytes = bytes.get(12 + usize::try_from(length).ok()?..)?;
        Some(Header { last_offset: base + i64::from(delta), records })
    })
}
