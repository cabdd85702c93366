//! Keys as clients meet them: what they may be, what they encrypt, and how they end.

use serde_json::{Value as Json, json};

use super::world::World;

const KMS: &str = "2016-01-20";
const DAY: std::time::Duration = std::time::Duration::from_secs(86_400);

async fn kms(world: &World, action: &str, parameters: &[(&str, &str)]) -> Json {
    world.ok_of(KMS, action, parameters).await
}

async fn refused(world: &World, action: &str, parameters: &[(&str, &str)], expected: (u16, &str)) {
    world.refused(action, &[&[("Version", KMS)], parameters].concat(), expected).await;
}

fn text(json: &Json) -> String {
    json.as_str().unwrap_or_else(|| panic!("no text: {json}")).to_owned()
}

async fn new_key(world: &World, parameters: &[(&str, &str)]) -> String {
    text(&kms(world, "CreateKey", parameters).await["KeyMetadata"]["KeyId"])
}

async fn shown(world: &World, key: &str) -> Json {
    kms(world, "DescribeKey", &[("KeyId", key)]).await["KeyMetadata"].clone()
}

async fn encrypted(world: &World, key: &str, plaintext: &str) -> String {
    let made = kms(world, "Encrypt", &[("KeyId", key), ("Plaintext", plaintext)]).await;
    text(&made["CiphertextBlob"])
}

#[tokio::test]
async fn a_key_is_what_terraform_compares() {
    let world = World::open().await;
    let key = new_key(&world, &[("ProtectionLevel", "SOFTWARE")]).await;
    assert!(!key.contains(':'));
    let first = shown(&world, &key).await;
    for (name, expected) in [
        ("KeyState", json!("Enabled")),
        ("Description", json!("")),
        ("KeySpec", json!("Aliyun_AES_256")),
        ("KeyUsage", json!("ENCRYPT/DECRYPT")),
        ("Origin", json!("Aliyun_KMS")),
        ("ProtectionLevel", json!("SOFTWARE")),
        ("AutomaticRotation", json!("Disabled")),
        ("RotationInterval", json!("")),
        ("NextRotationDate", json!("")),
        ("DeleteDate", json!("")),
        ("DeletionProtection", json!("Disabled")),
        ("DeletionProtectionDescription", json!("")),
        ("DKMSInstanceId", json!("")),
        ("Creator", json!(world.account())),
        ("Arn", json!(format!("acs:kms:cn-hangzhou:{}:key/{key}", world.account()))),
    ] {
        assert_eq!(first[name], expected, "{name}");
    }
    world.hand.advance(DAY);
    assert_eq!(shown(&world, &key).await, first, "time changes nothing");
    // The resource name does as well as the id, and what it says beside the id is no matter.
    assert_eq!(shown(&world, &text(&first["Arn"])).await, first);
    let elsewhere = new_key(&world, &[("RegionId", "cn-beijing")]).await;
    assert!(text(&shown(&world, &elsewhere).await["Arn"]).contains(":cn-beijing:"));
}

