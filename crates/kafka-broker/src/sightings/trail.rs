//! What one connection has asked about.
//!
//! Every request is noted, so nothing is shared for it: a connection notes for itself, and whoever looks asks each.
//! What it noted goes to the cluster's memory when it ends, and when there is more than a connection may keep.

use std::net::SocketAddr;
use std::sync::Arc;

use kafka_wire::ApiKey;
use parking_lot::Mutex;

use super::{Sighting, Sightings, Span, Subject};

/// What a connection keeps: a few kinds of requests about a few topics. Looked through from the front each time.
const NOTES_MAX: usize = 32;

/// The notes of a connection that is open.
#[derive(Debug)]
pub(super) struct Notes {
    address: SocketAddr,
    noted: Mutex<Vec<Note>>,
}

#[derive(Debug)]
struct Note {
    subject: Subject,
    key: ApiKey,
    span: Span,
}

impl Notes {
    pub(super) fn new(address: SocketAddr) -> Self {
        Self { address, noted: Mutex::default() }
    }

    /// Shows those about a subject.
    pub(super) fn each(&self, subject: &Subject, mut show: impl FnMut(ApiKey, SocketAddr, Span)) {
        for note in self.noted.lock().iter().filter(|note| note.subject == *subject) {
            show(note.key, self.address, note.span);
        }
    }

    fn drain(&self, noted: &mut Vec<Note>, past: &Sightings) {
        past.keep(
            noted
                .drain(..)
                .map(|Note { subject, key, span }| (Sighting { subject, key, address: self.address }, span)),
        );
    }
}

/// A connection's way to note what it is asked, for as long as it is open.
#[derive(Debug)]
pub(crate) struct Trail {
    pub(super) sightings: Arc<Sightings>,
    pub(super) number: u64,
    pub(super) notes: Arc<Notes>,
}

impl Trail {
    /// The client has asked something.
    pub(crate) fn note(&self, subject: Subject, key: ApiKey, now_ms: i64) {
        let mut noted = self.notes.noted.lock();
        if let Some(note) = noted.iter_mut().find(|note| note.key == key && note.subject == subject) {
            note.span.last_ms = note.span.last_ms.max(now_ms);
            return;
        }
        if noted.len() == NOTES_MAX {
            self.notes.drain(&mut noted, &self.sightings);
        }
        if noted.is_empty() {
            // Many ask one thing and then nothing, and a list makes room for four.
            noted.reserve_exact(1);
        }
        noted.push(Note { subject, key, span: Span { first_ms: now_ms, last_ms: now_ms } });
    }
}

impl Drop for Trail {
    fn drop(&mut self) {
        // Kept before it is left, so that whoever looks in between sees it twice rather than not at all.
        self.notes.drain(&mut self.notes.noted.lock(), &self.sightings);
        self.sightings.leave(self.number);
    }
}
