//! The first access key: from the environment, or made at first start and kept in `credentials.json`.

use std::io;
use std::path::{Path, PathBuf};

use machine::secret::Secret;
use serde::{Deserialize, Serialize};

/// An access key id and its secret.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    pub(crate) access_key_id: String,
    pub(crate) access_key_secret: Secret<String>,
}

/// The file's shape; scripts read it.
#[derive(Deserialize, Serialize)]
struct File {
    access_key_id: String,
    access_key_secret: String,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum CredentialsError {
    #[error(
        "no access key: set WEIR_ACCESS_KEY_ID and WEIR_ACCESS_KEY_SECRET, or start the server once so that \
         it writes {}", path.display()
    )]
    Missing { path: PathBuf },
    #[error("WEIR_ACCESS_KEY_ID and WEIR_ACCESS_KEY_SECRET must be set together")]
    Half,
    #[error("cannot read {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
}

impl Credentials {
    /// From the environment, else from the data directory.
    pub(crate) fn find(data_dir: &Path) -> Result<Self, CredentialsError> {
        match Self::from_environment()? {
            Some(credentials) => Ok(credentials),
            None => {
                let path = Self::path(data_dir);
                Self::read(&path)?.ok_or(CredentialsError::Missing { path })
            }
        }
    }

    /// From `WEIR_ACCESS_KEY_ID` and `WEIR_ACCESS_KEY_SECRET`; none when neither is set.
    pub(crate) fn from_environment() -> Result<Option<Self>, CredentialsError> {
        let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        match (variable("WEIR_ACCESS_KEY_ID"), variable("WEIR_ACCESS_KEY_SECRET")) {
            (Some(access_key_id), Some(secret)) => {
                Ok(Some(Self { access_key_id, access_key_secret: Secret::new(secret) }))
            }
            (None, None) => Ok(None),
            _ => Err(CredentialsError::Half),
        }
    }

    /// From a file; none when it is not there.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>, CredentialsError> {
        let unreadable = |source| CredentialsError::Unreadable { path: path.into(), source };
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(error)),
        };
        let file: File = serde_json::from_slice(&bytes)
            .map_err(|error| unreadable(io::Error::new(io::ErrorKind::InvalidData, error)))?;
        Ok(Some(Self {
            access_key_id: file.access_key_id,
            access_key_secret: Secret::new(file.access_key_secret),
        }))
    }

    /// The file's text.
    pub(crate) fn to_json(&self) -> Vec<u8> {
        let file = File {
            access_key_id: self.access_key_id.clone(),
            access_key_secret: self.access_key_secret.expose().clone(),
        };
        let mut text = serde_json::to_vec(&file).expect("two strings are always JSON");
        text.push(b'\n');
        text
    }

    /// Where the file is.
    pub(crate) fn path(data_dir: &Path) -> PathBuf {
        data_dir.join("credentials.json")
    }
}
