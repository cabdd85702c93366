//! Rules between the parameters of StartInstance.

use super::*;

#[test]
fn zones_come_in_two_spellings() {
    let region = Region::new("cn-hangzhou");
    for (zone, letter) in [
        ("zonea", Some('a')),
        ("cn-hangzhou-k", Some('k')),
        ("zoneA", None),
        ("zone", None),
        ("zoneab", None),
        ("cn-shanghai-a", None),
        ("cn-hangzhoua", None),
        ("cn-hangzhou-", None),
        ("", None),
    ] {
        assert_eq!(zone_letter(zone, &region), letter, "{zone}");
    }
}

#[test]
fn the_first_user_needs_a_name_and_a_password() {
    let user = given_user(Some("alice_1-x"), Some("p!~")).unwrap();
    assert_eq!((user.name.as_str(), user.password.unwrap().expose().as_str()), ("alice_1-x", "p!~"));
    assert!(given_user(Some(&"u".repeat(64)), Some(&"p".repeat(128))).is_ok());
    let name = |result| match result {
        Err(Rejection::Rule { name, .. }) => name,
        other => panic!("{other:?}"),
    };
    assert_eq!(name(given_user(None, Some("p"))), "IsSetUserAndPassword");
    assert_eq!(name(given_user(Some("u"), None)), "IsSetUserAndPassword");
    assert_eq!(name(given_user(Some("a b"), Some("p"))), "Username");
    assert_eq!(name(given_user(Some(&"u".repeat(65)), Some("p"))), "Username");
    assert_eq!(name(given_user(Some("u"), Some("p w"))), "Password");
    assert_eq!(name(given_user(Some("u"), Some("密码"))), "Password");
    assert_eq!(name(given_user(Some("u"), Some(&"p".repeat(129)))), "Password");
}
