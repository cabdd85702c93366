//! What lists show to a caller whom a policy denies some of it.

use serde_json::json;

use super::callers::{allow_all, furnished, statement};
use super::world::World;

#[tokio::test]
async fn a_denial_wins_and_what_is_denied_is_not_listed() {
    let (world, id) = furnished().await;
    let other = world.running(&[]).await;
    let deny = statement("Deny", "alikafka:*", &format!("acs:alikafka:*:*:{id}"));
    let key = world.sub_user("most", &[allow_all(), deny]).await;
    let region = ("RegionId", "cn-hangzhou");
    assert_eq!(world.outcome_as(&key, "GetTopicList", &[region, ("InstanceId", &id)]).await.0, 403);
    assert_eq!(world.outcome_as(&key, "GetTopicList", &[region, ("InstanceId", &other)]).await.0, 200);
    let listed = world.post_as(&key, "GetInstanceList", &[region]).await.json();
    let ids: Vec<_> =
        listed["InstanceList"]["InstanceVO"].as_array().unwrap().iter().map(|vo| &vo["InstanceId"]).collect();
    assert_eq!(ids, [&json!(other)]);
    let all = world.post_as(&key, "GetAllInstanceIdList", &[region]).await.json();
    assert_eq!(all["InstanceIds"], json!({ "cn-hangzhou": [other] }));
    world.ok("GetTopicList", &[region, ("InstanceId", &id)]).await;
}

#[tokio::test]
async fn tags_of_what_is_denied_are_left_out() {
    let (world, id) = furnished().await;
    let hidden = world.running(&[]).await;
    for id in [&id, &hidden] {
        let tag = [("ResourceType", "INSTANCE"), ("ResourceId.1", id.as_str()), ("Tag.1.Key", "team")];
        world.ok("TagResources", &[&[("RegionId", "cn-hangzhou")], &tag[..]].concat()).await;
    }
    let deny = statement("Deny", "alikafka:*", &format!("acs:alikafka:*:*:{hidden}"));
    let key = world.sub_user("narrow", &[allow_all(), deny]).await;
    let list = [("RegionId", "cn-hangzhou"), ("ResourceType", "INSTANCE"), ("Tag.1.Key", "team")];
    let listed = world.post_as(&key, "ListTagResources", &list).await.text;
    assert!(listed.contains(&id) && !listed.contains(&hidden), "{listed}");
}

/// Where something is made, and the field of the reply that says its id.
type Made = (&'static str, &'static str, &'static [&'static str]);

/// Makes something and gives its id.
async fn made(world: &World, (version, action, path): Made, parameters: &[(&str, &str)]) -> String {
    let reply = world.ok_of(version, action, parameters).await;
    let id = path.iter().fold(&reply, |within, name| &within[name]);
    id.as_str().unwrap_or_else(|| panic!("{action}: {reply}")).to_owned()
}

const RAM: &str = "2015-05-01";
const VPC: &str = "2016-04-28";
const ECS: &str = "2014-05-26";
const KMS: &str = "2016-01-20";
const GROUPS: &str = "2020-03-31";

/// Two of each kind: what is called `open`, and what is called `shut`.
async fn two_of_each(world: &World, name: &str, block: &str) -> Vec<(&'static str, String)> {
    let region = ("RegionId", "cn-hangzhou");
    let network = made(world, (VPC, "CreateVpc", &["VpcId"]), &[region]).await;
    let in_network = [region, ("VpcId", network.as_str())];
    let at = [("ZoneId", "cn-hangzhou-b"), ("CidrBlock", block)];
    let subnet = made(world, (VPC, "CreateVSwitch", &["VSwitchId"]), &[&in_network[..], &at].concat()).await;
    let tables = world.ok_of(VPC, "DescribeRouteTableList", &in_network).await;
    let table = tables["RouterTableList"]["RouterTableListType"][0]["RouteTableId"].as_str().unwrap();
    let group = made(world, (ECS, "CreateSecurityGroup", &["SecurityGroupId"]), &in_network).await;
    let key = made(world, (KMS, "CreateKey", &["KeyMetadata", "KeyId"]), &[]).await;
    let alias = format!("alias/{name}");
    world.ok_of(KMS, "CreateAlias", &[("AliasName", &alias), ("KeyId", &key)]).await;
    let tag = [("ResourceType", "key"), ("ResourceId.1", &key), ("Tag.1.Key", "team"), ("Tag.1.Value", "v")];
    world.ok_of(KMS, "TagResources", &tag).await;
    let user = made(world, (RAM, "CreateUser", &["User", "UserName"]), &[("UserName", name)]).await;
    let document = json!({ "Version": "1", "Statement": [allow_all()] }).to_string();
    let policy = [("PolicyName", name), ("PolicyDocument", &document)];
    let policy = made(world, (RAM, "CreatePolicy", &["Policy", "PolicyName"]), &policy).await;
    let attach = [("PolicyType", "Custom"), ("PolicyName", name), ("UserName", "somebody")];
    world.ok_of(RAM, "AttachPolicyToUser", &attach).await;
    let of_things = (GROUPS, "CreateResourceGroup", &["ResourceGroup", "Id"][..]);
    let things = made(world, of_things, &[("Name", name), ("DisplayName", name)]).await;
    vec![
        ("DescribeRouteTableList", format!("routetable/{table}")),
        ("DescribeVpcs", format!("vpc/{network}")),
        ("DescribeVSwitches", format!("vswitch/{subnet}")),
        ("DescribeSecurityGroups", format!("securitygroup/{group}")),
        ("ListKeys", format!("key/{key}")),
        ("ListTagResources", format!("key/{key}")),
        ("ListAliases", alias),
        ("ListUsers", format!("user/{user}")),
        ("ListPolicies", format!("policy/{policy}")),
        ("ListPoliciesForUser", format!("policy/{policy}")),
        ("ListResourceGroups", format!("resourcegroup/{things}")),
    ]
}

