//! The files of a partition's log when a broker starts: recovered, looked at, read, and written on.
//!
//! The first byte chooses the log that the files are of, closed or left by a kill, and whether checksums are made to
//! fit. An archive follows: each of its files, and a note for the ledger. What is empty is missing.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use kafka_broker::log::{LogConfig, LogContext, LogError, LogSpec, Origin, PartitionLog, ReadBound, check};
use kafka_wire::records::{BatchHeader, Batches, HEADER_BYTES};
use machine::journal::Journal;
use uuid::Uuid;

use crate::memory::Budget;
use crate::records::{batches, seal};
use crate::stand::Stand;
use crate::{Target, archive, files};

pub(crate) const TARGET: Target = Target { name: "log", feed, seeds, mutations: 1_500 };

/// Windows over segments, of up to a mebibyte each; a recovery that looked at a whole file at a time would not fit.
const BUDGET: Budget = Budget { per_byte: 32, free: 8 << 20 };
const TOPIC: Uuid = Uuid::from_u128(0x70);
const LEDGER: &str = "logs";
const SEALED: u8 = 1;
const KILLED: u8 = 2;

fn config() -> LogConfig {
    LogConfig { segment_bytes: 1_000, index_interval_bytes: 200, ..LogConfig::default() }
}

fn open(
    stand: &Stand,
    folder: PathBuf,
    leader_epoch: i32,
) -> Result<(Arc<LogContext>, Arc<PartitionLog>), LogError> {
    let context = LogContext::open(stand.disk.clone(), stand.committer.clone(), stand.clock.clone(), folder)?;
    let config = Arc::new(config());
    let spec = LogSpec { topic: "t".into(), topic_id: TOPIC, partition: 0, config, leader_epoch };
    let log = PartitionLog::open(&context, spec)?;
    Ok((context, log))
}

fn feed(bytes: &[u8]) {
    let Some((how, mut packed)) = bytes.split_first() else { return };
    let template = template(how & KILLED != 0);
    BUDGET.hold(bytes.len(), || {
        Stand::with(|stand, folder| {
            stand.disk.create_dir_all(&folder.join("t-0")).expect("a simulated disk makes folders");
            for (name, _) in template {
                let file = archive::next(&mut packed);
                let file = if how & SEALED != 0 { fitted(name, file) } else { file.to_vec() };
                files::put(&*stand.disk, &folder.join(name), &file);
            }
            note(stand, &folder, packed);
            start(stand, &folder);
        });
    });
}

/// Puts a note behind those that can be read.
fn note(stand: &Stand, folder: &Path, note: &[u8]) {
    if note.is_empty() {
        return;
    }
    let take = |_: &[u8]| Ok(());
    if let Ok(ledger) = Journal::open(stand.disk.clone(), stand.committer.clone(), folder, LEDGER, take) {
        let noted = ledger.append(&[note]).expect("a simulated disk writes");
        stand.runtime.block_on(noted.durable()).expect("and syncs");
    }
}

/// What a broker does with them.
fn start(stand: &Stand, folder: &Path) {
    let _ = check(&*stand.disk, folder, &mut Vec::new());
    let Ok((context, log)) = open(stand, folder.to_owned(), 9) else { return };
    stand.runtime.block_on(async {
        log.settled().await.expect("a simulated disk syncs");
        look(&log);
        let end = log.log_end();
        let batch = batches().swap_remove(0);
        if let Ok(appended) = log.append(&batch, Origin::Client) {
            assert_eq!(appended.base_offset, end, "offsets follow each other");
            log.wait_durable(appended.last_offset).await.expect("a simulated disk syncs");
            let found = log.batch_at(end, ReadBound::HighWatermark).expect("what was appended is read");
            assert_eq!(found.map(|found| found.info.base_offset), Some(end));
        }
        let closed = log.close().await;
        drop(context.close().await);
        if closed.is_ok() {
            drop(log);
            let again = open(stand, folder.to_owned(), 10);
            let (_, again) = again.expect("what was closed opens");
            look(&again);
        }
    });
}

