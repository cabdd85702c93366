//! `range`: of each topic, a stretch for each reader. Where two topics have as many partitions and the same
//! readers, everybody has the same numbers of both, so that what belongs together is read together.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{Reader, readers_of};
use crate::meta::Partitions;

pub(super) fn assign(readers: &[Reader<'_>], topics: &BTreeMap<Uuid, i32>) -> Vec<Partitions> {
    let mut shares = vec![Partitions::new(); readers.len()];
    for (topic, partitions) in topics {
        let mut numbers = 0..*partitions;
        let of_topic = readers_of(*topic, readers);
        let mut readers_left = of_topic.len();
        for reader in of_topic {
            // The first ones have one more where it does not come out even.
            let stretch = numbers.len().div_ceil(readers_left);
            shares[reader].extend(numbers.by_ref().take(stretch).map(|number| (*topic, number)));
            readers_left -= 1;
        }
    }
    shares
}
