//! Things that a request names more than once.

use std::hash::Hash;

use hashbrown::HashMap;

/// How often each is named.
pub(super) struct Named<T>(HashMap<T, usize>);

impl<T: Eq + Hash> Named<T> {
    pub(super) fn new(named: impl Iterator<Item = T>) -> Self {
        let mut times = HashMap::new();
        for thing in named {
            *times.entry(thing).or_default() += 1;
        }
        Self(times)
    }

    /// Whether it is named more than once.
    pub(super) fn repeats(&self, thing: &T) -> bool {
        self.0.get(thing).is_some_and(|times| *times > 1)
    }
}
