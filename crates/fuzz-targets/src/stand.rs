//! What logs and journals stand on: a disk in memory, its committer, a clock that stands still, a runtime.

use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::Arc;

use machine::clock::Clock;
use machine::commit::Committer;
use machine::disk::Disk;
use machine::disk::sim::SimDisk;
use tokio::runtime::{Builder, Runtime};

/// Inputs after which everything is made new, so that what they leave behind does not add up.
const INPUTS_MAX: usize = 2_000;

pub(crate) struct Stand {
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) committer: Arc<Committer>,
    pub(crate) clock: Clock,
    pub(crate) runtime: Runtime,
    inputs: usize,
}

thread_local! {
    static STAND: RefCell<Option<Stand>> = const { RefCell::new(None) };
}

impl Stand {
    fn new() -> Self {
        let disk: Arc<dyn Disk> = Arc::new(SimDisk::new(1));
        let clock = Clock::held(1_700_000_000_000).0;
        disk.create_dir_all(&PathBuf::from("/data")).expect("a simulated disk makes folders");
        let committer = Committer::start(disk.clone(), &PathBuf::from("/data"), clock.clone());
        let committer = committer.expect("a simulated disk syncs");
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { disk, committer, clock, runtime, inputs: 0 }
    }

    /// Has `work` use a folder of its own on this thread's stand.
    pub(crate) fn with<T>(work: impl FnOnce(&Self, PathBuf) -> T) -> T {
        STAND.with_borrow_mut(|stand| {
            if stand.as_ref().is_some_and(|stand| stand.inputs >= INPUTS_MAX)
                && let Some(spent) = stand.take()
            {
                spent.committer.shutdown();
            }
            let stand = stand.get_or_insert_with(Self::new);
            stand.inputs += 1;
            let folder = PathBuf::from(format!("/data/{}", stand.inputs));
            stand.disk.create_dir_all(&folder).expect("a simulated disk makes folders");
            let result = work(stand, folder.clone());
            stand.disk.remove_dir_all(&folder).expect("and removes them");
            result
        })
    }
}
