//! Randomness and identifiers from one injected source.

use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;
use uuid::Uuid;

/// A source of random bytes; clones share the source.
#[derive(Clone)]
pub struct Random {
    source: Source,
}

#[derive(Clone)]
enum Source {
    System,
    /// SplitMix64: tiny, well distributed, and only for tests and simulation.
    Seeded(Arc<Mutex<u64>>),
}

impl Random {
    /// The operating system's generator, fit for keys.
    pub fn system() -> Self {
        Self { source: Source::System }
    }

    /// A repeatable generator. Never fit for keys.
    pub fn seeded(seed: u64) -> Self {
        Self { source: Source::Seeded(Arc::new(Mutex::new(seed))) }
    }

    /// Fills `bytes`.
    ///
    /// # Panics
    ///
    /// When the operating system has no randomness to give: nothing safe can be done then.
    pub fn fill(&self, bytes: &mut [u8]) {
        match &self.source {
            Source::System => {
                getrandom::fill(bytes).expect("the operating system gives random bytes");
            }
            Source::Seeded(state) => {
                let mut state = state.lock();
                for chunk in bytes.chunks_mut(8) {
                    let word = splitmix(&mut state).to_le_bytes();
                    chunk.copy_from_slice(&word[..chunk.len()]);
                }
            }
        }
    }

    /// A random 64-bit number.
    pub fn u64(&self) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    /// A random (version 4) UUID; never nil.
    pub fn uuid(&self) -> Uuid {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }

    /// `len` characters drawn evenly from `alphabet`.
    ///
    /// # Panics
    ///
    /// When `alphabet` is empty or has more than 256 characters.
    pub fn text(&self, alphabet: &[u8], len: usize) -> String {
        assert!(!alphabet.is_empty() && alphabet.len() <= 256, "an alphabet has 1 to 256 characters");
        // Values past the last whole multiple of the alphabet would favour its first characters.
        let fair = 256 - 256 % alphabet.len();
        let mut text = String::with_capacity(len);
        let mut byte = [0];
        while text.len() < len {
            self.fill(&mut byte);
            let value = usize::from(byte[0]);
            if value < fair {
                text.push(char::from(alphabet[value % alphabet.len()]));
            }
        }
        text
    }
}

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.source {
            Source::System => "Random(system)",
            Source::Seeded(_) => "Random(seeded)",
        })
    }
}

fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_one_sequence() {
        let draw = |seed| {
            let random = Random::seeded(seed);
            (random.u64(), random.uuid(), random.text(b"abc", 12))
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn text_keeps_to_its_alphabet() {
        let text = Random::system().text(b"0123456789abcdefghijklmnopqrstuvwxyz", 200);
        assert_eq!(text.len(), 200);
        assert!(text.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase()));
    }
}