#[tokio::test]
async fn a_key_changes_where_it_is_told_to() {
    let world = World::open().await;
    let tags = ("Tags", "[{\"TagKey\":\"b\",\"TagValue\":\"2\"},{\"TagKey\":\"a\"}]");
    let key = new_key(&world, &[("Description", "one"), tags]).await;
    let at = ("KeyId", key.as_str());
    kms(&world, "UpdateKeyDescription", &[at, ("Description", "两")]).await;
    assert_eq!(shown(&world, &key).await["Description"], "两");
    kms(&world, "UpdateKeyDescription", &[at]).await;
    assert_eq!(shown(&world, &key).await["Description"], "");
    kms(&world, "DisableKey", &[at]).await;
    assert_eq!(shown(&world, &key).await["KeyState"], "Disabled");
    kms(&world, "EnableKey", &[at]).await;
    assert_eq!(shown(&world, &key).await["KeyState"], "Enabled");

    let rotate = [at, ("EnableAutomaticRotation", "true"), ("RotationInterval", "604800s")];
    kms(&world, "UpdateRotationPolicy", &rotate).await;
    let rotating = shown(&world, &key).await;
    assert_eq!(
        (&rotating["AutomaticRotation"], &rotating["RotationInterval"], &rotating["NextRotationDate"]),
        (&json!("Enabled"), &json!("604800s"), &json!("2022-07-01T08:00:30Z")),
        "as it was sent"
    );
    kms(&world, "DisableKey", &[at]).await;
    assert_eq!(shown(&world, &key).await["AutomaticRotation"], "Suspended");
    kms(&world, "EnableKey", &[at]).await;
    for (enable, interval) in [("true", "6d"), ("true", "366d"), ("true", "weekly"), ("false", "1d")] {
        let wrong = [at, ("EnableAutomaticRotation", enable), ("RotationInterval", interval)];
        refused(&world, "UpdateRotationPolicy", &wrong, (400, "InvalidParameter")).await;
    }
    let without = [at, ("EnableAutomaticRotation", "true")];
    refused(&world, "UpdateRotationPolicy", &without, (400, "InvalidParameter")).await;
    assert_eq!(shown(&world, &key).await["RotationInterval"], "604800s", "nothing was changed");

    let of = [("ResourceType", "key"), ("ResourceId.1", key.as_str())];
    let tags = async |more: &[(&str, &str)]| {
        let listed = kms(&world, "ListTagResources", &[&of[..1], more].concat()).await;
        assert_eq!(listed["NextToken"], "");
        let tags = listed["TagResources"]["TagResource"].as_array().unwrap();
        tags.iter().map(|tag| (text(&tag["TagKey"]), text(&tag["TagValue"]))).collect::<Vec<_>>()
    };
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(tags(&of[1..]).await, [pair("a", ""), pair("b", "2")]);
    let more = [("Tag.1.Key", "a"), ("Tag.1.Value", "1"), ("Tag.2.Key", "c")];
    kms(&world, "TagResources", &[&of[..], &more].concat()).await;
    kms(&world, "UntagResources", &[&of[..], &[("TagKey.1", "b"), ("TagKey.2", "none")]].concat()).await;
    assert_eq!(tags(&of[1..]).await, [pair("a", "1"), pair("c", "")]);
    assert_eq!(tags(&[("Tag.1.Key", "a"), ("Tag.1.Value", "1")]).await.len(), 2);
    assert_eq!(tags(&[("Tag.1.Key", "a"), ("Tag.1.Value", "2")]).await, []);
    assert_eq!(tags(&[("Tag.1.Key", "b")]).await, []);
    // On all that are named or on none.
    let two = [of[0], of[1], ("ResourceId.2", "none"), ("Tag.1.Key", "d")];
    refused(&world, "TagResources", &two, (404, "Forbidden.KeyNotFound")).await;
    refused(&world, "UntagResources", &of, (400, "MissingTagKey")).await;
    assert_eq!(tags(&of[1..]).await.len(), 2);
    kms(&world, "UntagResources", &[of[0], of[1], ("All", "true")]).await;
    assert_eq!(tags(&[]).await, []);
}

#[tokio::test]
async fn what_no_key_can_be() {
    let world = World::open().await;
    let many: Vec<_> = (0..21).map(|n| json!({ "TagKey": n.to_string() })).collect();
    let many = Json::from(many).to_string();
    for (more, code) in [
        (("KeySpec", "RSA_2048"), "UnsupportedOperation"),
        (("KeySpec", "Aliyun_AES_128"), "UnsupportedOperation"),
        (("KeyUsage", "SIGN/VERIFY"), "UnsupportedOperation"),
        (("Origin", "EXTERNAL"), "UnsupportedOperation"),
        (("ProtectionLevel", "HSM"), "UnsupportedOperation"),
        (("Policy", "{}"), "UnsupportedOperation"),
        (("DKMSInstanceId", "kst-1"), "UnsupportedOperation"),
        (("RotationInterval", "6d"), "InvalidParameter"),
        (("EnableAutomaticRotation", "true"), "InvalidParameter"),
        (("Tags", "{}"), "InvalidTags"),
        (("Tags", "[{\"TagValue\":\"a\"}]"), "InvalidTags"),
        (("Tags", "[{\"TagKey\":\"\"}]"), "MissingTags"),
        (("Tags", "[{\"TagKey\":\"acs:a\"}]"), "InvalidParameter"),
        (("Tags", "[{\"TagKey\":\"a\"},{\"TagKey\":\"a\"}]"), "InvalidParameter"),
        (("Tags", many.as_str()), "InvalidParameter"),
    ] {
        refused(&world, "CreateKey", &[more], (400, code)).await;
    }
    assert_eq!(kms(&world, "ListKeys", &[]).await["TotalCount"], 0, "nothing was made");
    for action in ["CreateSecret", "GetKeyPolicy", "AsymmetricSign"] {
        refused(&world, action, &[("KeyId", "x")], (400, "UnsupportedOperation")).await;
    }
}

