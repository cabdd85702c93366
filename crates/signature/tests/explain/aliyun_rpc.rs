//! Alibaba Cloud, version 1.0.

use proptest::prelude::*;
use signature::explain::Mistake;
use signature::explain::aliyun_rpc::{Request, explain};

use crate::client::*;

const SECRET: &[u8] = b"testsecret";

type Encode = fn(&str) -> String;

/// A client, every part of which can be wrong.
#[derive(Clone)]
struct Client {
    method: &'static str,
    encode: Encode,
    encode_string: Encode,
    encode_slash: Encode,
    key: Vec<u8>,
    ignores_case: bool,
    leaves_out: fn(&str, &str) -> bool,
    write: fn(&[u8], &str) -> String,
}

const QUERY: [&str; 2] = ["Action", "Empty"];

impl Client {
    fn right() -> Self {
        Self {
            method: "POST",
            encode: right,
            encode_string: right,
            encode_slash: right,
            key: b"testsecret&".to_vec(),
            ignores_case: false,
            leaves_out: |_, _| false,
            write: |key, text| base64(&hmac_sha1(key, text)),
        }
    }

    fn sign(&self, parameters: &[(&str, &str)]) -> String {
        let mut pairs: Vec<_> =
            parameters.iter().filter(|(name, value)| !(self.leaves_out)(name, value)).collect();
        if self.ignores_case {
            pairs.sort_by_key(|(name, _)| name.to_lowercase());
        } else {
            pairs.sort();
        }
        let canonical: Vec<_> = pairs
            .iter()
            .map(|(name, value)| format!("{}={}", (self.encode)(name), (self.encode)(value)))
            .collect();
        let canonical = (self.encode_string)(&canonical.join("&"));
        (self.write)(&self.key, &format!("{}&{}&{canonical}", self.method, (self.encode_slash)("/")))
    }
}

