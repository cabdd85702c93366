//! Expressions for topics. They come from clients, so matching must take time in proportion to the name and
//! memory within a bound: the engine is one of automata, without backtracking.

use regex_automata::meta;
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Hir, Look};

use crate::group::GroupError;

/// Longest expression, in bytes.
const TEXT_MAX: usize = 4_096;

/// Largest automaton, in bytes. It is built when topics are looked over and not kept.
const AUTOMATON_MAX: usize = 1 << 20;

/// Deepest nesting.
const NESTING_MAX: u32 = 50;

/// An expression that is matched against whole names of topics.
///
/// The syntax is RE2's, as in Apache Kafka, but for classes of Unicode: a topic's name is ASCII.
#[derive(Debug)]
pub(super) struct Pattern(meta::Regex);

impl Pattern {
    pub(super) fn new(text: &str) -> Result<Self, GroupError> {
        if text.len() > TEXT_MAX {
            return Err(GroupError::InvalidRegularExpression);
        }
        let mut parser = ParserBuilder::new().unicode(false).utf8(false).nest_limit(NESTING_MAX).build();
        let parsed = parser.parse(text).map_err(|_| GroupError::InvalidRegularExpression)?;
        // Around what was parsed, not around the text, which could end a group or begin a comment.
        let whole = Hir::concat(vec![Hir::look(Look::Start), parsed, Hir::look(Look::End)]);
        let config = meta::Config::new().nfa_size_limit(Some(AUTOMATON_MAX)).utf8_empty(false);
        let automaton = meta::Builder::new().configure(config).build_from_hir(&whole);
        automaton.map(Self).map_err(|_| GroupError::InvalidRegularExpression)
    }

    pub(super) fn matches(&self, name: &str) -> bool {
        self.0.is_match(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_names_match() {
        for (text, name, matches) in [
            ("orders", "orders", true),
            ("orders", "orders-2", false),
            ("rders", "orders", false),
            ("a|ab", "ab", true),
            ("(?i)ORDERS", "orders", true),
            (r"eu\.\w+-\d{2}", "eu.orders-07", true),
            (r"eu\.\w+-\d{2}", "eu.orders-7", false),
            ("(?x) orders # all of them", "orders", true),
            ("", "", true),
            ("", "orders", false),
            (".*", "orders", true),
            ("[^o].*", "orders", false),
        ] {
            assert_eq!(Pattern::new(text).unwrap().matches(name), matches, "{text} {name}");
        }
    }

    #[test]
    fn what_is_wrong_or_too_large_is_refused() {
        let (deep, long) = ("(".repeat(60) + &")".repeat(60), "a".repeat(TEXT_MAX + 1));
        for text in ["(", "a)|(b", "[z-a]", r"(a)\1", "(?=a)", "((a{100}){100}){100}", &deep, &long] {
            assert!(Pattern::new(text).is_err(), "{text:.20}");
        }
    }

    #[test]
    fn no_expression_takes_long() {
        let name = "a".repeat(249);
        assert!(!Pattern::new("(a|aa)*(a*)*b").unwrap().matches(&name));
        assert!(Pattern::new(&format!("{}{}", "a?".repeat(200), "a".repeat(249))).unwrap().matches(&name));
    }
}