#[tokio::test]
async fn what_is_encrypted_comes_back_to_the_letter_and_only_so() {
    let world = World::open().await;
    let key = new_key(&world, &[]).await;
    let long = "x".repeat(6_144);
    for plaintext in ["hunter2", "cGFzcw==", "口令 <&>\"'\\", " ", "a\nb", long.as_str()] {
        let blob = encrypted(&world, &key, plaintext).await;
        assert_ne!(encrypted(&world, &key, plaintext).await, blob, "each is another");
        let opened = kms(&world, "Decrypt", &[("CiphertextBlob", &blob)]).await;
        assert_eq!((&opened["Plaintext"], &opened["KeyId"]), (&json!(plaintext), &json!(key)));
    }
    let too_long = [("KeyId", key.as_str()), ("Plaintext", &*"é".repeat(3_073))];
    refused(&world, "Encrypt", &too_long, (400, "InvalidParameter")).await;

    let context = |text: &'static str| ("EncryptionContext", text);
    let bound = [("KeyId", key.as_str()), ("Plaintext", "x"), context("{\"a\":\"1\",\"b\":\"2\"}")];
    let blob = text(&kms(&world, "Encrypt", &bound).await["CiphertextBlob"]);
    let blob = ("CiphertextBlob", blob.as_str());
    // Written otherwise, and the same.
    kms(&world, "Decrypt", &[blob, context(" {\"b\": \"2\", \"a\": \"1\"}")]).await;
    for other in ["{}", "{\"a\":\"1\"}", "{\"a\":\"2\",\"b\":\"1\"}", "{\"a\":\"1\",\"b\":\"2\",\"c\":\"\"}"]
    {
        refused(&world, "Decrypt", &[blob, context(other)], (400, "InvalidCiphertext")).await;
    }
    refused(&world, "Decrypt", &[blob], (400, "InvalidCiphertext")).await;
    refused(&world, "Decrypt", &[blob, context("[]")], (400, "InvalidEncryptionContext")).await;
    refused(&world, "Decrypt", &[blob, context("{\"a\":1}")], (400, "InvalidParameter")).await;
    for garbage in ["x", "AQ==", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB"] {
        refused(&world, "Decrypt", &[("CiphertextBlob", garbage)], (400, "InvalidCiphertext")).await;
    }
    // None at all is the same as an empty one.
    let plain = encrypted(&world, &key, "x").await;
    kms(&world, "Decrypt", &[("CiphertextBlob", &plain), context("{}")]).await;
}

#[tokio::test]
async fn keys_of_ones_own_use() {
    let world = World::open().await;
    let key = new_key(&world, &[]).await;
    let at = ("KeyId", key.as_str());
    for (more, bytes) in [
        (vec![], 32),
        (vec![("KeySpec", "AES_128")], 16),
        (vec![("KeySpec", "AES_256")], 32),
        (vec![("KeySpec", "AES_128"), ("NumberOfBytes", "64")], 64),
        (vec![("NumberOfBytes", "1")], 1),
        (vec![("NumberOfBytes", "1024")], 1_024),
    ] {
        let made = kms(&world, "GenerateDataKey", &[&[at], &more[..]].concat()).await;
        let plaintext = text(&made["Plaintext"]);
        assert_eq!(plaintext.len(), 4 * usize::div_ceil(bytes, 3), "{more:?}");
        let opened = kms(&world, "Decrypt", &[("CiphertextBlob", &text(&made["CiphertextBlob"]))]).await;
        assert_eq!(opened["Plaintext"], json!(plaintext));
    }
}

#[tokio::test]
async fn a_key_that_is_disabled_does_nothing() {
    let world = World::open().await;
    let key = new_key(&world, &[]).await;
    let at = ("KeyId", key.as_str());
    let blob = encrypted(&world, &key, "x").await;
    kms(&world, "DisableKey", &[at]).await;
    let disabled = (409, "Rejected.Disabled");
    refused(&world, "Encrypt", &[at, ("Plaintext", "x")], disabled).await;
    refused(&world, "Decrypt", &[("CiphertextBlob", &blob)], disabled).await;
    refused(&world, "GenerateDataKey", &[at], disabled).await;
    kms(&world, "EnableKey", &[at]).await;
    kms(&world, "Decrypt", &[("CiphertextBlob", &blob)]).await;
}

