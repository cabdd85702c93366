//! The process is stopped at every call to the disk, by a kill and by a power cut: what was acknowledged is
//! there afterwards, and nothing is half there.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use machine::clock::Clock;
use machine::commit::Committer;
use machine::disk::sim::{Loss, SimDisk, stop_at_each_call};
use machine::random::Random;
use uuid::Uuid;

use super::store::Proportion;
use super::*;
use crate::log::testing::{on, sealed};

/// What one run was told.
#[derive(Debug, Default)]
struct Told {
    cluster: Option<String>,
    epoch: Option<i32>,
    /// Partitions and settings by name; none where the topic is certainly gone.
    topics: BTreeMap<String, Option<(i32, usize)>>,
    /// The offsets of both partitions, which are always committed together.
    offsets: BTreeMap<String, i64>,
    /// Whether the second of two commits of another group is there; the first always is, once it was made.
    is_spare_kept: bool,
    generation: Option<i32>,
    producer_ids: Vec<i64>,
    /// The last thing that was asked and not answered.
    doubt: Option<Doubt>,
}

#[derive(Debug, PartialEq, Eq)]
enum Doubt {
    Topic(&'static str),
    Offset(&'static str),
    Forgotten,
    Generation,
}

async fn open(disk: &SimDisk) -> Result<Arc<Store>, OpenError> {
    let clock = Clock::held(1_000).0;
    let committer = Committer::start(Arc::new(disk.clone()), Path::new("/"), clock.clone())
        .map_err(|error| StoreError::Refused(error.to_string()))?;
    let disk = on(disk);
    // Small enough that every run rewrites its journal several times.
    let proportion = Proportion { bytes: 256, ratio: 2 };
    let (folder, random) = ("/cluster/deep".into(), Random::seeded(1));
    Store::open_in_proportion(disk, committer, folder, &clock, &random, proportion).await
}

fn spec(name: &str, id: u128) -> TopicSpec {
    TopicSpec {
        name: name.to_owned(),
        id: Uuid::from_u128(id),
        partitions: 2,
        config: BTreeMap::new(),
        created_ms: 0,
        internal: false,
    }
}

fn commits(group: &str, offset: i64) -> Vec<Record> {
    let commit = |partition| Committed {
        topic: Uuid::from_u128(1),
        partition,
        offset: Offset { offset, leader_epoch: 1, metadata: None, committed_ms: offset, expires_ms: None },
    };
    commit_records(&group.into(), vec![commit(0), commit(1)])
}

/// Changes something of every kind, noting each answer, until the disk stops.
async fn work(disk: &SimDisk, told: &mut Told) -> Result<(), Box<dyn std::error::Error>> {
    let store = open(disk).await?;
    told.check(&store);
    told.cluster = Some(store.cluster_id().to_owned());
    told.epoch = Some(store.leader_epoch());
    let (kept, gone) = (TopicRef::Name("kept".into()), TopicRef::Name("gone".into()));

    told.doubt = Some(Doubt::Topic("kept"));
    store.topic_create(spec("kept", 1)).await?;
    let partitions = store.topics().named("kept").map_or(2, |topic| topic.partitions);
    let settings = store.topics().named("kept").map_or(0, |topic| topic.config.len());
    told.topics.insert("kept".into(), Some((partitions, settings)));
    told.doubt = Some(Doubt::Topic("gone"));
    store.topic_create(spec("gone", 2)).await?;
    told.topics.insert("gone".into(), Some((2, 0)));

    told.doubt = Some(Doubt::Offset("g"));
    let next = told.offsets.get("g").map_or(10, |last| last + 10);
    store.commit(commits("g", next)).await?;
    told.offsets.insert("g".into(), next);

    told.doubt = Some(Doubt::Forgotten);
    let spare = |partitions| Record::OffsetsDeleted { group: "spare".into(), partitions };
    if told.is_spare_kept {
        store.commit(vec![spare(vec![(Uuid::from_u128(1), 1)])]).await?;
        told.is_spare_kept = false;
    } else {
        store.commit(commits("spare", 1)).await?;
        told.is_spare_kept = true;
    }

    told.doubt = Some(Doubt::Generation);
    let generation = told.generation.map_or(1, |last| last + 1);
    store.commit(vec![group(generation)]).await?;
    told.generation = Some(generation);

    told.doubt = None;
    told.producer_ids.push(store.producer_id_next().await?);

    told.doubt = Some(Doubt::Topic("kept"));
    store.config_set(&kept, BTreeMap::from([("a".into(), "b".into())])).await?;
    told.topics.insert("kept".into(), Some((partitions, 1)));
    store.partitions_grow(&kept, partitions + 1).await?;
    told.topics.insert("kept".into(), Some((partitions + 1, 1)));
    told.doubt = Some(Doubt::Topic("gone"));
    store.topic_delete(gone).await?;
    told.topics.insert("gone".into(), None);
    told.doubt = None;
    Ok(())
}

fn group(generation: i32) -> Record {
    Record::GroupStored(Arc::new(GroupRecord {
        name: "g".into(),
        generation,
        protocol_type: Some("consumer".into()),
        protocol: None,
        leader: None,
        since_ms: 0,
        members: Vec::new(),
    }))
}

impl Told {
    /// The state agrees with everything that was told. Only what is in doubt may have moved on, once.
    fn check(&mut self, store: &Store) {
        if let Some(cluster) = &self.cluster {
            assert_eq!(store.cluster_id(), cluster);
        }
        if let Some(epoch) = self.epoch {
            assert!(store.leader_epoch() > epoch);
        }
        let topics = store.topics();
        for (name, told) in &mut self.topics {
            let there = topics.named(name).map(|topic| (topic.partitions, topic.config.len()));
            let in_doubt = matches!(&self.doubt, Some(Doubt::Topic(topic)) if topic == name);
            assert!(in_doubt || there == *told, "{name}: told {told:?}, there {there:?}");
            *told = there;
        }
        store.read(|state| {
            let facts = state.group("g");
            let at = |partition| {
                facts
                    .and_then(|facts| facts.offsets.get(Uuid::from_u128(1), partition))
                    .map(|offset| offset.offset)
            };
            assert_eq!(at(0), at(1), "a commit is never half there");
            let told = self.offsets.get("g").copied();
            let next = told.map_or(10, |last| last + 10);
            let in_doubt = self.doubt == Some(Doubt::Offset("g"));
            assert!(at(0) == told || in_doubt && at(0) == Some(next), "told {told:?}, there {:?}", at(0));
            self.offsets.extend(at(0).map(|offset| ("g".to_owned(), offset)));

            let spare = state.group("spare").map(|facts| &facts.offsets);
            let kept = spare.is_some_and(|offsets| offsets.get(Uuid::from_u128(1), 1).is_some());
            assert!(kept == self.is_spare_kept || self.doubt == Some(Doubt::Forgotten));
            let first = spare.is_some_and(|offsets| offsets.get(Uuid::from_u128(1), 0).is_some());
            assert!(first || !kept, "what is not named stays");
            self.is_spare_kept = kept;

            let there = facts.and_then(|facts| facts.record.as_ref()).map(|record| record.generation);
            let next = self.generation.map_or(1, |last| last + 1);
            let in_doubt = self.doubt == Some(Doubt::Generation);
            assert!(there == self.generation || in_doubt && there == Some(next));
            self.generation = there;
        });
        self.doubt = None;
    }
}

/// One life of the process. Its threads end with it: none of them may touch the disk of the next one.
fn live<T>(life: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(life)
}

/// The work three times with restarts between, while the disk stops somewhere.
fn survive(seed: u64, restart: impl Fn(&SimDisk)) -> u64 {
    stop_at_each_call(seed, |disk| {
        let mut told = Told::default();
        for _ in 0..3 {
            let outcome = live(work(disk, &mut told));
            assert!(outcome.is_ok() || disk.stopped(), "{outcome:?}");
            restart(disk);
        }
        let mut check = || live(async { open(disk).await.map(|store| told.check(&store)) });
        if let Err(error) = check() {
            // It stops once; then the cluster must open.
            assert!(disk.stopped(), "{error:?}");
            restart(disk);
            check().unwrap();
        }
        let ids = &told.producer_ids;
        assert!(ids.is_sorted_by(|one, next| one < next), "{ids:?}");
    })
}

#[test]
fn acknowledged_changes_survive_a_kill_anywhere() {
    let stops = survive(1, SimDisk::kill);
    assert!(stops >= 100, "{stops} places");
}

#[test]
fn acknowledged_changes_survive_a_cut_anywhere() {
    let stops = survive(2, |disk| disk.cut(Loss::Unsynced));
    assert!(stops >= 100, "{stops} places");
    for seed in 3..6 {
        survive(seed, |disk| disk.cut(Loss::Some));
    }
}

#[test]
fn any_number_of_lives_write_to_a_sealed_journal() {
    sealed(|| {
        live(async {
            let (disk, clock) = (SimDisk::new(1), Clock::held(1_000).0);
            for life in 0..150 {
                let plain = Arc::new(disk.clone());
                let committer = Committer::start(plain, Path::new("/"), clock.clone()).unwrap();
                // It never outgrows that.
                let proportion = Proportion { bytes: 1 << 30, ratio: 2 };
                let (folder, random) = ("/cluster".into(), Random::seeded(1));
                let store =
                    Store::open_in_proportion(on(&disk), committer, folder, &clock, &random, proportion);
                let store = store.await.unwrap();
                for _ in 0..2 {
                    store.commit(commits("g", life)).await.unwrap();
                }
                disk.kill();
            }
        });
    });
}

#[test]
fn they_survive_where_files_are_sealed() {
    sealed(|| {
        let stops = survive(1, SimDisk::kill);
        assert!(stops >= 120, "{stops} places");
        survive(2, |disk| disk.cut(Loss::Unsynced));
        for seed in 3..6 {
            survive(seed, |disk| disk.cut(Loss::Some));
        }
    });
}
