//! What never reaches an action: the gateway's own answers, in their order.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use signature::percent;

use super::world::{Answer, HOST, NOW_MS, SECRET, World, address, form, get, post, signer, timestamp};
use crate::actions;
use crate::client::Signature;
use crate::rate::{ActionName, Rate, RateLimits};

const LIST: &[(&str, &str)] = &[("RegionId", "cn-hangzhou")];

fn refused(answer: &Answer) -> (u16, String) {
    assert_eq!(answer.headers["x-acs-request-id"].to_str().unwrap().len(), 36);
    answer.outcome()
}

/// A signed query with one field changed afterwards; an empty value removes it.
fn tampered(world: &World, field: &str, value: &str) -> String {
    let (nonce, timestamp) = (world.nonce(), world.timestamp());
    let pairs = [("Action", "GetInstanceList"), ("Version", "2019-09-16"), ("Format", "JSON"), LIST[0]];
    let query = signer(&nonce, &timestamp).signed_pairs("GET", &pairs);
    let changed = percent::decode_pairs(query.as_bytes())
        .map(Result::unwrap)
        .map(|(name, old)| if name == field { (name, value.to_owned()) } else { (name, old) })
        .filter(|(_, value)| !value.is_empty())
        .collect::<Vec<_>>();
    percent::encode_pairs(changed.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

#[tokio::test]
async fn authentication_fields_are_checked_in_the_documented_order() {
    let world = World::open().await;
    for (field, value, expected) in [
        ("AccessKeyId", "", (400, "MissingAccessKeyId")),
        ("Signature", "", (400, "MissingSignature")),
        ("SignatureMethod", "", (400, "MissingSignatureMethod")),
        ("SignatureVersion", "", (400, "MissingSignatureVersion")),
        ("SignatureNonce", "", (400, "MissingSignatureNonce")),
        ("Timestamp", "", (400, "MissingTimestamp")),
        ("SignatureMethod", "HMAC-SHA256", (400, "InvalidSignatureMethod")),
        ("SignatureVersion", "2.0", (400, "InvalidSignatureVersion")),
        ("Timestamp", "2022-06-24 08:00:30", (400, "InvalidTimeStamp.Format")),
        ("Timestamp", "2022-02-30T08:00:30Z", (400, "InvalidTimeStamp.Format")),
        ("Timestamp", "2022-06-24T07:45:29Z", (400, "InvalidTimeStamp.Expired")),
        ("AccessKeyId", "nobody", (404, "InvalidAccessKeyId.NotFound")),
        ("RegionId", "cn-shanghai", (400, "SignatureDoesNotMatch")),
        ("Action", "", (400, "SignatureDoesNotMatch")),
        ("Format", "YAML", (400, "InvalidParameter.Format")),
    ] {
        let answer = world.send(address(&format!("/?{}", tampered(&world, field, value)))).await;
        assert_eq!(refused(&answer), (expected.0, expected.1.to_owned()), "{field}={value}");
    }
    // Nothing at all: the first missing field, and XML, because that is what version 1 speaks by default.
    let answer = world.send(address("/")).await;
    assert_eq!(refused(&answer), (400, "MissingAccessKeyId".to_owned()));
    assert!(answer.text.starts_with("<?xml"), "{}", answer.text);
}

#[tokio::test]
async fn a_mismatch_carries_the_servers_string_and_says_it_as_old_clients_expect() {
    let world = World::open().await;
    let now = world.timestamp();
    let wrong = Signature { secret: b"other", ..signer("n", &now) };
    let answer = world.send(post("GetInstanceList", LIST, &wrong)).await;
    assert_eq!(refused(&answer), (400, "SignatureDoesNotMatch".to_owned()));
    let message = answer.json()["Message"].as_str().unwrap().to_owned();
    let string = message.split_once(':').unwrap().1;
    assert_eq!(
        string,
        format!(
            "POST&%2F&AccessKeyId%3Dtestid%26Action%3DGetInstanceList%26Format%3DJSON%26RegionId%3Dcn-hangzhou\
             %26SignatureMethod%3DHMAC-SHA1%26SignatureNonce%3Dn%26SignatureVersion%3D1.0\
             %26Timestamp%3D{}%26Version%3D2019-09-16",
            percent::encode(&percent::encode(&now))
        )
    );
    // Signing that very string with the right secret is the way out.
    let right = signature::aliyun_rpc::sign(SECRET.as_bytes(), string);
    let query = signer("n", &now).signed_pairs(
        "POST",
        &[("Action", "GetInstanceList"), ("Version", "2019-09-16"), ("Format", "JSON"), LIST[0]],
    );
    assert!(query.ends_with(&format!("Signature={}", percent::encode(&right))));
}

#[tokio::test]
async fn a_mismatch_names_the_usual_mistakes_and_gives_nothing_away() {
    let world = World::open().await;
    let now = world.timestamp();
    for format in ["JSON", "XML"] {
        let signed = |remark: &str, key: &[u8]| {
            let pairs = [("Action", "CreateTopic"), ("Version", "2019-09-16"), ("Remark", remark)];
            let signer = Signature { secret: key, ..signer("n", &now) };
            let pairs = pairs.into_iter().chain([("Format", format)]).collect::<Vec<_>>();
            signer.signed_pairs("POST", &pairs)
        };
        let right = signed("a b", SECRET.as_bytes()).rsplit_once("Signature=").unwrap().1.to_owned();
        for (query, expected) in [
            // Version 1 appends the ampersand; a line feed that came with the secret stands before it.
            (signed("a b", b"testsecret\n"), "a line feed at its end"),
            // What was signed as one escape is sent as two.
            (signed("a b", SECRET.as_bytes()).replace("a%20b", "a%2520b"), "percent-encoded once more"),
            (signed("a b", b"other"), "none of the usual mistakes"),
        ] {
            let answer = world.send(form(query)).await;
            assert_eq!(answer.status, 400);
            assert!(answer.text.contains("SignatureDoesNotMatch"), "{}", answer.text);
            let advice = match format {
                "JSON" => answer.json()["Recommend"].as_str().unwrap().to_owned(),
                _ => {
                    let after = answer.text.split_once("<Recommend>").unwrap().1;
                    after.split_once("</Recommend>").unwrap().0.to_owned()
                }
            };
            assert!(advice.contains(expected), "{advice}");
            for secret in [SECRET, &right, &percent::decode(right.as_bytes()).unwrap()] {
                assert!(!answer.text.contains(secret), "{}", answer.text);
            }
        }
    }
    // A time of another format is refused before the signature is, and explained too.
    let gmt = tampered(&world, "Timestamp", "Fri, 24 Jun 2022 08:00:30 GMT");
    let answer = world.send(address(&format!("/?{gmt}"))).await;
    assert!(answer.json()["Recommend"].as_str().unwrap().contains("in UTC"), "{}", answer.text);
}

#[tokio::test]
async fn the_window_is_exact_to_the_second_and_a_nonce_is_used_once() {
    let world = World::open().await;
    for (offset, expected) in [(-901, 400), (-900, 200), (900, 200), (901, 400)] {
        let at = timestamp(NOW_MS + offset * 1_000);
        let nonce = world.nonce();
        let answer = world.send(post("GetInstanceList", LIST, &signer(&nonce, &at))).await;
        assert_eq!(answer.status.as_u16(), expected, "{offset}: {}", answer.text);
        let again = world.send(post("GetInstanceList", LIST, &signer(&nonce, &at))).await;
        let code = if expected == 200 { "SignatureNonceUsed" } else { "InvalidTimeStamp.Expired" };
        assert_eq!(refused(&again), (400, code.to_owned()), "{offset}");
    }
    // A wrong signature does not use a nonce up.
    let now = world.timestamp();
    let wrong = Signature { secret: b"other", ..signer("fresh", &now) };
    assert_eq!(world.send(post("GetInstanceList", LIST, &wrong)).await.status, 400);
    assert_eq!(world.send(post("GetInstanceList", LIST, &signer("fresh", &now))).await.status, 200);
    // The same nonce with another time is the same nonce.
    world.hand.advance(Duration::from_secs(1));
    let later = world.timestamp();
    let answer = world.send(post("GetInstanceList", LIST, &signer("fresh", &later))).await;
    assert_eq!(refused(&answer), (400, "SignatureNonceUsed".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_thousand_copies_one_is_accepted() {
    let world = Arc::new(World::open().await);
    let now = world.timestamp();
    let copies = (0..1_000).map(|_| {
        let (world, now) = (world.clone(), now.clone());
        tokio::spawn(async move {
            let order = [
                ("RegionId", "cn-hangzhou"),
                ("TopicQuota", "50"),
                ("DiskType", "0"),
                ("DiskSize", "500"),
                ("DeployType", "5"),
                ("IoMax", "20"),
            ];
            world.send(post("CreatePostPayOrder", &order, &signer("once", &now))).await.outcome()
        })
    });
    let mut accepted = 0;
    for copy in copies.collect::<Vec<_>>() {
        match copy.await.unwrap() {
            (200, _) => accepted += 1,
            (400, code) => assert_eq!(code, "SignatureNonceUsed"),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(accepted, 1);
    let listed = world.ok("GetInstanceList", LIST).await;
    assert_eq!(listed["InstanceList"]["InstanceVO"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn version_and_action() {
    let world = World::open().await;
    let send = async |action: &str, version: &str| {
        let (nonce, timestamp) = (world.nonce(), world.timestamp());
        let pairs = [("Action", action), ("Version", version), ("Format", "JSON"), LIST[0]];
        let pairs: Vec<_> = pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        world.send(form(signer(&nonce, &timestamp).signed_pairs("POST", &pairs))).await.outcome()
    };
    assert_eq!(send("GetInstanceList", "2019-09-16").await, (200, "OK".into()));
    assert_eq!(send("GetInstanceList", "2018-10-15").await, (200, "OK".into()));
    assert_eq!(send("", "").await, (400, "MissingVersion".into()));
    assert_eq!(send("", "2019-09-16").await, (400, "MissingAction".into()));
    assert_eq!(send("GetInstanceList", "2017-01-01").await, (400, "InvalidVersion".into()));
    assert_eq!(send("StartInstance", "2018-10-15").await, (404, "InvalidAction.NotFound".into()));
    assert_eq!(send("getInstanceList", "2019-09-16").await, (404, "InvalidAction.NotFound".into()));
    assert_eq!(send("NoSuchAction", "2019-09-16").await, (404, "InvalidAction.NotFound".into()));
}

#[tokio::test]
async fn what_http_allows_and_the_dialect_does_not() {
    let world = World::open().await;
    let request = |method: &str, path: &str, headers: &[(&str, &str)], body: &'static str| {
        let mut request = Request::builder().method(method).uri(path).header("host", HOST);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Full::new(Bytes::from_static(body.as_bytes()))).unwrap()
    };
    const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
    const JSON: (&str, &str) = ("content-type", "application/json");
    for (what, expected) in [
        (request("PUT", "/?Format=JSON", &[], ""), (400, "UnsupportedHTTPMethod")),
        (request("DELETE", "/", &[], ""), (400, "UnsupportedHTTPMethod")),
        (request("GET", "/other", &[], ""), (404, "InvalidAction.NotFound")),
        (request("GET", "/?a=%zz", &[], ""), (400, "InvalidParameter.Encoding")),
        (request("GET", "/?a=%ff", &[], ""), (400, "InvalidParameter.Encoding")),
        (request("GET", "/?a%00=1", &[], ""), (400, "InvalidParameter.Encoding")),
        (request("POST", "/", &[FORM], "a=%"), (400, "InvalidParameter.Encoding")),
        (request("POST", "/", &[FORM, FORM], "a=1"), (400, "InvalidParameter.Encoding")),
        (request("POST", "/", &[JSON], "{}"), (415, "UnsupportedMediaType")),
        (request("POST", "/", &[], "a=1"), (415, "UnsupportedMediaType")),
        (request("POST", "/", &[FORM, ("content-encoding", "gzip")], "a"), (415, "UnsupportedMediaType")),
        (request("POST", "/", &[FORM, ("content-md5", "AAAA")], "a=1"), (400, "InvalidParameter.Encoding")),
        (
            request("POST", "/", &[FORM, ("x-acs-content-sha256", "00")], "a=1"),
            (400, "InvalidParameter.Encoding"),
        ),
        // The right digest is no reason to complain; what is missing then is the signature.
        (
            request("POST", "/", &[FORM, ("content-md5", "OHLJrj9CevC+Dq0J0Hrizw==")], "a=1"),
            (400, "MissingAccessKeyId"),
        ),
        (request("GET", "/", &[("authorization", "Bearer x")], ""), (400, "MissingAccessKeyId")),
        (
            request("GET", "/", &[("authorization", "ACS3-HMAC-SM3 x"), ("x-acs-date", "")], ""),
            (400, "InvalidSignatureMethod"),
        ),
        (request("GET", "/", &[("authorization", "ACS3-HMAC-SHA256 x")], ""), (400, "IncompleteSignature")),
        (
            request("GET", "/", &[("authorization", "ACS3-HMAC-SHA256 x"), ("authorization", "y")], ""),
            (400, "IncompleteSignature"),
        ),
    ] {
        let shown = format!("{what:?}");
        let answer = world.send(what).await;
        assert_eq!(refused(&answer), (expected.0, expected.1.to_owned()), "{shown}");
        assert!(!answer.text.contains("<Code></Code>") && answer.text.contains("Message"), "{shown}");
    }
}

#[tokio::test]
async fn sizes_are_bounded() {
    let world = World::open().await;
    let large = format!("Format=JSON&a={}", "x".repeat(1024 * 1024));
    let answer = world.send(form(large)).await;
    assert_eq!(answer.outcome(), (413, "RequestEntityTooLarge".to_owned()));
    assert_eq!(answer.headers["connection"], "close");
    let many: String = (0..2_001).map(|n| format!("p{n}=&")).collect();
    assert_eq!(world.send(form(many)).await.outcome(), (413, "RequestEntityTooLarge".to_owned()));
}

#[tokio::test]
async fn limits_are_per_action_and_tell_when_to_come_back() {
    let list = ActionName { product: "alikafka", action: "GetInstanceList" };
    let by_action = [(list, Some(Rate::per_second(2)))].into();
    let limits = RateLimits { by_action, ..RateLimits::default() };
    let world = World::open_with(limits).await;
    assert_eq!(world.post("GetInstanceList", LIST).await.status, 200);
    assert_eq!(world.post("GetInstanceList", LIST).await.status, 200);
    let answer = world.post("GetInstanceList", LIST).await;
    assert_eq!(refused(&answer), (400, "Throttling.User".to_owned()));
    assert_eq!(answer.headers["x-acs-retry-after"], "500");
    // Other actions go on, and so does this one when its time has come.
    world.refused("DeleteTopic", &[], (400, "MissingInstanceId")).await;
    world.hand.advance(Duration::from_millis(500));
    assert_eq!(world.post("GetInstanceList", LIST).await.status, 200);
}

#[tokio::test]
async fn products_do_not_count_each_others_calls_of_one_name() {
    let once = |product| (ActionName { product, action: "ListTagResources" }, Some(Rate::per_second(1)));
    let by_action = [once("alikafka"), once("kms")].into();
    let world = World::open_with(RateLimits { by_action, ..RateLimits::default() }).await;
    for version in ["2019-09-16", "2016-01-20"] {
        let of = [("Version", version)];
        assert_ne!(world.post("ListTagResources", &of).await.outcome().1, "Throttling.User");
        world.refused("ListTagResources", &of, (400, "Throttling.User")).await;
    }
}

#[tokio::test]
async fn the_vendors_own_limits_hold_by_default() {
    let world = World::open_with(RateLimits::default()).await;
    for (action, allowed) in [("StartInstance", 2), ("CreateTopic", 1), ("DeleteTopic", 100)] {
        for _ in 0..allowed {
            world.refused(action, &[], (400, "MissingInstanceId")).await;
        }
        world.refused(action, &[], (400, "Throttling.User")).await;
    }
}

#[tokio::test]
async fn the_format_is_as_asked_for_also_by_the_body() {
    let world = World::open().await;
    let (nonce, now) = (world.nonce(), world.timestamp());
    let xml = world.send(get("GetInstanceList", "xml", LIST, &signer(&nonce, &now))).await;
    assert_eq!(xml.headers["content-type"], "application/xml;charset=utf-8");
    assert!(xml.text.contains("<GetInstanceListResponse><Code>200</Code>"), "{}", xml.text);
    let json = world.post("GetInstanceList", LIST).await;
    assert_eq!(json.headers["content-type"], "application/json;charset=utf-8");
    // No format at all, version 1: XML.
    let (nonce, now) = (world.nonce(), world.timestamp());
    let pairs = [("Action", "GetInstanceList"), ("Version", "2019-09-16"), LIST[0]];
    let answer = world.send(form(signer(&nonce, &now).signed_pairs("POST", &pairs))).await;
    assert!(answer.text.starts_with("<?xml"), "{}", answer.text);
}

#[tokio::test]
async fn what_only_some_calls_need_is_missed_in_the_order_of_the_table() {
    let world = World::open().await;
    let buy = &["RegionId", "TopicQuota", "DiskType", "DiskSize", "DeployType", "EipMax", "IoMaxSpec"][..];
    let public = &[("DeployType", "4"), ("IoMaxSpec", "alikafka.hw.2xlarge"), ("EipMax", "160")][..];
    let deploy = &["InstanceId", "RegionId", "VpcId", "VSwitchId"][..];
    let reset = &["InstanceId", "RegionId", "ConsumerId", "Topic", "Offsets"][..];
    let look = &["InstanceId", "RegionId", "Topic", "QueryType", "Partition", "Offset"][..];
    for (action, order, values, more) in [
        ("CreatePostPayOrder", buy, public, &[][..]),
        ("CreatePrePayOrder", buy, public, &[]),
        ("StartInstance", deploy, &[], &[]),
        ("UpdateConsumerOffset", reset, &[], &[("ResetType", "offset")]),
        ("QueryMessage", look, &[("QueryType", "byOffset")], &[]),
    ] {
        let spec = actions().into_iter().find(|spec| spec.name == action).unwrap();
        let value = |name: &&'static str| {
            let given = values.iter().chain(spec.example).find(|(given, _)| given == name);
            (*name, given.map_or("1", |(_, value)| *value))
        };
        // With the first so many of them, the next one is what is missed.
        for (at, missed) in order.iter().enumerate() {
            // An instance on the internet is one as soon as its kind is said; the rest of the order is as it was.
            let given: Vec<_> = order[..at].iter().map(value).chain(more.iter().copied()).collect();
            world.refused(action, &given, (400, &format!("Missing{missed}"))).await;
        }
    }
}

/// A name of the caller's that is a code would have clients repeat a call, or forget what it was about.
#[tokio::test]
async fn a_name_that_clients_would_take_for_a_code_is_in_no_message() {
    let world = World::open().await;
    let id = world.running(&[]).await;
    let at = [("RegionId", "cn-hangzhou"), ("InstanceId", id.as_str())];
    for (name, is_quoted) in [("ONS_SYSTEM_FLOW_CONTROL", false), ("orders", true)] {
        let topic = [("Topic", name), ("Remark", "test"), ("PartitionNum", "1")];
        let group = [("ConsumerId", name)];
        let unknown_key = format!("{{\"{name}\":1}}");
        let config = [
            ("Topic", "other"),
            ("Remark", "test"),
            ("LocalTopic", "true"),
            ("Config", unknown_key.as_str()),
        ];
        for (action, more, is_made) in [
            ("GetTopicStatus", &topic[..1], false),
            ("CreateTopic", &topic[..], true),
            ("GetConsumerProgress", &group[..], false),
            ("CreateConsumerGroup", &group[..], true),
            ("CreateTopic", &config[..], false),
            ("UpdateInstanceConfig", &config[3..], false),
        ] {
            let call = [&at[..], more].concat();
            if is_made {
                world.ok(action, &call).await;
            }
            let refused = world.post(action, &call).await.json();
            let message = refused["Message"].as_str().unwrap();
            assert_eq!(message.contains(name), is_quoted, "{action}: {message}");
        }
        world.refused("GetTopicList", &[("RegionId", name), at[1]], (400, "BIZ_REGION_NOT_FOUND")).await;
    }
}
