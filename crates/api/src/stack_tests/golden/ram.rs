//! A user from its making to its end, who is calling, and another account.

use super::Story;

#[tokio::test]
async fn of_a_user() {
    for format in ["JSON", "XML"] {
        let mut story = Story::begin(format).await;
        let account = story.world.account();
        story.name(&account, "ACCOUNT");
        let alice = ("UserName", "alice");
        let make = [alice, ("DisplayName", "Alice <&>"), ("Comments", "读者")];
        story.drawn("ram", "CreateUser", &make, [("UserId", "USER")]).await;
        story.seen_of("ram", "GetUser", &[alice]).await;
        story.seen_of("ram", "UpdateUser", &[alice, ("NewComments", "Reads")]).await;
        story.seen_of("ram", "ListUsers", &[]).await;
        let members = [("AccessKeyId", "KEY-ID"), ("AccessKeySecret", "KEY-SECRET")];
        let [key, _] = story.drawn("ram", "CreateAccessKey", &[alice], members).await;
        let at = [alice, ("UserAccessKeyId", key.as_str())];
        story.seen_of("ram", "UpdateAccessKey", &[&at[..], &[("Status", "Inactive")]].concat()).await;
        story.seen_of("ram", "ListAccessKeys", &[alice]).await;
        story.seen_of("ram", "DeleteAccessKey", &at).await;

        let policy = ("PolicyName", "kafka-readers");
        let says =
            r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"alikafka:List*","Resource":"*"}]}"#;
        let make = [policy, ("Description", "Looking"), ("PolicyDocument", says)];
        story.seen_of("ram", "CreatePolicy", &make).await;
        let custom = [("PolicyType", "Custom"), policy];
        let attach = [&custom[..], &[alice]].concat();
        story.seen_of("ram", "AttachPolicyToUser", &attach).await;
        story.seen_of("ram", "GetPolicy", &custom).await;
        story.seen_of("ram", "ListPolicies", &[("MaxItems", "10")]).await;
        story.seen_of("ram", "ListPoliciesForUser", &[alice]).await;
        story.seen_of("ram", "DetachPolicyFromUser", &attach).await;
        story.seen_of("ram", "DeletePolicy", &[policy]).await;
        story.seen_of("ram", "DeleteUser", &[alice]).await;

        story.seen_of("sts", "GetCallerIdentity", &[]).await;
        let members = [("AccountId", "SECOND"), ("AccessKeyId", "KEY-ID"), ("AccessKeySecret", "KEY-SECRET")];
        story.drawn("weir", "CreateAccount", &[("DisplayName", "staging")], members).await;
        story.seen_of("weir", "ListAccounts", &[]).await;
    }
}
