//! The differences that are known, each with its reason.

use std::path::Path;

use serde::Deserialize;

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    difference: Vec<Difference>,
}

/// One entry of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Difference {
    target: String,
    /// The name of a case; a `*` in it stands for anything.
    pub(crate) case: String,
    /// What comes in place of what the case expects; a `*` in it stands for anything.
    pub(crate) observed: String,
    pub(crate) reason: String,
}

impl Difference {
    pub(crate) fn covers(&self, case: &str, observed: &str) -> bool {
        matches(&self.case, case) && matches(&self.observed, observed)
    }
}

/// Those of one target.
pub(crate) fn read(path: Option<&Path>, target: &str) -> anyhow::Result<Vec<Difference>> {
    let Some(path) = path else { return Ok(Vec::new()) };
    let file: File = toml::from_str(&std::fs::read_to_string(path)?)?;
    for one in &file.difference {
        anyhow::ensure!(!one.reason.is_empty(), "{}: a difference without a reason", one.case);
        anyhow::ensure!(["weir", "apache"].contains(&one.target.as_str()), "{}: of whom?", one.case);
    }
    Ok(file.difference.into_iter().filter(|one| one.target == target).collect())
}

fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            (0..=text.len())
                .filter(|&index| text.is_char_boundary(index))
                .any(|index| matches(rest, &text[index..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_anything() {
        assert!(matches("Fetch.*.empty", "Fetch.v4.empty"));
        assert!(matches("Fetch.*", "Fetch."));
        assert!(!matches("Fetch.*.empty", "Fetch.v4.empty.not"));
        assert!(!matches("Fetch", "Fetch.v4"));
    }
}
