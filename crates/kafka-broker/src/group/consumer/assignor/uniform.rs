//! `uniform`: as even as the subscriptions allow, and as few moves as that takes.
//!
//! Topics with the same readers are one class, within which any partition can go to any reader. What readers
//! had and may keep, they keep; what nobody has goes to whoever has least; then, class by class, one partition
//! after the other moves from whoever has most to whoever has least, as long as that makes them more alike.
//! Each move makes the sum of the squares of the loads smaller, so it ends.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;
use uuid::Uuid;

use super::{Reader, readers_of};
use crate::meta::Partitions;

pub(super) fn assign(readers: &[Reader<'_>], topics: &BTreeMap<Uuid, i32>) -> Vec<Partitions> {
    let mut classes = classes(readers, topics);
    let mut loads = vec![0; readers.len()];
    for class in &classes {
        for (reader, held) in &class.held {
            loads[*reader] += held.len();
        }
    }
    // Who can read little comes first: the others can make up for it.
    classes.sort_by_key(|class| class.readers.len());
    classes.iter_mut().for_each(|class| class.hand_out(&mut loads));
    while classes.iter_mut().map(|class| class.level(&mut loads)).sum::<usize>() > 0 {}

    let mut shares = vec![Partitions::new(); readers.len()];
    for class in classes {
        for (reader, held) in class.held {
            shares[reader].extend(held);
        }
    }
    shares
}

/// Topics that the same readers read.
struct Class {
    readers: Vec<usize>,
    /// Partitions by who has them.
    held: BTreeMap<usize, Vec<(Uuid, i32)>>,
    /// Partitions that nobody has.
    free: Vec<(Uuid, i32)>,
}

fn classes(readers: &[Reader<'_>], topics: &BTreeMap<Uuid, i32>) -> Vec<Class> {
    let mut owners = HashMap::new();
    for (at, reader) in readers.iter().enumerate() {
        for partition in reader.before.iter().filter(|(topic, _)| reader.topics.contains(topic)) {
            owners.entry(*partition).or_insert(at);
        }
    }
    let mut by_readers = BTreeMap::<Vec<usize>, Vec<Uuid>>::new();
    for topic in topics.keys() {
        by_readers.entry(readers_of(*topic, readers)).or_default().push(*topic);
    }
    by_readers.remove(&Vec::new());
    let class = |(readers, of_class): (_, Vec<Uuid>)| {
        let mut class = Class { readers, held: BTreeMap::new(), free: Vec::new() };
        for partition in of_class.into_iter().flat_map(|topic| (0..topics[&topic]).map(move |at| (topic, at)))
        {
            match owners.get(&partition) {
                Some(owner) => class.held.entry(*owner).or_default().push(partition),
                None => class.free.push(partition),
            }
        }
        class
    };
    by_readers.into_iter().map(class).collect()
}

impl Class {
    /// What nobody has goes to whoever has least.
    fn hand_out(&mut self, loads: &mut [usize]) {
        let mut by_load: BTreeSet<_> = self.readers.iter().map(|reader| (loads[*reader], *reader)).collect();
        for partition in std::mem::take(&mut self.free) {
            let Some((load, reader)) = by_load.pop_first() else { return };
            self.held.entry(reader).or_default().push(partition);
            loads[reader] += 1;
            by_load.insert((load + 1, reader));
        }
    }

    /// How many partitions it has moved.
    fn level(&mut self, loads: &mut [usize]) -> usize {
        let load_of = |reader: &usize| (loads[*reader], *reader);
        let mut by_load: BTreeSet<_> = self.readers.iter().map(load_of).collect();
        let mut givers: BTreeSet<_> = self.held.keys().map(load_of).collect();
        let mut moves = 0;
        while let (Some(&(least, taker)), Some(&(most, giver))) = (by_load.first(), givers.last()) {
            if most < least + 2 {
                break;
            }
            let Some(held) = self.held.get_mut(&giver) else { break };
            let Some(partition) = held.pop() else { break };
            let gives_more = !held.is_empty();
            if !gives_more {
                self.held.remove(&giver);
            }
            self.held.entry(taker).or_default().push(partition);
            for (reader, before, after) in [(giver, most, most - 1), (taker, least, least + 1)] {
                loads[reader] = after;
                by_load.remove(&(before, reader));
                by_load.insert((after, reader));
                givers.remove(&(before, reader));
                if reader == taker || gives_more {
                    givers.insert((after, reader));
                }
            }
            moves += 1;
        }
        moves
    }
}
