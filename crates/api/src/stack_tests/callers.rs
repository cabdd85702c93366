//! Who may do what: every action as a sub-user whom nothing is allowed, and as another account; and what policies
//! let through.

use std::time::Duration;

use control::account::{Caller, KeyHolder};
use control::audit;
use control::ids::{AccountId, PolicyName, SubUserName};
use control::permission::{PolicyCreate, PolicyRef};
use control::sub_user::SubUserCreate;
use control::{AccessKey, Committed};
use hyper::StatusCode;
use machine::disk::RealDisk;
use serde_json::{Value as Json, json};

use super::world::{Answer, World, get, post};
use crate::client::Signature;
use crate::rate::RateLimits;
use crate::{ActionSpec, actions};

impl World {
    /// The owner of the world's account, as control sees whoever calls.
    fn owner(&self) -> Caller {
        Caller {
            account: AccountId::new(self.account()),
            user: None,
            access_key_id: "owner".into(),
            request_id: "r".into(),
            address: "127.0.0.1".into(),
        }
    }

    /// A sub-user of this name with policies, and its key.
    pub(crate) async fn sub_user(&self, name: &str, policies: &[Json]) -> AccessKey {
        let (control, owner) = (&self.stack.control, self.owner());
        let name = SubUserName::parse(name).unwrap();
        let create =
            SubUserCreate { name: name.clone(), display_name: String::new(), comments: String::new() };
        control.sub_user_create(&owner, create).await.unwrap().into_inner();
        for (number, statement) in policies.iter().enumerate() {
            let policy = PolicyName::parse(&format!("{name}-{number}")).unwrap();
            let document = json!({ "Version": "1", "Statement": statement }).to_string();
            let create = PolicyCreate { name: policy.clone(), description: String::new(), document };
            control.policy_create(&owner, create).await.unwrap().into_inner();
            let of = PolicyRef { standing: false, name: policy };
            control.policy_attach(&owner, &name, &of).await.unwrap().into_inner();
        }
        control.access_key_create(&owner, &KeyHolder::SubUser(name)).await.map(Committed::into_inner).unwrap()
    }

    /// Calls with a key, in JSON.
    pub(crate) async fn post_as(&self, key: &AccessKey, action: &str, parameters: &[(&str, &str)]) -> Answer {
        let (nonce, timestamp) = (self.nonce(), self.timestamp());
        self.send(post(action, parameters, &signature(key, &nonce, &timestamp))).await
    }

    /// Calls with a key, in XML.
    async fn get_as(&self, key: &AccessKey, action: &str, parameters: &[(&str, &str)]) -> Answer {
        let (nonce, timestamp) = (self.nonce(), self.timestamp());
        self.send(get(action, "XML", parameters, &signature(key, &nonce, &timestamp))).await
    }

    pub(super) async fn outcome_as(
        &self,
        key: &AccessKey,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> (u16, String) {
        self.post_as(key, action, parameters).await.outcome()
    }
}

fn signature<'a>(key: &'a AccessKey, nonce: &'a str, timestamp: &'a str) -> Signature<'a> {
    Signature { access_key_id: &key.id, secret: key.secret.expose().as_bytes(), nonce, timestamp }
}

pub(super) fn statement(effect: &str, action: &str, resource: &str) -> Json {
    json!({ "Effect": effect, "Action": action, "Resource": resource })
}

pub(super) fn allow_all() -> Json {
    statement("Allow", "*", "*")
}

/// The example of an action, about something that is there.
fn example<'a>(spec: &'a ActionSpec, instance: &'a str) -> Vec<(&'a str, &'a str)> {
    let fill = |(name, value): &(&'a str, &'a str)| match *value {
        "INSTANCE" => (*name, instance),
        value => (*name, value),
    };
    [("Version", spec.version)].into_iter().chain(spec.example.iter().map(fill)).collect()
}

