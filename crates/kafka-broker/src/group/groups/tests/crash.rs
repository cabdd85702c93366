//! The process is stopped at every call to the disk: members go on with what they were given, and commits
//! that were acknowledged are there.

use super::*;

/// What a group was told before the process died.
#[derive(Default)]
struct Told {
    generation: i32,
    assignment: Option<(Joined, Bytes)>,
    offset: Option<i64>,
    attempted: i64,
}

async fn live(disk: &SimDisk, told: &mut Told) -> Result<(), String> {
    let cluster = Cluster::open(disk.clone(), settings(), 1_000).await.map_err(|error| error.to_string())?;
    told.check(&cluster).await;
    // Whoever is left from the life before goes, so that this one has its own generation.
    told.assignment = None;
    let members = cluster.groups.describe("g").map_or(Vec::new(), |group| group.members);
    for member in members {
        let left = cluster.groups.leave("g", &[Leaving { member: &member.member, instance: None }]);
        assert_eq!(left, Ok(vec![Ok(())]));
    }
    let joined = cluster.groups.join(joining("g")).await.map_err(|refused| refused.error.to_string())?;
    assert!(joined.generation > told.generation, "{} after {}", joined.generation, told.generation);
    let own = Bytes::from(format!("of {}", joined.generation));
    let assignments = vec![(joined.member.clone(), own.clone())];
    let synced =
        cluster.groups.sync("g", syncing(&joined, assignments)).await.map_err(|error| error.to_string())?;
    assert_eq!(synced.assignment, own);
    told.generation = joined.generation;
    told.assignment = Some((joined.clone(), own));
    for _ in 0..2 {
        told.attempted += 1;
        cluster.commit("g", Some(&joined), told.attempted).await.map_err(|error| error.to_string())?;
        told.offset = Some(told.attempted);
    }
    Ok(())
}

impl Told {
    async fn check(&mut self, cluster: &Cluster) {
        let shown = cluster.offset("g");
        let attempted = Some(self.attempted).filter(|attempted| *attempted > 0);
        assert!(shown == self.offset || shown == attempted, "{shown:?}, told {:?}", self.offset);
        self.offset = shown;
        if let Some((joined, assignment)) = &self.assignment {
            assert_eq!(cluster.groups.heartbeat("g", claim(joined)), Ok(()));
            let synced = cluster.groups.sync("g", syncing(joined, Vec::new())).await.unwrap();
            assert_eq!(synced.assignment, *assignment);
        }
    }
}

fn survive(seed: u64, restart: impl Fn(&SimDisk)) -> u64 {
    run_lives(seed, restart, Told::default, async |disk, told| live(disk, told).await)
}

/// Three lives of the process, stopped at every call to the disk. How many places that were.
pub(super) fn run_lives<T>(
    seed: u64,
    restart: impl Fn(&SimDisk),
    told: impl Fn() -> T,
    live: impl AsyncFn(&SimDisk, &mut T) -> Result<(), String>,
) -> u64 {
    // A runtime for each life: its threads end with it.
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    stop_at_each_call(seed, |disk| {
        let mut told = told();
        for _ in 0..3 {
            let outcome = runtime().block_on(live(disk, &mut told));
            assert!(outcome.is_ok() || disk.stopped(), "{outcome:?}");
            restart(disk);
        }
    })
}

#[test]
fn members_and_commits_survive_a_kill_anywhere() {
    let stops = survive(1, SimDisk::kill);
    assert!(stops >= 60, "{stops} places");
}

#[test]
fn members_and_commits_survive_a_cut_anywhere() {
    let stops = survive(2, |disk| disk.cut(Loss::Unsynced));
    assert!(stops >= 60, "{stops} places");
    survive(3, |disk| disk.cut(Loss::Some));
}
