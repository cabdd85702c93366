//! Whom a connection acts for.

use std::fmt;
use std::sync::Arc;

/// What Kafka calls whoever did not log in.
const ANONYMOUS: &str = "ANONYMOUS";

/// A user, or nobody in particular. Clones share the name.
///
/// A user may be called as nobody is, and is still somebody: the two are not equal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Principal {
    user: Option<Arc<str>>,
}

impl Principal {
    /// Whoever comes through a listener on which nobody logs in.
    pub(crate) fn anonymous() -> Self {
        Self { user: None }
    }

    /// Who logged in under this name.
    pub(crate) fn user(name: &str) -> Self {
        Self { user: Some(name.into()) }
    }

    /// The user who logged in, if anybody had to.
    pub(crate) fn known(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The name alone, without its kind.
    pub(crate) fn name(&self) -> &str {
        self.user.as_deref().unwrap_or(ANONYMOUS)
    }
}

/// As Kafka writes it: the kind, a colon, the name.
impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "User:{}", self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn principals_are_written_as_kafka_writes_them() {
        assert_eq!(Principal::anonymous().to_string(), "User:ANONYMOUS");
        let user = Principal::user("orders-reader");
        assert_eq!((user.name(), user.to_string().as_str()), ("orders-reader", "User:orders-reader"));
        assert_ne!(user, Principal::user("orders-writer"));
    }

    #[test]
    fn a_user_who_is_called_anonymous_is_not() {
        let user = Principal::user(ANONYMOUS);
        assert_ne!(user, Principal::anonymous());
        assert_eq!((user.known(), Principal::anonymous().known()), (Some(ANONYMOUS), None));
    }
}
