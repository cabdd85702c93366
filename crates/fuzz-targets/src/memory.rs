//! How much memory bytes may cost.

/// What may be reserved at a time: so much for each byte that came, and so much beside.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    pub(crate) per_byte: usize,
    pub(crate) free: usize,
}

impl Budget {
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
