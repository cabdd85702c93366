//! What users may do: the four actions about access rules.

use serde_json::{Value as Json, json};

use super::world::World;

/// An instance with topic `orders` and group `readers`, and calls on it.
struct On {
    world: World,
    id: String,
}

type Pairs<'a> = [(&'a str, &'a str)];

const OFF: (u16, &str) = (400, "Acl.Disable.Error");
const TWICE: (u16, &str) = (400, "Acl.DuplicatedAuth.Error");
const ABSENT: (u16, &str) = (404, "BIZ_ACL_NOT_FOUND");
const FIELD: (u16, &str) = (400, "BIZ_FIELD_CHECK_INVALID");

/// A rule; later pairs win over earlier ones.
fn rule<'a>(changes: &Pairs<'a>) -> Vec<(&'a str, &'a str)> {
    let mut rule = vec![
        ("Username", "test12"),
        ("AclResourceType", "Topic"),
        ("AclResourceName", "orders"),
        ("AclResourcePatternType", "LITERAL"),
        ("AclOperationType", "Write"),
    ];
    for (name, value) in changes {
        rule.retain(|(known, _)| known != name);
        rule.push((name, value));
    }
    rule
}

impl On {
    /// Rules are enforced.
    async fn enforcing() -> Self {
        let on = Self::plain().await;
        on.enforce("true").await;
        on
    }

    /// Rules are not enforced.
    async fn plain() -> Self {
        let world = World::open().await;
        let id = world.running(&[("SpecType", "professional")]).await;
        let on = Self { world, id };
        on.ok("CreateTopic", &[("Topic", "orders"), ("Remark", "remark")]).await;
        on.ok("CreateConsumerGroup", &[("ConsumerId", "readers")]).await;
        on
    }

    async fn enforce(&self, enforced: &str) {
        self.ok("UpdateInstanceConfig", &[("Config", &format!("{{\"enable.acl\":{enforced}}}"))]).await;
    }

    async fn ok(&self, action: &str, more: &Pairs<'_>) -> Json {
        let at = [("RegionId", "cn-hangzhou"), ("InstanceId", self.id.as_str())];
        self.world.ok(action, &[&at[..], more].concat()).await
    }

    async fn refused(&self, action: &str, more: &Pairs<'_>, expected: (u16, &str)) {
        let at = [("RegionId", "cn-hangzhou"), ("InstanceId", self.id.as_str())];
        self.world.refused(action, &[&at[..], more].concat(), expected).await;
    }

    async fn create(&self, changes: &Pairs<'_>) {
        self.ok("CreateAcl", &rule(changes)).await;
    }

    async fn delete(&self, changes: &Pairs<'_>) {
        self.ok("DeleteAcl", &rule(changes)).await;
    }

    /// What is listed for the user and the thing of a rule.
    async fn described(&self, changes: &Pairs<'_>) -> Json {
        let mut asked = rule(&[]);
        asked.retain(|(name, _)| !matches!(*name, "AclResourcePatternType" | "AclOperationType"));
        for change in changes {
            asked.retain(|(known, _)| known != &change.0);
            asked.push(*change);
        }
        self.ok("DescribeAcls", &asked).await["KafkaAclList"]["KafkaAclVO"].clone()
    }

    /// The operations that are listed.
    async fn operations(&self, changes: &Pairs<'_>) -> Vec<String> {
        let described = self.described(changes).await;
        let operation = |entry: &Json| entry["AclOperationType"].as_str().unwrap().to_owned();
        described.as_array().unwrap().iter().map(operation).collect()
    }
}

#[tokio::test]
async fn what_is_granted_is_shown_as_it_was_sent_until_it_is_taken_away() {
    let on = On::enforcing().await;
    assert_eq!(on.described(&[]).await, json!([]));
    on.create(&[]).await;
    on.create(&[("AclOperationType", "READ"), ("AclResourceType", "TOPIC")]).await;
    let entry = |kind: &str, operation: &str| {
        json!({
            "Username": "test12", "AclResourceType": kind, "AclResourceName": "orders",
            "AclResourcePatternType": "LITERAL", "AclOperationType": operation, "Host": "*",
            "AclPermissionType": "ALLOW",
        })
    };
    assert_eq!(on.described(&[]).await, json!([entry("Topic", "Write"), entry("TOPIC", "READ")]));
    // The same in other words is the same.
    on.refused("CreateAcl", &rule(&[("AclOperationType", "Read")]), TWICE).await;
    on.refused("CreateAcl", &rule(&[("AclResourceType", "TOPIC"), ("Host", "*")]), TWICE).await;
    on.delete(&[("AclOperationType", "read")]).await;
    assert_eq!(on.described(&[]).await, json!([entry("Topic", "Write")]));
    on.refused("DeleteAcl", &rule(&[("AclOperationType", "Read")]), ABSENT).await;
    on.delete(&[]).await;
    assert_eq!(on.described(&[]).await, json!([]));
}

