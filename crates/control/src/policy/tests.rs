//! What documents mean, and which are refused.

use std::net::IpAddr;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const LANGUAGE: Language = Language {
    version: "1",
    resource_prefix: "it:",
    keys: &[
        ("it:From", Circumstance::Address),
        ("it:Secured", Circumstance::Secured),
        ("it:Now", Circumstance::Time),
    ],
    standing: &[],
};

/// 2030-01-01T00:00:00Z.
const NOW_MS: i64 = 1_893_456_000_000;

fn document(statement: &Value) -> Result<Document, DocumentError> {
    Document::parse(&json!({ "Version": "1", "Statement": statement }).to_string(), &LANGUAGE)
}

fn under(address: &str, is_secured: bool) -> Circumstances {
    Circumstances { address: address.parse::<IpAddr>().unwrap(), is_secured, now_ms: NOW_MS }
}

fn verdict(statements: &Value, action: &str, resource: &str) -> Verdict {
    verdict_under(statements, action, resource, under("10.0.0.1", false))
}

fn verdict_under(statements: &Value, action: &str, resource: &str, under: Circumstances) -> Verdict {
    judge([&document(statements).unwrap()], &Request { action, resource, under })
}

fn statement(effect: &str, action: &str, resource: &str) -> Value {
    json!({ "Effect": effect, "Action": action, "Resource": resource })
}

#[test]
fn silence_denies_and_a_denial_outweighs() {
    let allow = statement("Allow", "box:*", "it:box:*");
    let deny = json!({ "Effect": "Deny", "Action": ["box:Burn", "box:Drop*"], "Resource": ["it:box:7", "it:box:8"] });
    for both in [json!([allow, deny]), json!([deny, allow])] {
        assert_eq!(verdict(&both, "box:Open", "it:box:7"), Verdict::Allowed);
        assert_eq!(verdict(&both, "BOX:OPEN", "it:box:7"), Verdict::Allowed, "actions have no case");
        assert_eq!(verdict(&both, "box:burn", "it:box:7"), Verdict::Denied);
        assert_eq!(verdict(&both, "box:DropAll", "it:box:8"), Verdict::Denied);
        assert_eq!(verdict(&both, "box:Burn", "it:box:9"), Verdict::Allowed);
        assert_eq!(verdict(&both, "lid:Open", "it:box:7"), Verdict::Unmentioned);
        assert_eq!(verdict(&both, "box:Open", "it:BOX:7"), Verdict::Unmentioned, "resources have a case");
    }
    let nothing: [&Document; 0] = [];
    let request = Request { action: "box:Open", resource: "it:box:7", under: under("::1", true) };
    assert_eq!(judge(nothing, &request), Verdict::Unmentioned);
}

#[test]
fn exceptions_are_everything_else() {
    let all_but = json!({ "Effect": "Allow", "NotAction": "box:Burn", "NotResource": ["it:box:7"] });
    assert_eq!(verdict(&all_but, "box:Open", "it:box:8"), Verdict::Allowed);
    assert_eq!(verdict(&all_but, "box:Burn", "it:box:8"), Verdict::Unmentioned);
    assert_eq!(verdict(&all_but, "box:Open", "it:box:7"), Verdict::Unmentioned);
}

#[test]
fn what_is_not_known_is_judged_against_the_caller() {
    let somewhere = format!("it:{UNKNOWN}:box");
    for (statement, expected) in [
        (statement("Allow", "*", "it:north:box"), Verdict::Unmentioned),
        (statement("Allow", "*", "it:*:box"), Verdict::Allowed),
        (json!({ "Effect": "Allow", "Action": "*", "NotResource": "it:north:box" }), Verdict::Unmentioned),
        (json!({ "Effect": "Allow", "Action": "*", "NotResource": "it:*:lid" }), Verdict::Allowed),
    ] {
        assert_eq!(verdict(&statement, "box:Open", &somewhere), expected, "{statement}");
    }
    for (denial, expected) in [
        (statement("Deny", "*", "it:north:box"), Verdict::Denied),
        (statement("Deny", "*", "it:north:lid"), Verdict::Allowed),
        (json!({ "Effect": "Deny", "Action": "*", "NotResource": "it:north:box" }), Verdict::Denied),
        (json!({ "Effect": "Deny", "Action": "*", "NotResource": "it:*:box" }), Verdict::Allowed),
    ] {
        let both = json!([statement("Allow", "*", "*"), denial]);
        assert_eq!(verdict(&both, "box:Open", &somewhere), expected, "{denial}");
    }
}

