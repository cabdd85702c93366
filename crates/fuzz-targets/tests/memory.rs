//! Decoding reserves no more than a stated multiple of the bytes it was given: every message in every version, requests
//! and responses, as they are, cut short, and with the largest number there is in every place where a count can stand.

use allocation_counter::measure;
use kafka_wire::RequestHeader;
use kafka_wire::header::response_header_decode;
use kafka_wire::messages::{CODECS, Direction};
use kafka_wire::sample::Dice;
use kafka_wire::wire::{HEAP_FREE, HEAP_PER_BYTE, HEAP_PER_RESPONSE_BYTE};

/// In each encoding: the largest there is, and one that the bytes could just hold if elements took one each.
const FORGERIES: [&[u8]; 5] = [
    &[0x7f, 0xff, 0xff, 0xff],
    &[0xff, 0xff, 0xff, 0xff, 0x0f],
    &[0x7f, 0xff],
    &[0, 0, 0, 100],
    &[0xff, 0x01],
];

fn is_held(what: &str, heap_per_byte: usize, direction: &Direction, version: i16, body: &[u8]) {
    let peak = measure(|| drop((direction.check)(version, body))).bytes_max;
    let promised = body.len() * heap_per_byte + HEAP_FREE;
    // While the last array moves to a larger place, the smaller one is there too.
    let allowed = promised + promised / 2;
    assert!(peak <= allowed as u64, "{what} {version}: {peak} bytes for {} of {body:02x?}", body.len());
}

fn forged(what: &str, heap_per_byte: usize, direction: &Direction, version: i16, body: &[u8]) {
    let is_held = |body: &[u8]| is_held(what, heap_per_byte, direction, version, body);
    is_held(body);
    is_held(&body[..body.len() / 2]);
    for forgery in FORGERIES {
        for at in 0..(body.len() + 1).saturating_sub(forgery.len()) {
            let mut bytes = body.to_vec();
            bytes[at..at + forgery.len()].copy_from_slice(forgery);
            is_held(&bytes);
            // Nothing follows what is claimed, or much does that could be anything.
            is_held(&bytes[..at + forgery.len()]);
        }
    }
}

#[test]
fn no_message_takes_more_than_its_bytes_are_worth() {
    for codec in CODECS {
        for version in codec.api.versions.iter() {
            let dice = &mut Dice::new(3);
            let request = (codec.request.sample)(version, dice).expect("a sample can be written");
            let (_, body) = RequestHeader::decode(&request.bytes()[4..]).expect("and read");
            forged(codec.api.name, HEAP_PER_BYTE, &codec.request, version, body);
            let response = (codec.response.sample)(version, dice).expect("a sample can be written");
            let flexible = codec.api.response_header_flexible(version);
            let (_, body) = response_header_decode(&response.bytes()[4..], flexible).expect("and read");
            forged(codec.api.name, HEAP_PER_RESPONSE_BYTE, &codec.response, version, body);
        }
    }
}

/// The worst there is: as many elements as there are bytes, each of which takes far more when it is read.
#[test]
fn lists_of_as_many_elements_as_bytes_are_held_too() {
    for codec in CODECS {
        for version in codec.api.versions.iter() {
            for filler in [0, 1, 2] {
                for count in [&[0x7f, 0xff][..], &[0xff, 0xff, 0x03], &[0, 0, 0xff, 0]] {
                    let body = [count, &vec![filler; 70_000]].concat();
                    is_held(codec.api.name, HEAP_PER_BYTE, &codec.request, version, &body);
                    is_held(codec.api.name, HEAP_PER_RESPONSE_BYTE, &codec.response, version, &body);
                }
            }
        }
    }
}