#[tokio::test]
async fn what_is_denied_is_in_no_list_and_no_total_of_any_product() {
    let world = World::open().await;
    world.sub_user("somebody", &[]).await;
    let shut = two_of_each(&world, "shut", "172.16.1.0/24").await;
    let open = two_of_each(&world, "open", "172.16.2.0/24").await;
    let denied: Vec<_> = shut.iter().map(|(_, resource)| format!("acs:*:*:*:{resource}")).collect();
    let deny = json!({ "Effect": "Deny", "Action": "*", "Resource": denied });
    let key = world.sub_user("most", &[allow_all(), deny]).await;
    let lists = [VPC, VPC, VPC, ECS, KMS, KMS, KMS, RAM, RAM, RAM, GROUPS];
    for (version, ((action, shut), (_, open))) in lists.into_iter().zip(shut.iter().zip(&open)) {
        let name = |resource: &str| match resource.starts_with("alias/") {
            true => format!("\"{resource}\""),
            false => format!("\"{}\"", resource.split_once('/').unwrap().1),
        };
        let more: &[_] = match *action {
            "ListTagResources" => &[("ResourceType", "key")],
            "ListPoliciesForUser" => &[("UserName", "somebody")],
            _ => &[],
        };
        let of = [&[("Version", version), ("RegionId", "cn-hangzhou")], more].concat();
        let whole = world.post(action, &of).await;
        assert!(whole.text.contains(&name(shut)) && whole.text.contains(&name(open)), "{}", whole.text);
        let part = world.post_as(&key, action, &of).await;
        assert!(
            !part.text.contains(&name(shut)) && part.text.contains(&name(open)),
            "{action}: {}",
            part.text
        );
        if let Some(total) = whole.json()["TotalCount"].as_u64() {
            assert_eq!(part.json()["TotalCount"], total - 1, "{action}");
            // Pages are cut from what is shown.
            let last = total - 1;
            let page = [("PageSize", "1"), ("PageNumber", &last.to_string())];
            let page = world.post_as(&key, action, &[&of[..], &page].concat()).await;
            assert!(page.text.contains(&name(open)), "{action}: {}", page.text);
        }
    }
    // Names of a key that is denied tell of it as well.
    let shut_key = &shut[4].1["key/".len()..];
    world.ok_of(KMS, "CreateAlias", &[("AliasName", "alias/second"), ("KeyId", shut_key)]).await;
    let aliases = world.post_as(&key, "ListAliases", &[("Version", KMS)]).await.text;
    assert!(!aliases.contains("alias/second") && !aliases.contains(shut_key), "{aliases}");
    // A mark goes on after what was shown.
    let mut marker = String::new();
    let mut users = Vec::new();
    loop {
        let of = [("Version", RAM), ("MaxItems", "1"), ("Marker", &marker)];
        let page = world.post_as(&key, "ListUsers", &of).await.json();
        users.push(page["Users"]["User"][0]["UserName"].as_str().unwrap().to_owned());
        let Some(next) = page["Marker"].as_str() else { break };
        next.clone_into(&mut marker);
    }
    users.sort_unstable();
    assert_eq!(users, ["most", "open", "somebody"]);
}
