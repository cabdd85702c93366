//! How many live nonces each account has, so that none can fill the list for all.

use std::collections::{BTreeMap, HashMap};

use control::ids::AccountId;

/// Counts by account. Claims from before the last start are nobody's.
#[derive(Default)]
pub(super) struct Shares {
    /// By the minute in which they expire.
    minutes: BTreeMap<i64, HashMap<AccountId, usize>>,
    live: HashMap<AccountId, usize>,
}

impl Shares {
    pub(super) fn of(&self, account: &AccountId) -> usize {
        self.live.get(account).copied().unwrap_or(0)
    }

    pub(super) fn add(&mut self, account: &AccountId, minute: i64) {
        increment(self.minutes.entry(minute).or_default(), account);
        increment(&mut self.live, account);
    }

    /// Takes away what expires in this minute.
    pub(super) fn forget(&mut self, minute: i64) {
        for (account, expired) in self.minutes.remove(&minute).unwrap_or_default() {
            if let Some(live) = self.live.get_mut(&account) {
                *live -= expired;
                if *live == 0 {
                    self.live.remove(&account);
                }
            }
        }
    }
}

fn increment(counts: &mut HashMap<AccountId, usize>, account: &AccountId) {
    match counts.get_mut(account) {
        Some(count) => *count += 1,
        None => drop(counts.insert(account.clone(), 1)),
    }
}
