//! Holds the table of `docs/kafka.md` to what ApiVersions tells.
//!
//! `WEIR_PAGES=write cargo test -p kafka-broker --lib page` writes it; without that the test says that it is stale.

use std::fmt::Write;
use std::fs;

use super::offered;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/kafka.md");
const HEAD: &str = "| Key | API | Versions |\n| --- | --- | --- |\n";

#[test]
fn the_page_lists_what_is_offered() {
    let page = fs::read_to_string(PAGE).unwrap();
    let (before, rest) = page.split_once(HEAD).expect("the page has the table");
    let after = rest.split_once("\n\n").map_or("", |(_, after)| after);
    let mut expected = format!("{before}{HEAD}");
    for (key, versions) in offered() {
        writeln!(expected, "| {} | {key} | {}–{} |", key.0, versions.min, versions.max).unwrap();
    }
    write!(expected, "\n{after}").unwrap();
    if std::env::var_os("WEIR_PAGES").is_some_and(|mode| mode == "write") {
        fs::write(PAGE, &expected).unwrap();
    } else {
        assert!(page == expected, "write it with WEIR_PAGES=write cargo test -p kafka-broker --lib page");
    }
}