#[tokio::test]
async fn a_key_goes_when_its_time_has_come_and_not_before() {
    let world = World::open().await;
    let key = new_key(&world, &[]).await;
    let at = ("KeyId", key.as_str());
    let blob = encrypted(&world, &key, "x").await;
    let schedule = [at, ("PendingWindowInDays", "7")];
    let protect = [at, ("EnableDeletionProtection", "true"), ("DeletionProtectionDescription", "why")];
    kms(&world, "SetDeletionProtection", &protect).await;
    assert_eq!(shown(&world, &key).await["DeletionProtectionDescription"], "why");
    let protected = (409, "Rejected.ProtectedByDeletionProtection");
    refused(&world, "ScheduleKeyDeletion", &schedule, protected).await;
    let arn = text(&shown(&world, &key).await["Arn"]);
    let unprotect = [("ProtectedResourceArn", arn.as_str()), ("EnableDeletionProtection", "false")];
    kms(&world, "SetDeletionProtection", &unprotect).await;
    assert_eq!(shown(&world, &key).await["DeletionProtectionDescription"], "");
    refused(&world, "CancelKeyDeletion", &[at], (409, "Rejected.StateConflict")).await;

    kms(&world, "ScheduleKeyDeletion", &schedule).await;
    let going = shown(&world, &key).await;
    assert_eq!(
        (&going["KeyState"], &going["DeleteDate"]),
        (&json!("PendingDeletion"), &json!("2022-07-01T08:00:30Z"))
    );
    let pending = (409, "Rejected.PendingDeletion");
    refused(&world, "ScheduleKeyDeletion", &schedule, pending).await;
    refused(&world, "EnableKey", &[at], pending).await;
    refused(&world, "Encrypt", &[at, ("Plaintext", "x")], pending).await;
    refused(&world, "Decrypt", &[("CiphertextBlob", &blob)], pending).await;
    kms(&world, "CancelKeyDeletion", &[at]).await;
    assert_eq!(shown(&world, &key).await["KeyState"], "Enabled");
    kms(&world, "Decrypt", &[("CiphertextBlob", &blob)]).await;

    kms(&world, "ScheduleKeyDeletion", &schedule).await;
    world.hand.advance(DAY * 7 - std::time::Duration::from_millis(1));
    assert_eq!(kms(&world, "ListKeys", &[]).await["TotalCount"], 1);
    world.hand.advance(std::time::Duration::from_millis(1));
    refused(&world, "CancelKeyDeletion", &[at], (404, "Forbidden.KeyNotFound")).await;
    refused(&world, "DescribeKey", &[at], (404, "Forbidden.KeyNotFound")).await;
    refused(&world, "Decrypt", &[("CiphertextBlob", &blob)], (400, "InvalidCiphertext")).await;
    assert_eq!(kms(&world, "ListKeys", &[]).await["TotalCount"], 0);
}

#[tokio::test]
async fn keys_page_by_page_and_by_state() {
    let world = World::open().await;
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(new_key(&world, &[]).await);
        world.hand.advance(std::time::Duration::from_secs(1));
    }
    kms(&world, "DisableKey", &[("KeyId", &made[1])]).await;
    kms(&world, "ScheduleKeyDeletion", &[("KeyId", &made[2]), ("PendingWindowInDays", "366")]).await;
    let ids = async |more: &[(&str, &str)]| {
        let listed = kms(&world, "ListKeys", more).await;
        let keys = listed["Keys"]["Key"].as_array().unwrap().clone();
        keys.iter().map(|key| text(&key["KeyId"])).collect::<Vec<_>>()
    };
    assert_eq!(ids(&[]).await, made, "oldest first");
    assert_eq!(ids(&[("PageNumber", "2"), ("PageSize", "2")]).await, made[2..4]);
    assert_eq!(ids(&[("PageNumber", "4"), ("PageSize", "2")]).await, [""; 0]);
    let of = |states: &str| format!("[{{\"Key\":\"KeyState\",\"Values\":[{states}]}}]");
    for (states, expected) in [
        ("\"Enabled\"", vec![&made[0], &made[3], &made[4]]),
        ("\"Disabled\",\"PendingDeletion\"", vec![&made[1], &made[2]]),
        ("\"PendingImport\"", vec![]),
    ] {
        assert_eq!(ids(&[("Filters", &of(states))]).await.iter().collect::<Vec<_>>(), expected, "{states}");
    }
    for (filters, code) in [
        ("{", "InvalidFilters"),
        ("{}", "InvalidFilters"),
        ("[]", "InvalidParameter"),
        (&*of("\"Gone\""), "InvalidParameter"),
        ("[{\"Key\":\"KeySpec\",\"Values\":[\"RSA_2048\"]}]", "UnsupportedOperation"),
    ] {
        refused(&world, "ListKeys", &[("Filters", filters)], (400, code)).await;
    }
}

