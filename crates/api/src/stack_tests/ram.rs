//! Users, their keys and their policies, through the wire.

use control::AccessKey;
use control::ids::AccountId;
use machine::secret::Secret;
use serde_json::{Value as Json, json};

use super::world::World;

const RAM: &str = "2015-05-01";
const ALICE: (&str, &str) = ("UserName", "alice");
const LIST: &[(&str, &str)] = &[("RegionId", "cn-hangzhou")];

impl World {
    async fn ram(&self, action: &str, parameters: &[(&str, &str)]) -> Json {
        self.ok_of(RAM, action, parameters).await
    }

    async fn ram_refused(&self, action: &str, parameters: &[(&str, &str)], expected: (u16, &str)) {
        self.refused(action, &[&[("Version", RAM)], parameters].concat(), expected).await;
    }

    /// A new key of alice, or of the owner.
    async fn key_of(&self, holder: &[(&str, &str)]) -> AccessKey {
        let made = self.ram("CreateAccessKey", holder).await["AccessKey"].clone();
        assert_eq!(made["Status"], "Active");
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        AccessKey {
            id: text("AccessKeyId"),
            secret: Secret::new(text("AccessKeySecret")),
            account: AccountId::new(self.account()),
            user: None,
            active: true,
        }
    }

    /// Who a key says its holder is: type, id, name in the end of the resource name.
    async fn identity(&self, key: &AccessKey) -> (String, String, String) {
        let identity = self.post_as(key, "GetCallerIdentity", &[("Version", "2015-04-01")]).await.json();
        let text = |name: &str| identity[name].as_str().unwrap().to_owned();
        assert_eq!((text("AccountId"), text("UserId")), (self.account(), text("PrincipalId")));
        let arn = text("Arn");
        let prefix = format!("acs:ram::{}:", self.account());
        (text("IdentityType"), text("UserId"), arn.strip_prefix(&prefix).unwrap().to_owned())
    }
}

fn document(effect: &str, action: &str, resource: &str) -> String {
    json!({ "Version": "1", "Statement": [{ "Effect": effect, "Action": action, "Resource": resource }] })
        .to_string()
}

#[tokio::test]
async fn a_user_gets_a_key_and_a_policy_and_loses_both() {
    let world = World::open().await;
    let user = world.ram("CreateUser", &[ALICE]).await["User"].clone();
    assert_eq!(
        (&user["UserName"], &user["DisplayName"], &user["Comments"]),
        (&json!("alice"), &json!("alice"), &json!(""))
    );
    let key = world.key_of(&[ALICE]).await;
    let id = user["UserId"].as_str().unwrap().to_owned();
    assert_eq!(world.identity(&key).await, ("RAMUser".into(), id, "user/alice".into()));
    assert_eq!(world.post_as(&key, "GetInstanceList", LIST).await.outcome(), (403, "Forbidden.RAM".into()));

    let read_only = [("PolicyType", "System"), ("PolicyName", "AliyunKafkaReadOnlyAccess"), ALICE];
    world.ram("AttachPolicyToUser", &read_only).await;
    assert_eq!(world.post_as(&key, "GetInstanceList", LIST).await.status, 200);
    let delete = [LIST[0], ("InstanceId", "i")];
    assert_eq!(world.post_as(&key, "DeleteInstance", &delete).await.status, 403);
    world.ram("DetachPolicyFromUser", &read_only).await;
    assert_eq!(world.post_as(&key, "GetInstanceList", LIST).await.status, 403);

    let at = [ALICE, ("UserAccessKeyId", key.id.as_str())];
    world.ram("UpdateAccessKey", &[&at[..], &[("Status", "Inactive")]].concat()).await;
    let outcome = world.post_as(&key, "GetInstanceList", LIST).await.outcome();
    assert_eq!(outcome, (400, "InvalidAccessKeyId.Inactive".into()));
    world.ram("DeleteAccessKey", &at).await;
    let outcome = world.post_as(&key, "GetInstanceList", LIST).await.outcome();
    assert_eq!(outcome, (404, "InvalidAccessKeyId.NotFound".into()));
    world.ram("DeleteUser", &[ALICE]).await;
    world.ram_refused("GetUser", &[ALICE], (404, "EntityNotExist.User")).await;
}

