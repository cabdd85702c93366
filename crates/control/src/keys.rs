//! Access keys in memory: every request needs one.
//!
//! The store's transactions tell of each change as they commit, before whoever asked for it has an answer: a key that
//! is said to be disabled or gone has signed its last request.

use std::collections::HashMap;

use parking_lot::RwLock;

use crate::AccessKey;

/// All access keys by id.
pub(crate) struct Keys {
    by_id: RwLock<HashMap<String, AccessKey>>,
}

impl Keys {
    pub(crate) fn new(keys: impl IntoIterator<Item = AccessKey>) -> Self {
        let by_id = keys.into_iter().map(|key| (key.id.clone(), key)).collect();
        Self { by_id: RwLock::new(by_id) }
    }

    pub(crate) fn find(&self, id: &str) -> Option<AccessKey> {
        self.by_id.read().get(id).cloned()
    }

    /// A key was made.
    pub(crate) fn insert(&self, key: AccessKey) {
        self.by_id.write().insert(key.id.clone(), key);
    }

    /// A key was disabled, or enabled again.
    pub(crate) fn set_active(&self, id: &str, active: bool) {
        if let Some(key) = self.by_id.write().get_mut(id) {
            key.active = active;
        }
    }

    /// A key is gone.
    pub(crate) fn remove(&self, id: &str) {
        self.by_id.write().remove(id);
    }
}
