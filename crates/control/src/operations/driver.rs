//! The driver: takes each operation through its steps in a task of its own.

use std::pin::Pin;
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::oneshot;

use super::{
    AllowedChange, GroupDelete, GroupReset, InstanceConfigure, InstanceConfigureUndo, InstanceDelete,
    InstanceExpire, InstanceRelease, InstanceReopen, InstanceReopenUndo, InstanceStart, InstanceStartUndo,
    InstanceStop, Kind, RulesChange, Step, Successor, TopicConfigure, TopicConfigureUndo, TopicCreate,
    TopicCreateUndo, TopicDelete, TopicGrow, TopicGrowUndo, Trouble, UserDelete, UserPut, Work,
};
use crate::account::Caller;
use crate::audit::{self, Entry, Outcome};
use crate::fail::{Break, Place};
use crate::fault::{Conflict, EngineTrouble, Internal};
use crate::shared::Shared;
use crate::store::Tx;
use crate::store::instances::InstanceKey;
use crate::store::operations::{self, OperationRow, Subject};
use crate::{Committed, Fault};

/// What a command wants done, before it is committed.
pub(crate) struct Intent<K> {
    pub(crate) key: InstanceKey,
    pub(crate) subject: Subject,
    pub(crate) caller: Caller,
    pub(crate) state: K,
    /// The first step to take; those before it were part of the intent.
    pub(crate) step: &'static str,
    /// For the audit record.
    pub(crate) details: Value,
}

/// Puts an operation into the transaction of its intent; it starts when that is committed.
pub(crate) async fn begin<K: Kind>(
    shared: &Arc<Shared>,
    tx: &mut Tx,
    intent: Intent<K>,
) -> Result<Ticket, Fault> {
    let Intent { key, subject, caller, state, step, details } = intent;
    let now_ms = shared.clock.now_ms();
    let entry = Entry::of(&caller, now_ms, K::ACTION, subject.path(&key), Outcome::Accepted, details);
    audit::append(tx, entry).await?;
    let row = OperationRow {
        id: shared.random.uuid().to_string(),
        kind: K::NAME.to_owned(),
        key,
        subject,
        step: step.to_owned(),
        payload: serde_json::to_value(state).map_err(|error| Fault::bug(error.to_string()))?,
        attempts: 0,
        last_error: None,
        caller,
        created_ms: now_ms,
    };
    operations::insert(tx, &row).await?;
    let (reply, end) = oneshot::channel();
    let shared = shared.clone();
    tx.after_commit(move || launch(&shared, row, Some(reply)));
    Ok(Ticket { end })
}

/// Goes on with every operation in the table.
pub(crate) async fn resume(shared: &Arc<Shared>) -> Result<usize, Fault> {
    let rows = {
        let mut reader = shared.store.read().await?;
        operations::list_everywhere(&mut reader).await?
    };
    let many = rows.len();
    for row in rows {
        tracing::info!(operation = row.kind, instance = %row.key.id, step = row.step, "resuming");
        launch(shared, row, None);
    }
    Ok(many)
}

/// The end of an operation, to be waited for.
pub(crate) struct Ticket {
    end: oneshot::Receiver<Result<Committed<()>, Fault>>,
}

impl Ticket {
    /// How the operation ended; none when it has not within the time a call may wait. It goes on then.
    pub(crate) async fn end(self, shared: &Shared) -> Option<Result<Committed<()>, Fault>> {
        let deadline = shared.clock.elapsed() + shared.options.wait;
        tokio::select! {
            biased;
            end = self.end => Some(end.unwrap_or_else(|_| Err(stopped()))),
            () = shared.clock.sleep_until(deadline) => None,
        }
    }

    /// As [`Ticket::end`], for calls that are no use before their operation has ended.
    pub(crate) async fn result(self, shared: &Shared) -> Result<Committed<()>, Fault> {
        self.end(shared).await.unwrap_or_else(|| Err(unavailable("the operation is still under way")))
    }
}

/// How the operation of an intent ended, or that it was accepted when it has not within the time a call may wait: the
/// commit of the intent stands, whenever the work ends. An intent can also have been all of it.
pub(crate) async fn ended_or_accepted<T: Into<Option<Ticket>>>(
    shared: &Shared,
    intended: Committed<T>,
) -> Result<Committed<()>, Fault> {
    let mut ticket = None;
    let accepted = intended.map(|begun| ticket = begun.into());
    match ticket {
        Some(ticket) => ticket.end(shared).await.unwrap_or(Ok(accepted)),
        None => Ok(accepted),
    }
}

