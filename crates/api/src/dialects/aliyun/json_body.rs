//! A JSON object as a body, which ACS3 allows: its members are parameters.

use std::fmt;

use serde::Deserializer;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{gateway, params};
use crate::refusal::Refusal;
use crate::request::{Parameters, Unread};

/// Reads the members into `into`: texts as they are, numbers and flags as their text, lists and objects as
/// their JSON. A member that is null is absent.
pub(crate) fn read(body: &[u8], into: &mut Parameters) -> Result<(), Refusal> {
    let unreadable = || gateway::unreadable("the body is not a JSON object");
    let text = std::str::from_utf8(body).map_err(|_| unreadable())?;
    if params::is_too_deep(text) {
        return Err(unreadable());
    }
    let mut too_many = None;
    let mut json = serde_json::Deserializer::from_str(text);
    let outcome = json.deserialize_map(Members { into, refused: &mut too_many }).and_then(|()| json.end());
    match (too_many, outcome) {
        (Some(unread), _) => Err(gateway::unread(unread)),
        (None, Err(_)) => Err(unreadable()),
        (None, Ok(())) => Ok(()),
    }
}

/// Takes members one by one: no tree is built of what a stranger sent.
struct Members<'p> {
    into: &'p mut Parameters,
    refused: &'p mut Option<Unread>,
}

impl<'de> Visitor<'de> for Members<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        use serde::de::Error;
        while let Some((name, value)) = members.next_entry::<String, &RawValue>()? {
            if name.chars().any(char::is_control) {
                return Err(A::Error::custom("a name has a control character"));
            }
            let value = match value.get() {
                "null" => continue,
                text if text.starts_with('"') => serde_json::from_str(text).map_err(A::Error::custom)?,
                text => text.to_owned(),
            };
            if let Err(unread) = self.into.insert_body(name, value) {
                *self.refused = Some(unread);
                return Err(A::Error::custom("too many members"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(body: &str) -> Result<Vec<(String, String)>, String> {
        let mut parameters = Parameters::default();
        match read(body.as_bytes(), &mut parameters) {
            Ok(()) => Ok(parameters.iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect()),
            Err(refusal) => Err(refusal.code.to_string()),
        }
    }

    #[test]
    fn members_of_every_kind() {
        let body = r#" {"a":"主\n\u4e2d","b":5,"c":true,"d":null,"e":[1, "x"],"f":{"g":1.50},"a2":""} "#;
        let expected = [
            ("a", "主\n中"),
            ("a2", ""),
            ("b", "5"),
            ("c", "true"),
            ("e", r#"[1, "x"]"#),
            ("f", r#"{"g":1.50}"#),
        ];
        assert_eq!(members(body).unwrap(), expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
        assert_eq!(members("{}"), Ok(vec![]));
    }

    #[test]
    fn anything_else_is_not_readable() {
        for body in ["", "[]", "5", "{", r#"{"a":}"#, r#"{"a":1}x"#, r#"{"a\u0000":1}"#, r#"{"a":"\ud800"}"#]
        {
            assert_eq!(members(body), Err("InvalidParameter.Encoding".into()), "{body}");
        }
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(40), "]".repeat(40));
        assert_eq!(members(&deep), Err("InvalidParameter.Encoding".into()));
        let many: Vec<_> = (0..2_001).map(|n| format!("\"p{n}\":1")).collect();
        assert_eq!(members(&format!("{{{}}}", many.join(","))), Err("RequestEntityTooLarge".into()));
    }
}
