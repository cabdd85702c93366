//! Counts and lengths that nothing follows, in every place of every message where one can stand: each sent to a
//! running broker, which closes that connection, reserves nothing for it, and serves everybody else meanwhile.

use kafka_wire::messages::{Codec, MetadataRequest};
use kafka_wire::records::{BatchBuilder, BatchHeader, Compression, HEADER_BYTES};
use kafka_wire::sample::Dice;
use kafka_wire::{DecodeError, ErrorCode, RequestHeader};
use tokio::runtime::{Builder, Runtime};

use crate::harness::{Produced, Topic, Wire, World, amended, batch, built};
use crate::walk::offered;

/// What a connection may take beside what was sent to it: its tasks, its buffers, and ours; and now and then the table
/// of who was seen doubles.
const CONNECTION_BYTES_MAX: u64 = 2 << 20;
/// Of a topic about which replies are long: some fifty kilobytes.
const PARTITIONS: i32 = 2_000;
/// So many that their replies do not fit into the sockets between.
const REQUESTS: usize = 600;
/// A few replies under way for each of two clients; those to a whole pipeline would be four times as much.
const REPLIES_BYTES_MAX: u64 = 1 << 20;
/// Forgeries between two records of the client that stands by.
const BETWEEN_RECORDS: usize = 200;

/// The largest there is, as each encoding writes it.
const FORGERIES: [&[u8]; 3] = [&[0x7f, 0xff, 0xff, 0xff], &[0xff, 0xff, 0xff, 0xff, 0x0f], &[0x7f, 0xff]];

/// Frames like this request's, each with one count or length that more would have to follow than is there.
fn forgeries(codec: &Codec, version: i16) -> Vec<Vec<u8>> {
    let mut dice = Dice::new(7);
    let frame = (codec.request.sample)(version, &mut dice).unwrap();
    let frame = frame.bytes();
    let (_, body) = RequestHeader::decode(&frame[4..]).unwrap();
    let begins = frame.len() - body.len();
    let mut forged = Vec::new();
    for forgery in FORGERIES {
        for at in begins..(frame.len() + 1).saturating_sub(forgery.len()) {
            let mut bytes = frame.to_vec();
            bytes[at..at + forgery.len()].copy_from_slice(forgery);
            let read = (codec.request.check)(version, &bytes[begins..]);
            if let Err(
                DecodeError::Count { .. } | DecodeError::Truncated { .. } | DecodeError::HeapExhausted,
            ) = read
            {
                forged.push(bytes);
            }
        }
    }
    forged
}

/// Somebody who has done nothing, and wants to be served.
struct Bystander {
    wire: Wire,
    topic: Topic,
    stored: i64,
}

impl Bystander {
    async fn is_answered(&mut self) {
        let answer = self.wire.ask(1, &MetadataRequest::default()).await;
        assert!(answer.read().topics.iter().any(|topic| topic.name.as_deref() == Some("orders")));
    }

    async fn stores(&mut self) {
        let produced = self.wire.produce(9, &self.topic, 0, &batch(&["still here"])).await;
        assert_eq!((produced.error, produced.base_offset), (ErrorCode::NONE, self.stored));
        self.stored += 1;
    }
}

fn world() -> (Runtime, World, Bystander) {
    // All on this thread, so that everything the broker reserves for a request is counted.
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let (world, bystander) = runtime.block_on(async {
        let world = World::start().await;
        let topic = world.topic("orders", 1, &[]).await;
        let wire = world.wire().await;
        (world, Bystander { wire, topic, stored: 0 })
    });
    (runtime, world, bystander)
}

#[test]
fn every_forged_count_closes_its_connection_and_reserves_nothing() {
    let (runtime, world, mut bystander) = world();
    let mut sent = 0;
    for (codec, version) in runtime.block_on(offered(&world)) {
        for frame in forgeries(codec, version) {
            let attack = || {
                runtime.block_on(async {
                    let mut wire = world.wire().await;
                    wire.send_bytes(&frame).await;
                    bystander.is_answered().await;
                    wire.closed(&format!("{} version {version}: {frame:02x?}", codec.api.name)).await;
                });
            };
            let peak = allocation_counter::measure(attack).bytes_max;
            let bound = CONNECTION_BYTES_MAX + 2 * frame.len() as u64;
            assert!(peak <= bound, "{} version {version} took {peak} bytes: {frame:02x?}", codec.api.name);
            sent += 1;
            if sent % BETWEEN_RECORDS == 0 {
                runtime.block_on(bystander.stores());
            }
        }
    }
    assert!(sent > 2_000, "there are places to forge: {sent}");
    assert_eq!(world.cluster.counters().panics, 0);
}

