//! What a server costs that nobody uses, and how soon it can be used.

use std::thread;
use std::time::{Duration, Instant};

use crate::client::Topic;
use crate::produce::produce;
use crate::subject::{Durability, Subject};
use crate::table::{Cell, Report};
use crate::{Failure, Options, apache, weir};

const PARTITIONS: i32 = 10_000;
/// Of one topic.
const SHARE: i32 = 200;
/// How long a server is left alone.
const ALONE: Duration = Duration::from_secs(10);

/// From the start of the process to the first acknowledged message.
pub(crate) fn start(options: &Options, report: &mut Report) -> Result<(), Failure> {
    let mut cells = report.cells();
    for _ in 0..options.rounds {
        for start in starters(options) {
            let subject = start()?;
            let began = Instant::now();
            let topic = Topic::create(&subject.bootstrap, "first".into(), 1, Durability::PageCache)?;
            produce(&subject.bootstrap, &topic.name, 1, 100, 1)?;
            let first = subject.started + began.elapsed();
            cells.add(subject.name.to_owned(), Cell::start(first, subject.process.usage()?.resident));
        }
    }
    report.print("start to the first acknowledged message, new folder", cells);
    Ok(())
}

/// 10,000 partitions: how long they take to make, and what they cost when nobody uses them.
pub(crate) fn partitions(options: &Options, report: &mut Report) -> Result<(), Failure> {
    let mut cells = report.cells();
    for start in starters(options) {
        let subject = start()?;
        let began = Instant::now();
        let topics = (0..PARTITIONS / SHARE)
            .map(|number| {
                Topic::create(&subject.bootstrap, format!("idle-{number}"), SHARE, Durability::Synced)
            })
            .collect::<Result<Vec<_>, _>>()?;
        let made = began.elapsed();
        let before = subject.process.usage()?;
        thread::sleep(ALONE);
        let after = subject.process.usage()?;
        let busy = (after.cpu - before.cpu).as_secs_f64() / ALONE.as_secs_f64();
        cells.add(subject.name.to_owned(), Cell::idle(made, after.resident, busy));
        drop(topics);
    }
    report.print("10,000 idle partitions", cells);
    Ok(())
}

type Starter<'o> = Box<dyn Fn() -> Result<Subject, Failure> + 'o>;

fn starters(options: &Options) -> Vec<Starter<'_>> {
    let mut starters: Vec<Starter<'_>> = vec![Box::new(|| weir::start(&options.weir))];
    if let Some(jars) = &options.apache {
        starters.push(Box::new(|| apache::start(jars)));
    }
    starters
}
