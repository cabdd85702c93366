//! What a command says to whoever runs it. A reader may go before everything is written, as in `weir env | head -1`;
//! whoever has gone wanted no more, and that is no failure.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

/// Writes a result and a line end to standard output.
///
/// # Errors
///
/// It could not be written, though somebody may be there to read it: a full disk, for one.
pub(crate) fn print(result: impl Display) -> io::Result<()> {
    write(io::stdout().lock(), result)
}

/// Writes a remark and a line end to standard error. Nothing hangs on whether anybody reads it.
pub(crate) fn remark(text: impl Display) {
    drop(write(io::stderr().lock(), text));
}

fn write(mut to: impl Write, text: impl Display) -> io::Result<()> {
    match writeln!(to, "{text}").and_then(|()| to.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes nothing, for this reason.
    struct Refuses(ErrorKind);

    impl Write for Refuses {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_has_gone_is_no_failure_and_a_full_disk_is_one() {
        assert!(write(Refuses(ErrorKind::BrokenPipe), "x").is_ok());
        assert!(write(Refuses(ErrorKind::StorageFull), "x").is_err());
    }
}
