//! How much memory bytes may cost.

use kafka_wire::wire::HEAP_FREE;

/// What may be reserved at a time: so much for each byte that came, and so much beside.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    pub(crate) per_byte: usize,
    pub(crate) free: usize,
}

impl Budget {
    /// Of a decoder that says what its arrays may take. While the last one moves to a larger place, the smaller one is
    /// there too.
    pub(crate) const fn decoding(heap_per_byte: usize) -> Self {
        Self { per_byte: heap_per_byte + heap_per_byte / 2, free: HEAP_FREE + HEAP_FREE / 2 }
    }

    /// Does `work` for `given` bytes of input. Memory of other threads is not counted.
    ///
    /// # Panics
    ///
    /// When more was reserved at a time than the budget has.
    pub(crate) fn hold<T>(self, given: usize, work: impl FnOnce() -> T) -> T {
        let mut result = None;
        let peak = allocation_counter::measure(|| result = Some(work())).bytes_max;
        let allowed = given.saturating_mul(self.per_byte).saturating_add(self.free);
        assert!(peak <= allowed as u64, "{given} bytes took {peak} of memory, and {allowed} are allowed");
        result.expect("it was done")
    }
}
