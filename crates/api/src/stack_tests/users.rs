//! Who may log in to an instance, and how that is written.

use serde_json::{Value as Json, json};

use super::world::World;

/// An instance on which users can log in.
struct On {
    world: World,
    id: String,
}

const ACL: (&str, &str) = ("Config", "{\"enable.acl\":true}");

impl On {
    async fn started(order: &[(&str, &str)], start: &[(&str, &str)]) -> Self {
        let world = World::open().await;
        let id = world.ordered(order).await;
        let at =
            [("RegionId", "cn-hangzhou"), ("InstanceId", &*id), ("VpcId", "vpc-1"), ("VSwitchId", "vsw-1")];
        world.ok("StartInstance", &[&at[..], start].concat()).await;
        world.until_status(&id, 5).await;
        Self { world, id }
    }

    async fn guarded() -> Self {
        Self::started(&[("SpecType", "professional")], &[ACL]).await
    }

    fn with<'a>(&'a self, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        [&[("RegionId", "cn-hangzhou"), ("InstanceId", self.id.as_str())], more].concat()
    }

    async fn ok(&self, action: &str, more: &[(&str, &str)]) {
        self.world.ok(action, &self.with(more)).await;
    }

    async fn refused(&self, action: &str, more: &[(&str, &str)], expected: (u16, &str)) {
        self.world.refused(action, &self.with(more), expected).await;
    }

    async fn users(&self) -> Json {
        let listed = self.world.ok("DescribeSaslUsers", &self.with(&[])).await;
        listed["SaslUserList"]["SaslUserVO"].clone()
    }
}

fn user(name: &str, password: &str, user_type: &str, mechanism: &str) -> Json {
    json!({ "Username": name, "Password": password, "Type": user_type, "Mechanism": mechanism })
}

fn named<'a>(name: &'a str, password: &'a str) -> [(&'a str, &'a str); 2] {
    [("Username", name), ("Password", password)]
}

#[tokio::test]
async fn users_are_made_changed_and_taken_away() {
    let on = On::guarded().await;
    assert_eq!(on.users().await, json!([]), "an empty list is there");
    let scram = |mechanism: &'static [(&str, &str)]| [&[("Type", "Scram")], mechanism].concat();
    on.ok("CreateSaslUser", &named("writer", "one")).await;
    on.ok("CreateSaslUser", &[&named("writer", "two")[..], &scram(&[])].concat()).await;
    let sha512 = scram(&[("Mechanism", "scram-sha-512")]);
    on.ok("CreateSaslUser", &[&named("other", "three!")[..], &sha512].concat()).await;
    let expected = json!([
        user("other", "three!", "scram", "SCRAM-SHA-512"),
        user("writer", "one", "plain", ""),
        user("writer", "two", "scram", "SCRAM-SHA-256"),
    ]);
    assert_eq!(on.users().await, expected);
    // Terraform changes a password without a word on the mechanism.
    on.ok("CreateSaslUser", &[&named("other", "four")[..], &scram(&[])].concat()).await;
    on.ok("DeleteSaslUser", &[("Username", "writer"), ("Mechanism", "anything")]).await;
    let expected = json!([
        user("other", "four", "scram", "SCRAM-SHA-512"),
        user("writer", "two", "scram", "SCRAM-SHA-256"),
    ]);
    assert_eq!(on.users().await, expected);
    let gone = (404, "BIZ_SASL_USER_NOT_EXIST");
    on.refused("DeleteSaslUser", &[("Username", "writer")], gone).await;
    on.refused("DeleteSaslUser", &[("Username", "nobody"), ("Type", "scram")], gone).await;
    on.ok("DeleteSaslUser", &[("Username", "writer"), ("Type", "SCRAM")]).await;
}

#[tokio::test]
async fn names_and_passwords_have_their_letters_and_lengths() {
    let on = On::guarded().await;
    let (longest, longest_password) = ("n".repeat(64), "!".repeat(128));
    on.ok("CreateSaslUser", &named(&longest, &longest_password)).await;
    on.ok("CreateSaslUser", &named("_", "~")).await;
    let rule = (400, "BIZ_FIELD_CHECK_INVALID");
    for (name, password) in [
        (&*"n".repeat(65), "secret"),
        ("a b", "secret"),
        ("a.b", "secret"),
        ("名", "secret"),
        ("name", &*"p".repeat(129)),
        ("name", "two words"),
        ("name", "密码"),
        ("name", "tab\t"),
    ] {
        on.refused("CreateSaslUser", &named(name, password), rule).await;
    }
    let unproved = [&named("name", "secret")[..], &[("Mechanism", "SCRAM-SHA-256")]].concat();
    on.refused("CreateSaslUser", &unproved, rule).await;
    assert_eq!(on.users().await.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn users_need_a_way_to_log_in() {
    let on = On::started(&[], &[]).await;
    on.refused("CreateSaslUser", &named("writer", "secret"), (400, "Acl.Disable.Error")).await;
    // Looking needs none.
    assert_eq!(on.users().await, json!([]));
    let on = On::guarded().await;
    let login = on.world.instance(&on.id).await;
    assert_eq!(login["SaslDomainEndpoint"], "localhost:9094");
    assert_eq!(login["SaslEndPoint"], "127.0.0.1:9094");
    on.ok("CreateSaslUser", &named("writer", "secret")).await;
    on.ok("UpdateInstanceConfig", &[("Config", "{\"enable.acl\":false}")]).await;
    assert_eq!(on.world.instance(&on.id).await["SaslDomainEndpoint"], "");
    // Those who are there stay, for the day it is switched on again.
    assert_eq!(on.users().await, json!([user("writer", "secret", "plain", "")]));
    on.ok("DeleteSaslUser", &[("Username", "writer")]).await;
}

#[tokio::test]
async fn an_instance_on_the_internet_has_a_user_from_the_start() {
    let public = [("DeployType", "4"), ("EipMax", "3"), ("SpecType", "professional")];
    let given = [("IsSetUserAndPassword", "true"), ("Username", "first"), ("Password", "Secret!1")];
    let on = On::started(&public, &given).await;
    assert_eq!(on.users().await, json!([user("first", "Secret!1", "plain", "")]));
    on.ok("CreateSaslUser", &named("second", "secret")).await;

    // Without a word on it what is sent beside does not count.
    let on = On::started(&public, &given[1..]).await;
    let users = on.users().await;
    assert_eq!((&users[0]["Username"], &users[0]["Type"]), (&json!(on.id), &json!("plain")));
    assert_eq!(users[0]["Password"].as_str().unwrap().len(), 24);
}

#[tokio::test]
async fn passwords_can_be_hidden() {
    let mut on = On::guarded().await;
    on.ok("CreateSaslUser", &named("writer", "secret")).await;
    on.world.hide_passwords();
    assert_eq!(on.users().await, json!([user("writer", "******", "plain", "")]));
}
