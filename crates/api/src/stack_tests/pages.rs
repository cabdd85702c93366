//! A page per action, made from its description and its golden replies, in `docs/actions/<product>/`.
//!
//! `WEIR_PAGES=write cargo test -p api --lib pages` writes them; without that the test says which one is stale.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde_json::Value as Json;

use super::golden::file_of;
use crate::{ActionSpec, Effect, Kind, ParameterSpec, RefusalSpec, actions};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/actions");
const README: &str = include_str!("../../../../docs/actions/README.md");
const REPLIES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/stack_tests/golden/snapshots");

/// Whether a caller who is answered so finds the code in the pages.
pub(super) fn tell_of(code: &str) -> bool {
    static OF_ACTIONS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
        actions().into_iter().flat_map(|spec| spec.refusals).map(|refusal| refusal.code).collect()
    });
    code == "OK" || README.contains(&format!("`{code}`")) || OF_ACTIONS.contains(code)
}

#[test]
fn pages_are_what_the_code_says() {
    let write = std::env::var_os("WEIR_PAGES").is_some_and(|mode| mode == "write");
    let mut expected = BTreeSet::new();
    let mut stale = Vec::new();
    for spec in actions() {
        let path = Path::new(FOLDER).join(spec.product).join(format!("{}.md", spec.name));
        let page = page(&spec);
        if write {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &page).unwrap();
        }
        if fs::read_to_string(&path).unwrap_or_default() != page {
            stale.push(path.display().to_string());
        }
        expected.insert(path);
    }
    let extra: Vec<_> = on_disk().difference(&expected).cloned().collect();
    assert!(
        stale.is_empty() && extra.is_empty(),
        "write the pages with WEIR_PAGES=write cargo test -p api --lib pages; stale: {stale:?}; of no action: {extra:?}"
    );
}

fn on_disk() -> BTreeSet<PathBuf> {
    let folders = fs::read_dir(FOLDER).into_iter().flatten().map(|entry| entry.unwrap().path());
    folders
        .filter(|path| path.is_dir())
        .flat_map(|folder| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()))
        .collect()
}

fn page(spec: &ActionSpec) -> String {
    let mut page = format!("# {}\n\n{}\n\n", spec.name, spec.summary);
    let old = if spec.in_old_version { ", and the version before" } else { "" };
    let effect = match spec.effect {
        Effect::Reads => "reads",
        Effect::Changes => "changes something: the reply comes after the commit",
    };
    write!(
        page,
        "| | |\n| --- | --- |\n| API | `{}`, version {}{old} |\n| Permission | {} |\n\
         | Rate | {} a second |\n| Effect | {effect} |\n\n",
        spec.product,
        spec.version,
        permission(spec),
        spec.calls_per_second
    )
    .unwrap();
    parameters(&mut page, spec);
    errors(&mut page, spec);
    example(&mut page, spec);
    page
}

fn permission(spec: &ActionSpec) -> String {
    if spec.open_to_all { "none: every caller may".to_owned() } else { format!("`{}`", spec.permission) }
}

fn parameters(page: &mut String, spec: &ActionSpec) {
    page.push_str("## Parameters\n\n");
    if spec.parameters.is_empty() {
        page.push_str("None.\n\n");
        return;
    }
    page.push_str(
        "| Name | Type | Required | Allowed | Default | Meaning |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    for parameter in &spec.parameters {
        let (name, kind) = form(parameter);
        let alias = parameter.alias.map(|alias| format!(" or `{alias}`")).unwrap_or_default();
        let required = match (parameter.required, parameter.required_at_times) {
            (true, _) => "yes",
            (false, true) => "at times",
            (false, false) => "no",
        };
        let default = parameter.default.map(|default| format!("`{default}`")).unwrap_or_default();
        // The lines of a comment, joined as they stand.
        let meaning = parameter.doc.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|");
        let allowed = allowed(parameter);
        writeln!(page, "| `{name}`{alias} | {kind} | {required} | {allowed} | {default} | {meaning} |")
            .unwrap();
    }
    page.push('\n');
}

/// How a parameter is written, and what its type is called.
fn form(parameter: &ParameterSpec) -> (String, &'static str) {
    let name = parameter.name;
    match parameter.kind {
        Kind::String => (name.to_owned(), "text"),
        Kind::Integer => (name.to_owned(), "integer"),
        Kind::Long => (name.to_owned(), "long integer"),
        Kind::Boolean => (name.to_owned(), "`true` or `false`"),
        Kind::Json => (name.to_owned(), "JSON in text"),
        Kind::List => (format!("{name}.N"), "list"),
        Kind::ObjectList => (format!("{name}.N.Key`, `{name}.N.Value"), "list of pairs"),
    }
}

fn allowed(parameter: &ParameterSpec) -> String {
    if !parameter.choices.is_empty() {
        return parameter.choices.iter().map(|choice| format!("`{choice}`")).collect::<Vec<_>>().join(" ");
    }
    match (parameter.range, parameter.kind) {
        (None, _) => String::new(),
        (Some((least, greatest)), Kind::String) if parameter.clears => {
            format!("{least} to {greatest} characters; empty takes it away")
        }
        (Some((least, greatest)), Kind::String) => format!("{least} to {greatest} characters"),
        (Some((least, greatest)), Kind::List | Kind::ObjectList) => format!("N from {least} to {greatest}"),
        (Some((least, greatest)), _) if greatest >= i64::from(i32::MAX) => format!("{least} or more"),
        (Some((least, greatest)), _) => format!("{least} to {greatest}"),
    }
}

/// What the action tells of: it is never answered with anything else, in any test.
fn errors(page: &mut String, spec: &ActionSpec) {
    page.push_str(
        "## Errors\n\nBeside those of [every call](../README.md):\n\n| Status | Code | When |\n| --- | --- | --- |\n",
    );
    for RefusalSpec { status, code, when } in &spec.refusals {
        writeln!(page, "| {status} | `{code}` | {when} |").unwrap();
    }
    page.push('\n');
}

fn example(page: &mut String, spec: &ActionSpec) {
    page.push_str("## Example\n\n```sh\n");
    write!(page, "weir call {}", spec.name).unwrap();
    if spec.product != "alikafka" {
        write!(page, " Version={}", spec.version).unwrap();
    }
    for (name, value) in spec.example {
        match value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:/".contains(&byte)) {
            true => write!(page, " {name}={value}").unwrap(),
            false => write!(page, " {name}='{value}'").unwrap(),
        }
    }
    let json = reply(spec, "JSON");
    // Where a word stands for a number that differs between runs, it is no JSON, and stays on its line.
    let pretty = serde_json::from_str::<Json>(&json).and_then(|json| serde_json::to_string_pretty(&json));
    let json = pretty.unwrap_or(json);
    let json = json.trim_end();
    let xml = reply(spec, "XML");
    write!(page, "\n```\n\nA reply, with `Format=JSON` and with `Format=XML`:\n\n```json\n{json}\n```\n\n```xml\n{}\n```\n", xml.trim_end())
        .unwrap();
}

/// The golden reply, without the head of its file.
fn reply(spec: &ActionSpec, format: &str) -> String {
    let path = format!("{REPLIES}/api__stack__tests__golden__{}.{format}.snap", file_of(spec));
    let file = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    file.splitn(3, "---\n").nth(2).expect("a head between two lines").to_owned()
}
