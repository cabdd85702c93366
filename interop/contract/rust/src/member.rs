//! Members of groups that go on by themselves.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::message::Message;
use serde_json::{Value, json};

use crate::records::consumer;
use crate::{Asked, Failure};

/// All of them, by the name that a command gives.
#[derive(Default)]
pub(crate) struct Members(HashMap<String, Member>);

struct Member {
    noted: Arc<Noted>,
    thread: JoinHandle<Result<(), Failure>>,
}

/// What a member tells of itself.
#[derive(Default)]
struct Noted {
    stopping: AtomicBool,
    assigned: Mutex<Vec<i32>>,
    records: Mutex<Vec<(i32, i64)>>,
}

impl Members {
    pub(crate) fn join(&mut self, asked: &Asked) -> Result<Value, Failure> {
        let protocol = if asked.newer { "consumer" } else { "classic" };
        let consumer = consumer(asked, &asked.group, &[("group.protocol", protocol)])?;
        consumer.subscribe(&[&asked.topic])?;
        let noted = Arc::new(Noted::default());
        let thread = std::thread::spawn({
            let noted = Arc::clone(&noted);
            move || noted.follow(&consumer)
        });
        self.0.insert(asked.member.clone(), Member { noted, thread });
        Ok(json!({}))
    }

    pub(crate) fn seen(&self, asked: &Asked) -> Result<Value, Failure> {
        let noted = &self.0.get(&asked.member).ok_or("no such member")?.noted;
        let assigned = noted.assigned.lock().expect("nobody panics with it").clone();
        let records = noted.records.lock().expect("nobody panics with it").clone();
        Ok(json!({"assigned": assigned, "records": records}))
    }

    pub(crate) fn leave(&mut self, asked: &Asked) -> Result<Value, Failure> {
        let member = self.0.remove(&asked.member).ok_or("no such member")?;
        member.noted.stopping.store(true, Ordering::Relaxed);
        member.thread.join().map_err(|_| "the member panicked")??;
        Ok(json!({}))
    }
}

impl Noted {
    /// Consumes and commits until it is to stop. Dropping the consumer leaves the group.
    fn follow(&self, consumer: &BaseConsumer) -> Result<(), Failure> {
        while !self.stopping.load(Ordering::Relaxed) {
            let message = consumer.poll(Duration::from_millis(100)).transpose()?;
            let assigned = consumer.assignment()?.elements().iter().map(|one| one.partition()).collect();
            *self.assigned.lock().expect("nobody panics with it") = assigned;
            if let Some(message) = message {
                self.records
                    .lock()
                    .expect("nobody panics with it")
                    .push((message.partition(), message.offset()));
                consumer.commit_message(&message, CommitMode::Sync)?;
            }
        }
        Ok(())
    }
}
