//! What of the vendor's API is offered: `docs/coverage.md`, and the same in Chinese, made from the code.
//!
//! `WEIR_PAGES=write cargo test -p api --lib pages` writes them; without that the test says which one is stale.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use super::world::World;
use crate::dialects::aliyun::alikafka::vendor_actions::{Reason, SOURCE, VENDOR_ACTIONS, reason};
use crate::{ActionSpec, actions};

const DOCS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs");
const PRODUCT: &str = "alikafka";

#[test]
fn the_pages_are_what_the_code_says() {
    let write = std::env::var_os("WEIR_PAGES").is_some_and(|mode| mode == "write");
    for (file, page) in [("coverage.md", english()), ("zh/coverage.md", chinese())] {
        let path = Path::new(DOCS).join(file);
        if write {
            fs::write(&path, &page).unwrap();
        }
        let is_fresh = fs::read_to_string(&path).unwrap_or_default() == page;
        assert!(is_fresh, "write {file} with WEIR_PAGES=write cargo test -p api --lib pages");
    }
}

#[test]
fn the_list_is_sorted_and_holds_all_that_is_offered() {
    assert!(VENDOR_ACTIONS.windows(2).all(|pair| pair[0].0 < pair[1].0));
    for spec in offered().values() {
        match reason(spec.name) {
            Some(Reason::NotBuilt) => {}
            Some(reason) => panic!("{} is offered, so this is not true: {reason}", spec.name),
            None => panic!("the vendor has no {}", spec.name),
        }
    }
}

#[tokio::test]
async fn a_call_of_what_is_not_offered_is_told_from_a_mistyped_one() {
    let world = World::open().await;
    let parameters = [("RegionId", "cn-hangzhou")];
    let absent: Vec<_> = VENDOR_ACTIONS.iter().filter(|(name, _)| !offered().contains_key(name)).collect();
    for (name, reason) in absent {
        let answer = world.post(name, &parameters).await;
        assert_eq!(answer.outcome(), (404, "InvalidAction.NotFound".into()), "{name}");
        let answer = answer.json();
        let message = answer["Message"].as_str().unwrap();
        assert!(message.starts_with("Specified api is not found, please check your url and method."));
        for text in [message, answer["Recommend"].as_str().unwrap()] {
            let says = text.contains(name) && text.contains("docs/coverage.md");
            assert!(says && text.contains(&reason.to_string()), "{text}");
        }
    }
    let mistyped = world.post("GetInstanceLst", &parameters).await;
    assert_eq!(mistyped.outcome(), (404, "InvalidAction.NotFound".into()));
    assert!(!mistyped.text.contains("coverage"), "{}", mistyped.text);
}

fn offered() -> BTreeMap<&'static str, ActionSpec> {
    let of_product = actions().into_iter().filter(|spec| spec.product == PRODUCT);
    of_product.map(|spec| (spec.name, spec)).collect()
}

fn english() -> String {
    let offered = offered();
    let mut page = format!(
        "# What of the API is offered\n\n\
         Made from the code; the list of the vendor's actions is that of its SDK, `{SOURCE}`.\n\
         Of {} actions {} are offered: [what they do, and what differs](dialects/alikafka.md). The others are \
         answered with 404\n`InvalidAction.NotFound` and the sentence below. [中文](zh/coverage.md)\n\n\
         | Action | Offered | What it does, or why it is not |\n| --- | --- | --- |\n",
        VENDOR_ACTIONS.len(),
        offered.len(),
    );
    for (name, reason) in VENDOR_ACTIONS {
        match offered.get(name) {
            Some(spec) => {
                writeln!(page, "| [{name}](actions/{PRODUCT}/{name}.md) | yes | {} |", spec.summary)
            }
            None => writeln!(page, "| {name} | no | {reason} |"),
        }
        .unwrap();
    }
    page.push_str("\nOf other products only what tools around an instance ask for is offered:\n\n| Product | Actions |\n| --- | --- |\n");
    page.push_str(&others("actions"));
    page
}

fn chinese() -> String {
    let offered = offered();
    let mut page = format!(
        "# API 覆盖情况\n\n\
         本页由代码生成；操作列表取自官方 SDK `{SOURCE}`。\n\
         共 {} 个操作，已提供 {} 个，说明和差异见 [alikafka](dialects/alikafka.md)。其余操作返回 404\n\
         `InvalidAction.NotFound`，并附下列说明。[English](../coverage.md)\n\n\
         | 操作 | 已提供 | 未提供的原因 |\n| --- | --- | --- |\n",
        VENDOR_ACTIONS.len(),
        offered.len(),
    );
    for (name, reason) in VENDOR_ACTIONS {
        match offered.contains_key(name) {
            true => writeln!(page, "| [{name}](../actions/{PRODUCT}/{name}.md) | 是 | |"),
            false => writeln!(page, "| {name} | 否 | {} |", reason.chinese()),
        }
        .unwrap();
    }
    page.push_str("\n其他产品只提供实例周边工具所需的操作：\n\n| 产品 | 操作 |\n| --- | --- |\n");
    page.push_str(&others("../actions"));
    page
}

/// The actions of the other products, a line per product. `pages` is the folder of their pages.
fn others(pages: &str) -> String {
    let mut products: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for spec in actions().into_iter().filter(|spec| spec.product != PRODUCT) {
        let link = format!("[{0}]({pages}/{1}/{0}.md)", spec.name, spec.product);
        products.entry(spec.product).or_default().push(link);
    }
    let line = |(product, links): (&str, Vec<String>)| format!("| `{product}` | {} |\n", links.join(", "));
    products.into_iter().map(line).collect()
}
