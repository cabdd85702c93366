//! How texts become values, and in which order mistakes are told.

use control::ids::{InstanceId, Region, TopicName};
use proptest::prelude::*;

use super::tests_support::decode;
use super::*;

parameters! {
    /// One parameter of every kind.
    struct Every {
        /// Required text.
        id: InstanceId = required("Id"),
        /// Required number.
        count: u32 = required("Count").range(1, 10),
        /// Where.
        region: Option<Region> = optional("RegionId"),
        /// A flag.
        flag: bool = optional("Flag").or("false"),
        /// A name that is cut.
        name: Option<Cut<TopicName>> = optional("Name"),
        /// A number with two names.
        page: u32 = optional("Page").alias("PageNumber").or("7"),
        /// Texts.
        items: Vec<Text> = optional("Item").range(1, 3),
        /// Tags.
        tags: NewTags = optional("Tag").range(1, 20),
        /// A bounded text.
        note: Option<Text> = optional("Note").range(2, 4),
        /// A bounded text that can be taken away.
        label: Option<Text> = optional("Label").range(2, 4).or_empty(),
        /// JSON.
        config: Option<JsonObject> = optional("Config"),
    }
}

const COMPLETE: [(&str, &str); 2] = [("Id", "i"), ("Count", "3")];

fn with(more: &[(&str, &str)]) -> Result<Every, Rejection> {
    decode(&[&COMPLETE[..], more].concat())
}

fn rejection(more: &[(&str, &str)]) -> Rejection {
    match with(more) {
        Err(rejection) => rejection,
        Ok(_) => panic!("{more:?} was accepted"),
    }
}

fn is_rule(more: &[(&str, &str)], expected: &str) {
    assert!(matches!(rejection(more), Rejection::Rule { name, .. } if name == expected), "{more:?}");
}

#[test]
fn absent_and_empty_are_the_same() {
    for more in [&[][..], &[("Flag", ""), ("Page", ""), ("Note", ""), ("Item", ""), ("Config", "")]] {
        let every = with(more).unwrap();
        assert!(!every.flag && every.page == 7 && every.note.is_none() && every.items.is_empty());
        assert!(every.region.is_none() && every.name.is_none() && every.config.is_none());
        assert_eq!((every.id.as_str(), every.count), ("i", 3));
    }
    assert_eq!(decode::<Every>(&[("Id", "i"), ("Count", "")]).err(), Some(Rejection::Missing("Count")));
}

#[test]
fn integers() {
    for (text, value) in [("1", 1), ("+2", 2), ("0003", 3), ("10", 10)] {
        assert_eq!(decode::<Every>(&[("Id", "i"), ("Count", text)]).unwrap().count, value, "{text}");
    }
    for text in ["x", "1.0", "1e1", " 1", "1 ", "+", "--1", "0x1", "2147483648", "99999999999999999999", "١"]
    {
        let result = decode::<Every>(&[("Id", "i"), ("Count", text)]);
        assert_eq!(result.err(), Some(Rejection::Type("Count")), "{text}");
    }
    for text in ["0", "11", "-1", "2147483647", "-2147483648"] {
        let result = decode::<Every>(&[("Id", "i"), ("Count", text)]);
        assert!(matches!(result.err(), Some(Rejection::Rule { name: "Count", .. })), "{text}");
    }
    assert_eq!(with(&[("PageNumber", "4")]).unwrap().page, 4);
    assert_eq!(with(&[("PageNumber", "4"), ("Page", "5")]).unwrap().page, 5, "the first name wins");
}

