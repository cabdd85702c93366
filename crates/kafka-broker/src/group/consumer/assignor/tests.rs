use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

use super::*;

fn topic(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// Topics 0, 1, … with so many partitions.
fn topics(partitions: &[i32]) -> BTreeMap<Uuid, i32> {
    (0..).map(topic).zip(partitions.iter().copied()).collect()
}

/// Shares the topics out to readers of these, who had that.
fn share(
    assignor: Assignor,
    reads: &[BTreeSet<u128>],
    topics: &BTreeMap<Uuid, i32>,
    before: &[Partitions],
) -> Vec<Partitions> {
    let none = Partitions::new();
    let readers: Vec<_> = reads
        .iter()
        .enumerate()
        .map(|(at, numbers)| Reader {
            topics: numbers.iter().map(|number| topic(*number)).collect(),
            before: before.get(at).unwrap_or(&none),
        })
        .collect();
    let read = topics.iter().filter(|(topic, _)| readers.iter().any(|reader| reader.topics.contains(*topic)));
    let read = read.map(|(topic, partitions)| (*topic, *partitions)).collect();
    let shares = assignor.assign(&readers, &read);
    complete(&readers, &read, &shares);
    shares
}

/// Every partition has one owner, who reads the topic.
fn complete(readers: &[Reader<'_>], topics: &BTreeMap<Uuid, i32>, shares: &[Partitions]) {
    let mut owned = Partitions::new();
    for (reader, share) in readers.iter().zip(shares) {
        for (topic, partition) in share {
            assert!(reader.topics.contains(topic), "{topic} is not read");
            assert!(owned.insert((*topic, *partition)), "{partition} of {topic} twice");
        }
    }
    let all: Partitions =
        topics.iter().flat_map(|(topic, count)| (0..*count).map(|partition| (*topic, partition))).collect();
    assert_eq!(owned, all);
}

fn moved(before: &[Partitions], after: &[Partitions]) -> usize {
    before.iter().zip(after).map(|(before, after)| before.difference(after).count()).sum()
}

fn sizes(shares: &[Partitions]) -> Vec<usize> {
    shares.iter().map(Partitions::len).collect()
}

#[test]
fn range_gives_stretches_and_what_is_alike_together() {
    let both = BTreeSet::from([0, 1]);
    let shares = share(Assignor::Range, &[both.clone(), both], &topics(&[3, 3]), &[]);
    let numbers = |share: &Partitions| share.iter().map(|(_, partition)| *partition).collect::<Vec<_>>();
    assert_eq!(shares.iter().map(numbers).collect::<Vec<_>>(), [vec![0, 1, 0, 1], vec![2, 2]]);
}

#[test]
fn uniform_moves_no_more_than_it_must() {
    let all = BTreeSet::from([0, 1]);
    let topics = topics(&[6, 6]);
    let one = share(Assignor::Uniform, std::slice::from_ref(&all), &topics, &[]);
    let two = share(Assignor::Uniform, &[all.clone(), all.clone()], &topics, &one);
    assert_eq!((sizes(&two), moved(&one, &two)), (vec![6, 6], 6));
    let three = share(Assignor::Uniform, &[all.clone(), all.clone(), all.clone()], &topics, &two);
    assert_eq!((sizes(&three), moved(&two, &three)), (vec![4, 4, 4], 4));
    let without_the_first = share(Assignor::Uniform, &[all.clone(), all], &topics, &three[1..]);
    assert_eq!((sizes(&without_the_first), moved(&three[1..], &without_the_first)), (vec![6, 6], 0));
}

#[test]
fn uniform_makes_up_for_who_can_read_little() {
    let reads = [BTreeSet::from([0]), BTreeSet::from([0, 1])];
    let shares = share(Assignor::Uniform, &reads, &topics(&[4, 2]), &[]);
    assert_eq!(sizes(&shares), [3, 3]);
}

proptest! {
    #[test]
    fn everything_is_shared_out_evenly_and_stays(
        partitions in vec(1..20_i32, 1..5),
        reads in vec(btree_set(0..5_u128, 0..5), 1..6),
        reads_then in vec(btree_set(0..5_u128, 0..5), 1..6),
        same in any::<bool>(),
    ) {
        let topics = topics(&partitions);
        let alike = |reads: Vec<BTreeSet<u128>>| match same {
            true => vec![(0..5).collect(); reads.len()],
            false => reads.into_iter().map(|numbers| {
                numbers.into_iter().filter(|number| topics.contains_key(&topic(*number))).collect()
            }).collect(),
        };
        let reads: Vec<BTreeSet<u128>> = alike(reads);
        let reads_then: Vec<BTreeSet<u128>> = alike(reads_then);
        share(Assignor::Range, &reads, &topics, &[]);
        let first = share(Assignor::Uniform, &reads, &topics, &[]);
        prop_assert_eq!(&share(Assignor::Uniform, &reads, &topics, &first), &first, "nothing moves without a reason");
        let then = share(Assignor::Uniform, &reads_then, &topics, &first);
        for (shares, reads) in [(&first, &reads), (&then, &reads_then)] {
            // Nobody has a partition that would make another more alike.
            for (giver, share) in shares.iter().enumerate() {
                for (taker, wants) in reads.iter().enumerate() {
                    let could = share.iter().any(|(of, _)| wants.iter().any(|number| topic(*number) == *of));
                    prop_assert!(!could || share.len() < shares[taker].len() + 2, "{} to {}", giver, taker);
                }
            }
        }
    }
}
