//! A signed request is accepted once, also across kill and restart.
//!
//! Every accepted nonce is kept until its timestamp can no longer pass the window, as a short keyed hash in
//! memory and as a record in a journal. Two journals take turns, half an hour each: when a journal's turn
//! comes again, everything in it has expired, so it starts empty and nothing is ever copied.
//!
//! # Invariants
//!
//! - A nonce is claimed after the signature held and before anything takes effect, under one lock.
//! - It is written before [`ReplayGuard::claim`] returns, which a kill cannot undo; it is durable once
//!   [`Ticket::durable`] resolves, which a changing call waits for before it answers.
//! - The horizon, the latest time at which anything was accepted, only moves forward. What expired before it
//!   may have been forgotten and is refused, whatever the clock says now.

mod shares;

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use machine::commit::{Committer, SyncFailed};
use machine::disk::Disk;
use machine::journal::{Appended, Journal, JournalError};
use machine::random::Random;
use parking_lot::Mutex;
use sha2::{Digest, Sha256};

use crate::dialects::aliyun::action::Effect;
use crate::request::Facts;
use shares::Shares;

/// How long a nonce can matter, in seconds: a timestamp passes up to a quarter of an hour before its time and
/// up to a quarter of an hour after it.
pub(crate) const HORIZON_SECONDS: i64 = 30 * 60;

/// Nonces remembered at a time, about 40 bytes each. More means more than 4,000 calls a second for half an
/// hour; what exceeds it is refused rather than forgotten. One account may have as many as are free, so that there
/// is room for every other.
const LIVE_MAX: usize = 8_000_000;

/// Names of the two journals.
const JOURNALS: [&str; 2] = ["nonces-even", "nonces-odd"];

type Fingerprint = [u8; 16];

/// Remembers what was accepted.
pub struct ReplayGuard {
    state: Mutex<State>,
    journals: [Journal; 2],
}

struct State {
    /// Makes fingerprints that nobody outside can aim at.
    key: [u8; 32],
    /// Fingerprints by the minute in which they expire.
    minutes: BTreeMap<i64, HashSet<Fingerprint>>,
    live: usize,
    shares: Shares,
    /// See [`LIVE_MAX`].
    live_max: usize,
    /// Seconds since 1970.
    horizon: i64,
    /// Which half hour the journal in use belongs to; none before the first claim.
    turn: Option<i64>,
}

/// Why a nonce was not claimed.
#[derive(Debug)]
pub(crate) enum Unclaimed {
    /// It was claimed before.
    Used,
    /// Its time is over, by the horizon if not by the clock.
    Expired,
    /// No room to remember it.
    Full,
    /// It could not be written.
    NotWritten(JournalError),
}

/// A claimed nonce.
#[must_use = "a change must not be answered before its nonce is durable"]
pub(crate) struct Ticket(Appended);

impl Ticket {
    /// Waits until a power cut cannot undo the claim.
    pub(crate) async fn durable(self) -> Result<(), SyncFailed> {
        self.0.durable().await
    }
}

impl ReplayGuard {
    /// Opens the journals in `folder`, making them when missing.
    pub fn open(
        disk: &Arc<dyn Disk>,
        committer: &Arc<Committer>,
        folder: &Path,
        random: &Random,
    ) -> Result<Self, JournalError> {
        let mut found = Found::default();
        let mut open = |name| {
            Journal::open(disk.clone(), committer.clone(), folder, name, |payload| found.replay(payload))
        };
        let journals = [open(JOURNALS[0])?, open(JOURNALS[1])?];
        let key = found.key.unwrap_or_else(|| {
            let mut key = [0; 32];
            random.fill(&mut key);
            key
        });
        let mut state = State::new(key, found.horizon);
        for (fingerprint, valid_until) in found.claims {
            if valid_until >= state.horizon {
                state.remember(fingerprint, valid_until);
            }
        }
        Ok(Self { state: Mutex::new(state), journals })
    }

    /// Accepts a request's nonce, or says why not. That its timestamp passes the window was checked before.
    ///
    /// The claim of a call that changes something comes with a ticket. That of a call which only looks is
    /// written and becomes durable with a later one: doing it twice after a power cut does no harm.
    pub(crate) fn claim(
        &self,
        Facts { access_key_id, account, nonce, valid_until, .. }: &Facts,
        effect: Effect,
        now: i64,
    ) -> Result<Option<Ticket>, Unclaimed> {
        let valid_until = *valid_until;
        let mut state = self.state.lock();
        state.advance(now);
        if valid_until < state.horizon {
            return Err(Unclaimed::Expired);
        }
        let fingerprint = state.fingerprint(access_key_id, nonce);
        // A nonce is used whatever timestamp came with it, so every minute is searched.
        if state.minutes.values().any(|minute| minute.contains(&fingerprint)) {
            return Err(Unclaimed::Used);
        }
        if state.shares.of(account) >= state.live_max.saturating_sub(state.live) {
            return Err(Unclaimed::Full);
        }
        let ticket =
            self.write(&mut state, &fingerprint, valid_until, effect).map_err(Unclaimed::NotWritten)?;
        if state.remember(fingerprint, valid_until) {
            state.shares.add(account, minute_of(valid_until));
        }
        Ok(ticket)
    }

