//! Claims across copies, restarts, kills, power cuts and clocks that go wrong.

use std::time::{Duration, Instant};

use control::ids::AccountId;
use machine::clock::Clock;
use machine::disk::RealDisk;
use machine::disk::sim::{Loss, stop_at_each_call};

use super::*;

const NOW: i64 = 1_656_057_630;

/// A disk with a guard on it, which can be closed and opened again.
struct Place {
    disk: Arc<dyn Disk>,
    folder: std::path::PathBuf,
}

impl Place {
    fn open(&self) -> ReplayGuard {
        self.try_open().unwrap()
    }

    fn try_open(&self) -> Result<ReplayGuard, JournalError> {
        let io = |source| JournalError::Io { attempt: "start on", file: self.folder.clone(), source };
        self.disk.create_dir_all(&self.folder).map_err(io)?;
        let (clock, _hand) = Clock::held(NOW * 1_000);
        let committer = Committer::start(self.disk.clone(), &self.folder, clock).map_err(io)?;
        // Each process draws its own randomness; what must last comes from the journals.
        ReplayGuard::open(&self.disk, &committer, &self.folder, &Random::system())
    }
}

fn facts(nonce: &str, signed_at: i64) -> Facts {
    Facts {
        access_key_id: "testid".into(),
        account: AccountId::new("a"),
        user: None,
        action: None,
        version: None,
        nonce: nonce.into(),
        valid_until: signed_at + 900,
    }
}

fn claim(guard: &ReplayGuard, nonce: &str, signed_at: i64, now: i64) -> &'static str {
    match guard.claim(&facts(nonce, signed_at), Effect::Reads, now) {
        Ok(_) => "accepted",
        Err(Unclaimed::Used) => "used",
        Err(Unclaimed::Expired) => "expired",
        Err(Unclaimed::Full) => "full",
        Err(Unclaimed::NotWritten(error)) => panic!("{error}"),
    }
}

fn on_disk() -> (Place, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (Place { disk: Arc::new(RealDisk), folder: folder.path().to_owned() }, folder)
}

#[tokio::test]
async fn a_nonce_is_used_once_per_key() {
    let (place, _folder) = on_disk();
    let guard = place.open();
    assert_eq!(claim(&guard, "n", NOW, NOW), "accepted");
    assert_eq!(claim(&guard, "n", NOW, NOW), "used");
    assert_eq!(claim(&guard, "n", NOW + 60, NOW), "used", "whatever its timestamp");
    let other = Facts { access_key_id: "other".into(), ..facts("n", NOW) };
    assert!(guard.claim(&other, Effect::Reads, NOW).is_ok());
    // Key and nonce are kept apart: "testi" and "dn" is another pair than "testid" and "n".
    let shifted = Facts { access_key_id: "testi".into(), ..facts("dn", NOW) };
    assert!(guard.claim(&shifted, Effect::Reads, NOW).is_ok());
}

#[tokio::test]
async fn it_is_remembered_as_long_as_it_could_pass_and_no_longer() {
    let (place, _folder) = on_disk();
    let guard = place.open();
    assert_eq!(claim(&guard, "ahead", NOW + 900, NOW), "accepted");
    assert_eq!(claim(&guard, "ahead", NOW + 900, NOW + 1_800), "used", "the last second of its window");
    let state = guard.state.lock();
    assert_eq!(state.live, 1);
    drop(state);
    assert_eq!(claim(&guard, "later", NOW + 1_900, NOW + 1_900), "accepted");
    assert_eq!(guard.state.lock().live, 1, "the first is forgotten");
}

#[tokio::test]
async fn restarts_forget_nothing() {
    let (place, _folder) = on_disk();
    // Over several turns of the journals, with a restart before every claim.
    let mut claimed: Vec<(String, i64)> = Vec::new();
    for step in 0..40 {
        let now = NOW + step * 300;
        let guard = place.open();
        for (nonce, signed_at) in &claimed {
            let expected = if signed_at + 900 < now { "expired" } else { "used" };
            assert_eq!(claim(&guard, nonce, *signed_at, now), expected, "{nonce} at step {step}");
        }
        let nonce = format!("n-{step}");
        assert_eq!(claim(&guard, &nonce, now, now), "accepted");
        claimed.push((nonce, now));
    }
    let guard = place.open();
    assert!(guard.state.lock().live < 6, "expired ones are not loaded");
}

/// What one life of the process had answered for when it ended.
#[derive(Default)]
struct Answered {
    /// Changes, whose claims were durable.
    changes: Vec<(String, i64)>,
    /// Looks, whose claims were written.
    looks: Vec<(String, i64)>,
}

/// Claims over several turns of the journals, until the disk stops.
async fn live(place: &Place) -> Answered {
    let mut answered = Answered::default();
    let Ok(guard) = place.try_open() else { return answered };
    for step in 0..6 {
        let now = NOW + step * 900;
        let look = format!("look-{step}");
        if guard.claim(&facts(&look, now), Effect::Reads, now).is_err() {
            break;
        }
        answered.looks.push((look, now));
        let change = format!("change-{step}");
        let Ok(Some(ticket)) = guard.claim(&facts(&change, now), Effect::Changes, now) else { break };
        if ticket.durable().await.is_err() {
            break;
        }
        answered.changes.push((change, now));
    }
    answered
}

