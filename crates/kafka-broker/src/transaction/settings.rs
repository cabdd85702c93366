//! What an operator can set about transactions.

use std::time::Duration;

/// The coordinator's settings.
#[derive(Clone, Debug)]
pub(crate) struct TransactionSettings {
    /// `transaction.max.timeout.ms`: how long a producer may ask to have a transaction open.
    pub(crate) timeout_max: Duration,
    /// `transactional.id.expiration.ms`: how long a transactional id is remembered without being used.
    pub(crate) id_expiration: Duration,
    /// How often unused ids are looked for.
    pub(crate) id_expiration_check: Duration,
    /// After how long markers that could not be written are tried again.
    pub(crate) marker_retry: Duration,
}

impl Default for TransactionSettings {
    fn default() -> Self {
        Self {
            timeout_max: Duration::from_secs(15 * 60),
            id_expiration: Duration::from_secs(7 * 24 * 60 * 60),
            id_expiration_check: Duration::from_secs(60 * 60),
            marker_retry: Duration::from_secs(1),
        }
    }
}