    fn write(
        &self,
        state: &mut State,
        fingerprint: &Fingerprint,
        valid_until: i64,
        effect: Effect,
    ) -> Result<Option<Ticket>, JournalError> {
        let journal = self.journal(state)?;
        let record = claim_record(fingerprint, valid_until);
        match effect {
            Effect::Changes => journal.append(&[&record]).map(|appended| Some(Ticket(appended))),
            Effect::Reads => journal.append_lazily(&[&record]).map(|()| None),
        }
    }

    /// The journal whose turn it is, emptied when its turn has just begun.
    fn journal(&self, state: &mut State) -> Result<&Journal, JournalError> {
        let turn = state.horizon.div_euclid(HORIZON_SECONDS);
        let journal = &self.journals[usize::from(turn.rem_euclid(2) == 1)];
        if state.turn != Some(turn) {
            // After a restart the journal may hold claims of this very turn; they are live, so they stay.
            let (key, horizon) = (state.key, state.horizon);
            let live: Vec<_> = if state.turn.is_none() { state.claims().collect() } else { Vec::new() };
            journal.rewrite(|snapshot| {
                snapshot.record(&head_record(&key, horizon))?;
                live.iter().try_for_each(|(fingerprint, valid_until)| {
                    snapshot.record(&claim_record(fingerprint, *valid_until))
                })
            })?;
            state.turn = Some(turn);
        }
        Ok(journal)
    }
}

impl State {
    fn new(key: [u8; 32], horizon: i64) -> Self {
        let (minutes, shares) = (BTreeMap::new(), Shares::default());
        Self { key, minutes, live: 0, shares, live_max: LIVE_MAX, horizon, turn: None }
    }

    /// Moves the horizon, forward only, and forgets the minutes before it.
    fn advance(&mut self, now: i64) {
        self.horizon = self.horizon.max(now);
        while let Some(minute) = self.minutes.first_entry() {
            if (minute.key() + 1) * 60 > self.horizon {
                break;
            }
            self.shares.forget(*minute.key());
            self.live -= minute.remove().len();
        }
    }

    /// Whether it was not there before.
    fn remember(&mut self, fingerprint: Fingerprint, valid_until: i64) -> bool {
        let is_new = self.minutes.entry(minute_of(valid_until)).or_default().insert(fingerprint);
        self.live += usize::from(is_new);
        is_new
    }

    /// Everything remembered. The second within the minute is not kept; the minute's last one stands for it.
    fn claims(&self) -> impl Iterator<Item = (Fingerprint, i64)> {
        self.minutes.iter().flat_map(|(minute, fingerprints)| {
            fingerprints.iter().map(move |fingerprint| (*fingerprint, minute * 60 + 59))
        })
    }

    fn fingerprint(&self, access_key_id: &str, nonce: &str) -> Fingerprint {
        let mut digest = Sha256::new();
        digest.update(self.key);
        // The length keeps ("ab", "c") apart from ("a", "bc").
        digest.update((access_key_id.len() as u64).to_le_bytes());
        digest.update(access_key_id);
        digest.update(nonce);
        let digest = digest.finalize();
        digest[..16].try_into().expect("a digest has 32 bytes")
    }
}

/// What the journals hold.
#[derive(Default)]
struct Found {
    key: Option<[u8; 32]>,
    horizon: i64,
    claims: Vec<(Fingerprint, i64)>,
}

impl Found {
    fn replay(&mut self, payload: &[u8]) -> Result<(), String> {
        match *payload {
            [b'c', ref rest @ ..] if rest.len() == 24 => {
                let (fingerprint, valid_until) = rest.split_at(16);
                self.claims.push((
                    fingerprint.try_into().expect("split at 16"),
                    i64::from_le_bytes(valid_until.try_into().expect("24 bytes less 16")),
                ));
            }
            [b'h', ref rest @ ..] if rest.len() == 40 => {
                let (key, horizon) = rest.split_at(32);
                let key: [u8; 32] = key.try_into().expect("split at 32");
                if self.key.replace(key).is_some_and(|other| other != key) {
                    return Err("the two journals of nonces do not belong together".into());
                }
                let horizon = i64::from_le_bytes(horizon.try_into().expect("40 bytes less 32"));
                self.horizon = self.horizon.max(horizon);
            }
            _ => return Err("this is not a record of a nonce".into()),
        }
        Ok(())
    }
}

/// The minute in which it expires.
fn minute_of(valid_until: i64) -> i64 {
    valid_until.div_euclid(60)
}

fn head_record(key: &[u8; 32], horizon: i64) -> Vec<u8> {
    [&b"h"[..], key, &horizon.to_le_bytes()].concat()
}

fn claim_record(fingerprint: &Fingerprint, valid_until: i64) -> Vec<u8> {
    [&b"c"[..], fingerprint, &valid_until.to_le_bytes()].concat()
}

#[cfg(test)]
#[path = "replay_tests.rs"]
mod tests;
