//! What is known of one sealed file: its epochs, and which positions may have been written in the present one.

use std::io::{self, ErrorKind, IoSlice};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aes::cipher::StreamCipher;
use parking_lot::{Mutex, RwLock};

use super::keys::{DataKey, KeyRing};
use super::table::{EPOCHS_MAX, Epoch, HEADER_LEN, OPEN, Table};
use crate::disk::File;
use crate::random::Random;

/// Bytes sealed at a time.
const CHUNK: usize = 256 << 10;
/// From so many epochs on a file should be written anew, while there is room for as many more.
const WORN_FROM: usize = EPOCHS_MAX / 2;

/// An epoch with its key.
#[derive(Clone)]
struct Cover {
    epoch: Epoch,
    key: Arc<DataKey>,
}

/// One file, for all its handles. The caller keeps a read of bytes and a write of the same apart, as on any file.
pub(super) struct Sheet {
    ring: Arc<KeyRing>,
    random: Random,
    /// Where which epoch holds, ascending.
    covers: RwLock<Arc<[Cover]>>,
    pen: Mutex<Pen>,
    written: AtomicBool,
}

/// What whoever writes needs.
struct Pen {
    table: Table,
    /// The epoch that this process has begun last and that has no end; none before its first write.
    current: Option<Cover>,
    /// From here on no position has been written in it.
    fresh: u64,
}

impl Sheet {
    /// Reads the header of a file.
    pub(super) fn load(file: &dyn File, ring: Arc<KeyRing>, random: Random) -> io::Result<Self> {
        let mut header = vec![0; HEADER_LEN];
        let len = file.read_at(&mut header, 0)?;
        let table = Table::decode(&header[..len])?;
        let covers = table.in_force().into_iter().map(|epoch| cover(&ring, epoch));
        let covers = covers.collect::<io::Result<_>>()?;
        let pen = Mutex::new(Pen { table, current: None, fresh: 0 });
        Ok(Self { ring, random, covers: RwLock::new(covers), pen, written: AtomicBool::new(false) })
    }

    /// Whether this process has written to the file.
    pub(super) fn is_written(&self) -> bool {
        self.written.load(Ordering::Relaxed)
    }

    /// Whether the file has so many epochs that it should be written anew.
    pub(super) fn is_worn(&self) -> bool {
        self.pen.lock().table.len() >= WORN_FROM
    }

    pub(super) fn read(&self, file: &dyn File, into: &mut [u8], offset: u64) -> io::Result<usize> {
        let covers = self.covers.read().clone();
        let got = file.read_at(into, sealed_position(offset)?)?;
        let (mut at, mut rest) = (offset, &mut into[..got]);
        let first = covers.partition_point(|cover| cover.epoch.to <= offset);
        for Cover { epoch, key } in &covers[first..] {
            let bare = rest.len().min(length(epoch.from.saturating_sub(at)));
            let (bare, sealed) = std::mem::take(&mut rest).split_at_mut(bare);
            // No epoch is for it.
            bare.fill(0);
            at += bare.len() as u64;
            let (sealed, after) = sealed.split_at_mut(sealed.len().min(length(epoch.to - at)));
            if !sealed.is_empty() {
                key.keystream(epoch, at).apply_keystream(sealed);
                at += sealed.len() as u64;
            }
            rest = after;
            if rest.is_empty() {
                return Ok(got);
            }
        }
        rest.fill(0);
        Ok(got)
    }