#[test]
fn flags_names_texts_regions() {
    for (text, value) in [("true", true), ("True", true), ("FALSE", false)] {
        assert_eq!(with(&[("Flag", text)]).unwrap().flag, value);
    }
    for text in ["1", "yes", "tru", " true"] {
        assert_eq!(rejection(&[("Flag", text)]), Rejection::Type("Flag"), "{text}");
    }
    let long = "n".repeat(99);
    assert_eq!(with(&[("Name", &long)]).unwrap().name.unwrap().0.as_str().len(), 64);
    is_rule(&[("Name", "a.b.c")], "Name");
    assert_eq!(with(&[("Note", "四个字符")]).unwrap().note.unwrap(), "四个字符", "characters, not bytes");
    is_rule(&[("Note", "x")], "Note");
    is_rule(&[("Note", "xxxxx")], "Note");
    assert_eq!(with(&[]).unwrap().label, None);
    assert_eq!(with(&[("Label", "")]).unwrap().label.unwrap(), "", "what takes away is empty and there");
    is_rule(&[("Label", "x")], "Label");
    assert_eq!(rejection(&[("RegionId", "mars")]), Rejection::Region("mars".into()));
}

#[test]
fn lists() {
    let items = |more| with(more).unwrap().items;
    assert_eq!(items(&[("Item.3", "c"), ("Item.1", "a")]), ["a", "c"]);
    assert_eq!(items(&[("Item", "[\"a\",5,true]")]), ["a", "5", "true"]);
    assert_eq!(items(&[("Item", "a,b")]), ["a,b"], "one bare value");
    assert_eq!(items(&[("Item", "x"), ("Item.2", "b")]), ["b"]);
    assert_eq!(items(&[("Item.1", ""), ("Item.2", "b")]), ["b"], "an empty entry is none");
    assert_eq!(items(&[("Item.x", "a"), ("Items.1", "b"), ("Item.", "c")]), [] as [&str; 0]);
    for more in [("Item.0", "a"), ("Item.4", "a"), ("Item.01", "a"), ("Item.99999999999", "a")] {
        is_rule(&[more], "Item");
    }
    is_rule(&[("Item", r#"["a","b","c","d"]"#)], "Item");
    for text in ["[", "[null]", "[[]]", "[{}]"] {
        assert_eq!(rejection(&[("Item", text)]), Rejection::Type("Item"), "{text}");
    }
}

#[test]
fn tags_in_both_forms() {
    let tags =
        |more| with(more).unwrap().tags.0.into_iter().map(|tag| (tag.key, tag.value)).collect::<Vec<_>>();
    let expected = [("a".to_owned(), "1".to_owned()), ("b".to_owned(), String::new())];
    assert_eq!(tags(&[("Tag.2.Key", "b"), ("Tag.1.Key", "a"), ("Tag.1.Value", "1")]), expected);
    assert_eq!(tags(&[("Tag", r#"[{"Key":"a","Value":1},{"Key":"b","Value":null}]"#)]), expected);
    assert_eq!(rejection(&[("Tag", "[\"a\"]")]), Rejection::Type("Tag"));
    assert_eq!(rejection(&[("Tag", "a")]), Rejection::Type("Tag"));
    assert_eq!(rejection(&[("Tag.1.Value", "1")]), Rejection::Missing("Tag"));
    is_rule(&[("Tag.21.Key", "a")], "Tag");
    let key = "键".repeat(128);
    assert_eq!(tags(&[("Tag.20.Key", &key)]).len(), 1);
    is_rule(&[("Tag.1.Key", &"k".repeat(129))], "Tag");
    is_rule(&[("Tag.1.Key", "k"), ("Tag.1.Value", &"v".repeat(129))], "Tag");
}

#[test]
fn json_is_bounded_in_depth() {
    let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    assert!(with(&[("Config", &nested(31))]).is_ok());
    assert_eq!(rejection(&[("Config", &nested(32))]), Rejection::Type("Config"));
    assert_eq!(rejection(&[("Config", &nested(100_000))]), Rejection::Type("Config"));
    // Brackets inside texts are no nesting.
    let text = format!(r#"{{"a":"{}\"["}}"#, "[".repeat(100));
    assert_eq!(with(&[("Config", &text)]).unwrap().config.unwrap().text, text);
    assert_eq!(rejection(&[("Config", "[]")]), Rejection::Type("Config"));
}

#[test]
fn what_is_missing_comes_first_then_types_then_rules() {
    let all_wrong = [("Count", "x"), ("Note", "xxxxx"), ("Flag", "x")];
    assert_eq!(decode::<Every>(&all_wrong).err(), Some(Rejection::Missing("Id")));
    let typed = [("Id", "i"), ("Count", "99"), ("Note", "xxxxx"), ("Flag", "x"), ("Item.9", "x")];
    assert_eq!(decode::<Every>(&typed).err(), Some(Rejection::Type("Flag")));
    let ruled = [("Id", "i"), ("Note", "xxxxx"), ("Count", "99"), ("Item.9", "x")];
    assert!(matches!(decode::<Every>(&ruled).err(), Some(Rejection::Rule { name: "Count", .. })));
}

#[test]
fn a_description_says_what_the_declaration_says() {
    let specs = Every::specs();
    let names: Vec<_> = specs.iter().map(|spec| spec.name).collect();
    assert_eq!(
        names,
        ["Id", "Count", "RegionId", "Flag", "Name", "Page", "Item", "Tag", "Note", "Label", "Config"]
    );
    let page = &specs[5];
    assert_eq!((page.alias, page.default, page.required), (Some("PageNumber"), Some("7"), false));
    assert_eq!(specs[1].range, Some((1, 10)));
    assert_eq!(specs[0].doc.trim(), "Required text.");
    assert_eq!(
        specs.iter().map(|spec| spec.kind).collect::<Vec<_>>(),
        [
            Kind::String,
            Kind::Integer,
            Kind::String,
            Kind::Boolean,
            Kind::String,
            Kind::Integer,
            Kind::List,
            Kind::ObjectList,
            Kind::String,
            Kind::String,
            Kind::Json,
        ]
    );
}

proptest! {
    #[test]
    fn any_texts_are_decoded_or_refused(
        texts in prop::collection::vec(
            (prop::sample::select(vec![
                "Id", "Count", "Flag", "Name", "Page", "Item", "Item.1", "Item.2", "Item.0", "Tag.1.Key",
                "Tag.1.Value", "Tag", "Tag.2.Key", "Tag..Key", "Note", "Config", "RegionId",
            ]), ".{0,12}"),
            0..12,
        ),
    ) {
        let pairs: Vec<_> = texts.iter().map(|(name, text)| (*name, text.as_str())).collect();
        if let Ok(every) = decode::<Every>(&pairs) {
            // Whatever is accepted keeps its bounds.
            prop_assert!((1..=10).contains(&every.count));
            prop_assert!(every.items.len() <= 3 && every.tags.0.len() <= 20);
            prop_assert!(every.note.is_none_or(|note| (2..=4).contains(&note.chars().count())));
            prop_assert!(every.name.is_none_or(|Cut(name)| (3..=64).contains(&name.as_str().len())));
        }
    }

    #[test]
    fn integers_agree_with_the_language(text in "[+-]?[0-9]{1,12}") {
        prop_assert_eq!(scalars::parse_integer(&text), text.parse().ok());
    }

    #[test]
    fn the_three_forms_of_a_list_agree(items in prop::collection::vec("[a-z]{1,5}", 1..=3)) {
        let names: Vec<_> = (1..=items.len()).map(|n| format!("Item.{n}")).collect();
        let indexed: Vec<_> =
            names.iter().zip(&items).map(|(name, item)| (name.as_str(), item.as_str())).collect();
        let json = serde_json::to_string(&items).unwrap();
        prop_assert_eq!(&with(&indexed).unwrap().items, &items);
        prop_assert_eq!(&with(&[("Item", &json)]).unwrap().items, &items);
        if let [one] = items.as_slice() {
            prop_assert_eq!(&with(&[("Item", one)]).unwrap().items, &items);
        }
    }
}
