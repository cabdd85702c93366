//! Finds out which `rdkafka` this is built with, which the library does not say.

fn main() {
    let lock = std::fs::read_to_string("Cargo.lock").expect("the lock file is checked in");
    let (_, found) = lock.split_once("name = \"rdkafka\"\nversion = \"").expect("rdkafka is in it");
    let (version, _) = found.split_once('"').expect("a version ends");
    println!("cargo:rustc-env=RDKAFKA_VERSION={version}");
    println!("cargo:rerun-if-changed=Cargo.lock");
}
