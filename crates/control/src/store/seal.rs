//! Secrets at rest: AES-256-GCM under a data key, which lies in the store sealed with the master key.
//!
//! What is sealed is bound to its place (table, column, row): moved elsewhere, it does not open. Sealed text
//! names its data key, so that a new data key can come into use while old text is still being sealed again.

use std::collections::BTreeMap;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use machine::clock::Clock;
use machine::random::Random;
use machine::secret::Secret;
use sqlx::{AnyConnection, Row};

use super::{Store, text};
use crate::Fault;
use crate::config::OpenError;

/// Bytes of the random nonce in front of each sealed text. Far fewer than 2^32 texts are ever sealed with
/// one data key, which is what 96 random bits allow.
const NONCE_BYTES: usize = 12;

/// Where a secret lies.
#[derive(Clone, Copy)]
pub(crate) struct Spot<'a> {
    pub(crate) table: &'a str,
    pub(crate) column: &'a str,
    pub(crate) row: &'a str,
}

impl Spot<'_> {
    /// The three parts, each with its length, so that no two spots give the same bytes.
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for part in [self.table, self.column, self.row] {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        bytes
    }
}

/// Seals and opens secrets.
pub(crate) struct Vault {
    data_keys: BTreeMap<i64, Aes256Gcm>,
    random: Random,
}

impl Vault {
    /// Opens the data keys with the master key, making the first one in a new store.
    pub(crate) async fn open(
        store: &Store,
        master_key: &Secret<[u8; 32]>,
        clock: &Clock,
        random: &Random,
    ) -> Result<Self, OpenError> {
        let mut wrapped = wrapped_keys(&mut *store.read().await?).await?;
        if wrapped.is_empty() {
            let mut bytes = [0; 32];
            random.fill(&mut bytes);
            let data_key = Secret::new(bytes);
            let master = cipher(master_key.expose());
            let sealed = seal_with(&master, random, wrapped_spot("1"), data_key.expose());
            let created_ms = clock.now_ms();
            let row = sealed.clone();
            store
                .write(move |tx| {
                    Box::pin(async move {
                        sqlx::query("INSERT INTO data_keys (number, wrapped, created_ms) VALUES (1, $1, $2)")
                            .bind(row)
                            .bind(created_ms)
                            .execute(&mut **tx)
                            .await?;
                        Ok(())
                    })
                })
                .await?
                .into_inner();
            wrapped.push((1, sealed));
        }
        Self::unwrap(wrapped, master_key, random)
    }

    /// Opens the data keys of a store that is only read.
    pub(crate) async fn read(
        connection: &mut AnyConnection,
        master_key: &Secret<[u8; 32]>,
        random: &Random,
    ) -> Result<Self, OpenError> {
        Self::unwrap(wrapped_keys(connection).await?, master_key, random)
    }

    fn unwrap(
        wrapped: Vec<(i64, String)>,
        master_key: &Secret<[u8; 32]>,
        random: &Random,
    ) -> Result<Self, OpenError> {
        let master = cipher(master_key.expose());
        let mut data_keys = BTreeMap::new();
        for (number, sealed) in wrapped {
            let data_key =
                open_with(&master, wrapped_spot(&number.to_string()), &sealed).ok_or(OpenError::MasterKey)?;
            let bytes: &[u8; 32] =
                data_key.expose().as_slice().try_into().map_err(|_| OpenError::MasterKey)?;
            data_keys.insert(number, cipher(bytes));
        }
        Ok(Self { data_keys, random: random.clone() })
    }

    /// Seals a secret for its spot.
    pub(crate) fn seal(&self, spot: Spot<'_>, secret: &Secret<String>) -> String {
        let (number, key) = self.data_keys.last_key_value().expect("an open vault has a data key");
        format!("{number}:{}", seal_with(key, &self.random, spot, secret.expose().as_bytes()))
    }