#[tokio::test]
async fn every_kind_of_thing_has_its_operations() {
    let on = On::enforcing().await;
    let kinds: [(&str, &str, &[&str]); 4] = [
        ("Topic", "orders", &["Write", "Read", "Describe", "DESCRIBE_CONFIGS"]),
        ("Group", "readers", &["Read"]),
        ("Cluster", "any-name", &["IdempotentWrite", "DESCRIBE_CONFIGS"]),
        ("TRANSACTIONAL_ID", "nobody-yet", &["Write", "Describe"]),
    ];
    for (kind, name, operations) in kinds {
        for operation in ["Write", "Read", "Describe", "IdempotentWrite", "DESCRIBE_CONFIGS"] {
            let changes =
                [("AclResourceType", kind), ("AclResourceName", name), ("AclOperationType", operation)];
            if operations.contains(&operation) {
                on.create(&changes).await;
            } else {
                on.refused("CreateAcl", &rule(&changes), FIELD).await;
            }
        }
        let about = [("AclResourceType", kind), ("AclResourceName", name)];
        assert_eq!(on.operations(&about).await, operations, "{kind}");
    }
    on.refused("CreateAcl", &rule(&[("AclOperationType", "Alter")]), FIELD).await;
    on.refused("CreateAcl", &rule(&[("AclResourceType", "User")]), FIELD).await;
    on.refused("CreateAcl", &rule(&[("AclResourcePatternType", "literal")]), FIELD).await;
    on.refused("CreateAcl", &rule(&[("AclPermissionType", "deny")]), FIELD).await;
    for host in ["10.0.0.0/8", "somewhere", "10.0.0"] {
        on.refused("CreateAcl", &rule(&[("Host", host)]), FIELD).await;
    }
    for user in ["two words", "a,b", &"u".repeat(65)] {
        on.refused("CreateAcl", &rule(&[("Username", user)]), FIELD).await;
    }
    let all_beginnings = [("AclResourceName", "*"), ("AclResourcePatternType", "PREFIXED")];
    on.refused("CreateAcl", &rule(&all_beginnings), FIELD).await;
    on.refused("CreateAcl", &rule(&[("AclResourceName", &"n".repeat(250))]), FIELD).await;
}

#[tokio::test]
async fn a_topic_or_group_that_is_named_has_to_be_there() {
    let on = On::enforcing().await;
    let absent = [("AclResourceName", "nowhere")];
    on.refused("CreateAcl", &rule(&absent), (404, "BIZ_TOPIC_NOT_FOUND")).await;
    let group = [("AclResourceType", "Group"), ("AclOperationType", "Read"), absent[0]];
    on.refused("CreateAcl", &rule(&group), (404, "BIZ_SUBSCRIPTION_NOT_FOUND")).await;
    for name in ["*", "orders"] {
        on.create(&[("AclResourceName", name)]).await;
    }
    on.create(&[("AclResourceName", "nowhere"), ("AclResourcePatternType", "PREFIXED")]).await;
    on.ok("DeleteTopic", &[("Topic", "orders")]).await;
    assert_eq!(on.described(&[]).await, json!([]));
    assert_eq!(on.operations(&[("AclResourceName", "nowhere")]).await, ["Write"]);
    // It is still there, and can be taken away.
    on.delete(&[]).await;
    on.refused("DeleteAcl", &rule(&[]), ABSENT).await;
}

#[tokio::test]
async fn a_star_is_everybody_or_everything_and_is_asked_for_as_itself() {
    let on = On::enforcing().await;
    let (every_user, every_topic) = (("Username", "*"), ("AclResourceName", "*"));
    on.create(&[every_user]).await;
    on.create(&[every_topic, ("AclOperationType", "Read")]).await;
    on.create(&[every_user, every_topic, ("AclOperationType", "Describe")]).await;
    assert!(on.operations(&[]).await.is_empty());
    assert_eq!(on.operations(&[every_user]).await, ["Write"]);
    assert_eq!(on.operations(&[every_topic]).await, ["Read"]);
    assert_eq!(on.operations(&[every_user, every_topic]).await, ["Describe"]);
}

