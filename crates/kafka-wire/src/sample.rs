//! Random values of every message, for tests and as seeds for fuzzing. Behind the feature `sample`.
//!
//! A sample holds only what its version can carry, so that it survives a round trip unchanged.

use std::borrow::Cow;

use uuid::Uuid;

use crate::api::ApiKey;
use crate::error_code::ErrorCode;
use crate::wire::{Context, Records};

/// A value that can be drawn at random.
pub trait Sample: Sized {
    /// Draws a value that `context` can carry.
    fn sample(dice: &mut Dice, context: Context) -> Self;
}

/// A repeatable source of choices (xorshift64*); good enough to vary tests, and for nothing else.
#[derive(Clone, Debug)]
pub struct Dice {
    state: u64,
}

impl Dice {
    /// One seed gives one sequence.
    pub fn new(seed: u64) -> Self {
        // The generator has one bad state, zero.
        let mut dice = Self { state: seed ^ 0x5bd1_e995_9b97_f4a7 };
        dice.state |= u64::from(dice.state == 0);
        dice
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        self.state.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `limit`, which is not zero.
    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.bits() >> 33).unwrap_or_default() % limit
    }
}

/// Text of every width, and of lengths around the points where length fields grow.
const TEXTS: [&str; 8] = [
    "",
    "a",
    "orders",
    "grüße-日本-🦀",
    "consumer-group.with_every-allowed.character_0123456789",
    // 126, 127 and 128 bytes: the compact length grows from one byte to two.
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
    "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc",
];

const BYTES: [&[u8]; 4] = [b"", b"\0", b"\xff\xfe not text", &[0xa5; 300]];

const FRACTIONS: [f64; 6] = [0.0, -1.5, 1e300, f64::INFINITY, 0.1, 1024.0];

const LIST_MAX: usize = 3;

macro_rules! number {
    ($($type:ty),*) => {
        $(
            impl Sample for $type {
                #[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap)]
                fn sample(dice: &mut Dice, _: Context) -> Self {
                    match dice.below(8) {
                        0 => 0,
                        1 => -1,
                        2 => Self::MIN,
                        3 => Self::MAX,
                        _ => dice.bits() as Self,
                    }
                }
            }
        )*
    };
}

number!(i8, i16, i32, i64);

impl Sample for bool {
    fn sample(dice: &mut Dice, _: Context) -> Self {
        dice.below(2) == 1
    }
}

impl Sample for f64 {
    fn sample(dice: &mut Dice, _: Context) -> Self {
        FRACTIONS[dice.below(FRACTIONS.len())]
    }
}

impl Sample for Uuid {
    fn sample(dice: &mut Dice, _: Context) -> Self {
        match dice.below(4) {
            0 => Self::nil(),
            _ => Self::from_u64_pair(dice.bits(), dice.bits()),
        }
    }
}

impl Sample for ErrorCode {
    fn sample(dice: &mut Dice, context: Context) -> Self {
        Self(i16::sample(dice, context))
    }
}

impl Sample for ApiKey {
    fn sample(dice: &mut Dice, context: Context) -> Self {
        Self(i16::sample(dice, context))
    }
}

impl Sample for &str {
    fn sample(dice: &mut Dice, _: Context) -> Self {
        TEXTS[dice.below(TEXTS.len())]
    }
}

impl Sample for &[u8] {
    fn sample(dice: &mut Dice, _: Context) -> Self {
        BYTES[dice.below(BYTES.len())]
    }
}

impl Sample for Cow<'_, str> {
    fn sample(dice: &mut Dice, context: Context) -> Self {
        Cow::Borrowed(<&str>::sample(dice, context))
    }
}

impl Sample for Cow<'_, [u8]> {
    fn sample(dice: &mut Dice, context: Context) -> Self {
        Cow::Borrowed(<&[u8]>::sample(dice, context))
    }
}

impl Sample for Records<'_> {
    fn sample(dice: &mut Dice, context: Context) -> Self {
        Option::sample(dice, context).map_or(Records::Null, Records::Bytes)
    }
}

impl<T: Sample> Sample for Vec<T> {
    fn sample(dice: &mut Dice, context: Context) -> Self {
        (0..dice.below(LIST_MAX + 1)).map(|_| T::sample(dice, context)).collect()
    }
}

impl<T: Sample> Sample for Option<T> {
    fn sample(dice: &mut Dice, context: Context) -> Self {
        (dice.below(4) > 0).then(|| T::sample(dice, context))
    }
}