/// What the owner sees of everything, request ids aside.
async fn everything(world: &World, instance: &str) -> Vec<Json> {
    let region = ("RegionId", "cn-hangzhou");
    let mut seen = Vec::new();
    for (version, action, parameters) in [
        ("2019-09-16", "GetInstanceList", vec![region]),
        ("2019-09-16", "GetTopicList", vec![region, ("InstanceId", instance), ("PageSize", "100")]),
        ("2019-09-16", "GetConsumerList", vec![region, ("InstanceId", instance)]),
        (
            "2019-09-16",
            "ListTagResources",
            vec![region, ("ResourceType", "INSTANCE"), ("ResourceId.1", instance)],
        ),
        ("2019-09-16", "GetAllowedIpList", vec![region, ("InstanceId", instance)]),
        ("2016-04-28", "DescribeVpcs", vec![region]),
        ("2016-04-28", "DescribeVSwitches", vec![region]),
        ("2014-05-26", "DescribeSecurityGroups", vec![region]),
        ("2016-01-20", "ListKeys", vec![]),
        ("2016-01-20", "ListAliases", vec![]),
        ("2020-03-31", "ListResourceGroups", vec![]),
    ] {
        let mut reply = world.ok_of(version, action, &parameters).await;
        reply.as_object_mut().unwrap().remove("RequestId");
        seen.push(reply);
    }
    seen
}

/// A world with an instance, a topic and a group.
pub(super) async fn furnished() -> (World, String) {
    let world = World::open().await;
    let id = world.running(&[]).await;
    let on = [("RegionId", "cn-hangzhou"), ("InstanceId", id.as_str())];
    world.ok("CreateTopic", &[&on[..], &[("Topic", "orders"), ("Remark", "noted")]].concat()).await;
    world.ok("CreateConsumerGroup", &[&on[..], &[("ConsumerId", "readers")]].concat()).await;
    (world, id)
}

/// As [`furnished`], with records of other products too.
async fn fully_furnished() -> (World, String) {
    let (world, id) = furnished().await;
    world.ok_of("2016-04-28", "CreateVpc", &[("RegionId", "cn-hangzhou")]).await;
    world.ok_of("2016-01-20", "CreateKey", &[]).await;
    (world, id)
}

fn forbidden_code(product: &str) -> &'static str {
    match product {
        "alikafka" | "ecs" | "vpc" => "Forbidden.RAM",
        "kms" => "Forbidden.NoPermission",
        _ => "NoPermission",
    }
}

#[tokio::test]
async fn a_sub_user_whom_nothing_is_allowed_gets_nothing_done() {
    let (world, id) = fully_furnished().await;
    let nobody = world.sub_user("nobody", &[]).await;
    let denied = world.sub_user("denied", &[allow_all(), statement("Deny", "*", "*")]).await;
    let before = everything(&world, &id).await;
    let mut open = Vec::new();
    for spec in actions() {
        let parameters = example(&spec, &id);
        for key in [&nobody, &denied] {
            let answers = [
                world.post_as(key, spec.name, &parameters).await,
                world.get_as(key, spec.name, &parameters).await,
            ];
            for answer in answers {
                if spec.open_to_all {
                    assert_ne!(answer.status, StatusCode::FORBIDDEN, "{}", spec.name);
                    continue;
                }
                let expected = (403, forbidden_code(spec.product).to_owned());
                assert_eq!(answer.outcome(), expected, "{}: {}", spec.name, answer.text);
                assert!(answer.text.contains(spec.permission), "{}: {}", spec.name, answer.text);
                assert!(answer.text.contains(&format!("acs:{}:", spec.product)), "{}", answer.text);
            }
            // Nothing is told about what is missing or wrong.
            if !spec.open_to_all {
                let answer = world.post_as(key, spec.name, &[("Version", spec.version)]).await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", spec.name);
            }
        }
        if spec.open_to_all {
            open.push(spec.name);
        }
    }
    assert_eq!(open, OPEN);
    assert_eq!(everything(&world, &id).await, before);
    assert!(world.stack.control.audit_verify().await.unwrap().damage.is_empty());
}

/// Actions that tell a caller nothing that is not the caller's own.
const OPEN: &[&str] = &["DescribeEndpoints", "GetCallerIdentity"];

#[tokio::test]
async fn another_account_meets_nothing_of_this_one() {
    let (world, id) = fully_furnished().await;
    let made = world.stack.control.account_create(&world.owner(), "other".into()).await.unwrap();
    let other = made.into_inner();
    let before = everything(&world, &id).await;
    for spec in actions() {
        let parameters = example(&spec, &id);
        let names_it = spec.example.iter().any(|(_, value)| value.contains("INSTANCE"));
        for answer in [
            world.post_as(&other, spec.name, &parameters).await,
            world.get_as(&other, spec.name, &parameters).await,
        ] {
            assert!(answer.status.as_u16() < 500, "{}: {}", spec.name, answer.text);
            if names_it && !LISTS.contains(&spec.name) {
                assert_ne!(answer.status, 200, "{}: {}", spec.name, answer.text);
            }
            // As if it had never been: the answer to an id that nobody has.
            if spec.parameters.iter().any(|parameter| parameter.name == "InstanceId" && parameter.required) {
                let expected = (404, "BIZ.INSTANCE.NOT.FOUND".to_owned());
                assert_eq!(answer.outcome(), expected, "{}: {}", spec.name, answer.text);
            }
            assert!(!answer.text.contains("orders\""), "{}: {}", spec.name, answer.text);
        }
    }
    assert_eq!(everything(&world, &id).await, before);
}