/// Replies are memory too, whoever they are for: a client that takes none must not have them piled up.
#[test]
fn a_client_that_asks_and_asks_and_takes_no_reply_is_not_answered_ahead() {
    let (runtime, world, mut bystander) = world();
    runtime.block_on(world.topic("wide", PARTITIONS, &[]));
    let mut deaf = runtime.block_on(world.wire());
    let attack = || {
        runtime.block_on(async {
            for _ in 0..REQUESTS {
                deaf.send(1, &MetadataRequest::default()).await;
            }
            for _ in 0..50 {
                bystander.is_answered().await;
            }
        });
    };
    let peak = allocation_counter::measure(attack).bytes_max;
    assert!(peak <= REPLIES_BYTES_MAX, "{peak} bytes wait for a client that takes none");
    // It has lost nothing by being slow.
    runtime.block_on(async {
        for _ in 0..REQUESTS {
            deaf.receive::<MetadataRequest<'_>>(1).await;
        }
    });
}

/// What is inside a batch is judged when its frame has been read: the batch is refused, and the connection goes on.
#[test]
fn every_forged_count_in_a_batch_is_refused_and_reserves_nothing() {
    let (runtime, world, mut bystander) = world();
    let whole = built(BatchBuilder::new(Compression::None), &["value"]);
    let counts = [(i32::MAX, i32::MAX - 1), (i32::MAX, 0), (-1, -2), (0, -1), (100_000, 99_999)];
    let mut forged: Vec<Vec<u8>> = counts
        .map(|(count, last)| {
            amended(&whole, |header| (header.record_count, header.last_offset_delta) = (count, last))
        })
        .to_vec();
    for compression in Compression::ALL {
        let packed = built(BatchBuilder::new(compression), &["value"]);
        forged.push(amended(&packed, |header| {
            (header.record_count, header.last_offset_delta) = (i32::MAX, i32::MAX - 1);
        }));
    }
    // Lengths of records, keys, values, headers, and how many headers: all behind a checksum that fits.
    for forgery in [&[0xfe, 0xff, 0xff, 0xff, 0x0f][..], &[0xff; 6]] {
        for at in HEADER_BYTES..whole.len() - forgery.len() {
            let mut bytes = whole.clone();
            bytes[at..at + forgery.len()].copy_from_slice(forgery);
            forged.push(sealed(&bytes));
        }
    }
    let mut wire = runtime.block_on(world.wire());
    let mut refused = 0;
    for bytes in &forged {
        let mut produced = None;
        let attack = || {
            runtime.block_on(async {
                produced = Some(wire.produce(9, &bystander.topic, 0, bytes).await);
                bystander.is_answered().await;
            });
        };
        let peak = allocation_counter::measure(attack).bytes_max;
        assert!(peak <= CONNECTION_BYTES_MAX + 2 * bytes.len() as u64, "{peak} bytes: {bytes:02x?}");
        match produced {
            Some(Produced { error: ErrorCode::INVALID_RECORD | ErrorCode::CORRUPT_MESSAGE, .. }) => {
                refused += 1;
            }
            // What was overwritten was the text of a value.
            Some(Produced { error: ErrorCode::NONE, .. }) => bystander.stored += 1,
            other => panic!("{other:?} for {bytes:02x?}"),
        }
    }
    assert!(refused >= 20, "forgeries do hit lengths: {refused} of {}", forged.len());
    runtime.block_on(bystander.stores());
    assert_eq!(world.cluster.counters().panics, 0);
}

/// The batch with a checksum that fits what it holds.
fn sealed(bytes: &[u8]) -> Vec<u8> {
    let mut header = BatchHeader::parse(bytes).unwrap();
    header.crc = header.checksum(&bytes[HEADER_BYTES..]);
    [&header.to_bytes(), &bytes[HEADER_BYTES..]].concat()
}