/// Runs `attempt` again each time an operation has ended, for as long as one is in its way and a call may wait.
pub(crate) async fn unhindered<T, F>(shared: &Shared, attempt: impl Fn() -> F) -> Result<T, Fault>
where
    F: Future<Output = Result<T, Fault>>,
{
    let deadline = shared.clock.elapsed() + shared.options.wait;
    let mut ended = shared.ended.subscribe();
    loop {
        // What ends from here on wakes the wait below, so an end during the attempt is not missed.
        ended.mark_unchanged();
        match attempt().await {
            Err(Fault::Conflict(Conflict::OperationRunning)) => {
                tokio::select! {
                    change = ended.changed() => change.map_err(|_| stopped())?,
                    () = shared.clock.sleep_until(deadline) => return Err(Conflict::OperationRunning.into()),
                    () = shared.stop.cancelled() => return Err(stopped()),
                }
            }
            end => return end,
        }
    }
}

fn launch(
    shared: &Arc<Shared>,
    row: OperationRow,
    reply: Option<oneshot::Sender<Result<Committed<()>, Fault>>>,
) {
    let shared = shared.clone();
    let tasks = shared.tasks.clone();
    tasks.spawn(async move {
        let end = drive(&shared, row).await;
        shared.ended.send_modify(|ended| *ended += 1);
        if let Some(reply) = reply {
            // Nobody waits when the call has gone away or has answered already.
            let _ = reply.send(end);
        }
    });
}

/// How one kind's steps ended.
enum End {
    /// The last one is recorded.
    Done(Committed<()>),
    /// A step was refused and nothing was to be taken back, or the operation was called off.
    Refused(Fault),
    /// It has turned into another operation because of this fault.
    Became(Box<OperationRow>, Fault),
    /// The server stops; the row stays.
    Stopped(Fault),
}

/// Takes an operation of one kind through its steps.
type Driver = fn(Arc<Shared>, OperationRow) -> Pin<Box<dyn Future<Output = End> + Send>>;

/// Every kind by its name. Each has a boxed future of its own: as one state machine they would be half a megabyte
/// of code in one function, on which the compiler works for minutes.
const KINDS: &[(&str, Driver)] = &[
    kind::<InstanceStart>(),
    kind::<InstanceStartUndo>(),
    kind::<InstanceConfigure>(),
    kind::<InstanceConfigureUndo>(),
    kind::<InstanceStop>(),
    kind::<InstanceReopen>(),
    kind::<InstanceReopenUndo>(),
    kind::<InstanceRelease>(),
    kind::<InstanceExpire>(),
    kind::<InstanceDelete>(),
    kind::<TopicCreate>(),
    kind::<TopicCreateUndo>(),
    kind::<TopicDelete>(),
    kind::<TopicGrow>(),
    kind::<TopicGrowUndo>(),
    kind::<TopicConfigure>(),
    kind::<TopicConfigureUndo>(),
    kind::<GroupDelete>(),
    kind::<GroupReset>(),
    kind::<AllowedChange>(),
    kind::<UserPut>(),
    kind::<UserDelete>(),
    kind::<RulesChange>(),
];

const fn kind<K: Kind>() -> (&'static str, Driver) {
    (K::NAME, |shared, row| Box::pin(run::<K>(shared, row)))
}

async fn drive(shared: &Arc<Shared>, mut row: OperationRow) -> Result<Committed<()>, Fault> {
    let mut cause = None;
    loop {
        let driver = KINDS.iter().find(|(name, _)| *name == row.kind);
        let end = match driver {
            Some((_, driver)) => driver(shared.clone(), row).await,
            None => End::Stopped(Fault::bug(format!("no operation is called {}", row.kind))),
        };
        match end {
            End::Done(done) => return cause.map_or(Ok(done), Err),
            End::Refused(fault) => return Err(fault),
            End::Became(successor, fault) => {
                cause.get_or_insert(fault);
                row = *successor;
            }
            End::Stopped(fault) => {
                tracing::warn!(?fault, "an operation stopped; it goes on at the next start");
                return Err(cause.unwrap_or(fault));
            }
        }
    }
}

async fn run<K: Kind>(shared: Arc<Shared>, row: OperationRow) -> End {
    let state = match serde_json::from_value(row.payload.clone()) {
        Ok(state) => state,
        Err(error) => return End::Stopped(Fault::bug(format!("{}: {error}", row.kind))),
    };
    let work = Work { shared, key: row.key.clone() };
    Run::<K> { work, row, state }.run().await
}

/// One operation on its way.
struct Run<K> {
    work: Work,
    row: OperationRow,
    state: K,
}

/// Why a step cannot be recorded.
enum Stuck {
    Trouble(Trouble),
    /// A test wants the process dead from here on.
    Crashed,
}

