//! `partition.metadata`: which topic a folder belongs to, in Kafka's words.

use std::io::{self, ErrorKind, IoSlice};
use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use machine::disk::{self, Disk, File, OpenMode};
use uuid::Uuid;

const NAME: &str = "partition.metadata";

/// What a folder says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// It belongs to this topic.
    Topic(Uuid),
    /// Nothing: it has no such file, or one that was torn.
    Nothing,
}

pub(super) fn read(disk: &dyn Disk, folder: &Path) -> io::Result<Found> {
    match disk::read(disk, &folder.join(NAME)) {
        Ok(bytes) => Ok(parse(&bytes).map_or(Found::Nothing, Found::Topic)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(Found::Nothing)
        }
        Err(error) => Err(error),
    }
}

/// Writes it. It is not synced.
pub(super) fn write(disk: &dyn Disk, folder: &Path, topic: Uuid) -> io::Result<Arc<dyn File>> {
    let file = disk.open(&folder.join(NAME), OpenMode::Create)?;
    let text = format!("version: 0\ntopic_id: {}", URL_SAFE_NO_PAD.encode(topic.as_bytes()));
    file.set_len(0)?;
    file.write_all_at(&[IoSlice::new(text.as_bytes())], 0)?;
    Ok(file)
}

fn parse(bytes: &[u8]) -> Option<Uuid> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (version, topic) = text.trim_end().split_once('\n')?;
    if version.strip_prefix("version:")?.trim() != "0" {
        return None;
    }
    let id = URL_SAFE_NO_PAD.decode(topic.strip_prefix("topic_id:")?.trim()).ok()?;
    Uuid::from_slice(&id).ok()
}

#[cfg(test)]
mod tests {
    use machine::disk::sim::SimDisk;

    use super::*;

    #[test]
    fn what_was_written_is_read() {
        let disk = SimDisk::new(1);
        let id = Uuid::from_u128(0x1234_5678_9abc_def0_1122_3344_5566_7788);
        assert_eq!(read(&disk, Path::new("/")).unwrap(), Found::Nothing);
        write(&disk, Path::new("/"), id).unwrap();
        assert_eq!(read(&disk, Path::new("/")).unwrap(), Found::Topic(id));
        let text = disk::read(&disk, Path::new("/partition.metadata")).unwrap();
        assert_eq!(String::from_utf8(text).unwrap(), "version: 0\ntopic_id: EjRWeJq83vARIjNEVWZ3iA");
    }

    #[test]
    fn torn_file_says_nothing() {
        let text = b"version: 0\ntopic_id: EjRWeJq83vARIjNEVWZ3iA";
        assert!(parse(text).is_some());
        for len in 0..text.len() {
            assert_eq!(parse(&text[..len]), None, "cut at {len}");
        }
        assert_eq!(parse(b"version: 1\ntopic_id: EjRWeJq83vARIjNEVWZ3iA"), None);
    }
}
