//! Why a case has no code to compare.

use std::fmt::{self, Display};

/// What happened in place of an answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The broker ended the connection.
    Closed,
    /// The broker does not offer this API or version.
    NotOffered,
    /// The answer is not what the case describes, or did not come.
    Other(String),
}

impl Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => formatter.write_str("closed"),
            Self::NotOffered => formatter.write_str("not offered"),
            Self::Other(text) => formatter.write_str(text),
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Other(format!("does not decode: {error:#}"))
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        use std::io::ErrorKind::{
            BrokenPipe, ConnectionAborted, ConnectionReset, TimedOut, UnexpectedEof, WouldBlock,
        };
        match error.kind() {
            UnexpectedEof | ConnectionReset | ConnectionAborted | BrokenPipe => Self::Closed,
            WouldBlock | TimedOut => Self::Other("no answer".to_owned()),
            _ => Self::Other(error.to_string()),
        }
    }
}

impl From<&str> for Failure {
    fn from(text: &str) -> Self {
        Self::Other(text.to_owned())
    }
}

impl From<String> for Failure {
    fn from(text: String) -> Self {
        Self::Other(text)
    }
}

/// Ends the case with a sentence about what is not as described.
#[macro_export]
macro_rules! ensure {
    ($left:expr, $right:expr, $what:literal) => {
        let (left, right) = (&$left, &$right);
        if left != right {
            return Err(format!("{}: {left:?}, not {right:?}", $what).into());
        }
    };
}