#[test]
fn a_list_is_allowed_where_all_of_it_is() {
    let list = "it:north:*";
    for (statement, expected) in [
        (statement("Allow", "*", "it:north:*"), Verdict::Allowed),
        (statement("Allow", "*", "it:north:box"), Verdict::Unmentioned),
        (json!({ "Effect": "Allow", "Action": "*", "NotResource": "it:north:box" }), Verdict::Unmentioned),
        (json!({ "Effect": "Allow", "Action": "*", "NotResource": "it:south:*" }), Verdict::Allowed),
    ] {
        assert_eq!(verdict(&statement, "box:List", list), expected, "{statement}");
    }
    for (denial, expected) in [
        (statement("Deny", "*", "it:*"), Verdict::Denied),
        // Left out of the list, which is shown.
        (statement("Deny", "*", "it:north:box"), Verdict::Allowed),
        (json!({ "Effect": "Deny", "Action": "*", "NotResource": "it:north:box" }), Verdict::Denied),
    ] {
        let both = json!([statement("Allow", "*", "*"), denial]);
        assert_eq!(verdict(&both, "box:List", list), expected, "{denial}");
    }
}

#[test]
fn all_conditions_of_a_statement_must_hold() {
    let with = |condition: Value| json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition });
    for (condition, holds) in [
        (json!({ "IpAddress": { "it:From": "10.0.0.0/8" } }), true),
        (json!({ "ipaddress": { "IT:FROM": ["192.168.0.0/16", "10.0.0.1"] } }), true),
        (json!({ "IpAddress": { "it:From": ["192.168.0.0/16", "10.0.0.2", "::/0"] } }), false),
        (json!({ "NotIpAddress": { "it:From": ["10.0.0.0/8", "1.2.3.4"] } }), false),
        (json!({ "NotIpAddress": { "it:From": ["10.0.0.2", "1.2.3.4"] } }), true),
        (json!({ "IpAddress": { "it:From": "0.0.0.0/0" } }), true),
        (json!({ "Bool": { "it:Secured": "true" } }), false),
        (json!({ "Bool": { "it:Secured": false } }), true),
        (json!({ "DateLessThan": { "it:Now": "2030-01-01T08:00:01+08:00" } }), true),
        (json!({ "DateLessThan": { "it:Now": "2030-01-01T00:00:00Z" } }), false),
        (json!({ "DateLessThanEquals": { "it:Now": "2030-01-01T00:00:00Z" } }), true),
        (json!({ "DateGreaterThan": { "it:Now": ["2031-01-01T00:00:00Z", "2029-12-31T00:00:00Z"] } }), true),
        (json!({ "DateGreaterThanEquals": { "it:Now": "2030-01-01T00:00:01Z" } }), false),
        (json!({ "DateEquals": { "it:Now": "2030-01-01T00:00:00Z" } }), true),
        (json!({ "DateNotEquals": { "it:Now": ["2030-01-01T00:00:00Z", "2031-01-01T00:00:00Z"] } }), false),
        (json!({ "IpAddress": { "it:From": "10.0.0.0/8" }, "Bool": { "it:Secured": "true" } }), false),
        (json!({}), true),
    ] {
        let expected = if holds { Verdict::Allowed } else { Verdict::Unmentioned };
        assert_eq!(verdict(&with(condition.clone()), "a:b", "it:x"), expected, "{condition}");
    }
    let near = with(json!({ "IpAddress": { "it:From": ["10.0.0.0/24", "fd00::/16"] } }));
    for (address, expected) in [
        ("::ffff:10.0.0.9", Verdict::Allowed),
        ("fd00:1::1", Verdict::Allowed),
        ("fe00::1", Verdict::Unmentioned),
        ("10.0.1.9", Verdict::Unmentioned),
    ] {
        assert_eq!(verdict_under(&near, "a:b", "it:x", under(address, true)), expected, "{address}");
    }
}

