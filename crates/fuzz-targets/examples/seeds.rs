//! Writes the seeds of every target, and what fuzzing has found, where libFuzzer looks for them: a folder for each
//! target in the folder given.

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = env::args_os().nth(1).ok_or_else(|| io::Error::other("name a folder"))?;
    for target in fuzz_targets::TARGETS {
        let folder = Path::new(&folder).join(target.name);
        fs::create_dir_all(&folder)?;
        let kept = fuzz_targets::regressions(target.name);
        for (number, seed) in (target.seeds)().iter().chain(&kept).enumerate() {
            fs::write(folder.join(format!("seed-{number}")), seed)?;
        }
    }
    Ok(())
}
