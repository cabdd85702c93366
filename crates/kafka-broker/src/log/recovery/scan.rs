//! Reading what was written since the last snapshot, batch by batch: the end of the log, its producers, and
//! epochs whose note was lost. Bytes that do not read end the log, or are stepped over, as the recovery point
//! says.

use std::io;

use super::Found;
use crate::log::aborted::Aborted;
use crate::log::batch::{BatchInfo, EndMarker};
use crate::log::error::LogError;
use crate::log::index::IndexWriter;
use crate::log::ledger::Place;
use crate::log::producers::Producers;
use crate::log::scan::Scanner;
use crate::log::segment::Segment;

impl Found<'_> {
    /// Reads the batches of one segment from `position` on, where that of `offset` begins, and cuts what does not
    /// read behind the recovery point.
    pub(super) fn scan(
        &mut self,
        segment: &Segment,
        (offset, position): (&mut i64, u32),
        producers: &mut Producers,
        distrust: bool,
    ) -> Result<IndexWriter, LogError> {
        let disk = &*self.target.context.disk;
        let file = segment.file(disk).map_err(self.io())?;
        if distrust {
            file.evict();
        }
        let mut writer = self.resume_index(segment, position).map_err(self.io())?;
        let mut scanner = Scanner::bytes(&*file, position, segment.size());
        let now_ms = self.target.context.clock.now_ms();
        loop {
            let at = scanner.position();
            let what = match scanner.next_verified(*offset).map_err(self.io())? {
                Ok(None) => break,
                Ok(Some(info)) if self.epoch_fits(&info)? => {
                    let marker = match info.is_control() {
                        true => EndMarker::read(&scanner.batch(&info).map_err(self.io())?),
                        false => None,
                    };
                    let place = Place { offset: *offset, segment: segment.base(), position: at };
                    let ended = producers.record(&info, marker, place, now_ms);
                    self.aborted.extend(ended.as_ref().and_then(Aborted::of));
                    self.index(&mut writer, &info, at).map_err(self.io())?;
                    scanner.skip(&info);
                    segment.mark_verified(at, scanner.position());
                    *offset = info.next_offset();
                    continue;
                }
                Ok(Some(_)) => "the leader epoch is wrong",
                Err(bad) => bad.what(),
            };
            if *offset >= self.rp.offset {
                let cut = segment.size() - at;
                tracing::warn!(file = %segment.path().display(), offset, position = at, cut, what, "cut a torn tail");
                segment.truncate(disk, at).map_err(self.io())?;
                self.changed = true;
                return Ok(writer);
            }
            let damage = self.target.damage(segment.base(), at, *offset, what);
            self.damage.get_or_insert(damage);
            if !self.skip_damage(&mut scanner, segment, offset, producers).map_err(self.io())? {
                // All of this segment was synced, and nothing behind the damage reads.
                break;
            }
        }
        Ok(writer)
    }

    /// Goes on behind a batch that was durable and does not read: where its header leads, or else at the next
    /// batch that does read, or else at the recovery point. False when all of that lies in another segment.
    fn skip_damage(
        &self,
        scanner: &mut Scanner<'_>,
        segment: &Segment,
        offset: &mut i64,
        producers: &mut Producers,
    ) -> io::Result<bool> {
        let at = scanner.position();
        if let Ok(Some(mut info)) = scanner.next()? {
            let next = *offset + i64::from(info.last_offset_delta) + 1;
            scanner.skip(&info);
            let leads_on = match scanner.next()? {
                Ok(Some(following)) => following.base_offset == next,
                Ok(None) => next == self.rp.offset,
                Err(_) => next == self.rp.offset && scanner.position() == self.rp.position,
            };
            if leads_on && next <= self.rp.offset {
                // Most of its header is right, so its producer need not be forgotten with it.
                info.base_offset = *offset;
                let place = Place { offset: *offset, segment: segment.base(), position: at };
                let _ended = producers.record(&info, None, place, self.target.context.clock.now_ms());
                *offset = next;
                return Ok(true);
            }
        }
        scanner.go_to(at);
        if let Some(info) = scanner.search(*offset + 1..=self.rp.offset - 1)? {
            *offset = info.base_offset;
            return Ok(true);
        }
        // What was sent there last is not known any more: every producer may begin anew.
        *producers = Producers::default();
        let resumes =
            self.rp.segment == segment.base() && (at + 1..=segment.size()).contains(&self.rp.position);
        if resumes {
            *offset = self.rp.offset;
            scanner.go_to(self.rp.position);
        }
        Ok(resumes)
    }

    /// Whether this epoch may stand here. Behind the recovery point a newer one begins.
    fn epoch_fits(&mut self, info: &BatchInfo) -> Result<bool, LogError> {
        let known = self.epochs.at(info.base_offset);
        // Epochs that ended before the start of the log are forgotten.
        if known == Some(info.leader_epoch) || info.base_offset < self.start {
            return Ok(true);
        }
        let is_newer = known.is_none_or(|known| known < info.leader_epoch);
        let fits =
            info.base_offset >= self.rp.offset && is_newer && info.leader_epoch <= self.target.leader_epoch;
        if fits {
            // The note of it was lost; it must be there before the recovery point passes this batch.
            let (key, epoch, start) = (self.target.key, info.leader_epoch, info.base_offset);
            self.target.context.ledger.note_epoch(key, epoch, start)?;
            self.epochs.assign(epoch, start);
        }
        Ok(fits)
    }
}
