//! How many sockets and files the process may have open.

use std::io;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the limit to what the system allows at most: it usually gives a process 1,024 to begin with, for programs of
/// old that cannot count further. Returns how many there may be now; none for any number.
pub(crate) fn raise() -> io::Result<Option<u64>> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current != maximum {
        setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })?;
    }
    Ok(maximum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_allowed_is_used() {
        let before = getrlimit(Resource::Nofile);
        let fewer = before.maximum.map(|maximum| maximum - 1).or(Some(4_096));
        setrlimit(Resource::Nofile, Rlimit { current: fewer, ..before }).unwrap();
        assert_eq!(raise().unwrap(), before.maximum);
        assert_eq!(getrlimit(Resource::Nofile).current, before.maximum);
    }
}