#[test]
fn a_document_that_cannot_be_judged_is_refused() {
    let good = statement("Allow", "box:Open", "it:box");
    let with = |name: &str, value: Value| {
        let mut changed = good.clone();
        changed[name] = value;
        changed
    };
    let refused = |statement: &Value| document(statement).unwrap_err();
    assert!(document(&good).is_ok() && document(&json!([good, good])).is_ok());
    assert_eq!(refused(&json!([])), DocumentError::NoStatement);
    for unreadable in [
        with("Effect", json!("allow")),
        with("Principal", json!("*")),
        with("Condition", json!([])),
        json!("Allow"),
        json!([good, null]),
    ] {
        assert!(matches!(refused(&unreadable), DocumentError::Unreadable(_)), "{unreadable}");
    }
    for (statement, expected) in [
        (with("NotAction", json!("box:Burn")), DocumentError::EitherOr("Action")),
        (with("NotResource", json!("it:lid")), DocumentError::EitherOr("Resource")),
        (with("Action", json!(null)), DocumentError::Texts("Action")),
        (with("Action", json!([])), DocumentError::Texts("Action")),
        (with("Action", json!(["box:Open", 1])), DocumentError::Texts("Action")),
        (with("Resource", json!({})), DocumentError::Texts("Resource")),
        (with("Action", json!("Open")), DocumentError::Action("Open".into())),
        (with("Action", json!("box:")), DocumentError::Action("box:".into())),
        (with("Resource", json!("box")), DocumentError::Resource("box".into(), "it:")),
        (with("Resource", json!("it:${who}")), DocumentError::Resource("it:${who}".into(), "it:")),
        (with("Condition", json!({ "Bool": "true" })), DocumentError::Conditions),
        (
            with("Condition", json!({ "Bool": { "it:Secured": [false] } })),
            DocumentError::Value("it:Secured".into()),
        ),
        (
            with("Condition", json!({ "IpAddress": { "it:From": "10.0.0.0/33" } })),
            DocumentError::Value("it:From".into()),
        ),
        (
            with("Condition", json!({ "IpAddress": { "it:From": [] } })),
            DocumentError::Value("it:From".into()),
        ),
        (
            with("Condition", json!({ "Bool": { "it:Secured": ["true", "false"] } })),
            DocumentError::Value("it:Secured".into()),
        ),
        (
            with("Condition", json!({ "DateEquals": { "it:Now": "today" } })),
            DocumentError::Value("it:Now".into()),
        ),
    ] {
        assert_eq!(refused(&statement), expected, "{statement}");
    }
    for (operator, key) in
        [("StringEquals", "it:From"), ("Bool", "it:Mfa"), ("IpAddress", "it:Now"), ("Bool", "it:From")]
    {
        let condition = with("Condition", json!({ operator: { key: "true" } }));
        let expected = DocumentError::Condition { operator: operator.into(), key: key.into() };
        assert_eq!(refused(&condition), expected);
    }
}

