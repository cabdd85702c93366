//! Patterns: `*` stands for any characters, none among them, and `?` for exactly one.
//!
//! What a pattern is held against may have a part that nobody knows ([`UNKNOWN`]): the region of a resource that
//! was named without one. Two questions can be asked then, and a judge needs both: whether the pattern matches
//! whatever the unknown part is (to allow), and whether there is something that it could be (to deny).
//!
//! What is asked for can also be the whole of a collection, which is written `*`: a list. A list is allowed where all
//! that could be in it is, so an exception for one thing takes the whole away; it is denied where all of it is, and
//! what else is denied is left out of it.

/// Stands for a part that is not known, of any length. No character of this kind exists, and none comes to be
/// one: a caller who writes it makes the own request harder to allow and easier to deny.
pub const UNKNOWN: char = '\u{10ffff}';

/// The whole of a collection, as callers and documents write it. Only `*` covers that, and any pattern may meet it.
const WHOLE: char = '*';

/// How sure a match has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sureness {
    /// It matches, whatever the unknown parts are.
    Certain,
    /// It matches for some of what the unknown parts may be.
    Possible,
    /// It matches for some of what the unknown parts may be, and for some of a whole.
    Partial,
}

impl Sureness {
    /// What is left to ask when the question is whether something does not match.
    pub(super) fn opposite(self) -> Self {
        match self {
            Self::Certain => Self::Partial,
            Self::Possible | Self::Partial => Self::Certain,
        }
    }

    /// Whether this character of a subject may stand for any others, and for none.
    fn opens(self, found: char) -> bool {
        match self {
            Self::Certain => false,
            Self::Possible => found == UNKNOWN,
            Self::Partial => found == UNKNOWN || found == WHOLE,
        }
    }
}

/// A pattern. Letters are compared as they are, or without case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    text: String,
    any_case: bool,
}

impl Pattern {
    pub(super) fn new(text: String, any_case: bool) -> Self {
        Self { text, any_case }
    }

    /// Whether `subject` is matched from its beginning to its end.
    ///
    /// Walks through the pattern once with the set of places in the subject that can be reached: the time is the
    /// product of both lengths, whatever anybody writes.
    pub(super) fn matches(&self, subject: &str, sureness: Sureness) -> bool {
        if self.text == "*" {
            return true;
        }
        let subject: Vec<char> = subject.chars().collect();
        let mut reached = vec![false; subject.len() + 1];
        reached[0] = true;
        skip_open(&mut reached, &subject, sureness);
        for expected in self.text.chars() {
            reached = self.step(expected, &reached, &subject, sureness);
            skip_open(&mut reached, &subject, sureness);
            if !reached.contains(&true) {
                return false;
            }
        }
        reached[subject.len()]
    }

    /// The places that one more character of the pattern leads to.
    fn step(&self, expected: char, from: &[bool], subject: &[char], sureness: Sureness) -> Vec<bool> {
        let mut to = vec![false; from.len()];
        if expected == '*' {
            let mut open = false;
            for (place, here) in from.iter().enumerate() {
                open |= *here;
                to[place] = open;
            }
            return to;
        }
        for (place, found) in subject.iter().enumerate().filter(|(place, _)| from[*place]) {
            if sureness.opens(*found) {
                // It may begin with the very character, and go on.
                to[place] = true;
            } else if *found != UNKNOWN && self.same(expected, *found) {
                to[place + 1] = true;
            }
        }
        to
    }

    fn same(&self, expected: char, found: char) -> bool {
        match expected {
            '?' => found != WHOLE,
            _ if self.any_case => expected.eq_ignore_ascii_case(&found),
            _ => expected == found,
        }
    }
}

