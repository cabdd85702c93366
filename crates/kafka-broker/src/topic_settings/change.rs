//! Changing a topic's settings one by one.

use std::collections::BTreeMap;

use super::{Setting, check, effective, find, unknown};

/// What is done to one setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// It has this value.
    Set(String),
    /// It has none of its own any more; none of a setting that is none is no change.
    Delete,
    /// Its list has these too, between commas.
    Append(String),
    /// Its list has these no longer.
    Subtract(String),
}

/// The settings of a topic after these changes, none of which is about the same setting as another, in a cluster with
/// those of its own. The error says why they cannot be.
pub(crate) fn changed(
    topic: &BTreeMap<String, String>,
    cluster: &BTreeMap<String, String>,
    changes: &[(String, Change)],
) -> Result<BTreeMap<String, String>, String> {
    let mut after = topic.clone();
    for (name, change) in changes {
        let value = match change {
            Change::Delete => {
                after.remove(name);
                continue;
            }
            Change::Set(value) => value.clone(),
            Change::Append(words) => {
                let mut list = listed(name, topic, cluster)?;
                for word in split(words) {
                    if !list.contains(&word) {
                        list.push(word);
                    }
                }
                list.join(",")
            }
            Change::Subtract(words) => {
                let gone: Vec<&str> = split(words).collect();
                let mut list = listed(name, topic, cluster)?;
                list.retain(|word| !gone.contains(word));
                list.join(",")
            }
        };
        check(name, &value)?;
        after.insert(name.clone(), value);
    }
    Ok(after)
}

/// The words of the list that is in force.
fn listed<'a>(
    name: &str,
    topic: &'a BTreeMap<String, String>,
    cluster: &'a BTreeMap<String, String>,
) -> Result<Vec<&'a str>, String> {
    let setting: &Setting = find(name).ok_or_else(|| unknown(name))?;
    if !setting.kind.is_list() {
        return Err(format!("{name} is no list"));
    }
    let found = effective(topic, cluster).find(|found| found.setting.name == name);
    Ok(found.map(|found| split(found.value().text).collect()).unwrap_or_default())
}

fn split(words: &str) -> impl Iterator<Item = &str> {
    words.split(',').map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn after(topic: &[(&str, &str)], changes: &[(&str, Change)]) -> Option<BTreeMap<String, String>> {
        let changes: Vec<_> =
            changes.iter().map(|(name, change)| ((*name).to_owned(), change.clone())).collect();
        changed(&settings(topic), &settings(&[("retention.ms", "7")]), &changes).ok()
    }

    fn set(value: &str) -> Change {
        Change::Set(value.into())
    }

    fn append(words: &str) -> Change {
        Change::Append(words.into())
    }

    fn subtract(words: &str) -> Change {
        Change::Subtract(words.into())
    }

    #[test]
    fn each_change_does_what_it_says_and_leaves_the_rest() {
        let both = [("cleanup.policy", "delete,compact"), ("segment.ms", "5")];
        for (before, change, expected) in [
            (&both[..1], ("retention.ms", set("1")), Some(vec![both[0], ("retention.ms", "1")])),
            (&both, ("cleanup.policy", set("compact")), Some(vec![("cleanup.policy", "compact"), both[1]])),
            (&both, ("cleanup.policy", Change::Delete), Some(vec![both[1]])),
            (&both, ("retention.ms", Change::Delete), Some(both.to_vec())),
            (&both, ("no.such.setting", Change::Delete), Some(both.to_vec())),
            // The default counts as what is there.
            (&[], ("cleanup.policy", append("compact")), Some(vec![both[0]])),
            (&both, ("cleanup.policy", append("compact, delete")), Some(both.to_vec())),
            (
                &both,
                ("cleanup.policy", subtract("delete")),
                Some(vec![("cleanup.policy", "compact"), both[1]]),
            ),
            (&both, ("cleanup.policy", subtract("none")), Some(both.to_vec())),
            // Nothing would be left.
            (&[], ("cleanup.policy", subtract("delete")), None),
            (&[], ("cleanup.policy", append("no-such-policy")), None),
            (&[], ("retention.ms", append("1")), None),
            (&[], ("retention.ms", subtract("1")), None),
            (&[], ("retention.ms", set("soon")), None),
            (&[], ("no.such.setting", set("1")), None),
            (&[], ("no.such.setting", append("1")), None),
        ] {
            let found = after(before, std::slice::from_ref(&change));
            assert_eq!(found, expected.as_deref().map(settings), "{before:?} {change:?}");
        }
        let several = [("segment.ms", Change::Delete), ("retention.ms", set("1"))];
        assert_eq!(after(&both, &several), Some(settings(&[both[0], ("retention.ms", "1")])));
        // One that cannot be takes the others with it.
        assert_eq!(after(&both, &[("retention.ms", set("1")), ("segment.ms", set("-5"))]), None);
    }
}
