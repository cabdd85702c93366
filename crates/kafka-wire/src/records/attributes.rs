//! The attribute bits of a batch.

use crate::records::Compression;

/// The 16 attribute bits of a batch; those without a meaning yet survive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attributes(pub i16);

/// Whose clock the time stamps of a batch come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimestampType {
    /// The producer's, one for each record.
    Create,
    /// The broker's, one for the batch: its `max_timestamp`.
    LogAppend,
}

impl Attributes {
    const COMPRESSION: i16 = 0b0000_0111;
    const LOG_APPEND_TIME: i16 = 0b0000_1000;
    const TRANSACTIONAL: i16 = 0b0001_0000;
    const CONTROL: i16 = 0b0010_0000;
    const DELETE_HORIZON: i16 = 0b0100_0000;

    /// How the records are compressed; `None` for a code that Kafka has not assigned.
    pub fn compression(self) -> Option<Compression> {
        Compression::from_code(self.compression_code())
    }

    /// The code that says how the records are compressed.
    pub fn compression_code(self) -> u8 {
        (self.0 & Self::COMPRESSION).to_be_bytes()[1]
    }

    /// Whose clock the time stamps come from.
    pub fn timestamp_type(self) -> TimestampType {
        if self.has(Self::LOG_APPEND_TIME) { TimestampType::LogAppend } else { TimestampType::Create }
    }

    /// Whether the batch belongs to a transaction.
    pub fn is_transactional(self) -> bool {
        self.has(Self::TRANSACTIONAL)
    }

    /// Whether the batch holds a control record rather than a producer's.
    pub fn is_control(self) -> bool {
        self.has(Self::CONTROL)
    }

    /// Whether `base_timestamp` is the time from which compaction may drop the batch's tombstones.
    pub fn has_delete_horizon(self) -> bool {
        self.has(Self::DELETE_HORIZON)
    }

    /// With another compression.
    #[must_use]
    pub fn with_compression(self, compression: Compression) -> Self {
        Self(self.0 & !Self::COMPRESSION | i16::from(compression.code()))
    }

    /// With another clock.
    #[must_use]
    pub fn with_timestamp_type(self, timestamp_type: TimestampType) -> Self {
        self.with(Self::LOG_APPEND_TIME, timestamp_type == TimestampType::LogAppend)
    }

    /// Inside a transaction or not.
    #[must_use]
    pub fn with_transactional(self, transactional: bool) -> Self {
        self.with(Self::TRANSACTIONAL, transactional)
    }

    /// Holding a control record or not.
    #[must_use]
    pub fn with_control(self, control: bool) -> Self {
        self.with(Self::CONTROL, control)
    }

    /// With a delete horizon in `base_timestamp` or without.
    #[must_use]
    pub fn with_delete_horizon(self, delete_horizon: bool) -> Self {
        self.with(Self::DELETE_HORIZON, delete_horizon)
    }

    fn has(self, bit: i16) -> bool {
        self.0 & bit != 0
    }

    fn with(self, bit: i16, on: bool) -> Self {
        Self(if on { self.0 | bit } else { self.0 & !bit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bit_is_its_own() {
        let all = Attributes(0)
            .with_compression(Compression::Zstd)
            .with_timestamp_type(TimestampType::LogAppend)
            .with_transactional(true)
            .with_control(true)
            .with_delete_horizon(true);
        assert_eq!(all, Attributes(0b0111_1100));
        assert_eq!(all.with_compression(Compression::None).with_control(false), Attributes(0b0101_1000));
        assert_eq!(all.timestamp_type(), TimestampType::LogAppend);
        assert!(all.is_transactional() && all.is_control() && all.has_delete_horizon());
    }

    #[test]
    fn unassigned_compressions_have_no_name() {
        let named: Vec<_> = (0..8).map(|code| Attributes(code).compression().is_some()).collect();
        assert_eq!(named, [true, true, true, true, true, false, false, false]);
        assert_eq!(Attributes(!0).compression_code(), 7);
    }
}
