//! Headers of requests and of responses.

use kafka_wire::RequestHeader;
use kafka_wire::header::response_header_decode;

use crate::Target;
use crate::memory::Budget;
use crate::messages::requests;

pub(crate) const TARGET: Target = Target { name: "headers", feed, seeds, mutations: 20_000 };

/// They borrow everything.
const BUDGET: Budget = Budget { per_byte: 0, free: 1024 };

fn feed(frame: &[u8]) {
    BUDGET.hold(frame.len(), || {
        if let Ok((header, body)) = RequestHeader::decode(frame) {
            assert!(body.len() < frame.len() && header.client_id.is_none_or(|id| id.len() < frame.len()));
        }
        for flexible in [false, true] {
            if let Ok((_, body)) = response_header_decode(frame, flexible) {
                assert!(body.len() < frame.len());
            }
        }
    });
}

fn seeds() -> Vec<Vec<u8>> {
    requests(1).into_iter().map(|request| request.frame).collect()
}