    /// Opens what was sealed for this spot.
    pub(crate) fn open_secret(&self, spot: Spot<'_>, sealed: &str) -> Result<Secret<String>, Fault> {
        let damaged = || Fault::bug(format!("the secret in {}.{} does not open", spot.table, spot.column));
        let (number, sealed) = sealed.split_once(':').ok_or_else(damaged)?;
        let number: i64 = number.parse().map_err(|_| damaged())?;
        let key = self.data_keys.get(&number).ok_or_else(damaged)?;
        let opened = open_with(key, spot, sealed).ok_or_else(damaged)?;
        let text = std::str::from_utf8(opened.expose()).map_err(|_| damaged())?;
        Ok(Secret::new(text.to_owned()))
    }
}

async fn wrapped_keys(connection: &mut AnyConnection) -> Result<Vec<(i64, String)>, Fault> {
    let rows =
        sqlx::query("SELECT number, wrapped FROM data_keys ORDER BY number").fetch_all(connection).await?;
    rows.iter().map(|row| Ok((text::number(row, "number")?, row.try_get("wrapped")?))).collect()
}

fn wrapped_spot(number: &str) -> Spot<'_> {
    Spot { table: "data_keys", column: "wrapped", row: number }
}

fn cipher(key: &[u8; 32]) -> Aes256Gcm {
    Aes256Gcm::new(&Key::<Aes256Gcm>::from(*key))
}

fn seal_with(key: &Aes256Gcm, random: &Random, spot: Spot<'_>, secret: &[u8]) -> String {
    let mut nonce = [0; NONCE_BYTES];
    random.fill(&mut nonce);
    let mut sealed = nonce.to_vec();
    let payload = Payload { msg: secret, aad: &spot.bytes() };
    let ciphertext = key.encrypt(&Nonce::from(nonce), payload).expect("a short secret can be sealed");
    sealed.extend_from_slice(&ciphertext);
    BASE64.encode(sealed)
}

fn open_with(key: &Aes256Gcm, spot: Spot<'_>, sealed: &str) -> Option<Secret<Vec<u8>>> {
    let sealed = BASE64.decode(sealed).ok()?;
    let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE_BYTES>()?;
    let payload = Payload { msg: ciphertext, aad: &spot.bytes() };
    key.decrypt(&Nonce::from(*nonce), payload).ok().map(Secret::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPOT: Spot<'_> = Spot { table: "access_keys", column: "secret", row: "key-1" };

    fn vault() -> Vault {
        Vault { data_keys: BTreeMap::from([(1, cipher(&[7; 32]))]), random: Random::seeded(1) }
    }

    #[test]
    fn a_secret_opens_only_where_it_was_sealed() {
        let vault = vault();
        let sealed = vault.seal(SPOT, &Secret::new("hunter2".into()));
        assert_eq!(vault.open_secret(SPOT, &sealed).unwrap().expose(), "hunter2");
        for elsewhere in [
            Spot { row: "key-2", ..SPOT },
            Spot { column: "other", ..SPOT },
            Spot { table: "other", ..SPOT },
            // The same letters, cut differently.
            Spot { table: "access_keyss", column: "ecret", ..SPOT },
        ] {
            assert!(vault.open_secret(elsewhere, &sealed).is_err());
        }
    }

    #[test]
    fn sealed_text_says_nothing_and_differs_each_time() {
        let vault = vault();
        let secret = Secret::new("hunter2".into());
        let (first, second) = (vault.seal(SPOT, &secret), vault.seal(SPOT, &secret));
        assert_ne!(first, second);
        assert!(!first.contains("hunter2"));
    }

    #[test]
    fn changed_text_does_not_open() {
        let vault = vault();
        let sealed = vault.seal(SPOT, &Secret::new("hunter2".into()));
        for position in 0..sealed.len() {
            let mut bytes = sealed.clone().into_bytes();
            bytes[position] = if bytes[position] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert!(vault.open_secret(SPOT, &changed).is_err(), "position {position}");
        }
        for garbage in ["", ":", "1:", "2:AAAA", "x:AAAA", "1:AAAA"] {
            assert!(vault.open_secret(SPOT, garbage).is_err(), "{garbage:?}");
        }
    }
}