#[tokio::test]
async fn rules_are_found_by_each_of_their_words() {
    let on = On::enforcing().await;
    on.create(&[]).await;
    on.create(&[("AclResourcePatternType", "PREFIXED"), ("AclOperationType", "Read")]).await;
    on.create(&[("AclPermissionType", "DENY"), ("AclOperationType", "Describe")]).await;
    on.create(&[("Host", "::ffff:10.0.0.1"), ("AclOperationType", "DESCRIBE_CONFIGS")]).await;
    assert_eq!(on.operations(&[]).await, ["Write", "Read", "Describe", "DESCRIBE_CONFIGS"]);
    let pattern = |pattern| [("AclResourcePatternType", pattern)];
    assert_eq!(on.operations(&pattern("PREFIXED")).await, ["Read"]);
    assert_eq!(on.operations(&pattern("LITERAL")).await, ["Write", "Describe", "DESCRIBE_CONFIGS"]);
    assert_eq!(on.operations(&[("AclPermissionType", "DENY")]).await, ["Describe"]);
    assert_eq!(on.operations(&[("AclOperationType", "describe_configs")]).await, ["DESCRIBE_CONFIGS"]);
    assert_eq!(on.operations(&[("Host", "*")]).await, ["Write", "Read", "Describe"]);
    let from = [("Host", "10.0.0.1")];
    assert_eq!(on.described(&from).await[0]["Host"], "::ffff:10.0.0.1", "as it was sent");
    on.refused("CreateAcl", &rule(&[from[0], ("AclOperationType", "DescribeConfigs")]), TWICE).await;
}

#[tokio::test]
async fn several_operations_are_one_rule_each_and_all_or_none() {
    let on = On::enforcing().await;
    let several = |operations| [("AclOperationTypes", operations)];
    on.create(&several("Read, DESCRIBE_CONFIGS")).await;
    assert_eq!(on.operations(&[]).await, ["Read", "DESCRIBE_CONFIGS"]);
    on.refused("CreateAcl", &rule(&several("Describe,Read")), TWICE).await;
    on.refused("DeleteAcl", &rule(&several("Read,Describe")), ABSENT).await;
    for wrong in ["Read,", "Read,Alter", "Read,READ", "Write,IdempotentWrite", ","] {
        on.refused("CreateAcl", &rule(&several(wrong)), FIELD).await;
    }
    assert_eq!(on.operations(&[]).await, ["Read", "DESCRIBE_CONFIGS"]);
    on.delete(&several("DescribeConfigs,READ")).await;
    assert!(on.operations(&[]).await.is_empty());
}

#[tokio::test]
async fn who_does_not_say_which_rule_is_to_go_means_all_and_a_repeated_call_takes_no_other() {
    let on = On::enforcing().await;
    let (denied, from) = (("AclPermissionType", "DENY"), ("Host", "10.0.0.1"));
    let left = async || {
        let described = on.described(&[]).await;
        let entries = described.as_array().unwrap().iter();
        let word = |entry: &Json, name: &str| entry[name].as_str().unwrap().to_owned();
        entries.map(|entry| (word(entry, "AclPermissionType"), word(entry, "Host"))).collect::<Vec<_>>()
    };
    let is = |permission: &str, host: &str| (permission.to_owned(), host.to_owned());
    on.create(&[denied]).await;
    on.create(&[from]).await;
    on.create(&[]).await;
    // Who says half of it says all of it, and takes that rule alone, once.
    on.refused("DeleteAcl", &rule(&[denied, from]), ABSENT).await;
    on.delete(&[("AclPermissionType", "ALLOW")]).await;
    on.refused("DeleteAcl", &rule(&[("AclPermissionType", "ALLOW")]), ABSENT).await;
    assert_eq!(left().await, [is("DENY", "*"), is("ALLOW", "10.0.0.1")]);
    on.create(&[]).await;
    on.create(&[("AclOperationType", "Read"), denied]).await;
    on.delete(&[]).await;
    assert_eq!(left().await, [is("DENY", "*")]);
    assert_eq!(on.operations(&[]).await, ["Read"]);
    on.refused("DeleteAcl", &rule(&[]), ABSENT).await;
    // Of several operations none goes when one has no rule.
    on.create(&[from]).await;
    on.refused("DeleteAcl", &rule(&[("AclOperationTypes", "Write,Read,Describe")]), ABSENT).await;
    assert_eq!(on.operations(&[]).await, ["Read", "Write"]);
    on.delete(&[("AclOperationTypes", "Write,Read")]).await;
    on.refused("DeleteAcl", &rule(&[("AclOperationTypes", "Write,Read")]), ABSENT).await;
    assert!(on.operations(&[]).await.is_empty());
}

