//! Every action of the product, one file each. A new one adds its file and one line here.

use crate::dialects::aliyun::action::Handler;

/// Names the files and the actions in them, by action.
macro_rules! actions {
    ($($file:ident: $action:ident),+ $(,)?) => {
        $( mod $file; )+

        /// All of them, sorted by name.
        pub(crate) const ACTIONS: &[&dyn Handler] = &[$( &$file::$action ),+];

        #[cfg(test)]
        const FILES: &[&str] = &[$( stringify!($file) ),+];
    };
}

actions! {
    create_consumer_group: CreateConsumerGroup,
    create_post_pay_order: CreatePostPayOrder,
    create_topic: CreateTopic,
    delete_consumer_group: DeleteConsumerGroup,
    delete_instance: DeleteInstance,
    delete_topic: DeleteTopic,
    get_consumer_list: GetConsumerList,
    get_consumer_progress: GetConsumerProgress,
    get_instance_list: GetInstanceList,
    get_topic_list: GetTopicList,
    get_topic_status: GetTopicStatus,
    release_instance: ReleaseInstance,
    start_instance: StartInstance,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_sorted_and_unique() {
        let names: Vec<_> = ACTIONS.iter().map(|action| action.facts().name).collect();
        assert!(names.is_sorted_by(|one, next| one < next), "{names:?}");
    }

    #[test]
    fn every_file_is_listed_under_its_actions_name() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/dialects/aliyun/alikafka/actions");
        let on_disk: BTreeSet<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "mod.rs")
            .map(|name| name.strip_suffix(".rs").expect("only Rust files").to_owned())
            .collect();
        let listed: BTreeSet<String> = FILES.iter().map(|file| (*file).to_owned()).collect();
        assert_eq!(on_disk, listed);
        for (file, action) in FILES.iter().zip(ACTIONS) {
            assert_eq!(file.replace('_', ""), action.facts().name.to_lowercase());
        }
    }

    #[test]
    fn descriptions_are_complete() {
        for action in ACTIONS {
            let spec = action.describe();
            assert!(spec.summary.ends_with('.'), "{}", spec.name);
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
