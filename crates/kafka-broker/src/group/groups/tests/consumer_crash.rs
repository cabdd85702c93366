//! The process is stopped at every call to the disk: epochs go on from where somebody was told, and a partition
//! is given to nobody while another may own it.

use super::consumer::{member, numbers, owning};
use super::crash::run_lives;
use super::*;
use crate::meta::Partitions;

/// What two members were told, over all lives of the process.
#[derive(Default)]
struct Told {
    epoch: i32,
    members: [Member; 2],
}

#[derive(Default)]
struct Member {
    epoch: i32,
    owned: Partitions,
}

const IDS: [&str; 2] = ["a", "b"];

async fn live(disk: &SimDisk, told: &mut Told) -> Result<(), String> {
    let cluster = Cluster::open(disk.clone(), settings(), 1_000).await.map_err(|error| error.to_string())?;
    for round in 0..3 {
        for (at, id) in IDS.into_iter().enumerate() {
            let Member { epoch, owned } = &told.members[at];
            let owned = owned.iter().map(|(_, partition)| *partition);
            let beat = if *epoch == 0 { member(id, 0) } else { owning(id, *epoch, owned) };
            let beat = cluster.beat(&beat).await.map_err(|error| error.to_string())?;
            assert!(beat.epoch >= *epoch, "{} after {epoch}", beat.epoch);
            told.epoch = told.epoch.max(beat.epoch);
            told.members[at].epoch = beat.epoch;
            if let Some(numbers) = numbers(&beat) {
                told.members[at].owned = numbers.into_iter().map(|number| (TOPIC, number)).collect();
            }
            let [a, b] = &told.members;
            assert!(a.owned.is_disjoint(&b.owned), "{:?} and {:?} in round {round}", a.owned, b.owned);
        }
    }
    let [a, b] = &told.members;
    assert_eq!((a.owned.len() + b.owned.len(), a.epoch, b.epoch), (3, told.epoch, told.epoch));
    let epoch = cluster.groups.consumer_describe("g").map_or(0, |group| group.epoch);
    assert_eq!(epoch, told.epoch);
    // One goes, so that the next life moves partitions too. It gives them up before it says so.
    told.members[1] = Member::default();
    let left = cluster.beat(&member("b", -1)).await;
    left.map(drop).map_err(|error| error.to_string())
}

fn survive(seed: u64, restart: impl Fn(&SimDisk)) -> u64 {
    run_lives(seed, restart, Told::default, async |disk, told| live(disk, told).await)
}

#[test]
fn epochs_and_owners_survive_a_kill_anywhere() {
    let stops = survive(1, SimDisk::kill);
    assert!(stops >= 60, "{stops} places");
}

#[test]
fn epochs_and_owners_survive_a_cut_anywhere() {
    let stops = survive(2, |disk| disk.cut(Loss::Unsynced));
    assert!(stops >= 60, "{stops} places");
    survive(3, |disk| disk.cut(Loss::Some));
}
