//! What the machine gives at most: memory, loopback, disk.

use std::hint::black_box;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use crate::table::{Cell, Report};
use crate::{Failure, Options};

const BLOCK: usize = 1024 * 1024;

pub(crate) fn measure(options: &Options, report: &mut Report) -> Result<(), Failure> {
    let bytes = options.mebibytes * BLOCK;
    let mut cells = report.cells();
    for _ in 0..options.rounds {
        cells.add("copy in memory".into(), Cell::bytes(bytes, copy(options.mebibytes)));
        cells.add("loopback TCP, one connection".into(), Cell::bytes(bytes, loopback(options.mebibytes)?));
        cells.add(
            "append to a file, page cache".into(),
            Cell::bytes(bytes, append(options.mebibytes, false)?),
        );
        cells.add(
            "append to a file, synced each MiB".into(),
            Cell::bytes(bytes, append(options.mebibytes, true)?),
        );
    }
    report.print("limits of the machine", cells);
    Ok(())
}

fn copy(blocks: usize) -> Duration {
    let from = vec![1_u8; BLOCK];
    let mut to = vec![0_u8; BLOCK];
    let began = Instant::now();
    for _ in 0..blocks {
        to.copy_from_slice(black_box(&from));
        black_box(&to);
    }
    began.elapsed()
}

fn loopback(blocks: usize) -> Result<Duration, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut sender = TcpStream::connect(listener.local_addr()?)?;
    let (mut receiver, _) = listener.accept()?;
    let sending = thread::spawn(move || {
        let block = vec![1_u8; BLOCK];
        (0..blocks).try_for_each(|_| sender.write_all(&block))
    });
    let mut block = vec![0_u8; BLOCK];
    let began = Instant::now();
    for _ in 0..blocks {
        receiver.read_exact(&mut block)?;
    }
    let took = began.elapsed();
    sending.join().map_err(|_| "the sending thread panicked")??;
    Ok(took)
}

fn append(blocks: usize, synced: bool) -> Result<Duration, Failure> {
    let mut file = tempfile::tempfile()?;
    let block = vec![1_u8; BLOCK];
    let began = Instant::now();
    for _ in 0..blocks {
        file.write_all(&block)?;
        if synced {
            file.sync_data()?;
        }
    }
    Ok(began.elapsed())
}