#[tokio::test]
async fn an_explicit_denial_outweighs_an_administrators_policy() {
    let world = World::open().await;
    world.ram("CreateUser", &[ALICE]).await;
    let key = world.key_of(&[ALICE]).await;
    world
        .ram("AttachPolicyToUser", &[("PolicyType", "System"), ("PolicyName", "AdministratorAccess"), ALICE])
        .await;
    assert_eq!(world.post_as(&key, "ListUsers", &[("Version", RAM)]).await.status, 200);
    let says = document("Deny", "ram:*", "*");
    world.ram("CreatePolicy", &[("PolicyName", "no-ram"), ("PolicyDocument", &says)]).await;
    world.ram("AttachPolicyToUser", &[("PolicyType", "Custom"), ("PolicyName", "no-ram"), ALICE]).await;
    // And cannot help itself out of it.
    let detach = [("Version", RAM), ("PolicyType", "Custom"), ("PolicyName", "no-ram"), ALICE];
    for (action, parameters) in [
        ("ListUsers", &detach[..1]),
        ("DetachPolicyFromUser", &detach[..]),
        ("CreateAccessKey", &detach[..1]),
    ] {
        let outcome = world.post_as(&key, action, parameters).await.outcome();
        assert_eq!(outcome, (403, "NoPermission".into()), "{action}");
    }
    assert_eq!(world.post_as(&key, "GetInstanceList", LIST).await.status, 200);
}

