//! Access keys in memory: every request needs one.

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
}