    pub(super) fn write(&self, file: &dyn File, parts: &[IoSlice<'_>], offset: u64) -> io::Result<()> {
        if parts.iter().all(|part| part.is_empty()) {
            return Ok(());
        }
        let mut pen = self.pen.lock();
        let len = logical_len(file)?;
        if offset > len {
            self.write_zeros(&mut pen, file, len, offset)?;
        }
        self.write_held(&mut pen, file, parts, offset, len)
    }

    pub(super) fn set_len(&self, file: &dyn File, wanted: u64) -> io::Result<()> {
        let mut pen = self.pen.lock();
        let len = logical_len(file)?;
        if wanted > len {
            return self.write_zeros(&mut pen, file, len, wanted);
        }
        if wanted > 0 {
            // What is fresh is so whatever the length: the next write begins an epoch where it has to.
            return file.set_len(sealed_position(wanted)?);
        }
        file.set_len(0)?;
        self.written.store(true, Ordering::Relaxed);
        pen.table.clear();
        pen.current = None;
        *self.covers.write() = Arc::new([]);
        Ok(())
    }

    /// Zeros from the end of the file on.
    fn write_zeros(&self, pen: &mut Pen, file: &dyn File, from: u64, to: u64) -> io::Result<()> {
        let zeros = vec![0; length(to - from).min(CHUNK)];
        let mut at = from;
        while at < to {
            let part = &zeros[..length(to - at).min(CHUNK)];
            self.write_held(pen, file, &[IoSlice::new(part)], at, at)?;
            at += part.len() as u64;
        }
        Ok(())
    }

    /// Writes from somewhere up to the end of the file on, which has `len` bytes. The caller holds the pen.
    fn write_held(
        &self,
        pen: &mut Pen,
        file: &dyn File,
        parts: &[IoSlice<'_>],
        offset: u64,
        len: u64,
    ) -> io::Result<()> {
        let count: usize = parts.iter().map(|part| part.len()).sum();
        let end = offset.checked_add(count as u64).ok_or(ErrorKind::FileTooLarge)?;
        let position = sealed_position(offset)?;
        let newest = self.ring.newest().number;
        let going_on =
            pen.current.clone().filter(|current| offset >= pen.fresh && current.epoch.key == newest);
        let cover = match going_on {
            Some(current) => current,
            None => self.begin(pen, file, offset, if end >= len { OPEN } else { end })?,
        };
        if cover.epoch.to == OPEN {
            // Before the attempt: what fails may have been written.
            pen.fresh = end;
        }
        let mut stream = cover.key.keystream(&cover.epoch, offset);
        let mut sealed = Vec::with_capacity(count.min(CHUNK));
        let mut position = position;
        for mut part in parts.iter().map(|part| &part[..]) {
            while !part.is_empty() {
                let (now, later) = part.split_at(part.len().min(CHUNK - sealed.len()));
                sealed.extend_from_slice(now);
                part = later;
                if sealed.len() == CHUNK {
                    stream.apply_keystream(&mut sealed);
                    file.write_all_at(&[IoSlice::new(&sealed)], position)?;
                    position += CHUNK as u64;
                    sealed.clear();
                }
            }
        }
        if sealed.is_empty() {
            return Ok(());
        }
        stream.apply_keystream(&mut sealed);
        file.write_all_at(&[IoSlice::new(&sealed)], position)
    }

    /// Begins an epoch under a nonce that was never used.
    fn begin(&self, pen: &mut Pen, file: &dyn File, from: u64, to: u64) -> io::Result<Cover> {
        self.written.store(true, Ordering::Relaxed);
        let mut nonce = [0; 16];
        self.random.fill(&mut nonce);
        let key = self.ring.newest();
        let epoch = Epoch { key: key.number, check: key.check, from, to, nonce };
        let mut table = pen.table.clone();
        let patch = table.begin(epoch)?;
        file.write_all_at(&[IoSlice::new(&patch.bytes)], patch.position)?;
        let covers = table.in_force().into_iter().map(|epoch| cover(&self.ring, epoch));
        *self.covers.write() = covers.collect::<io::Result<_>>()?;
        pen.table = table;
        let begun = Cover { epoch, key };
        if to == OPEN {
            pen.current = Some(begun.clone());
        }
        Ok(begun)
    }
}

/// An epoch with the key that it names.
fn cover(ring: &KeyRing, epoch: Epoch) -> io::Result<Cover> {
    let refused = |what| {
        Err(io::Error::new(
            ErrorKind::InvalidData,
            format!("data key {}, with which it is sealed, {what}", epoch.key),
        ))
    };
    match ring.find(epoch.key) {
        None => refused("is not there"),
        Some(key) if key.check != epoch.check => refused("is another now"),
        Some(key) => Ok(Cover { epoch, key }),
    }
}

/// How many bytes the file has but for its header.
fn logical_len(file: &dyn File) -> io::Result<u64> {
    Ok(file.len()?.saturating_sub(HEADER_LEN as u64))
}

fn sealed_position(position: u64) -> io::Result<u64> {
    position.checked_add(HEADER_LEN as u64).ok_or_else(|| ErrorKind::FileTooLarge.into())
}

/// As a length in memory, or more than there can be.
fn length(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
