use super::*;

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn topic(name: &str) -> Subject {
    Subject::Topic(name.into())
}

/// Requests about topic `t`: the kind, from where, and when.
const ASKED: [(ApiKey, &str, i64); 5] = [
    (ApiKey::PRODUCE, "10.0.0.1:1000", 10),
    (ApiKey::PRODUCE, "10.0.0.1:1000", 30),
    (ApiKey::PRODUCE, "10.0.0.1:1001", 20),
    (ApiKey::PRODUCE, "10.0.0.2:1000", 40),
    (ApiKey::FETCH, "10.0.0.2:1000", 40),
];

#[test]
fn connections_of_an_address_are_counted_by_request_and_time_open_or_not() {
    let sightings = Arc::new(Sightings::default());
    let trails: HashMap<_, _> =
        ASKED.iter().map(|(_, from, _)| (*from, sightings.follow(address(from)))).collect();
    for (key, from, now_ms) in ASKED {
        trails[from].note(topic("t"), key, now_ms);
    }
    let other = sightings.follow(address("10.0.0.9:1"));
    other.note(topic("other"), ApiKey::FETCH, 40);
    let found = |from_ms, to_ms| {
        let seen = sightings.between(&topic("t"), from_ms, to_ms).into_iter();
        seen.map(|seen| (seen.request, seen.clients)).collect::<Vec<_>>()
    };
    let (one, two): (IpAddr, IpAddr) = ("10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap());
    let check = || {
        assert_eq!(found(0, 100), [("Fetch", vec![(two, 1)]), ("Produce", vec![(one, 2), (two, 1)])]);
        assert_eq!(found(0, 19), [("Produce", vec![(one, 1)])]);
        assert_eq!(found(25, 35), [("Produce", vec![(one, 1)])]);
        assert_eq!(found(41, 100), []);
        assert_eq!(sightings.between(&Subject::Cluster, 0, 100), []);
    };
    check();
    drop(trails);
    assert_eq!(sightings.open.lock().notes.len(), 1);
    check();
    // The port belongs to another connection now.
    let again = sightings.follow(address("10.0.0.1:1000"));
    again.note(topic("t"), ApiKey::PRODUCE, 50);
    assert_eq!(found(41, 100), [("Produce", vec![(one, 1)])]);
    drop(again);
    assert_eq!(found(41, 100), [("Produce", vec![(one, 1)])]);
}

#[test]
fn a_connection_with_much_to_note_keeps_little_and_all_is_found() {
    let sightings = Arc::new(Sightings::default());
    let trail = sightings.follow(address("10.0.0.1:1000"));
    for round in 0..3 {
        for number in 0..100_i64 {
            trail.note(topic(&number.to_string()), ApiKey::FETCH, 100 * round + number);
        }
    }
    for number in 0..100 {
        let found = |from_ms, to_ms| sightings.between(&topic(&number.to_string()), from_ms, to_ms).len();
        assert_eq!([found(0, number), found(200 + number, 300), found(201 + number, 300)], [1, 1, 0]);
    }
    assert_eq!(sightings.past.lock().len(), 100);
}

#[test]
fn memory_is_bounded_and_the_oldest_go() {
    for step in [1, 0] {
        let sightings = Arc::new(Sightings::default());
        for number in 0..30_000_i64 {
            let port = u16::try_from(number).unwrap();
            let trail = sightings.follow(SocketAddr::new("10.0.0.1".parse().unwrap(), port));
            trail.note(Subject::Cluster, ApiKey::FETCH, number * step);
            drop(trail);
            assert!(sightings.past.lock().len() <= ENTRIES_MAX);
        }
        let last = sightings.between(&Subject::Cluster, 29_000 * step, 30_000);
        assert!(last[0].clients[0].1 >= 1_000, "{last:?}");
    }
}
