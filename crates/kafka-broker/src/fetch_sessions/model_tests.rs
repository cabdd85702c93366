//! A session beside a plain list: whatever is put, forgotten and told, both hold the same in the same order.

use proptest::collection::vec;
use proptest::prelude::*;
use uuid::Uuid;

use super::session::Session;
use super::{Change, SessionRoom, Told, TopicName, Wanted};

const TOPICS: [TopicName<&str>; 4] = [
    TopicName { name: "a", id: Uuid::nil() },
    TopicName { name: "b", id: Uuid::nil() },
    TopicName { name: "", id: Uuid::from_u128(1) },
    TopicName { name: "", id: Uuid::from_u128(2) },
];
const PARTITIONS: i32 = 3;
const ROOM: usize = 1 << 20;

type Key = (usize, i32);

#[derive(Clone, Debug)]
enum Event {
    /// One step of a client.
    Change { wanted: Vec<(Key, i64)>, forgotten: Vec<Key> },
    /// An answer about the partition that stands at this place.
    Tell { nth: usize, high_watermark: i64, gave: bool },
}

fn event() -> impl Strategy<Value = Event> {
    let key = || (0..TOPICS.len(), 0..PARTITIONS);
    prop_oneof![
        (vec((key(), 0..9_i64), 0..4), vec(key(), 0..3))
            .prop_map(|(wanted, forgotten)| Event::Change { wanted, forgotten }),
        (0..12_usize, 0..9_i64, any::<bool>()).prop_map(|(nth, high_watermark, gave)| Event::Tell {
            nth,
            high_watermark,
            gave
        }),
    ]
}

/// What the session should hold, in order.
#[derive(Default)]
struct Model(Vec<(Key, i64, Told)>);

impl Model {
    fn put(&mut self, key: Key, offset: i64) {
        match self.0.iter_mut().find(|(known, ..)| *known == key) {
            Some(entry) => entry.1 = offset,
            None => self.0.push((key, offset, Told::NOTHING)),
        }
    }

    fn tell(&mut self, nth: usize, told: Told, gave: bool) {
        self.0[nth].2 = told;
        if gave {
            let entry = self.0.remove(nth);
            self.0.push(entry);
        }
    }
}

fn wanted((_, partition): Key, offset: i64) -> Wanted {
    Wanted { partition, leader_epoch: -1, offset, bytes_max: 1 }
}

fn held(session: &Session) -> Vec<(Key, i64, Told)> {
    let key = |name, partition| (TOPICS.iter().position(|topic| *topic == name).unwrap(), partition);
    let entry = |(_, _, name, wanted, told): (_, _, _, &Wanted, _)| {
        (key(name, wanted.partition), wanted.offset, told)
    };
    session.partitions().map(entry).collect()
}

proptest! {
    #[test]
    fn a_session_is_a_list_in_order(events in vec(event(), 1..60)) {
        let room = SessionRoom::new(ROOM);
        let mut session = Session::new(false, &room);
        let mut model = Model::default();
        for event in events {
            match event {
                Event::Change { wanted: more, forgotten } => {
                    let mut wanted = more.iter().map(|&(key, offset)| (TOPICS[key.0], wanted(key, offset)));
                    let mut less = forgotten.iter().map(|&(topic, partition)| (TOPICS[topic], partition));
                    let mut change = Change { wanted: &mut wanted, forgotten: &mut less, names_ids: false };
                    prop_assert!(session.change(&mut change));
                    more.iter().for_each(|&(key, offset)| model.put(key, offset));
                    model.0.retain(|(key, ..)| !forgotten.contains(key));
                }
                Event::Tell { nth, high_watermark, gave } => {
                    let place = session.partitions().nth(nth).map(|(place, ..)| place);
                    prop_assert_eq!(place.is_some(), nth < model.0.len());
                    if let Some(place) = place {
                        let told = Told { high_watermark, log_start: 0 };
                        session.tell(place, told, gave);
                        model.tell(nth, told, gave);
                    }
                }
            }
            prop_assert_eq!(held(&session), &model.0[..]);
            prop_assert_eq!(session.len(), model.0.len());
            prop_assert!(session.topics_len() <= TOPICS.len(), "the number of a forgotten topic is used again");
            prop_assert_eq!(room.free() == ROOM, model.0.is_empty());
        }
        drop(session);
        prop_assert_eq!(room.free(), ROOM);
    }
}