/// A request in which every mistake has an effect, around some text.
fn parameters(text: &str) -> Vec<(String, String)> {
    [
        ("AccessKeyId", "testid"),
        ("Action", "CreateTopic"),
        ("Empty", ""),
        ("Remark", "a b*c~d/e(f)\u{fc}:\u{4e2d}"),
        ("Text", text),
        ("Timestamp", "2026-01-31T08:00:00Z"),
        ("regionId", "cn-hangzhou"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

fn borrowed(parameters: &[(String, String)]) -> Vec<(&str, &str)> {
    parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

fn explained(parameters: &[(&str, &str)], signature: &str) -> Vec<Mistake> {
    let query: Vec<_> = parameters.iter().filter(|(name, _)| QUERY.contains(name)).copied().collect();
    explain(SECRET, &Request { method: "POST", query: &query, parameters }, signature)
}

fn clients() -> Vec<(Mistake, Client)> {
    let of = |change: fn(&mut Client)| {
        let mut client = Client::right();
        change(&mut client);
        client
    };
    let coder =
        |encode: Encode| Client { encode, encode_string: encode, encode_slash: encode, ..Client::right() };
    let inner = |encode: Encode| Client { encode, ..Client::right() };
    vec![
        (Mistake::PlusForSpace, coder(quote_plus)),
        (Mistake::PlusForSpace, inner(quote_plus)),
        (Mistake::FormCoding, coder(url_encoder)),
        (Mistake::FormCoding, inner(url_encoder)),
        (Mistake::MarksNotEncoded, coder(encode_uri_component)),
        (Mistake::MarksNotEncoded, inner(encode_uri_component)),
        (Mistake::SlashNotEncoded, coder(quote)),
        (Mistake::SlashNotEncoded, inner(quote)),
        (Mistake::LowerCaseDigits, coder(lower_case)),
        (Mistake::LowerCaseDigits, inner(lower_case)),
        (Mistake::EncodedTwice, inner(twice)),
        (Mistake::NotEncoded, inner(not_at_all)),
        (Mistake::StringNotEncoded, of(|client| client.encode_string = not_at_all)),
        (Mistake::SecretWithoutAmpersand, of(|client| client.key = SECRET.to_vec())),
        (Mistake::SecretWithLineFeed, of(|client| client.key = b"testsecret\n&".to_vec())),
        (Mistake::OtherMethod, of(|client| client.method = "GET")),
        (Mistake::LowerCaseMethod, of(|client| client.method = "post")),
        (Mistake::SortedIgnoringCase, of(|client| client.ignores_case = true)),
        (Mistake::EmptyValuesLeftOut, of(|client| client.leaves_out = |_, value| value.is_empty())),
        (Mistake::BodyParametersLeftOut, of(|client| client.leaves_out = |name, _| !QUERY.contains(&name))),
        (Mistake::SignatureAsHexadecimal, of(|c| c.write = |key, text| hex(&hmac_sha1(key, text)))),
        (
            Mistake::SignatureAsHexadecimal,
            of(|c| c.write = |key, text| base64(hex(&hmac_sha1(key, text)).as_bytes())),
        ),
        (Mistake::OtherHash, of(|c| c.write = |key, text| base64(&hmac_sha256(key, text)))),
        (
            Mistake::SignatureAlphabet,
            of(|c| c.write = |key, text| base64(&hmac_sha1(key, text)).trim_end_matches('=').to_owned()),
        ),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn each_mistake_is_named_and_a_right_request_has_none(text in "[ -~]{0,12}") {
        let parameters = parameters(&text);
        let parameters = borrowed(&parameters);
        prop_assert_eq!(explained(&parameters, &Client::right().sign(&parameters)), &[] as &[Mistake]);
        for (mistake, client) in clients() {
            prop_assert_eq!(explained(&parameters, &client.sign(&parameters)), [mistake]);
        }
    }

    #[test]
    fn any_other_signature_is_unknown(text in ".{0,12}", signature in ".{0,40}") {
        let parameters = parameters(&text);
        prop_assert_eq!(explained(&borrowed(&parameters), &signature), vec![Mistake::Unknown]);
    }
}

#[test]
fn two_mistakes_at_once_are_both_named() {
    let parameters = parameters("");
    let parameters = borrowed(&parameters);
    let client = Client { encode: quote_plus, key: SECRET.to_vec(), method: "POST", ..Client::right() };
    let expected = [Mistake::PlusForSpace, Mistake::SecretWithoutAmpersand];
    assert_eq!(explained(&parameters, &client.sign(&parameters)), expected);
    // And a secret that is another one stays what it is.
    let client = Client { key: b"other&".to_vec(), ..Client::right() };
    assert_eq!(explained(&parameters, &client.sign(&parameters)), [Mistake::Unknown]);
}

#[test]
fn a_signature_whose_plus_was_not_encoded() {
    let with_plus = (0..).find_map(|at| {
        let parameters = parameters(&at.to_string());
        let signature = Client::right().sign(&borrowed(&parameters));
        signature.contains('+').then_some((parameters, signature))
    });
    let (parameters, signature) = with_plus.unwrap();
    let received = signature.replace('+', " ");
    assert_eq!(explained(&borrowed(&parameters), &received), [Mistake::SignatureNotEncoded]);
}

#[test]
fn what_is_sent_encoded_twice_and_times_of_another_format() {
    let with_time = |time: &str| {
        let mut sent = parameters("");
        sent[5].1 = time.to_owned();
        sent
    };
    let signed = Client::right().sign(&borrowed(&parameters("")));
    let sent = with_time("2026-01-31T08%3A00%3A00Z");
    assert_eq!(explained(&borrowed(&sent), &signed), [Mistake::SentEncodedTwice]);
    for time in ["Sat, 31 Jan 2026 08:00:00 GMT", "2026-01-31 08:00:00", "1769846400", ""] {
        let sent = with_time(time);
        let sent = borrowed(&sent);
        assert_eq!(explained(&sent, &Client::right().sign(&sent)), [Mistake::TimeNotIso], "{time}");
        let client = Client { key: SECRET.to_vec(), ..Client::right() };
        let expected = [Mistake::TimeNotIso, Mistake::SecretWithoutAmpersand];
        assert_eq!(explained(&sent, &client.sign(&sent)), expected, "{time}");
    }
}

#[test]
fn a_large_request_is_not_worked_on() {
    let text = "x".repeat(signature::explain::BYTES_MAX);
    let parameters = parameters(&text);
    let parameters = borrowed(&parameters);
    let signature = Client { key: SECRET.to_vec(), ..Client::right() }.sign(&parameters);
    assert_eq!(explained(&parameters, &signature), [Mistake::Unknown]);
}
