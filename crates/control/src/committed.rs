//! Proof that a change is durable.

/// What a change produced, handed out only after its transaction was committed.
///
/// Only this crate can make one, and the reply to every changing action asks for one; so a dialect cannot
/// claim success for something that a crash would undo.
#[derive(Debug)]
#[must_use = "the reply is built from it"]
pub struct Committed<T>(T);

impl<T> Committed<T> {
    /// Called by the store's commit, nowhere else.
    pub(crate) fn new(value: T) -> Self {
        Self(value)
    }

    /// Puts what the change produced into another form; it is as durable as before.
    pub fn map<U>(self, form: impl FnOnce(T) -> U) -> Committed<U> {
        Committed(form(self.0))
    }

    /// What the change produced.
    pub fn into_inner(self) -> T {
        self.0
    }
}
