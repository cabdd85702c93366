//! A request that is not answered with success, in the words of the wire.

use std::borrow::Cow;
use std::fmt;

use hyper::StatusCode;

/// Status, code and message as the caller will read them.
///
/// The message can carry the string to sign, and with it a password; so `Debug` leaves it out.
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) code: Code,
    pub(crate) message: Cow<'static, str>,
    /// What to do about it, for a person; without any value of the request.
    pub(crate) recommend: Option<String>,
    /// How long to wait before the next attempt, when that is known.
    pub(crate) retry_after_ms: Option<u64>,
    /// Whether the connection ends with this reply, because the rest of the request was not read.
    pub(crate) close: bool,
}

/// A vendor's error code. Every part is known at build time, so codes are safe as metric labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Code {
    /// The code itself.
    Fixed(&'static str),
    /// `Missing` and the name of a declared parameter.
    Missing(&'static str),
    /// `Invalid` and the name of a declared parameter.
    Invalid(&'static str),
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(code) => f.write_str(code),
            Self::Missing(name) => write!(f, "Missing{name}"),
            Self::Invalid(name) => write!(f, "Invalid{name}"),
        }
    }
}

/// What a call can be refused for: what it is answered with, and when that is. A constant for each, from which both
/// the refusals and the pages of the actions are made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cause {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    /// What is so, as a clause for people.
    pub(crate) when: &'static str,
}

impl Cause {
    /// The request is at fault.
    pub(crate) const fn bad_request(code: &'static str, when: &'static str) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code, when }
    }

    /// What is named is not there.
    pub(crate) const fn absent(code: &'static str, when: &'static str) -> Self {
        Self { status: StatusCode::NOT_FOUND, code, when }
    }

    /// What is there stands in the way.
    pub(crate) const fn conflict(code: &'static str, when: &'static str) -> Self {
        Self { status: StatusCode::CONFLICT, code, when }
    }
}

impl Refusal {
    /// Refuses for this cause.
    pub(crate) fn because(cause: Cause, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(cause.status, Code::Fixed(cause.code), message)
    }

    pub(crate) fn new(status: StatusCode, code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, message: message.into(), recommend: None, retry_after_ms: None, close: false }
    }

    /// As itself, with advice.
    pub(crate) fn recommending(self, advice: impl Into<String>) -> Self {
        Self { recommend: Some(advice.into()), ..self }
    }

    /// As itself, and the connection ends after it.
    pub(crate) fn closing(self) -> Self {
        Self { close: true, ..self }
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Refusal({} {})", self.status.as_u16(), self.code)
    }
}