/// Reads all that is served: whole batches with checksums that fit, in order.
fn look(log: &PartitionLog) {
    let mut offset = log.log_start();
    while let Ok(slice) = log.read(offset, 700, ReadBound::LogEnd, true) {
        for part in &slice.parts {
            let mut bytes = vec![0; part.len as usize];
            let read = part.file.read_at(&mut bytes, part.offset).expect("a simulated disk reads");
            assert_eq!(read, bytes.len(), "what is promised is there");
            for batch in Batches::new(&bytes) {
                let batch = batch.expect("whole batches");
                assert_eq!(batch.checksum_verify(), Ok(()), "damage is not served");
                assert!(batch.header.next_offset() > offset, "in order");
                offset = batch.header.next_offset();
            }
        }
        if slice.parts.is_empty() {
            break;
        }
    }
    for timestamp in [i64::MIN, 0, 1_700_000_000_002, i64::MAX] {
        let _ = log.offset_for_timestamp(timestamp, ReadBound::LastStable);
    }
    let _ = log.max_timestamp(ReadBound::HighWatermark);
    let _ = log.aborted_between(0, i64::MAX);
    let _ = (log.producers(), log.epoch_end_offset(3), log.damage());
    assert!(log.log_start() <= log.last_stable() && log.last_stable() <= log.log_end());
}

/// A file with the checksums that its kind has, made to fit.
fn fitted(name: &Path, bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let len = bytes.len();
    match name.extension().and_then(|extension| extension.to_str()) {
        Some("log") => return seal(&bytes),
        Some("snapshot") if len > 6 => {
            let crc = crc32c::crc32c(&bytes[6..]);
            bytes[2..6].copy_from_slice(&crc.to_be_bytes());
        }
        Some("digests" | "summary") if len > 4 => {
            let crc = crc32c::crc32c(&bytes[..len - 4]);
            bytes[len - 4..].copy_from_slice(&crc.to_be_bytes());
        }
        _ => {}
    }
    bytes
}

type Files = Vec<(PathBuf, Vec<u8>)>;

/// The files of a log of several segments, with producers and transactions.
fn template(killed: bool) -> &'static Files {
    static TEMPLATES: [OnceLock<Files>; 2] = [OnceLock::new(), OnceLock::new()];
    TEMPLATES[usize::from(killed)].get_or_init(|| {
        Stand::with(|stand, folder| {
            stand.runtime.block_on(async {
                let (context, log) = open(stand, folder.clone(), 3).expect("a new log opens");
                for round in 0..5 {
                    for batch in &batches() {
                        let mut header = BatchHeader::parse(batch).expect("a batch has a header");
                        // Each round continues where the producer was.
                        header.amend(|header| {
                            if header.has_producer_id() && !header.attributes.is_control() {
                                header.base_sequence = round * header.record_count;
                            }
                        });
                        let batch = [&header.to_bytes(), &batch[HEADER_BYTES..]].concat();
                        let appended = log.append(&batch, Origin::Broker).expect("it is appended");
                        log.wait_durable(appended.last_offset).await.expect("a simulated disk syncs");
                    }
                }
                if !killed {
                    log.close().await.expect("it closes");
                    context.close().await.expect("it closes");
                }
            });
            files::below(&*stand.disk, &folder)
        })
    })
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for how in [0, SEALED, KILLED, SEALED | KILLED] {
        let files = template(how & KILLED != 0).iter().map(|(_, bytes)| bytes.as_slice());
        let seed = [&[how], &archive::pack(files)[..]].concat();
        // A note of how far everything is durable: kind, topic, partition, offset, segment, position.
        let recovery =
            [&[2][..], TOPIC.as_bytes(), &[0; 4], &[0, 0, 0, 0, 0, 0, 0, 8], &[0; 8], &[0, 0, 1, 0]];
        seeds.push([&seed[..], &recovery.concat()].concat());
        seeds.push(seed);
    }
    seeds
}