#[test]
fn documents_are_bounded_and_of_one_version() {
    let parse = |text: &str| Document::parse(text, &LANGUAGE);
    let body = json!({ "Version": "1", "Statement": statement("Allow", "*", "*") }).to_string();
    let padded = |bytes: usize| format!("{body}{}", " ".repeat(bytes - body.len()));
    assert!(parse(&padded(DOCUMENT_BYTES_MAX)).is_ok());
    assert_eq!(parse(&padded(DOCUMENT_BYTES_MAX + 1)), Err(DocumentError::TooLong));
    assert_eq!(parse(&body.replace("\"1\"", "\"2\"")), Err(DocumentError::Version("1")));
    for text in
        ["", "[]", "{}", r#"{"Version":"1"}"#, &body.replace("Version", "version"), &format!("{body}x")]
    {
        assert!(matches!(parse(text), Err(DocumentError::Unreadable(_))), "{text}");
    }
    // Parts without their names, and parts that are there and say nothing.
    for text in [
        r#"["1",{"Effect":"Allow","Action":"*","Resource":"*"}]"#,
        r#"{"Version":"1","Statement":[["Allow","*",null,"*",null,null]]}"#,
        r#"{"Version":"1","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":null}}"#,
    ] {
        assert!(matches!(parse(text), Err(DocumentError::Unreadable(_))), "{text}");
    }
    for (part, expected) in [
        (r#""NotAction":null"#, DocumentError::EitherOr("Action")),
        (r#""Condition":{"IpAddress":{}}"#, DocumentError::Conditions),
    ] {
        let statement = format!(r#"{{"Effect":"Allow","Action":"*","Resource":"*",{part}}}"#);
        let text = format!(r#"{{"Version":"1","Statement":{statement}}}"#);
        assert_eq!(parse(&text), Err(expected), "{text}");
    }
    let twice = r#"{"Version":"1","Version":"1","Statement":[]}"#;
    assert!(matches!(parse(twice), Err(DocumentError::Unreadable(_))), "which of both would count?");
    let condition = r#"{"IpAddress":{"it:From":"10.0.0.0/8"},"IpAddress":{"it:From":"0.0.0.0/0"}}"#;
    let inner = r#"{"IpAddress":{"it:From":"10.0.0.0/8","it:From":"0.0.0.0/0"}}"#;
    for part in
        ["\"Effect\":\"Deny\"", &format!("\"Condition\":{condition}"), &format!("\"Condition\":{inner}")]
    {
        let statement = format!(r#"{{"Effect":"Allow","Action":"*","Resource":"*",{part}}}"#);
        for statements in [format!("[{statement}]"), statement] {
            let twice = format!(r#"{{"Version":"1","Statement":{statements}}}"#);
            assert!(matches!(parse(&twice), Err(DocumentError::Unreadable(_))), "{twice}");
        }
    }
    let mapped = json!({ "IpAddress": { "it:From": "::ffff:10.0.0.0/104" } });
    let mut statement = statement("Deny", "*", "*");
    statement["Condition"] = mapped;
    let read = document(&statement);
    assert!(matches!(read, Err(DocumentError::Value(_))), "it would be nobody's: {read:?}");
    assert!(Document::parse(&body, &Language::NONE).is_err());
}

proptest! {
    /// One denial among any statements, at any place, is a denial; without it, they do not matter to it.
    #[test]
    fn a_denial_wins_wherever_it_stands(
        mut effects in prop::collection::vec((any::<bool>(), "[ab*?]{1,3}"), 0..6),
        place in any::<prop::sample::Index>(),
    ) {
        let wanted = "s:ab";
        let statements = |effects: &[(bool, String)]| -> Value {
            effects.iter().map(|(allow, name)| {
                statement(if *allow { "Allow" } else { "Deny" }, &format!("s:{name}"), "*")
            }).collect()
        };
        effects.retain(|(allow, _)| *allow);
        if !effects.is_empty() {
            let before = verdict(&statements(&effects), wanted, "it:x");
            prop_assert_ne!(before, Verdict::Denied);
        }
        effects.insert(place.index(effects.len() + 1), (false, "a?".to_owned()));
        prop_assert_eq!(verdict(&statements(&effects), wanted, "it:x"), Verdict::Denied);
    }

    /// Nothing that anybody writes brings the reader down.
    #[test]
    fn any_text_is_read_or_refused(text in ".{0,200}") {
        let _ = Document::parse(&text, &LANGUAGE);
    }
}