/// Each of these is refused, whether it is remembered or its time is over.
fn assert_refused(guard: &ReplayGuard, answered: &[(String, i64)]) {
    for (nonce, signed_at) in answered {
        let verdict = claim(guard, nonce, *signed_at, *signed_at);
        assert!(matches!(verdict, "used" | "expired"), "{nonce} was {verdict}");
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

#[test]
fn a_kill_at_any_call_undoes_no_claim() {
    let runs = stop_at_each_call(1, |disk| {
        let place = Place { disk: Arc::new(disk.clone()), folder: "/data".into() };
        let answered = block_on(live(&place));
        disk.kill();
        let guard = place.try_open().unwrap_or_else(|_| {
            disk.kill();
            place.open()
        });
        assert_refused(&guard, &answered.changes);
        assert_refused(&guard, &answered.looks);
    });
    assert!(runs > 50, "{runs} runs were stopped");
}

#[test]
fn a_power_cut_at_any_call_undoes_no_claim_of_a_change() {
    for loss in [Loss::Unsynced, Loss::Some] {
        let runs = stop_at_each_call(100, |disk| {
            let place = Place { disk: Arc::new(disk.clone()), folder: "/data".into() };
            let answered = block_on(live(&place));
            disk.cut(loss);
            let guard = place.try_open().unwrap_or_else(|_| {
                disk.cut(loss);
                place.open()
            });
            assert_refused(&guard, &answered.changes);
        });
        assert!(runs > 50, "{runs} runs were stopped");
    }
}

#[tokio::test]
async fn a_clock_that_goes_back_accepts_nothing_old() {
    let (place, _folder) = on_disk();
    let guard = place.open();
    assert_eq!(claim(&guard, "n", NOW, NOW), "accepted");
    // Two hours on, the first claim is forgotten; back again, it is refused all the same.
    assert_eq!(claim(&guard, "m", NOW + 7_200, NOW + 7_200), "accepted");
    assert_eq!(claim(&guard, "n", NOW, NOW), "expired");
    assert_eq!(claim(&guard, "fresh", NOW, NOW), "expired");
    drop(guard);
    // Also when the clock went back during a restart.
    let guard = place.open();
    assert_eq!(claim(&guard, "n", NOW, NOW), "expired");
    assert_eq!(claim(&guard, "m", NOW + 7_200, NOW), "used");
    assert_eq!(claim(&guard, "ahead", NOW + 7_200, NOW + 7_100), "accepted");
}

#[tokio::test]
async fn the_journals_do_not_grow_with_time() {
    let (place, folder) = on_disk();
    let guard = place.open();
    let size = || -> u64 {
        let entries = std::fs::read_dir(folder.path()).unwrap();
        entries.map(|entry| entry.unwrap().metadata().unwrap().len()).sum()
    };
    let mut largest = 0;
    for hour in 0..50 {
        for n in 0..100 {
            let now = NOW + hour * 3_600 + n * 36;
            assert_eq!(claim(&guard, &format!("{hour}-{n}"), now, now), "accepted");
        }
        if hour < 2 {
            largest = size();
        }
    }
    assert!(size() <= largest + largest / 2, "{} after 50 hours, {largest} after 2", size());
}

#[test]
fn an_account_that_fills_the_list_leaves_room_for_the_others() {
    let (place, _folder) = on_disk();
    let guard = place.open();
    guard.state.lock().live_max = 100;
    let claim = |account: &str, number: usize, now: i64| {
        let nonce = format!("{account}-{number}");
        guard.claim(&Facts { account: AccountId::new(account), ..facts(&nonce, now) }, Effect::Reads, now)
    };
    let accepted =
        |account: &str, now| (0..100).filter(|number| claim(account, *number, now).is_ok()).count();
    assert_eq!(accepted("greedy", NOW), 50);
    assert_eq!(accepted("second", NOW), 25);
    assert!(claim("modest", 0, NOW).is_ok());
    assert!(matches!(claim("greedy", 100, NOW), Err(Unclaimed::Full)));
    // What has expired is nobody's.
    assert_eq!(accepted("greedy", NOW + 2_000), 50);
}

#[test]
fn a_million_live_nonces_fit_in_64_mib() {
    // The worst shape: all in one minute, just after its table has doubled.
    let mut state = State::new([0; 32], 0);
    for n in 0_u128..1_000_000 {
        state.remember(n.to_le_bytes(), 0);
    }
    // A slot of the table is an element and one byte; the table has a power of two of them, 7/8 usable.
    let slots = (state.minutes[&0].capacity() * 8 / 7).next_power_of_two();
    let bytes = slots * (size_of::<Fingerprint>() + 1);
    // While it doubles, the old half is there too.
    assert!(bytes + bytes / 2 <= 64 << 20, "{bytes} bytes");
    assert_eq!(state.live, 1_000_000);
}

#[tokio::test]
#[allow(clippy::disallowed_methods, reason = "measures how long a claim takes")]
async fn a_hundred_thousand_replays_are_refused_quickly() {
    let (place, _folder) = on_disk();
    let guard = place.open();
    for n in 0..1_000 {
        assert_eq!(claim(&guard, &format!("{n}"), NOW + n % 1_800 - 900, NOW), "accepted");
    }
    let started = Instant::now();
    for n in 0..100_000 {
        let nonce = n % 1_000;
        assert_eq!(claim(&guard, &format!("{nonce}"), NOW + nonce % 1_800 - 900, NOW), "used");
    }
    // A bound so wide that only a scan over everything would cross it.
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}
