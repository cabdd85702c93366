//! The one writer: a task that runs transactions one after the other.
//!
//! # Unknown commits
//!
//! A COMMIT that fails for want of room, or because it broke a rule of the tables, has not happened. Any other
//! failure leaves it unknown: SQLite may have written the commit to its log before a sync failed, and the
//! next process to open the file would find it there. So the writer then stops for good. What the lost
//! transaction did is read from its rows at the next start, where recorded operations go on; repeating it
//! here could do it twice.

use std::ops::{Deref, DerefMut};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::{AnyConnection, Connection, SqlSafeStr};
use tokio::sync::{mpsc, oneshot};

use super::fault;
use crate::fail::{FailPoints, Place};
use crate::{Committed, Fault};

/// How many transactions may wait for the writer before callers wait for a place.
const QUEUE_MAX: usize = 256;

/// The work of a transaction.
pub(crate) type Change<'t, T> = BoxFuture<'t, Result<T, Fault>>;

/// A transaction under way: statements run on it as on a connection.
pub(crate) struct Tx {
    connection: AnyConnection,
    after_commit: Vec<Box<dyn FnOnce() + Send>>,
}

impl Tx {
    /// Has something done when this transaction is committed, before its maker hears of it, and even when
    /// its maker has gone away. Not done when it is rolled back.
    pub(crate) fn after_commit(&mut self, act: impl FnOnce() + Send + 'static) {
        self.after_commit.push(Box::new(act));
    }
}

impl Deref for Tx {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.connection
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.connection
    }
}

/// The writer's near side.
pub(super) struct Writer {
    queue: mpsc::Sender<Message>,
    figures: Arc<Figures>,
}

#[derive(Default)]
struct Figures {
    commits: AtomicU64,
    changes: AtomicU64,
    failed: AtomicBool,
}

enum Message {
    Job(Box<dyn Job>),
    Close(oneshot::Sender<()>),
}

impl Writer {
    pub(super) fn start(connection: AnyConnection, fail_points: FailPoints) -> Self {
        let (queue, messages) = mpsc::channel(QUEUE_MAX);
        let figures = Arc::new(Figures::default());
        let tx = Tx { connection, after_commit: Vec::new() };
        tokio::spawn(Task { tx, fail_points, figures: figures.clone() }.run(messages));
        Self { queue, figures }
    }

    pub(super) async fn write<T, F>(&self, work: F) -> Result<Committed<T>, Fault>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> Change<'t, T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Pending { work: Some(work), made: None, reply });
        self.queue.send(Message::Job(job)).await.map_err(|_| fault::closed())?;
        answer.await.map_err(|_| fault::closed())?
    }

    pub(super) fn commits(&self) -> u64 {
        self.figures.commits.load(Ordering::Relaxed)
    }

    pub(super) fn changes(&self) -> u64 {
        self.figures.changes.load(Ordering::Acquire)
    }

    pub(super) fn failed(&self) -> bool {
        self.figures.failed.load(Ordering::Relaxed)
    }

    pub(super) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.queue.send(Message::Close(done)).await.is_ok() {
            // An error means that the writer went away without an answer: it is closed all the same.
            let _ = closed.await;
        }
    }
}

/// A transaction in the queue, whatever it makes.
trait Job: Send {
    /// Runs its statements; true when they are to be committed.
    fn run<'t>(&'t mut self, tx: &'t mut Tx) -> BoxFuture<'t, bool>;
    /// Answers: what it made, its own refusal, or the trouble around it.
    fn finish(self: Box<Self>, transaction: Result<(), Fault>);
}

struct Pending<F, T> {
    work: Option<F>,
    made: Option<Result<T, Fault>>,
    reply: oneshot::Sender<Result<Committed<T>, Fault>>,
}

impl<T, F> Job for Pending<F, T>
where
    T: Send,
    F: for<'t> FnOnce(&'t mut Tx) -> Change<'t, T> + Send,
{
    fn run<'t>(&'t mut self, tx: &'t mut Tx) -> BoxFuture<'t, bool> {
        Box::pin(async move {
            let work = self.work.take().expect("a job runs once");
            self.made.insert(work(tx).await).is_ok()
        })
    }

    fn finish(self: Box<Self>, transaction: Result<(), Fault>) {
        let answer = match (transaction, self.made) {
            (Err(trouble), _) => Err(trouble),
            (Ok(()), Some(made)) => made.map(Committed::new),
            (Ok(()), None) => Err(Fault::bug("a transaction ended without having run")),
        };
        // The maker may have gone away; what it asked for is done all the same.
        let _ = self.reply.send(answer);
    }
}

struct Task {
    tx: Tx,
    fail_points: FailPoints,
    figures: Arc<Figures>,
}

impl Task {
    async fn run(mut self, mut messages: mpsc::Receiver<Message>) {
        while let Some(message) = messages.recv().await {
            match message {
                Message::Job(mut job) => {
                    let transaction = self.transact(job.as_mut()).await;
                    job.finish(transaction);
                }
                Message::Close(done) => {
                    if let Err(error) = self.tx.connection.close().await {
                        tracing::warn!(%error, "the database did not close cleanly; its log will be replayed");
                    }
                    let _ = done.send(());
                    return;
                }
            }
        }
    }

    async fn transact(&mut self, job: &mut dyn Job) -> Result<(), Fault> {
        if self.figures.failed.load(Ordering::Relaxed) {
            return Err(fault::stopped());
        }
        self.tx.after_commit.clear();
        self.execute("BEGIN IMMEDIATE").await?;
        match AssertUnwindSafe(job.run(&mut self.tx)).catch_unwind().await {
            Ok(true) => self.commit().await,
            Ok(false) => {
                self.rollback().await;
                Ok(())
            }
            Err(_panic) => {
                self.rollback().await;
                Err(Fault::bug("a transaction panicked"))
            }
        }
    }

    async fn commit(&mut self) -> Result<(), Fault> {
        // Asked before the change can be seen: whoever sees it may add a point, and means the next commit.
        let answer_lost = self.fail_points.take("store", "commit", Place::AfterEffect).is_some();
        let answer = self.execute("COMMIT").await;
        // Whatever the answer is: readers may see the change from here on.
        self.figures.changes.fetch_add(1, Ordering::Release);
        match answer {
            Ok(()) if !answer_lost => {
                self.figures.commits.fetch_add(1, Ordering::Relaxed);
                for act in self.tx.after_commit.drain(..) {
                    act();
                }
                Ok(())
            }
            Err(error) if !fault::leaves_commit_unknown(&error) => {
                self.rollback().await;
                Err(error.into())
            }
            Ok(()) | Err(_) => {
                self.figures.failed.store(true, Ordering::Relaxed);
                tracing::error!(?answer, "no answer to a commit: nothing more is written until a restart");
                Err(fault::stopped())
            }
        }
    }

    async fn rollback(&mut self) {
        if let Err(error) = self.execute("ROLLBACK").await {
            // SQLite ends a transaction by itself after some errors; then there is nothing to roll back.
            // Should one be open still, the next BEGIN is refused, so nothing can slip into it.
            tracing::debug!(%error, "nothing to roll back");
        }
    }

    async fn execute(&mut self, statement: impl SqlSafeStr) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(statement).execute(&mut self.tx.connection).await?;
        Ok(())
    }
}
