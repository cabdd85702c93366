//! Keys, what they encrypt, and their end.

use super::Story;

const KMS: &str = "2016-01-20";

#[tokio::test]
async fn of_a_key() {
    for format in ["JSON", "XML"] {
        let mut story = Story::begin(format).await;
        story.name(&story.world.account(), "ACCOUNT");
        let make = [
            ("ProtectionLevel", "SOFTWARE"),
            ("Description", "口令 <&>"),
            ("EnableAutomaticRotation", "true"),
            ("RotationInterval", "365d"),
            ("Tags", "[{\"TagKey\":\"team\",\"TagValue\":\"a\"}]"),
        ];
        let members = [("KeyId", "KEY"), ("PrimaryKeyVersion", "VERSION")];
        let [key, _] = story.drawn("kms", "CreateKey", &make, members).await;
        let at = ("KeyId", key.as_str());
        let alias = ("AliasName", "alias/app");
        story.seen_of("kms", "CreateAlias", &[alias, at]).await;
        story.seen_of("kms", "ListAliases", &[("PageSize", "20")]).await;
        story.seen_of("kms", "ListAliasesByKeyId", &[at]).await;
        story.seen_of("kms", "UpdateAlias", &[alias, at]).await;
        story.seen_of("kms", "DeleteAlias", &[alias]).await;
        let context = ("EncryptionContext", "{\"user\":\"app\"}");
        let text = ("Plaintext", "hunter2 <&>");
        story.seen_of("kms", "DescribeKey", &[at]).await;
        story.seen_of("kms", "ListKeys", &[("PageSize", "50")]).await;
        let of = [("RegionId", "cn-hangzhou"), ("ResourceType", "key"), ("ResourceId.1", key.as_str())];
        story.seen_of("kms", "ListTagResources", &of).await;
        story.seen_of("kms", "TagResources", &[&of[..], &[("Tag.1.Key", "k")]].concat()).await;
        story.seen_of("kms", "UntagResources", &[&of[..], &[("TagKey.1", "k")]].concat()).await;
        let encrypted = [("CiphertextBlob", "CIPHERTEXT")];
        let [blob] = story.drawn("kms", "Encrypt", &[at, text, context], encrypted).await;
        let members = [("CiphertextBlob", "CIPHERTEXT"), ("Plaintext", "PLAINTEXT")];
        story.drawn("kms", "GenerateDataKey", &[at, context], members).await;
        story.seen_of("kms", "Decrypt", &[("CiphertextBlob", &blob), context]).await;
        story.seen_of("kms", "UpdateKeyDescription", &[at, ("Description", "new")]).await;
        story.seen_of("kms", "UpdateRotationPolicy", &[at, ("EnableAutomaticRotation", "false")]).await;
        story.seen_of("kms", "SetDeletionProtection", &[at, ("EnableDeletionProtection", "true")]).await;
        story.world.ok_of(KMS, "SetDeletionProtection", &[at, ("EnableDeletionProtection", "false")]).await;
        story.seen_of("kms", "DisableKey", &[at]).await;
        story.seen_of("kms", "EnableKey", &[at]).await;
        story.seen_of("kms", "ScheduleKeyDeletion", &[at, ("PendingWindowInDays", "7")]).await;
        story.seen_of("kms", "CancelKeyDeletion", &[at]).await;
    }
}
