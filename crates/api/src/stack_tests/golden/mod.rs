//! One reply of every action, to the letter, in JSON and XML. Ids and request ids are replaced; all else is
//! as sent. The files are written by the tests (`INSTA_UPDATE=always`), never by hand.
//!
//! A file per area tells a story in which its actions succeed; [`Story::seen`] is what each call goes through.

mod access;
mod configure;
mod ecs;
mod kms;
mod life;
mod ram;
mod resourcemanager;
mod scaling;
mod start;
mod topics;
mod vpc;

use super::world::{Answer, World, between};
use crate::{ActionSpec, Effect, ListShape, actions};

/// A world whose replies are compared, in one format.
struct Story {
    world: World,
    format: &'static str,
    /// Texts that differ between runs, and what stands for them.
    names: Vec<(String, &'static str)>,
}

impl Story {
    async fn begin(format: &'static str) -> Self {
        Self { world: World::open().await, format, names: Vec::new() }
    }

    /// Shows `stands` wherever a reply has `text`.
    fn name(&mut self, text: &str, stands: &'static str) {
        self.names.push((text.to_owned(), stands));
    }

    /// Calls an action of alikafka, which must succeed, and compares the reply with its file.
    async fn seen(&mut self, action: &str, parameters: &[(&str, &str)]) -> Answer {
        self.seen_of("alikafka", action, parameters).await
    }

    /// Calls an action of any product. Where the document's shape differs, that reply has a file too.
    async fn seen_of(&mut self, product: &str, action: &str, parameters: &[(&str, &str)]) -> Answer {
        let spec = described(product, action);
        let parameters = [&[("Version", spec.version)], parameters].concat();
        let answer = self.world.get(action, self.format, &parameters).await;
        assert_eq!(answer.status, 200, "{action}: {}", answer.text);
        let (name, text) = (format!("{}.{}", file_of(&spec), self.format), self.stable(&answer));
        insta::assert_snapshot!(name.clone(), text.clone());
        // A change has no list in its reply, and would not be the same the second time.
        if spec.effect == Effect::Reads {
            self.world.shape_lists(ListShape::Document);
            let documented = self.stable(&self.world.get(action, self.format, &parameters).await);
            self.world.shape_lists(ListShape::Sdk);
            if documented != text {
                insta::assert_snapshot!(format!("{name}.document"), documented);
            }
        }
        answer
    }

    /// As [`Story::seen_of`], where the reply has texts that were drawn for it: the members that have them, and what
    /// stands for each from then on. Gives the texts.
    async fn drawn<const N: usize>(
        &mut self,
        product: &str,
        action: &str,
        parameters: &[(&str, &str)],
        members: [(&str, &'static str); N],
    ) -> [String; N] {
        let spec = described(product, action);
        let parameters = [&[("Version", spec.version)], parameters].concat();
        let answer = self.world.get(action, self.format, &parameters).await;
        assert_eq!(answer.status, 200, "{action}: {}", answer.text);
        let texts = members.map(|(member, stands)| {
            let text = match self.format {
                "JSON" => between(&answer.text, &format!("\"{member}\":\""), "\""),
                _ => between(&answer.text, &format!("<{member}>"), &format!("</{member}>")),
            };
            self.name(text, stands);
            text.to_owned()
        });
        insta::assert_snapshot!(format!("{}.{}", file_of(&spec), self.format), self.stable(&answer));
        texts
    }

    /// The reply with what differs between runs replaced.
    fn stable(&self, answer: &Answer) -> String {
        let request_id = answer.headers["x-acs-request-id"].to_str().unwrap();
        let text = answer.text.replace(request_id, "REQUEST-ID");
        let text = self.names.iter().fold(text, |text, (name, stands)| text.replace(name, stands));
        // Orders are numbered with fifteen digits; one product's reply has them as a number.
        let marks = ["<OrderId>", "\"OrderId\":\"", "\"OrderId\":"];
        let after = |mark: &&str| text.find(*mark).map(|at| at + mark.len());
        let text = match marks.iter().find_map(after) {
            None => text,
            Some(at) => format!("{}ORDER{}", &text[..at], &text[at + 15..]),
        };
        // What an order has just bought nobody could name before.
        ["alikafka_post-cn-", "alikafka_pre-cn-"].iter().fold(text, |text, prefix| match text.find(prefix) {
            None => text,
            Some(at) => format!("{}BOUGHT{}", &text[..at], &text[at + prefix.len() + 12..]),
        })
    }
}

fn described(product: &str, action: &str) -> ActionSpec {
    let spec = actions().into_iter().find(|spec| (spec.product, spec.name) == (product, action));
    spec.unwrap_or_else(|| panic!("{product} has no {action}"))
}

/// What the files of an action's replies begin with: one product goes without its name.
pub(super) fn file_of(spec: &ActionSpec) -> String {
    match spec.product {
        "alikafka" => spec.name.to_owned(),
        product => format!("{product}.{}", spec.name),
    }
}

/// The parameters of the action's own example.
fn example(name: &str) -> Vec<(&'static str, &'static str)> {
    actions().into_iter().find(|action| action.name == name).unwrap().example.to_vec()
}

#[test]
fn every_action_has_its_two_replies() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/stack_tests/golden/snapshots");
    let mut on_disk: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| {
            name.strip_prefix("api__stack__tests__golden__")?.strip_suffix(".snap").map(str::to_owned)
        })
        .collect();
    let mut expected: Vec<String> = actions()
        .iter()
        .flat_map(|spec| ["JSON", "XML"].map(|format| format!("{}.{format}", file_of(spec))))
        .collect();
    // The lists that the document prints without the name of their items.
    for action in ["GetInstanceList", "GetTopicList", "GetConsumerList"] {
        expected.extend(["JSON", "XML"].map(|format| format!("{action}.{format}.document")));
    }
    on_disk.sort();
    expected.sort();
    assert_eq!(on_disk, expected);
}