#[tokio::test]
async fn a_key_without_a_user_is_the_callers_own() {
    let world = World::open().await;
    let mine = world.key_of(&[]).await;
    assert_eq!(world.identity(&mine).await, ("Account".into(), world.account(), "root".into()));
    world.ram("CreateUser", &[ALICE]).await;
    world.ram("CreateUser", &[("UserName", "bob")]).await;
    world
        .ram("AttachPolicyToUser", &[("PolicyType", "System"), ("PolicyName", "AdministratorAccess"), ALICE])
        .await;
    let alices = world.key_of(&[ALICE]).await;
    let made = world.post_as(&alices, "CreateAccessKey", &[("Version", RAM)]).await;
    assert_eq!(made.status, 200, "{}", made.text);
    let keys = async |user| {
        world.ram("ListAccessKeys", &[("UserName", user)]).await["AccessKeys"]["AccessKey"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!((keys("alice").await, keys("bob").await), (2, 0));
    assert_eq!(
        world.ram("ListAccessKeys", &[]).await["AccessKeys"]["AccessKey"].as_array().unwrap().len(),
        2
    );
    // Another's key is not found under a name that does not hold it.
    let wrong = [("UserName", "bob"), ("UserAccessKeyId", alices.id.as_str())];
    world.ram_refused("DeleteAccessKey", &wrong, (404, "EntityNotExist.User.AccessKey")).await;
    world.ram_refused("DeleteAccessKey", &wrong[1..], (404, "EntityNotExist.User.AccessKey")).await;
}

#[tokio::test]
async fn the_owner_keeps_a_key_that_works() {
    let world = World::open().await;
    let first = ("UserAccessKeyId", "testid");
    world.ram_refused("DeleteAccessKey", &[first], (409, "DeleteConflict.User.LastAccessKey")).await;
    let disable = [first, ("Status", "Inactive")];
    world.ram_refused("UpdateAccessKey", &disable, (409, "DeleteConflict.User.LastAccessKey")).await;
    let second = world.key_of(&[]).await;
    world.ram("UpdateAccessKey", &disable).await;
    let enable = [("Version", RAM), first, ("Status", "Active")];
    assert_eq!(world.post_as(&second, "UpdateAccessKey", &enable).await.status, 200);
    world.ram("ListUsers", &[]).await;
}

#[tokio::test]
async fn what_cannot_be_is_refused_in_the_products_words() {
    let world = World::open().await;
    world.ram("CreateUser", &[ALICE]).await;
    let says = document("Allow", "*", "*");
    let policy = ("PolicyName", "all");
    let custom = [("PolicyType", "Custom"), policy, ALICE];
    world.ram("CreatePolicy", &[policy, ("PolicyDocument", &says)]).await;
    world.ram("AttachPolicyToUser", &custom).await;
    let key = world.key_of(&[ALICE]).await;
    for (action, parameters, expected) in [
        ("CreateUser", vec![ALICE], (409, "EntityAlreadyExists.User")),
        ("CreateUser", vec![("UserName", "a b")], (400, "InvalidParameter.UserName.InvalidChars")),
        ("CreatePolicy", vec![policy, ("PolicyDocument", &says)], (409, "EntityAlreadyExists.Policy")),
        (
            "CreatePolicy",
            vec![("PolicyName", "a_b"), ("PolicyDocument", &says)],
            (400, "InvalidParameter.PolicyName.InvalidChars"),
        ),
        (
            "CreatePolicy",
            vec![("PolicyName", "bad"), ("PolicyDocument", "{}")],
            (400, "InvalidParameter.PolicyDocument"),
        ),
        ("AttachPolicyToUser", custom.to_vec(), (409, "EntityAlreadyExists.User.Policy")),
        ("DeletePolicy", vec![policy], (409, "DeleteConflict.Policy.User")),
        ("DeleteUser", vec![ALICE], (409, "DeleteConflict.User.AccessKey")),
        ("GetPolicy", vec![("PolicyType", "System"), policy], (404, "EntityNotExist.Policy")),
        (
            "DetachPolicyFromUser",
            vec![("PolicyType", "System"), ("PolicyName", "AdministratorAccess"), ALICE],
            (404, "EntityNotExist.User.Policy"),
        ),
        ("ListPoliciesForUser", vec![("UserName", "nobody")], (404, "EntityNotExist.User")),
        ("CreateAccessKey", vec![("UserName", "nobody")], (404, "EntityNotExist.User")),
        ("ListUsers", vec![("Marker", "01")], (400, "InvalidParameter")),
        ("CreateRole", vec![], (400, "UnsupportedOperation")),
    ] {
        world.ram_refused(action, &parameters, expected).await;
    }
    world.key_of(&[ALICE]).await;
    world.ram_refused("CreateAccessKey", &[ALICE], (409, "LimitExceeded.User.AccessKey")).await;
    assert_eq!(world.post_as(&key, "GetInstanceList", LIST).await.status, 200);
    // Why a document is refused is told to its author.
    let unjudged = says.replace(
        "\"Resource\":\"*\"",
        "\"Resource\":\"*\",\"Condition\":{\"Bool\":{\"acs:MFAPresent\":\"true\"}}",
    );
    let answer = world
        .post("CreatePolicy", &[("Version", RAM), ("PolicyName", "mfa"), ("PolicyDocument", &unjudged)])
        .await;
    assert!(answer.json()["Message"].as_str().unwrap().contains("acs:MFAPresent"), "{}", answer.text);
}

#[tokio::test]
async fn a_text_that_is_too_long_is_refused_as_that() {
    let world = World::open().await;
    world.ram("CreateUser", &[ALICE]).await;
    let says = document("Allow", "*", "*");
    let (long, longer) = ("x".repeat(65), "x".repeat(129));
    let padded = format!("{says}{}", " ".repeat(6 * 1024 + 1 - says.len()));
    for (action, parameters, expected) in [
        ("CreateUser", vec![("UserName", long.as_str())], "InvalidParameter.UserName.Length"),
        ("UpdateUser", vec![ALICE, ("NewUserName", &long)], "InvalidParameter.NewUserName.Length"),
        ("UpdateUser", vec![ALICE, ("NewComments", &longer)], "InvalidParameter.NewComments.Length"),
        (
            "CreatePolicy",
            vec![("PolicyName", &longer), ("PolicyDocument", &says)],
            "InvalidParameter.PolicyName.Length",
        ),
        (
            "CreatePolicy",
            vec![("PolicyName", "p"), ("PolicyDocument", &padded)],
            "InvalidParameter.PolicyDocument.Length",
        ),
    ] {
        world.ram_refused(action, &parameters, (400, expected)).await;
    }
    for (name, length) in [("UserName", 64), ("PolicyName", 128)] {
        let action = name.replace("Name", "");
        let fits = "x".repeat(length);
        world
            .ram(&format!("Create{action}"), &[(name, &fits), ("PolicyDocument", &padded[..6 * 1024])])
            .await;
    }
    let kind = [("PolicyType", "Own"), ("PolicyName", "p")];
    world.ram_refused("GetPolicy", &kind, (400, "InvalidParameter.PolicyType")).await;
}

#[tokio::test]
async fn lists_go_on_where_they_stopped() {
    let world = World::open().await;
    for name in ["a", "b", "c"] {
        world.ram("CreateUser", &[("UserName", name)]).await;
    }
    let mut names = Vec::new();
    let mut marker = String::new();
    loop {
        let page = world.ram("ListUsers", &[("MaxItems", "2"), ("Marker", &marker)]).await;
        names.extend(
            page["Users"]["User"]
                .as_array()
                .unwrap()
                .iter()
                .map(|user| user["UserName"].as_str().unwrap().to_owned()),
        );
        match page["IsTruncated"].as_bool().unwrap() {
            true => marker = page["Marker"].as_str().unwrap().to_owned(),
            false => break,
        }
    }
    assert_eq!(names, ["a", "b", "c"]);
    let policies = world.ram("ListPolicies", &[("MaxItems", "2")]).await;
    assert_eq!((&policies["IsTruncated"], &policies["Marker"]), (&json!(true), &json!("2")));
}

#[tokio::test]
async fn a_user_keeps_keys_and_policies_under_another_name() {
    let world = World::open().await;
    world.ram("CreateUser", &[ALICE]).await;
    world.ram("CreateUser", &[("UserName", "bob")]).await;
    let key = world.key_of(&[ALICE]).await;
    let read_only = [("PolicyType", "System"), ("PolicyName", "AliyunKafkaReadOnlyAccess")];
    world.ram("AttachPolicyToUser", &[read_only[0], read_only[1], ALICE]).await;
    let rename = [ALICE, ("NewUserName", "carol"), ("NewDisplayName", "Carol"), ("NewComments", "was Alice")];
    let user = world.ram("UpdateUser", &rename).await["User"].clone();
    let shown = ["UserName", "DisplayName", "Comments"].map(|name| user[name].as_str().unwrap().to_owned());
    assert_eq!(shown, ["carol", "Carol", "was Alice"]);
    assert_eq!(world.identity(&key).await.2, "user/carol");
    assert_eq!(world.post_as(&key, "GetInstanceList", LIST).await.status, 200);
    world.ram_refused("GetUser", &[ALICE], (404, "EntityNotExist.User")).await;
    world.ram_refused("UpdateUser", &rename, (404, "EntityNotExist.User")).await;
    let carol = ("UserName", "carol");
    world
        .ram_refused("UpdateUser", &[carol, ("NewUserName", "bob")], (409, "EntityAlreadyExists.User"))
        .await;
    world
        .ram_refused(
            "UpdateUser",
            &[carol, ("NewUserName", "b b")],
            (400, "InvalidParameter.NewUserName.InvalidChars"),
        )
        .await;
    // Without a change, and to the own name: as it was.
    world.ram("UpdateUser", &[carol, ("NewUserName", "carol")]).await;
    assert_eq!(world.ram("GetUser", &[carol]).await["User"]["Comments"], "was Alice");
}

#[tokio::test]
async fn accounts_are_the_operators() {
    let world = World::open().await;
    let made = world.ok_of("2026-11-01", "CreateAccount", &[("DisplayName", "staging")]).await;
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    let other = AccessKey {
        id: text("AccessKeyId"),
        secret: Secret::new(text("AccessKeySecret")),
        account: AccountId::new(text("AccountId")),
        user: None,
        active: true,
    };
    let version = ("Version", "2026-11-01");
    for action in ["CreateAccount", "ListAccounts"] {
        let outcome = world.post_as(&other, action, &[version]).await.outcome();
        assert_eq!(outcome, (403, "NoPermission".into()), "{action}");
    }
    // Not even an administrator among the first account's users.
    world.ram("CreateUser", &[ALICE]).await;
    world
        .ram("AttachPolicyToUser", &[("PolicyType", "System"), ("PolicyName", "AdministratorAccess"), ALICE])
        .await;
    let alice = world.key_of(&[ALICE]).await;
    assert_eq!(world.post_as(&alice, "CreateAccount", &[version]).await.status, 403);
    // The other account is one: its users are its own.
    let outcome = world.post_as(&other, "GetUser", &[("Version", RAM), ALICE]).await.outcome();
    assert_eq!(outcome, (404, "EntityNotExist.User".into()));
    let identity = world.post_as(&other, "GetCallerIdentity", &[("Version", "2015-04-01")]).await.json();
    assert_eq!(
        (&identity["IdentityType"], identity["AccountId"].as_str()),
        (&json!("Account"), Some(other.account.as_str()))
    );
}
