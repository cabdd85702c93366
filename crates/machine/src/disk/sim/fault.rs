//! What can be made to go wrong on a simulated disk, and the loop that makes it go wrong everywhere.

use std::io::{self, ErrorKind};

use super::SimDisk;

/// What a power cut takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Everything that was not synced.
    Unsynced,
    /// Any subset, drawn from the seed, of the unsynced 512-byte sectors, lengths and names.
    Some,
}

/// How far the failing call came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Nothing of it happened.
    Before,
    /// Half of it happened: half of the bytes, half of the unsynced sectors. A call that is atomic did not.
    Half,
    /// All of it happened; only the answer is bad.
    After,
}

impl Moment {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Before, Self::Half, Self::After];
}

/// What follows for the process that made the failing call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It gets this error and goes on.
    Error(ErrorKind),
    /// It is dead: this and every later call fails until [`SimDisk::kill`] or [`SimDisk::cut`].
    Stop,
}

/// One fault, at one mutating call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Which call fails; the next one is 1.
    pub call: u64,
    /// How far it comes.
    pub moment: Moment,
    /// What follows.
    pub effect: Effect,
}

/// How much of a call takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// Nothing, since the process died first.
    None,
    /// Half, since the process died on the way.
    Half,
    /// Nothing, and what a sync did not write is given up.
    FailedNone,
    /// Half, and what a sync did not write is given up.
    FailedHalf,
    Whole,
}

impl Extent {
    pub(super) fn is_whole(self) -> bool {
        self == Self::Whole
    }

    /// How many of `count` things happen.
    pub(super) fn of(self, count: usize) -> usize {
        match self {
            Self::None | Self::FailedNone => 0,
            Self::Half | Self::FailedHalf => count / 2,
            Self::Whole => count,
        }
    }

    /// Whether the kernel takes what a sync did not write for written. It does when the device refused, not
    /// when the process died.
    pub(super) fn gives_up(self) -> bool {
        matches!(self, Self::FailedNone | Self::FailedHalf)
    }
}

impl Plan {
    pub(super) fn extent(self) -> Extent {
        match (self.moment, self.effect) {
            (Moment::Before, Effect::Stop) => Extent::None,
            (Moment::Half, Effect::Stop) => Extent::Half,
            (Moment::Before, Effect::Error(_)) => Extent::FailedNone,
            (Moment::Half, Effect::Error(_)) => Extent::FailedHalf,
            (Moment::After, _) => Extent::Whole,
        }
    }
}

impl Effect {
    pub(super) fn error(self) -> io::Error {
        match self {
            Self::Error(kind) => io::Error::new(kind, "planned fault"),
            Self::Stop => io::Error::other("the process has stopped"),
        }
    }
}

/// Runs `scenario` on a fresh disk that stops at mutating call 1, then 2, then 3 …, at each [`Moment`],
/// until it finishes untouched. The scenario restarts the disk itself, by [`SimDisk::kill`] or
/// [`SimDisk::cut`], so the calls of its recovery are stopped at too. Returns how many runs were stopped.
pub fn stop_at_each_call(seed: u64, scenario: impl FnMut(&SimDisk)) -> u64 {
    fault_at_each_call(seed, Effect::Stop, scenario)
}

/// As [`stop_at_each_call`], with any effect.
pub fn fault_at_each_call(seed: u64, effect: Effect, mut scenario: impl FnMut(&SimDisk)) -> u64 {
    let mut runs = 0;
    for moment in Moment::ALL {
        for call in 1.. {
            let disk = SimDisk::new(seed.wrapping_add(call));
            disk.plan(Plan { call, moment, effect });
            scenario(&disk);
            if !disk.fired() {
                break;
            }
            runs += 1;
        }
    }
    runs
}