/// What became of a record.
enum Recorded {
    /// The operation goes on.
    Step,
    /// That was the last step.
    End(Committed<()>),
    /// Nothing was written: the operation was called off, see [`operations::supersede`].
    Superseded,
}

/// What a step led to.
enum Next {
    Step,
    End(End),
}

impl<K: Kind> Run<K> {
    async fn run(mut self) -> End {
        loop {
            if self.work.shared.stop.is_cancelled() {
                return End::Stopped(stopped());
            }
            let Some(at) = K::STEPS.iter().position(|step| step.name() == self.row.step) else {
                return End::Stopped(Fault::bug(format!("{} has no step {}", K::NAME, self.row.step)));
            };
            match self.step(K::STEPS[at], K::STEPS.get(at + 1).map(|next| next.name())).await {
                Next::Step => {}
                Next::End(end) => return end,
            }
        }
    }

    async fn step(&mut self, step: &'static dyn Step<K>, next: Option<&'static str>) -> Next {
        let recorded = match self.effect(step).await {
            Ok(()) => self.record(step, next).await,
            Err(Stuck::Trouble(Trouble::Back(to))) => self.go_back(to).await,
            Err(Stuck::Trouble(Trouble::Refused(fault))) => return self.give_up(fault).await,
            Err(Stuck::Trouble(Trouble::Again(fault))) => Err(fault),
            Err(Stuck::Crashed) => return Next::End(End::Stopped(stopped())),
        };
        match recorded {
            Ok(recorded) => match (self.break_here(step, Place::AfterRecord), recorded) {
                (Err(Stuck::Crashed), _) => Next::End(End::Stopped(stopped())),
                (_, Recorded::Step) => Next::Step,
                (_, Recorded::End(done)) => Next::End(End::Done(done)),
                (_, Recorded::Superseded) => Next::End(End::Refused(superseded())),
            },
            Err(fault) => self.failed(fault).await,
        }
    }

    async fn effect(&mut self, step: &'static dyn Step<K>) -> Result<(), Stuck> {
        self.break_here(step, Place::Before)?;
        step.effect(&self.work, &mut self.state).await.map_err(Stuck::Trouble)?;
        self.break_here(step, Place::AfterEffect)
    }

    /// Records a step. The committed end when it was the last.
    async fn record(
        &mut self,
        step: &'static dyn Step<K>,
        next: Option<&'static str>,
    ) -> Result<Recorded, Fault> {
        let (work, mut row, mut state) = (self.work.clone(), self.row.clone(), self.state.clone());
        let now_ms = work.shared.clock.now_ms();
        let store = self.work.shared.store.clone();
        let recorded = store.write(move |tx| {
            Box::pin(async move {
                if !operations::is_wanted(tx, &row).await? {
                    return Ok(None);
                }
                row.attempts = 0;
                row.last_error = None;
                if let Some(next) = next {
                    step.record(&work, &mut state, tx).await?;
                    row.step = next.to_owned();
                    row.payload = payload(&state)?;
                    operations::update(tx, &row).await?;
                } else {
                    // The row goes first: the instance it belongs to may go with the record.
                    operations::delete(tx, &row).await?;
                    step.record(&work, &mut state, tx).await?;
                    audit_end::<K>(tx, &row, K::OUTCOME, Value::Null, now_ms).await?;
                }
                Ok(Some((row, state)))
            })
        });
        let mut wanted = false;
        let committed = recorded.await?.map(|made| {
            if let Some((row, state)) = made {
                (self.row, self.state) = (row, state);
                wanted = true;
            }
        });
        Ok(match (wanted, next) {
            (false, _) => Recorded::Superseded,
            (true, Some(_)) => Recorded::Step,
            (true, None) => Recorded::End(committed),
        })
    }

    async fn go_back(&mut self, to: &'static str) -> Result<Recorded, Fault> {
        let mut row = self.row.clone();
        row.step = to.to_owned();
        row.payload = payload(&self.state)?;
        self.save(row).await
    }

    /// Notes a failure, and pauses or gives up.
    async fn failed(&mut self, fault: Fault) -> Next {
        let shared = self.work.shared.clone();
        if shared.store.failed() {
            return Next::End(End::Stopped(fault));
        }
        let failures = self.row.attempts.saturating_add(1);
        let reason = for_log(&fault);
        tracing::warn!(
            operation = K::NAME, instance = %self.row.key.id, step = self.row.step, failures, reason,
            "a step failed"
        );
        let hopeless = failures >= shared.options.patience.attempts || is_full(&fault);
        if hopeless && self.state.undo(&reason).is_some() {
            return self.give_up(fault).await;
        }
        let mut row = self.row.clone();
        row.attempts = failures;
        row.last_error = Some(reason);
        match self.save(row).await {
            Ok(Recorded::Superseded) => return Next::End(End::Refused(superseded())),
            Ok(Recorded::Step | Recorded::End(_)) => {}
            Err(fault) => {
                // The count is only a figure for people; the operation goes on without.
                tracing::warn!(reason = for_log(&fault), "a failure could not be noted");
                self.row.attempts = failures;
            }
        }
        self.pause(failures).await;
        Next::Step
    }