/// What may stand for anything may be nothing.
fn skip_open(reached: &mut [bool], subject: &[char], sureness: Sureness) {
    for (place, found) in subject.iter().enumerate() {
        if reached[place] && sureness.opens(*found) {
            reached[place + 1] = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matches(pattern: &str, subject: &str) -> bool {
        let certain = Pattern::new(pattern.to_owned(), false).matches(subject, Sureness::Certain);
        let possible = Pattern::new(pattern.to_owned(), false).matches(subject, Sureness::Possible);
        assert_eq!(certain, possible, "nothing is unknown");
        certain
    }

    /// The same by trying everything.
    fn oracle(pattern: &[char], subject: &[char]) -> bool {
        match (pattern.split_first(), subject.split_first()) {
            (None, rest) => rest.is_none(),
            (Some(('*', after)), rest) => {
                oracle(after, subject) || rest.is_some_and(|(_, rest)| oracle(pattern, rest))
            }
            (Some(_), None) => false,
            (Some((expected, after)), Some((found, rest))) => {
                (*expected == '?' || expected == found) && oracle(after, rest)
            }
        }
    }

    #[test]
    fn wildcards_stand_for_what_they_say() {
        for (pattern, subject) in [
            ("*", ""),
            ("*", "anything:at/all"),
            ("a*", "a"),
            ("a*c", "abbbc"),
            ("a?c", "abc"),
            ("acs:x:*:*:id-?", "acs:x:north:1:id-7"),
            ("acs:x:*", "acs:x:north:1:id-7"),
            ("a**b", "ab"),
            ("ü?", "üß"),
        ] {
            assert!(matches(pattern, subject), "{pattern} {subject}");
        }
        for (pattern, subject) in
            [("", "a"), ("?", ""), ("?", "ab"), ("a*c", "abcd"), ("abc", "ABC"), ("a?c", "ac"), ("?", "*")]
        {
            assert!(!matches(pattern, subject), "{pattern} {subject}");
        }
        assert!(Pattern::new("X:Get*".into(), true).matches("x:gETtopic", Sureness::Certain));
    }

    #[test]
    fn what_is_unknown_is_never_guessed_in_the_callers_favour() {
        let subject = format!("x:{UNKNOWN}:id");
        for (pattern, certain, possible) in [
            ("*", true, true),
            ("x:*:id", true, true),
            ("x:*", true, true),
            ("x:north:id", false, true),
            ("x:n?rth:id", false, true),
            ("x:?:id", false, true),
            ("x:north:other", false, false),
            ("y:*:id", false, false),
            ("x::id", false, true),
        ] {
            let pattern = Pattern::new(pattern.to_owned(), false);
            assert_eq!(pattern.matches(&subject, Sureness::Certain), certain, "{pattern:?}");
            assert_eq!(pattern.matches(&subject, Sureness::Possible), possible, "{pattern:?}");
        }
    }

    #[test]
    fn a_whole_is_covered_by_nothing_less_and_met_by_anything_in_it() {
        for (pattern, certain, possible, partial) in [
            ("*", true, true, true),
            ("x:*", true, true, true),
            ("x:id-*", false, false, true),
            ("x:id-1", false, false, true),
            ("x:?", false, false, true),
            ("y:*", false, false, false),
        ] {
            let pattern = Pattern::new(pattern.to_owned(), false);
            assert_eq!(pattern.matches("x:*", Sureness::Certain), certain, "{pattern:?}");
            assert_eq!(pattern.matches("x:*", Sureness::Possible), possible, "{pattern:?}");
            assert_eq!(pattern.matches("x:*", Sureness::Partial), partial, "{pattern:?}");
        }
    }

    #[test]
    fn a_hostile_pattern_costs_no_more_than_its_length() {
        let pattern = Pattern::new("*a".repeat(3_000), false);
        assert!(!pattern.matches(&format!("{}b", "a".repeat(200)), Sureness::Certain));
    }

    proptest! {
        #[test]
        fn as_the_oracle(pattern in "[ab*?]{0,8}", subject in "[ab]{0,8}") {
            let (expected, found): (Vec<_>, Vec<_>) = (pattern.chars().collect(), subject.chars().collect());
            prop_assert_eq!(matches(&pattern, &subject), oracle(&expected, &found));
        }

        /// A possible match is one with a part that makes it certain; a certain one is there for every part.
        #[test]
        fn unknown_parts_are_all_that_they_could_be(
            pattern in "[ab*?]{0,5}",
            before in "[ab]{0,2}",
            after in "[ab]{0,2}",
        ) {
            let subject = format!("{before}{UNKNOWN}{after}");
            let pattern = Pattern::new(pattern, false);
            let matches = |part: String| {
                pattern.matches(&format!("{before}{part}{after}"), Sureness::Certain)
            };
            if pattern.matches(&subject, Sureness::Certain) {
                prop_assert!(fillings(5).into_iter().all(matches));
            }
            let some = fillings(5).into_iter().any(matches);
            prop_assert_eq!(pattern.matches(&subject, Sureness::Possible), some);
            prop_assert_eq!(pattern.matches(&format!("{before}*{after}"), Sureness::Partial), some);
        }
    }

    /// All texts of these letters up to a length.
    fn fillings(length: usize) -> Vec<String> {
        let mut all = vec![String::new()];
        let mut from = 0;
        for _ in 0..length {
            let longer: Vec<_> = all[from..]
                .iter()
                .flat_map(|text| ["a", "b", "c"].map(|letter| format!("{text}{letter}")))
                .collect();
            from = all.len();
            all.extend(longer);
        }
        all
    }
}
