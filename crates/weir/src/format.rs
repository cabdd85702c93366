//! Which shape the data directory has, so that a server never writes to one that it does not understand.
//!
//! The file `format.json` names two numbers. `format` is the shape of what is in the directory; `readable_by` is the
//! oldest shape whose server may still work with it, so that going back one release is possible where nothing stands
//! against it. Whoever changes the shape of a file raises [`FORMAT`], adds the step from the one before, and adds a
//! directory of the old shape to `interop/golden/`.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use machine::disk::{self, Disk};
use serde::{Deserialize, Serialize};

/// The shape that this server writes. The second has notes of how far logs are compacted, and compacted segments on
/// their way to their place, which a server of the first would take for damage.
pub(crate) const FORMAT: u32 = 2;
/// The oldest shape whose server may work with what this one writes.
const READABLE_BY: u32 = 2;
const FILE: &str = "format.json";

#[derive(Debug, Deserialize, Serialize)]
struct Format {
    format: u32,
    readable_by: u32,
    /// The release that made it, for people.
    written_by: String,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum FormatError {
    #[error(
        "the data directory {directory} is of a newer Weir: it was written by {written_by} in format {format}, and this \
         one knows formats up to {FORMAT}. Nothing was changed; start it with {written_by} or later"
    )]
    Newer { directory: String, written_by: String, format: u32 },
    #[error("{} is damaged ({reason}); nothing was changed. Bring it back from a copy", path.display())]
    Damaged { path: PathBuf, reason: String },
    #[error("cannot use {}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
}

/// Says whether this server may write to the directory. One without the file is new, or older than the file is:
/// both are given one. The directory is not changed otherwise.
pub(crate) fn claim(disk: &dyn Disk, data: &Path) -> Result<(), FormatError> {
    if look(disk, data)?.is_some_and(|found| found.format >= FORMAT) {
        return Ok(());
    }
    let format =
        Format { format: FORMAT, readable_by: READABLE_BY, written_by: env!("CARGO_PKG_VERSION").into() };
    let mut text = serde_json::to_vec_pretty(&format).expect("numbers and a text have a JSON form");
    text.push(b'\n');
    let path = data.join(FILE);
    disk::replace(disk, &path, &text).map_err(|source| FormatError::File { path, source })
}

/// As [`claim`], for those who only read.
pub(crate) fn verify(disk: &dyn Disk, data: &Path) -> Result<(), FormatError> {
    look(disk, data).map(drop)
}

fn look(disk: &dyn Disk, data: &Path) -> Result<Option<Format>, FormatError> {
    let path = data.join(FILE);
    let bytes = match disk::read(disk, &path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(FormatError::File { path, source }),
    };
    let found: Format = serde_json::from_slice(&bytes)
        .map_err(|error| FormatError::Damaged { path, reason: error.to_string() })?;
    if found.readable_by > FORMAT {
        let directory = data.display().to_string();
        return Err(FormatError::Newer { directory, written_by: found.written_by, format: found.format });
    }
    Ok(Some(found))
}

#[cfg(test)]
mod tests {
    use machine::disk::RealDisk;

    use super::*;

    struct Directory(tempfile::TempDir);

    impl Directory {
        fn with(text: &str) -> Self {
            let directory = tempfile::tempdir().unwrap();
            std::fs::write(directory.path().join(FILE), text).unwrap();
            Self(directory)
        }

        fn claim(&self) -> Result<(), FormatError> {
            claim(&RealDisk, self.0.path())
        }

        fn text(&self) -> String {
            std::fs::read_to_string(self.0.path().join(FILE)).unwrap()
        }
    }

    #[test]
    fn a_directory_without_the_file_is_given_one_that_stays() {
        let directory = Directory(tempfile::tempdir().unwrap());
        verify(&RealDisk, directory.0.path()).unwrap();
        directory.claim().unwrap();
        let text = directory.text();
        let told: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(told["format"], FORMAT);
        directory.claim().unwrap();
        assert_eq!(directory.text(), text);
    }

    #[test]
    fn a_newer_one_is_refused_with_the_release_that_can_open_it() {
        let text = r#"{"format": 9, "readable_by": 8, "written_by": "3.2.0", "hue": "blue"}"#;
        let directory = Directory::with(text);
        let refusal = directory.claim().unwrap_err().to_string();
        assert!(refusal.contains("written by 3.2.0 in format 9"), "{refusal}");
        assert!(verify(&RealDisk, directory.0.path()).is_err());
        assert_eq!(directory.text(), text);
    }

    #[test]
    fn a_newer_one_that_this_server_may_work_with_keeps_its_number() {
        let text = r#"{"format": 2, "readable_by": 1, "written_by": "0.9.0"}"#;
        let directory = Directory::with(text);
        directory.claim().unwrap();
        assert_eq!(directory.text(), text);
    }

    #[test]
    fn what_cannot_be_read_is_refused_and_not_overwritten() {
        for text in ["", "{", r#"{"format": "one"}"#, &"9".repeat(100_000)] {
            let directory = Directory::with(text);
            assert!(matches!(directory.claim(), Err(FormatError::Damaged { .. })));
            assert_eq!(directory.text(), text);
        }
    }
}
