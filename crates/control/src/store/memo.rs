//! What readers keep asking for, remembered until the next commit.
//!
//! A row costs some ten microseconds on its way out of the database; a list that consoles and provisioning
//! tools ask for again and again is worth remembering. Nothing is ever mended in here: every commit makes all
//! of it stale, whatever it changed, so what is found is what a reader would find now.
//!
//! This holds while one process writes the database. When several do, none of them may remember.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use parking_lot::Mutex;
use sqlx::AnyConnection;

use super::Store;
use crate::Fault;

/// How much is remembered, in the units of [`Weight`]: some tens of mebibytes.
const WEIGHT_MAX: usize = 100_000;

/// How much room a value takes.
pub(crate) trait Weight {
    /// In rows, or what takes about as much room.
    fn weight(&self) -> usize;
}

/// Values by what they were asked for with.
pub(crate) struct Memo<K, V> {
    kept: Mutex<Kept<K, V>>,
}

struct Kept<K, V> {
    /// How often the database had been changed when all of these were read.
    changes: u64,
    weight: usize,
    values: HashMap<K, Arc<V>>,
}

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self { kept: Mutex::new(Kept { changes: 0, weight: 0, values: HashMap::new() }) }
    }
}

impl<K: Eq + Hash, V: Weight> Memo<K, V> {
    /// What `read` finds now, or found since the last commit.
    pub(crate) async fn get<F>(&self, store: &Store, key: K, read: F) -> Result<Arc<V>, Fault>
    where
        F: AsyncFnOnce(&mut AnyConnection, &K) -> Result<V, Fault>,
    {
        // Taken before anything is read: what is committed meanwhile makes the value stale at once.
        let changes = store.changes();
        if let Some(value) = self.find(changes, &key) {
            return Ok(value);
        }
        let mut moment = store.snapshot().await?;
        let value = Arc::new(read(&mut moment, &key).await?);
        self.keep(changes, key, value.clone());
        Ok(value)
    }

    fn find(&self, changes: u64, key: &K) -> Option<Arc<V>> {
        let kept = self.kept.lock();
        if kept.changes == changes { kept.values.get(key).cloned() } else { None }
    }

    fn keep(&self, changes: u64, key: K, value: Arc<V>) {
        let mut kept = self.kept.lock();
        if kept.changes > changes {
            return;
        }
        if kept.changes < changes || kept.weight + value.weight() > WEIGHT_MAX {
            kept.values.clear();
            (kept.changes, kept.weight) = (changes, 0);
        }
        if value.weight() <= WEIGHT_MAX {
            kept.weight += value.weight();
            if let Some(before) = kept.values.insert(key, value) {
                kept.weight -= before.weight();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Rows(usize);

    impl Weight for Rows {
        fn weight(&self) -> usize {
            self.0
        }
    }

    #[test]
    fn values_last_until_the_next_change() {
        let memo = Memo::default();
        memo.keep(3, "a", Arc::new(Rows(1)));
        memo.keep(3, "b", Arc::new(Rows(1)));
        assert!(memo.find(3, &"a").is_some() && memo.find(3, &"b").is_some());
        assert!(memo.find(4, &"a").is_none(), "something was committed since");
        memo.keep(4, "b", Arc::new(Rows(1)));
        assert!(memo.find(4, &"a").is_none() && memo.find(4, &"b").is_some());
        // A slow reader that began before the last commit.
        memo.keep(3, "a", Arc::new(Rows(1)));
        assert!(memo.find(4, &"a").is_none() && memo.find(3, &"a").is_none());
    }

    #[test]
    fn memory_is_bounded() {
        let memo = Memo::default();
        memo.keep(1, "a", Arc::new(Rows(WEIGHT_MAX / 2)));
        memo.keep(1, "a", Arc::new(Rows(WEIGHT_MAX / 2)));
        memo.keep(1, "b", Arc::new(Rows(WEIGHT_MAX / 2)));
        assert!(memo.find(1, &"a").is_some() && memo.find(1, &"b").is_some());
        memo.keep(1, "c", Arc::new(Rows(1)));
        assert!(memo.find(1, &"a").is_none() && memo.find(1, &"c").is_some());
        memo.keep(1, "d", Arc::new(Rows(WEIGHT_MAX + 1)));
        assert!(memo.find(1, &"d").is_none());
    }
}