/// Actions that list what there is of what is named: nothing.
const LISTS: &[&str] = &["GetInstanceList", "ListTagResources"];

#[tokio::test]
async fn a_key_that_is_disabled_or_gone_stops_at_once() {
    let world = World::open().await;
    let key = world.sub_user("ann", &[allow_all()]).await;
    let list = [("RegionId", "cn-hangzhou")];
    let holder = KeyHolder::SubUser(SubUserName::new("ann"));
    let (control, owner) = (&world.stack.control, world.owner());
    for (active, expected) in [(false, (400, "InvalidAccessKeyId.Inactive")), (true, (200, "OK"))] {
        control.access_key_change(&owner, &holder, &key.id, active).await.unwrap().into_inner();
        let outcome = world.outcome_as(&key, "GetInstanceList", &list).await;
        assert_eq!(outcome, (expected.0, expected.1.to_owned()));
    }
    control.access_key_delete(&owner, &holder, &key.id).await.unwrap().into_inner();
    let outcome = world.outcome_as(&key, "GetInstanceList", &list).await;
    assert_eq!(outcome, (404, "InvalidAccessKeyId.NotFound".to_owned()));
}

#[tokio::test]
async fn a_policy_for_one_instance_reaches_that_one_and_no_other() {
    let (world, id) = furnished().await;
    let other = world.running(&[]).await;
    let reader = json!({ "Effect": "Allow", "Action": "alikafka:List*", "Resource": format!("acs:alikafka:*:*:{id}") });
    let key = world.sub_user("reader", &[reader]).await;
    let region = ("RegionId", "cn-hangzhou");
    let mine = [region, ("InstanceId", id.as_str())];
    let theirs = [region, ("InstanceId", other.as_str())];
    let outcome =
        async |action: &str, parameters: &[(&str, &str)]| world.outcome_as(&key, action, parameters).await.0;
    assert_eq!(outcome("GetTopicList", &mine).await, 200);
    assert_eq!(outcome("GetTopicList", &theirs).await, 403);
    assert_eq!(outcome("GetConsumerList", &mine).await, 200);
    assert_eq!(
        outcome("CreateTopic", &[&mine[..], &[("Topic", "new"), ("Remark", "noted")]].concat()).await,
        403
    );
    // Lists: of those that are named all must be allowed, and a list of everything is about everything.
    assert_eq!(outcome("GetInstanceList", &[region, ("InstanceId.1", &id)]).await, 200);
    assert_eq!(
        outcome("GetInstanceList", &[region, ("InstanceId.1", &id), ("InstanceId.7", &other)]).await,
        403
    );
    let both = json!([id, other]).to_string();
    assert_eq!(outcome("GetInstanceList", &[region, ("InstanceId", &both)]).await, 403);
    assert_eq!(outcome("GetInstanceList", &[region]).await, 403);
    assert_eq!(outcome("GetAllInstanceIdList", &[region]).await, 403);
    // A parameter that the action does not have names nothing.
    assert_eq!(outcome("GetAllInstanceIdList", &mine).await, 403);
    // Topics and groups are their instance's.
    let tags = async |kind: &str, resource: &str| {
        outcome("ListTagResources", &[region, ("ResourceType", kind), ("ResourceId.1", resource)]).await
    };
    assert_eq!(tags("INSTANCE", &id).await, 200);
    assert_eq!(tags("TOPIC", &format!("Kafka_{id}_orders")).await, 200);
    assert_eq!(tags("TOPIC", &format!("Kafka_{other}_orders")).await, 403);
    let answer = world.post_as(&key, "CreateTopic", &mine).await;
    let message = answer.json()["Message"].as_str().unwrap().to_owned();
    let resource = format!("acs:alikafka:cn-hangzhou:{}:{id}", world.account());
    assert!(message.contains("alikafka:CreateTopic") && message.contains(&resource), "{message}");
}

