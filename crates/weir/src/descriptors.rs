//! How many sockets and files the process may have open, and how they are shared out.
//!
//! Whoever has taken the last one takes it from everybody: no file of a log could be opened any more. So connections
//! have their bounds below what there is, and wait there.

use std::io;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Of all descriptors, in percent, those of Kafka connections and those of connections to the API. The rest is for
/// files, and for connections that are about to be told that there is no room.
const KAFKA_PERCENT: u64 = 60;
const API_PERCENT: u64 = 20;

/// What there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Descriptors(Option<u64>);

impl Descriptors {
    /// Raises the limit to what the system allows at most: it usually gives a process 1,024 to begin with, for programs
    /// of old that cannot count further.
    pub(crate) fn raise() -> io::Result<Self> {
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        if current != maximum {
            setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })?;
        }
        Ok(Self(maximum))
    }

    /// As it stands.
    pub(crate) fn now() -> Self {
        Self(getrlimit(Resource::Nofile).current)
    }

    /// How many there may be; none for any number.
    pub(crate) fn most(self) -> Option<u64> {
        self.0
    }

    /// How many Kafka connections there may be, of `wanted`.
    pub(crate) fn kafka(self, wanted: usize) -> usize {
        self.share(KAFKA_PERCENT, wanted)
    }

    /// How many connections to the API there may be, of `wanted`.
    pub(crate) fn api(self, wanted: usize) -> usize {
        self.share(API_PERCENT, wanted)
    }

    /// At least one, so that a server can be asked what is wrong with it.
    fn share(self, percent: u64, wanted: usize) -> usize {
        let share = self.0.map(|most| usize::try_from(most / 100 * percent).unwrap_or(usize::MAX));
        share.map_or(wanted, |share| wanted.min(share.max(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_allowed_is_used() {
        let before = getrlimit(Resource::Nofile);
        let fewer = before.maximum.map(|maximum| maximum - 1).or(Some(4_096));
        setrlimit(Resource::Nofile, Rlimit { current: fewer, ..before }).unwrap();
        assert_eq!(Descriptors::now().most(), fewer);
        assert_eq!(Descriptors::raise().unwrap().most(), before.maximum);
        assert_eq!(getrlimit(Resource::Nofile).current, before.maximum);
    }

    #[test]
    fn connections_leave_some_for_files() {
        let shared = |most| (Descriptors(most).kafka(16_000), Descriptors(most).api(16_000));
        assert_eq!(shared(None), (16_000, 16_000));
        assert_eq!(shared(Some(1 << 20)), (16_000, 16_000));
        assert_eq!(shared(Some(20_000)), (12_000, 4_000));
        assert_eq!(shared(Some(1_024)), (600, 200));
        assert_eq!(shared(Some(3)), (1, 1));
    }
}
