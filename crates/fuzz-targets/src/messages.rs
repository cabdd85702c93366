//! Every message in every version, requests and responses.
//!
//! The first byte chooses the API, the second the direction and the third the version; the rest is the body.

use kafka_wire::RequestHeader;
use kafka_wire::header::response_header_decode;
use kafka_wire::messages::{CODECS, Codec, Direction, RecodeError};
use kafka_wire::sample::Dice;
use kafka_wire::wire::{HEAP_PER_BYTE, HEAP_PER_RESPONSE_BYTE};

use crate::Target;
use crate::memory::Budget;

pub(crate) const TARGET: Target = Target { name: "messages", feed, seeds, mutations: 60_000 };

/// Samples of each version that are seeds.
const SAMPLES: u64 = 2;

fn feed(bytes: &[u8]) {
    let [api, direction, version, body @ ..] = bytes else { return };
    let codec = &CODECS[usize::from(*api) % CODECS.len()];
    let versions = codec.api.versions;
    let span = u16::try_from(versions.max - versions.min).expect("versions are in order") + 1;
    let version = versions.min + i16::try_from(u16::from(*version) % span).expect("versions are few");
    let (direction, heap_per_byte) = match direction % 2 {
        0 => (&codec.request, HEAP_PER_BYTE),
        _ => (&codec.response, HEAP_PER_RESPONSE_BYTE),
    };
    take(codec, direction, heap_per_byte, version, body);
}

/// What can be read takes no more memory than promised, can be written again, and means the same then.
fn take(codec: &Codec, direction: &Direction, heap_per_byte: usize, version: i16, body: &[u8]) {
    let budget = Budget::decoding(heap_per_byte);
    let Ok(()) = budget.hold(body.len(), || (direction.check)(version, body)) else { return };
    let again = match (direction.again)(version, body) {
        Ok(again) => again,
        Err(RecodeError::Decode(error)) => panic!("{} {version} is read or not: {error}", codec.api.name),
        Err(RecodeError::Encode(error)) => panic!("{} {version} cannot be written: {error}", codec.api.name),
    };
    let frame = &again.bytes()[4..];
    let written = match std::ptr::eq(direction, &raw const codec.request) {
        true => RequestHeader::decode(frame).map(|(_, body)| body),
        false => {
            response_header_decode(frame, codec.api.response_header_flexible(version)).map(|(_, body)| body)
        }
    };
    let written = written.expect("what is written has a header");
    let render = |body| (direction.render)(version, body).expect("what is written can be read");
    assert_eq!(render(body), render(written), "{} {version}", codec.api.name);
}

/// A random request, as a frame without its length.
pub(crate) struct Request {
    pub(crate) codec: &'static Codec,
    pub(crate) frame: Vec<u8>,
}

/// Random requests of every API in every version.
pub(crate) fn requests(samples: u64) -> Vec<Request> {
    let mut requests = Vec::new();
    for codec in CODECS {
        for version in codec.api.versions.iter() {
            for seed in 0..samples {
                let rope =
                    (codec.request.sample)(version, &mut Dice::new(seed)).expect("a sample can be written");
                requests.push(Request { codec, frame: rope.bytes()[4..].to_vec() });
            }
        }
    }
    requests
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (api, codec) in (0..=u8::MAX).zip(CODECS) {
        for (number, version) in (0..=u8::MAX).zip(codec.api.versions.iter()) {
            for seed in 0..SAMPLES {
                let dice = &mut Dice::new(seed);
                let request = (codec.request.sample)(version, dice).expect("a sample can be written");
                let (_, body) = RequestHeader::decode(&request.bytes()[4..]).expect("and read");
                seeds.push([&[api, 0, number], body].concat());
                let response = (codec.response.sample)(version, dice).expect("a sample can be written");
                let flexible = codec.api.response_header_flexible(version);
                let (_, body) = response_header_decode(&response.bytes()[4..], flexible).expect("and read");
                seeds.push([&[api, 1, number], body].concat());
            }
        }
    }
    seeds
}