#[tokio::test]
async fn a_mention_in_a_parameter_that_nobody_reads_opens_nothing() {
    let (world, id) = furnished().await;
    let on_one = statement("Allow", "alikafka:*", &format!("acs:alikafka:*:*:{id}"));
    let key = world.sub_user("buyer", &[on_one]).await;
    let spec = actions().into_iter().find(|spec| spec.name == "CreatePostPayOrder").unwrap();
    let mut order = example(&spec, &id);
    order.push(("InstanceId", &id));
    assert_eq!(world.outcome_as(&key, "CreatePostPayOrder", &order).await.0, 403);
}

#[tokio::test]
async fn regions_and_accounts_in_resource_names_count() {
    let (world, id) = furnished().await;
    let list = [("RegionId", "cn-hangzhou"), ("InstanceId", id.as_str())];
    let account = world.account();
    for (number, (resource, expected)) in [
        (format!("acs:alikafka:cn-hangzhou:{account}:{id}"), 200),
        (format!("acs:alikafka:cn-*:*:{id}"), 200),
        (format!("acs:alikafka:cn-beijing:*:{id}"), 403),
        (format!("acs:alikafka:*:1{account}:{id}"), 403),
        (format!("acs:vpc:*:*:{id}"), 403),
    ]
    .into_iter()
    .enumerate()
    {
        let key = world.sub_user(&format!("u{number}"), &[statement("Allow", "*", &resource)]).await;
        assert_eq!(world.outcome_as(&key, "GetTopicList", &list).await.0, expected, "{resource}");
    }
    // This action finds its instance without a region: it could be any.
    let nowhere = &list[1..];
    let narrow = format!("acs:alikafka:cn-hangzhou:*:{id}");
    let key = world.sub_user("narrow", &[statement("Allow", "*", &narrow)]).await;
    assert_eq!(world.outcome_as(&key, "GetTopicList", nowhere).await.0, 403);
    let key = world.sub_user("shut", &[allow_all(), statement("Deny", "*", &narrow)]).await;
    assert_eq!(world.outcome_as(&key, "GetTopicList", nowhere).await.0, 403);
}

#[tokio::test]
async fn what_has_no_region_is_named_as_the_vendor_prints_it() {
    let world = World::open().await;
    let account = world.account();
    for (number, region) in ["", "*"].into_iter().enumerate() {
        let boss = format!("acs:ram:{region}:{account}:user/boss");
        let key = world.sub_user(&format!("u{number}"), &[allow_all(), statement("Deny", "*", &boss)]).await;
        let get = |name| [("Version", "2015-05-01"), ("UserName", name)];
        assert_eq!(world.outcome_as(&key, "GetUser", &get("boss")).await.0, 403, "{boss}");
        assert_eq!(world.outcome_as(&key, "GetUser", &get("u0")).await.0, 200, "{boss}");
    }
}

#[tokio::test]
async fn a_name_that_nothing_can_have_is_denied_without_looking_at_it() {
    let world = World::open().await;
    let long = "a".repeat(500_000);
    let list = [("RegionId", "cn-hangzhou"), ("InstanceId", long.as_str())];
    let some = statement("Allow", "*", "acs:alikafka:*:*:alikafka_*");
    let key = world.sub_user("some", &[some]).await;
    assert_eq!(world.outcome_as(&key, "GetTopicList", &list).await.0, 403);
    let key = world.sub_user("all", &[allow_all()]).await;
    assert_eq!(
        world.outcome_as(&key, "GetTopicList", &list).await,
        (404, "BIZ.INSTANCE.NOT.FOUND".to_owned())
    );
}

#[tokio::test]
async fn conditions_see_the_peer_and_the_clock() {
    let world = World::open().await;
    let list = [("RegionId", "cn-hangzhou")];
    for (number, (condition, expected)) in [
        (json!({ "IpAddress": { "acs:SourceIp": "127.0.0.0/8" } }), 200),
        (json!({ "IpAddress": { "acs:SourceIp": "10.0.0.0/8" } }), 403),
        (json!({ "Bool": { "acs:SecureTransport": "true" } }), 403),
        (json!({ "DateLessThan": { "acs:CurrentTime": "2022-06-24T08:00:31Z" } }), 200),
        (json!({ "DateLessThan": { "acs:CurrentTime": "2022-06-24T08:00:30Z" } }), 403),
    ]
    .into_iter()
    .enumerate()
    {
        let mut statement = allow_all();
        statement["Condition"] = condition;
        let key = world.sub_user(&format!("u{number}"), &[statement.clone()]).await;
        // What a caller says about itself is not what is asked.
        let lies = [list[0], ("SourceIp", "10.0.0.1"), ("SecureTransport", "true")];
        assert_eq!(world.outcome_as(&key, "GetInstanceList", &lies).await.0, expected, "{statement}");
    }
}

