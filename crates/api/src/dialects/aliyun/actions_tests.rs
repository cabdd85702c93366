//! Every product's actions, as files and as descriptions.

use std::collections::BTreeSet;

use super::*;

/// The products with the files that they list.
const LISTED: &[(&Product, &[&str])] = &[
    (&alikafka::PRODUCT, alikafka::actions::FILES),
    (&bss::PRODUCT, bss::actions::FILES),
    (&ecs::PRODUCT, ecs::actions::FILES),
    (&kms::PRODUCT, kms::actions::FILES),
    (&location::PRODUCT, location::actions::FILES),
    (&ram::PRODUCT, ram::actions::FILES),
    (&resourcemanager::PRODUCT, resourcemanager::actions::FILES),
    (&sts::PRODUCT, sts::actions::FILES),
    (&vpc::PRODUCT, vpc::actions::FILES),
    (&weir::PRODUCT, weir::actions::FILES),
];

#[test]
fn every_product_is_looked_at() {
    let names = |products: &[&Product]| products.iter().map(|product| product.name).collect::<Vec<_>>();
    assert_eq!(names(PRODUCTS), names(&LISTED.iter().map(|(product, _)| *product).collect::<Vec<_>>()));
}

#[test]
fn names_are_sorted_and_unique() {
    for (product, _) in LISTED {
        let names: Vec<_> = product.actions.iter().map(|action| action.facts().name).collect();
        assert!(names.is_sorted_by(|one, next| one < next), "{names:?}");
    }
}

#[test]
fn every_file_is_listed_under_its_actions_name() {
    for (product, files) in LISTED {
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/src/dialects/aliyun");
        let on_disk: BTreeSet<String> = std::fs::read_dir(format!("{source}/{}/actions", product.name))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "mod.rs")
            .map(|name| name.strip_suffix(".rs").expect("only Rust files").to_owned())
            .collect();
        let listed: BTreeSet<String> = files.iter().map(|file| (*file).to_owned()).collect();
        assert_eq!(on_disk, listed);
        for (file, action) in files.iter().zip(product.actions) {
            assert_eq!(file.replace('_', ""), action.facts().name.to_lowercase());
        }
    }
}

#[test]
fn descriptions_are_complete() {
    for (product, _) in LISTED {
        for action in product.actions {
            let spec = action.describe(product);
            assert!(spec.summary.ends_with('.'), "{}", spec.name);
            assert!(spec.permission.starts_with(&format!("{}:", product.name)), "{}", spec.permission);
            let mut names = BTreeSet::new();
            for parameter in &spec.parameters {
                let name = format!("{} {}", spec.name, parameter.name);
                assert!(parameter.doc.trim().ends_with('.'), "{name}: {:?}", parameter.doc);
                assert!(names.insert(parameter.name), "{name} twice");
                // A request that gives the example and nothing else must be complete.
                let given = spec.example.iter().any(|(example, _)| {
                    *example == parameter.name || example.starts_with(&format!("{}.", parameter.name))
                });
                assert!(given || !parameter.required, "{name} is missing from the example");
            }
        }
    }
}
