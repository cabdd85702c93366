//! Each target with its seeds and with mutations of them: the same ones each time, as many as a test has time for.
//! `WEIR_FUZZ=n` makes it n times as many.

use fuzz_targets::mutate::mutation;
use fuzz_targets::{TARGETS, regressions, target};
use kafka_wire::sample::Dice;

fn feed(name: &str) {
    let target = target(name);
    let seeds = (target.seeds)();
    assert!(!seeds.is_empty());
    seeds.iter().for_each(|seed| (target.feed)(seed));
    (target.feed)(&[]);
    for kept in regressions(name) {
        (target.feed)(&kept);
    }
    let times = std::env::var("WEIR_FUZZ").map_or(1, |times| times.parse().expect("WEIR_FUZZ is a number"));
    for number in 0..target.mutations * times {
        let input = mutation(&seeds, &mut Dice::new(number as u64));
        let fed = std::panic::catch_unwind(|| (target.feed)(&input));
        if let Err(panic) = fed {
            let file = std::env::temp_dir().join(format!("weir-fuzz-{name}-{number}"));
            std::fs::write(&file, &input).expect("what it found is kept");
            eprintln!("{name} failed on mutation {number}, kept as {}", file.display());
            std::panic::resume_unwind(panic);
        }
    }
}

macro_rules! targets {
    ($($name:ident),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                feed(stringify!($name));
            }
        )*

        /// A target without a test, or without a file for the fuzzer, would be driven by nobody.
        #[test]
        fn every_target_is_driven() {
            let mut tested = [$(stringify!($name)),*];
            tested.sort_unstable();
            let mut names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
            names.sort_unstable();
            assert_eq!(tested[..], names[..]);
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/targets");
            let files = std::fs::read_dir(folder).expect("the fuzzer's files are there");
            let mut files: Vec<_> = files
                .map(|file| file.expect("a folder can be listed").path().file_stem().map(|stem| stem.to_owned()))
                .map(|stem| stem.and_then(|stem| stem.into_string().ok()).expect("a plain name"))
                .collect();
            files.sort_unstable();
            assert_eq!(files, names);
        }
    };
}

targets! {
    connection, consumers, headers, journal, log, login, messages, payloads, records, sasl, signatures,
}