#[tokio::test]
async fn keys_cannot_be_reached_by_another_name() {
    let world = World::open().await;
    let made = async || {
        let made = world.ok_of("2016-01-20", "CreateKey", &[]).await;
        made["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned()
    };
    let (mine, theirs) = (made().await, made().await);
    for (alias, key) in [("alias/mine", &mine), ("alias/theirs", &theirs)] {
        world.ok_of("2016-01-20", "CreateAlias", &[("AliasName", alias), ("KeyId", key)]).await;
    }
    let encrypt = |key| [("Version", "2016-01-20"), ("KeyId", key), ("Plaintext", "text")];
    let sealed = world.ok("Encrypt", &encrypt(&theirs)).await["CiphertextBlob"].as_str().unwrap().to_owned();
    let decrypt = [("Version", "2016-01-20"), ("CiphertextBlob", sealed.as_str())];
    let arn = format!("acs:kms:cn-hangzhou:{}:key/{theirs}", world.account());
    let only_mine =
        world.sub_user("one", &[statement("Allow", "kms:*", &format!("acs:kms:*:*:key/{mine}"))]).await;
    let not_theirs = statement("Deny", "kms:*", &format!("acs:kms:*:*:key/{theirs}"));
    let all_but = world.sub_user("rest", &[allow_all(), not_theirs]).await;
    for key in [&only_mine, &all_but] {
        assert_eq!(world.outcome_as(key, "Encrypt", &encrypt(&mine)).await.0, 200);
        for name in [theirs.as_str(), "alias/theirs", &arn] {
            assert_eq!(world.outcome_as(key, "Encrypt", &encrypt(name)).await.0, 403, "{name}");
        }
        assert_eq!(world.outcome_as(key, "Decrypt", &decrypt).await.0, 403);
        let alias = [("Version", "2016-01-20"), ("AliasName", "alias/theirs")];
        assert_eq!(world.outcome_as(key, "DeleteAlias", &alias).await.0, 403);
    }
    let all = world.sub_user("all", &[statement("Allow", "kms:*", "acs:kms:*:*:*")]).await;
    assert_eq!(world.outcome_as(&all, "Decrypt", &decrypt).await.0, 200);
    assert_eq!(world.outcome_as(&all, "Encrypt", &encrypt("alias/theirs")).await.0, 200);
}

#[tokio::test]
async fn records_of_networks_are_named_by_kind() {
    let world = World::open().await;
    let region = ("RegionId", "cn-hangzhou");
    let made = async || {
        let made = world.ok_of("2016-04-28", "CreateVpc", &[region]).await;
        made["VpcId"].as_str().unwrap().to_owned()
    };
    let (mine, theirs) = (made().await, made().await);
    let key = world.sub_user("net", &[statement("Allow", "vpc:*", &format!("acs:vpc:*:*:vpc/{mine}"))]).await;
    let of = |id| [("Version", "2016-04-28"), region, ("VpcId", id)];
    let tags = |id| {
        let tag = [("ResourceType", "VPC"), ("ResourceId.1", id), ("Tag.1.Key", "k"), ("Tag.1.Value", "v")];
        [&[("Version", "2016-04-28"), region][..], &tag].concat()
    };
    let both = format!("{mine},{theirs}");
    for (id, expected) in [(&mine, 200), (&theirs, 403), (&both, 403)] {
        assert_eq!(world.outcome_as(&key, "DescribeVpcs", &of(id)).await.0, expected);
    }
    assert_eq!(world.outcome_as(&key, "TagResources", &tags(&mine)).await.0, 200);
    assert_eq!(world.outcome_as(&key, "TagResources", &tags(&theirs)).await.0, 403);
    assert_eq!(world.outcome_as(&key, "DeleteVpc", &of(&theirs)).await.0, 403);
    assert_eq!(world.outcome_as(&key, "DeleteVpc", &of(&mine)).await.0, 200);
}

#[tokio::test]
async fn the_clouds_policies_are_the_clouds_and_others_the_accounts() {
    let world = World::open().await;
    world.sub_user("alice", &[]).await;
    let administrator = ("PolicyName", "AdministratorAccess");
    let own = ("PolicyName", "own");
    let document = json!({ "Version": "1", "Statement": [allow_all()] }).to_string();
    world.ok_of("2015-05-01", "CreatePolicy", &[own, ("PolicyDocument", &document)]).await;
    let account = world.account();
    let of_cloud = "acs:ram:*:system:policy/AdministratorAccess";
    let of_account = format!("acs:ram:*:{account}:policy/*");
    let shut = world.sub_user("shut", &[allow_all(), statement("Deny", "*", of_cloud)]).await;
    let shut_own = world.sub_user("shut-own", &[allow_all(), statement("Deny", "*", &of_account)]).await;
    let user = format!("acs:ram:*:{account}:user/*");
    let may = json!({ "Effect": "Allow", "Action": "ram:*", "Resource": [of_cloud, user] });
    let open = world.sub_user("open", &[may]).await;
    let outcome = async |key: &AccessKey, action: &str, named: &[(&str, &str)]| {
        world.outcome_as(key, action, &[&[("Version", "2015-05-01")], named].concat()).await.0
    };
    for (kind, policy, expected) in [
        ("System", administrator, [403, 200, 200]),
        ("Custom", own, [200, 403, 403]),
        ("None", own, [400, 403, 403]),
    ] {
        let named = [("PolicyType", kind), policy, ("UserName", "alice")];
        for (key, expected) in [&shut, &shut_own, &open].into_iter().zip(expected) {
            for action in ["AttachPolicyToUser", "DetachPolicyFromUser", "GetPolicy"] {
                assert_eq!(outcome(key, action, &named).await, expected, "{action} {kind} {}", key.id);
            }
        }
    }
    // Which of both is meant is not said: neither may be denied.
    for key in [&shut, &shut_own] {
        assert_eq!(outcome(key, "GetPolicy", &[administrator]).await, 403);
    }
    assert_eq!(outcome(&shut_own, "DeletePolicy", &[own]).await, 403);
    assert_eq!(outcome(&shut, "DeletePolicy", &[own]).await, 200);
}

#[tokio::test]
async fn a_refusal_repeats_nothing_that_clients_would_search_for() {
    let world = World::open().await;
    let key = world.sub_user("nobody", &[]).await;
    let named = [("RegionId", "cn-hangzhou"), ("InstanceId", "Not Found\u{10ffff}<NotFound>")];
    let answer = world.post_as(&key, "GetTopicList", &named).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(!answer.text.contains("NotFound"), "{}", answer.text);
}

#[tokio::test]
async fn refusals_fill_no_record_and_starve_nothing() {
    let world = World::open_with(RateLimits::default()).await;
    let keys = json!({ "Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*" });
    let key = world.sub_user("prying", &[keys]).await;
    let before = world.stack.control.audit_verify().await.unwrap().records;
    let lists =
        [("2019-09-16", "GetInstanceList"), ("2015-05-01", "ListUsers"), ("2016-04-28", "DescribeVpcs")];
    for (version, action) in lists.into_iter().cycle().take(60) {
        let of = [("Version", version), ("RegionId", "cn-hangzhou")];
        assert_eq!(world.outcome_as(&key, action, &of).await.0, 403, "{action}");
    }
    let list = [("RegionId", "cn-hangzhou")];
    for _ in 0..20 {
        let answer = world.post_as(&key, "GetInstanceList", &list).await;
        assert_eq!(answer.outcome(), (400, "Throttling.User".to_owned()));
        assert_eq!(answer.headers["x-acs-retry-after"], "1000");
    }
    // What is permitted goes on, for this user and for others.
    assert_eq!(world.outcome_as(&key, "ListKeys", &[("Version", "2016-01-20")]).await.0, 200);
    let other = world.sub_user("other", &[]).await;
    assert_eq!(world.outcome_as(&other, "GetInstanceList", &list).await.0, 403);
    world.ok("GetInstanceList", &list).await;
    world.hand.advance(Duration::from_secs(1));
    assert_eq!(world.outcome_as(&key, "GetInstanceList", &list).await.0, 403);
    // One record for each that was told no, and those of the second user: itself and its key.
    world.stack.control.close().await;
    let report = audit::verify(&world.database(), &RealDisk).await.unwrap();
    assert_eq!((report.records - before, report.damage), (60 + 2 + 2, vec![]));
}
