//! Rules between the parameters of CreateTopic.

use super::*;
use crate::dialects::aliyun::params::tests_support::decode;

fn storage(more: &[(&str, &str)]) -> Result<BTreeMap<String, String>, Rejection> {
    let base = [("InstanceId", "i"), ("RegionId", "cn-hangzhou"), ("Topic", "abc"), ("Remark", "abc")];
    decode::<Input>(&[&base[..], more].concat())?.storage()
}

fn rule(result: Result<BTreeMap<String, String>, Rejection>) -> &'static str {
    match result {
        Err(Rejection::Rule { name, .. }) => name,
        other => panic!("{other:?}"),
    }
}

const LOCAL: (&str, &str) = ("LocalTopic", "true");

#[test]
fn parameters_of_local_storage_need_it() {
    for (name, value) in
        [("CompactTopic", "true"), ("ReplicationFactor", "3"), ("MinInsyncReplicas", "1"), ("Config", "{}")]
    {
        assert_eq!(rule(storage(&[(name, value)])), name);
        assert!(storage(&[LOCAL, (name, value)]).is_ok(), "{name}");
    }
    assert!(storage(&[("CompactTopic", "false")]).is_ok());
}

#[test]
fn in_sync_replicas_are_fewer_than_replicas() {
    for (replicas, insync, is_allowed) in [
        ("1", "1", true),
        ("2", "1", true),
        ("2", "2", false),
        ("3", "2", true),
        ("3", "3", false),
        ("1", "2", false),
    ] {
        let separate = [LOCAL, ("ReplicationFactor", replicas), ("MinInsyncReplicas", insync)];
        assert_eq!(storage(&separate).is_ok(), is_allowed, "{insync} of {replicas}");
    }
    // The number in Config wins over the parameter.
    let both =
        [LOCAL, ("ReplicationFactor", "1"), ("MinInsyncReplicas", "2"), ("Config", r#"{"replications":3}"#)];
    assert_eq!(storage(&both).unwrap()["min.insync.replicas"], "2");
}

#[test]
fn settings_of_the_owner_are_checked() {
    let config = |text: &str| storage(&[LOCAL, ("Config", text)]);
    let good = r#"{"retention.ms":31536000000,"max.message.bytes":"1048576","message.timestamp.type":"CreateTime",
                   "message.timestamp.difference.max.ms":1,"message.format.version":"2.2.0",
                   "min.insync.replicas":"1","replication-factor":3}"#;
    let settings = config(good).unwrap();
    assert_eq!(settings["retention.ms"], "31536000000");
    assert_eq!(settings["min.insync.replicas"], "1");
    assert_eq!(settings.get("message.format.version"), None, "a label");
    for bad in [
        r#"{"retention.ms":3599999}"#,
        r#"{"retention.ms":31536000001}"#,
        r#"{"max.message.bytes":1048575}"#,
        r#"{"max.message.bytes":10485761}"#,
        r#"{"message.timestamp.type":"Now"}"#,
        r#"{"replications":0}"#,
        r#"{"replications":4}"#,
        r#"{"retention.ms":"long"}"#,
        r#"{"cleanup.policy":"compact"}"#,
    ] {
        assert_eq!(rule(config(bad)), "Config", "{bad}");
    }
    assert_eq!(config("{\"replications\":[3]}"), Err(Rejection::Type("Config")));
    assert_eq!(config("3"), Err(Rejection::Type("Config")));
}
