//! The vendor's document prints some lists without the name between the list and its items:
//! `"TopicList":[{…}]` where every SDK reads `"TopicList":{"TopicVO":[{…}]}`. Replies have the SDKs' shape; for
//! hand-written clients made from the document, one setting gives the printed one.

use serde_json::Value as Json;

/// Names of items that the document leaves out: of the lists of instances, topics and groups, and of the tags
/// in their items. All other lists are printed as the SDKs read them.
const LEFT_OUT: [&str; 4] = ["InstanceVO", "TopicVO", "ConsumerVO", "TagVO"];

/// Takes the names away that the document leaves out.
pub(crate) fn as_documented(content: &mut Json) {
    match content {
        Json::Object(members) => {
            for value in members.values_mut() {
                if let Some(items) = items_of(value) {
                    *value = items;
                }
                as_documented(value);
            }
        }
        Json::Array(items) => items.iter_mut().for_each(as_documented),
        _ => {}
    }
}

/// The items of a list whose name is left out.
fn items_of(value: &mut Json) -> Option<Json> {
    let members = value.as_object_mut().filter(|members| members.len() == 1)?;
    let (name, items) = members.iter_mut().next()?;
    (LEFT_OUT.contains(&name.as_str()) && items.is_array()).then(|| items.take())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_named_lists_are_flattened_and_no_others() {
        let mut content = json!({
            "TopicList": {"TopicVO": [{"Topic": "a", "Tags": {"TagVO": [{"Key": "k", "Value": "v"}]}}]},
            "VSwitchIds": {"VSwitchIds": ["vsw-1"]},
            "TagVO": "a text of that name stays",
            "Empty": {"InstanceVO": []},
        });
        as_documented(&mut content);
        assert_eq!(
            content,
            json!({
                "TopicList": [{"Topic": "a", "Tags": [{"Key": "k", "Value": "v"}]}],
                "VSwitchIds": {"VSwitchIds": ["vsw-1"]},
                "TagVO": "a text of that name stays",
                "Empty": [],
            })
        );
    }
}