#[tokio::test]
async fn what_is_not_shown_is_taken_away_all_the_same() {
    let on = On::enforcing().await;
    let denied = ("AclPermissionType", "DENY");
    let topic = [("Topic", "orders"), ("Remark", "remark")];
    on.create(&[denied]).await;
    on.ok("DeleteTopic", &topic[..1]).await;
    on.delete(&[]).await;
    on.ok("CreateTopic", &topic).await;
    assert_eq!(on.described(&[]).await, json!([]), "it is gone, not hidden");
    on.create(&[denied]).await;
    on.enforce("false").await;
    on.delete(&[]).await;
    on.enforce("true").await;
    assert_eq!(on.described(&[]).await, json!([]));
}

#[tokio::test]
async fn names_that_there_are_rules_about() {
    let on = On::enforcing().await;
    on.ok("CreateTopic", &[("Topic", "arrivals"), ("Remark", "remark")]).await;
    let names = async |kind, pattern| {
        let asked = [("AclResourceType", kind), ("AclResourcePatternType", pattern)];
        on.ok("DescribeAclResourceName", &asked).await["Data"]["data"].clone()
    };
    assert_eq!(names("Topic", "LITERAL").await, json!([]));
    for user in ["test12", "other"] {
        for name in ["orders", "arrivals", "*"] {
            on.create(&[("Username", user), ("AclResourceName", name)]).await;
        }
    }
    on.create(&[("AclResourceName", "pre"), ("AclResourcePatternType", "PREFIXED")]).await;
    assert_eq!(names("TOPIC", "LITERAL").await, json!(["*", "arrivals", "orders"]));
    assert_eq!(names("Topic", "PREFIXED").await, json!(["pre"]));
    assert_eq!(names("Group", "LITERAL").await, json!([]));
}

#[tokio::test]
async fn rules_are_granted_and_shown_where_they_are_enforced() {
    let on = On::plain().await;
    on.refused("CreateAcl", &rule(&[]), OFF).await;
    // That is said before what the rule is about is looked for, and after what is wrong with it.
    on.refused("CreateAcl", &rule(&[("AclResourceName", "nowhere")]), OFF).await;
    on.refused("CreateAcl", &rule(&[("AclOperationType", "IdempotentWrite")]), FIELD).await;
    on.refused("DeleteAcl", &rule(&[]), ABSENT).await;
    on.enforce("true").await;
    on.create(&[]).await;
    on.create(&[("AclOperationType", "Read")]).await;
    on.enforce("false").await;
    assert_eq!(on.described(&[]).await, json!([]));
    on.delete(&[]).await;
    on.enforce("true").await;
    assert_eq!(on.operations(&[]).await, ["Read"]);
}

#[tokio::test]
async fn an_explanation_names_the_rule_that_the_engine_decides_by() {
    let on = On::plain().await;
    let explained = async |more: &Pairs<'_>| {
        let asked = [
            ("Version", "2026-11-01"),
            ("Username", "test12"),
            ("Operation", "Write"),
            ("ResourceType", "Topic"),
            ("ResourceName", "orders"),
        ];
        let answer = on.ok("ExplainAcl", &[&asked[..], more].concat()).await;
        (answer["Permitted"].clone(), answer["Reason"].clone(), answer["Rule"].clone())
    };
    assert_eq!(explained(&[]).await, (json!(true), json!("UNENFORCED"), Json::Null));
    on.enforce("true").await;
    assert_eq!(explained(&[("Host", "10.0.0.1")]).await, (json!(false), json!("NO_RULE"), Json::Null));
    on.create(&[("AclPermissionType", "DENY"), ("Host", "10.0.0.1")]).await;
    let rule = json!({
        "Username": "test12", "PermissionType": "DENY", "Operation": "Write", "ResourceType": "Topic",
        "ResourceName": "orders", "PatternType": "LITERAL", "Host": "10.0.0.1",
    });
    assert_eq!(explained(&[]).await, (json!(false), json!("RULE"), rule));

    let asked = [("Version", "2026-11-01"), ("Username", "test12"), ("Operation", "Fly")];
    let more = [("ResourceType", "Topic"), ("ResourceName", "orders")];
    on.refused("ExplainAcl", &[&asked[..], &more].concat(), (400, "InvalidParameter")).await;
    let asked = [
        ("Version", "2026-11-01"),
        ("RegionId", "cn-hangzhou"),
        ("InstanceId", "alikafka_post-cn-nowhere"),
        ("Username", "test12"),
        ("Operation", "Write"),
        ("ResourceType", "Cluster"),
    ];
    on.world.refused("ExplainAcl", &asked, (404, "BIZ.INSTANCE.NOT.FOUND")).await;
}