    /// Turns into what undoes it, or ends when there is nothing to undo.
    async fn give_up(&mut self, fault: Fault) -> Next {
        let reason = for_log(&fault);
        let mut row = self.row.clone();
        let now_ms = self.work.shared.clock.now_ms();
        let successor = self.state.undo(&reason);
        let ends = successor.is_none();
        if let Some(Successor { kind, step, payload }) = successor {
            row.kind = kind.to_owned();
            row.step = step.to_owned();
            row.payload = payload;
            row.attempts = 0;
        }
        row.last_error = Some(reason.clone());
        let given_up = self.work.shared.store.write(move |tx| {
            Box::pin(async move {
                if !operations::is_wanted(tx, &row).await? {
                    return Ok(None);
                }
                if ends {
                    operations::delete(tx, &row).await?;
                    let details = serde_json::json!({ "reason": reason });
                    audit_end::<K>(tx, &row, Outcome::Refused, details, now_ms).await?;
                } else {
                    operations::update(tx, &row).await?;
                }
                Ok(Some(row))
            })
        });
        match given_up.await.map(Committed::into_inner) {
            Ok(None) => Next::End(End::Refused(superseded())),
            Ok(Some(_)) if ends => Next::End(End::Refused(fault)),
            Ok(Some(row)) => Next::End(End::Became(Box::new(row), fault)),
            Err(trouble) if self.work.shared.store.failed() => Next::End(End::Stopped(trouble)),
            Err(trouble) => {
                tracing::warn!(reason = for_log(&trouble), "giving up could not be recorded");
                self.row.attempts = self.row.attempts.saturating_add(1);
                self.pause(self.row.attempts).await;
                Next::Step
            }
        }
    }

    /// Writes where the operation stands between two tries.
    async fn save(&mut self, row: OperationRow) -> Result<Recorded, Fault> {
        let saved = self.work.shared.store.write(move |tx| {
            Box::pin(async move {
                if !operations::is_wanted(tx, &row).await? {
                    return Ok(None);
                }
                operations::update(tx, &row).await?;
                Ok(Some(row))
            })
        });
        Ok(match saved.await?.into_inner() {
            None => Recorded::Superseded,
            Some(row) => {
                self.row = row;
                Recorded::Step
            }
        })
    }

    async fn pause(&self, failures: u32) {
        let shared = &self.work.shared;
        let until = shared.clock.elapsed() + shared.options.patience.pause(failures);
        tokio::select! {
            () = shared.clock.sleep_until(until) => {}
            () = shared.stop.cancelled() => {}
        }
    }

    /// Breaks here if a test asked for it.
    fn break_here(&self, step: &'static dyn Step<K>, place: Place) -> Result<(), Stuck> {
        match self.work.shared.options.fail_points.take(K::NAME, step.name(), place) {
            None => Ok(()),
            Some(Break::Fail) => Err(Stuck::Trouble(Trouble::Again(unavailable("broken on command")))),
            Some(Break::Crash) => {
                self.work.shared.stop.cancel();
                Err(Stuck::Crashed)
            }
        }
    }
}

async fn audit_end<K: Kind>(
    tx: &mut Tx,
    row: &OperationRow,
    outcome: Outcome,
    details: Value,
    now_ms: i64,
) -> Result<(), Fault> {
    let subject = row.subject.path(&row.key);
    audit::append(tx, Entry::of(&row.caller, now_ms, K::ACTION, subject, outcome, details)).await
}

fn payload<K: Kind>(state: &K) -> Result<Value, Fault> {
    serde_json::to_value(state).map_err(|error| Fault::bug(error.to_string()))
}

fn is_full(fault: &Fault) -> bool {
    matches!(fault, Fault::Engine(EngineTrouble::StorageFull(_)))
}

fn for_log(fault: &Fault) -> String {
    match fault {
        Fault::Engine(
            EngineTrouble::Unavailable(text) | EngineTrouble::StorageFull(text) | EngineTrouble::Store(text),
        )
        | Fault::Bug(text) => text.for_log().to_owned(),
        fault => format!("{fault:?}"),
    }
}

fn unavailable(text: &str) -> Fault {
    Fault::Engine(EngineTrouble::Unavailable(Internal::new(text)))
}

fn superseded() -> Fault {
    unavailable("the instance was released meanwhile")
}

fn stopped() -> Fault {
    unavailable("the server is stopping")
}