#[tokio::test]
async fn a_key_goes_by_its_aliases() {
    let world = World::open().await;
    let (one, two) = (new_key(&world, &[]).await, new_key(&world, &[("RegionId", "cn-beijing")]).await);
    let named = |name: &'static str, key: &str| [("AliasName", name.to_owned()), ("KeyId", key.to_owned())];
    let call = async |action: &str, parameters: [(&'static str, String); 2]| {
        let parameters = parameters.each_ref().map(|(name, value)| (*name, value.as_str()));
        kms(&world, action, &parameters).await
    };
    call("CreateAlias", named("alias/app", &one)).await;
    world.hand.advance(DAY);
    call("CreateAlias", named("alias/a/b_c-1", &one)).await;
    call("CreateAlias", named("alias/other", &two)).await;
    let names = async |action: &str, more: &[(&str, &str)]| {
        let listed = kms(&world, action, more).await;
        let aliases = listed["Aliases"]["Alias"].as_array().unwrap().clone();
        aliases.iter().map(|alias| text(&alias["AliasName"])).collect::<Vec<_>>()
    };
    assert_eq!(names("ListAliases", &[]).await, ["alias/app", "alias/a/b_c-1", "alias/other"]);
    assert_eq!(names("ListAliases", &[("PageNumber", "2"), ("PageSize", "2")]).await, ["alias/other"]);
    assert_eq!(names("ListAliasesByKeyId", &[("KeyId", &two)]).await, ["alias/other"]);
    refused(&world, "ListAliasesByKeyId", &[("KeyId", "none")], (404, "Forbidden.KeyNotFound")).await;

    // Where the vendor takes them: here, and nowhere else.
    let arn =
        text(&kms(&world, "ListAliasesByKeyId", &[("KeyId", &two)]).await["Aliases"]["Alias"][0]["AliasArn"]);
    assert_eq!(arn, format!("acs:kms:cn-beijing:{}:alias/other", world.account()));
    assert_eq!(shown(&world, "alias/app").await["KeyId"], *one);
    assert_eq!(shown(&world, &arn).await["KeyId"], *two);
    let blob = encrypted(&world, "alias/app", "x").await;
    assert_eq!(kms(&world, "Decrypt", &[("CiphertextBlob", &blob)]).await["KeyId"], *one);
    assert_eq!(kms(&world, "GenerateDataKey", &[("KeyId", "alias/other")]).await["KeyId"], *two);
    refused(&world, "DisableKey", &[("KeyId", "alias/app")], (404, "Forbidden.KeyNotFound")).await;
    refused(&world, "DescribeKey", &[("KeyId", "alias/none")], (404, "Forbidden.AliasNotFound")).await;

    // What it encrypted stays readable when its name is another key's.
    call("UpdateAlias", named("alias/app", &two)).await;
    assert_eq!(shown(&world, "alias/app").await["KeyId"], *two);
    kms(&world, "Decrypt", &[("CiphertextBlob", &blob)]).await;
    kms(&world, "DeleteAlias", &[("AliasName", "alias/app")]).await;
    refused(&world, "DeleteAlias", &[("AliasName", "alias/app")], (404, "Forbidden.AliasNotFound")).await;

    for (action, name, key, expected) in [
        ("CreateAlias", "alias/other", one.as_str(), (409, "Rejected.ResourceExist")),
        ("CreateAlias", "alias/new", "none", (404, "Forbidden.KeyNotFound")),
        ("UpdateAlias", "alias/new", one.as_str(), (404, "Forbidden.AliasNotFound")),
        ("UpdateAlias", "alias/other", "none", (404, "Forbidden.KeyNotFound")),
        ("CreateAlias", "app", one.as_str(), (400, "InvalidParameter")),
        ("CreateAlias", "alias/", one.as_str(), (400, "InvalidParameter")),
        ("CreateAlias", "alias/acs/ecs", one.as_str(), (400, "InvalidParameter")),
        ("CreateAlias", "alias/a b", one.as_str(), (400, "InvalidParameter")),
        ("CreateAlias", "alias/名", one.as_str(), (400, "InvalidParameter")),
        ("CreateAlias", &*format!("alias/{}", "x".repeat(256)), one.as_str(), (400, "InvalidParameter")),
    ] {
        refused(&world, action, &[("AliasName", name), ("KeyId", key)], expected).await;
    }
    // They go with their key.
    kms(&world, "ScheduleKeyDeletion", &[("KeyId", &two), ("PendingWindowInDays", "7")]).await;
    let going = [("AliasName", "alias/new"), ("KeyId", two.as_str())];
    refused(&world, "CreateAlias", &going, (409, "Rejected.PendingDeletion")).await;
    world.hand.advance(DAY * 7);
    assert_eq!(names("ListAliases", &[]).await, ["alias/a/b_c-1"]);
    refused(&world, "DescribeKey", &[("KeyId", "alias/other")], (404, "Forbidden.AliasNotFound")).await;
}
