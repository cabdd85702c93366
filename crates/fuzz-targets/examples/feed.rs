//! Feeds files to a target: `cargo run -p fuzz-targets --example feed -- TARGET FILE…`, to see again what was found.

use std::{env, fs, io};

fn main() -> io::Result<()> {
    let mut arguments = env::args().skip(1);
    let name = arguments.next().ok_or_else(|| io::Error::other("name a target and files"))?;
    let target = fuzz_targets::target(&name);
    for file in arguments {
        (target.feed)(&fs::read(&file)?);
    }
    Ok(())
}
