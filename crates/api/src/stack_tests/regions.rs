//! Every region of the vendor's table of endpoints: by its id, at its own address, and where Location sends clients.

use std::collections::BTreeMap;

use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use serde_json::{Value as Json, json};

use super::world::{HOST, World, signer};
use crate::client::sign_rpc_request;

/// The table as the vendor prints it: region, address.
pub(crate) const TABLE: [(&str, &str); 26] = [
    ("cn-hangzhou", "alikafka.cn-hangzhou.aliyuncs.com"),
    ("cn-shanghai", "alikafka.cn-shanghai.aliyuncs.com"),
    ("cn-qingdao", "alikafka.cn-qingdao.aliyuncs.com"),
    ("cn-beijing", "alikafka.cn-beijing.aliyuncs.com"),
    ("cn-zhangjiakou", "alikafka.cn-zhangjiakou.aliyuncs.com"),
    ("cn-huhehaote", "alikafka.cn-huhehaote.aliyuncs.com"),
    ("cn-wulanchabu", "alikafka.cn-wulanchabu.aliyuncs.com"),
    ("cn-shenzhen", "alikafka.cn-shenzhen.aliyuncs.com"),
    ("cn-heyuan", "alikafka.cn-heyuan.aliyuncs.com"),
    ("cn-guangzhou", "alikafka.cn-guangzhou.aliyuncs.com"),
    ("cn-chengdu", "alikafka.cn-chengdu.aliyuncs.com"),
    ("cn-hongkong", "alikafka.cn-hongkong.aliyuncs.com"),
    ("ap-southeast-1", "alikafka.ap-southeast-1.aliyuncs.com"),
    ("ap-southeast-3", "alikafka.ap-southeast-3.aliyuncs.com"),
    ("ap-southeast-5", "alikafka.ap-southeast-5.aliyuncs.com"),
    ("ap-northeast-1", "alikafka.ap-northeast-1.aliyuncs.com"),
    ("eu-central-1", "alikafka.eu-central-1.aliyuncs.com"),
    ("eu-west-1", "alikafka.eu-west-1.aliyuncs.com"),
    ("us-west-1", "alikafka.us-west-1.aliyuncs.com"),
    ("us-east-1", "alikafka.us-east-1.aliyuncs.com"),
    ("ap-south-1", "alikafka.ap-south-1.aliyuncs.com"),
    ("ap-southeast-6", "alikafka.ap-southeast-6.aliyuncs.com"),
    ("cn-hangzhou-finance", "alikafka.cn-hangzhou-finance.aliyuncs.com"),
    ("cn-shanghai-finance-1", "alikafka.cn-shanghai-finance-1.aliyuncs.com"),
    ("cn-shenzhen-finance-1", "alikafka.cn-shenzhen-finance-1.aliyuncs.com"),
    ("cn-beijing-finance-1", "alikafka.cn-beijing-finance-1.aliyuncs.com"),
];

const VPC: &str = "2016-04-28";
const ECS: &str = "2014-05-26";
const LOCATION: &str = "2015-06-12";

/// Calls at an address, as a client does whose name service sends all of them here.
async fn at(world: &World, host: &str, action: &str, parameters: &[(&str, &str)]) -> Json {
    let (nonce, timestamp) = (world.nonce(), world.timestamp());
    let body = sign_rpc_request(host, action, parameters, &signer(&nonce, &timestamp)).body;
    let request = Request::post("/")
        .header("host", host)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Full::new(Bytes::from(body)))
        .unwrap();
    let answer = world.send(request).await;
    assert_eq!(answer.status, 200, "{host} {action} {parameters:?}: {}", answer.text);
    answer.json()
}

fn text(json: &Json) -> String {
    json.as_str().unwrap_or_else(|| panic!("no text: {json}")).to_owned()
}

#[tokio::test]
async fn an_instance_runs_in_every_region_at_its_own_address() {
    let world = World::open().await;
    let mut bought = BTreeMap::new();
    for (region, host) in TABLE {
        let here = ("RegionId", region);
        let zones = at(&world, host, "DescribeZones", &[("Version", ECS), here]).await;
        let zones: Vec<_> =
            zones["Zones"]["Zone"].as_array().unwrap().iter().map(|zone| text(&zone["ZoneId"])).collect();
        assert_eq!(zones, ["b", "c", "d"].map(|letter| format!("{region}-{letter}")));
        let vpc = text(&at(&world, host, "CreateVpc", &[("Version", VPC), here]).await["VpcId"]);
        let make =
            [("Version", VPC), here, ("VpcId", &vpc), ("ZoneId", &zones[1]), ("CidrBlock", "172.16.0.0/24")];
        let vswitch = text(&at(&world, host, "CreateVSwitch", &make).await["VSwitchId"]);
        let order = [
            here,
            ("TopicQuota", "50"),
            ("DiskType", "0"),
            ("DiskSize", "500"),
            ("DeployType", "5"),
            ("IoMax", "20"),
        ];
        let order = text(&at(&world, host, "CreatePostPayOrder", &order).await["OrderId"]);
        let list = async |more: (&str, &str)| {
            let listed = at(&world, host, "GetInstanceList", &[here, more]).await;
            listed["InstanceList"]["InstanceVO"].as_array().unwrap().clone()
        };
        let id = text(&list(("OrderId", &order)).await[0]["InstanceId"]);
        at(&world, host, "StartInstance", &[here, ("InstanceId", &id), ("VSwitchId", &vswitch)]).await;
        let mut seen = Json::Null;
        for _ in 0..10_000 {
            seen = list(("InstanceId.1", &id)).await.remove(0);
            if seen["ServiceStatus"] == 5 {
                break;
            }
            tokio::task::yield_now().await;
        }
        for (name, expected) in [
            ("ServiceStatus", json!(5)),
            ("RegionId", json!(region)),
            ("VpcId", json!(vpc)),
            ("ZoneId", json!(zones[1])),
            ("StandardZoneId", json!(zones[1])),
        ] {
            assert_eq!(seen[name], expected, "{region} {name}");
        }
        // Nothing of the other regions, wherever it is asked for.
        let all = at(&world, HOST, "GetInstanceList", &[here]).await;
        assert_eq!(all["InstanceList"]["InstanceVO"].as_array().unwrap().len(), 1, "{region}");
        let vpcs = at(&world, HOST, "DescribeVpcs", &[("Version", VPC), here]).await;
        assert_eq!(vpcs["TotalCount"], 1, "{region}");
        bought.insert(region, json!([id]));
    }
    let all = at(&world, HOST, "GetAllInstanceIdList", &[("RegionId", "any")]).await;
    assert_eq!(all["InstanceIds"], json!(bought));
}

#[tokio::test]
async fn location_sends_clients_of_every_region_where_they_called() {
    let world = World::open().await;
    for (region, host) in TABLE {
        for called in [host, HOST, "kafka.internal", "[::1]:4680"] {
            for product in ["alikafka", "vpc", "ecs", "kms", "resourcemanager"] {
                let ask = [("Version", LOCATION), ("Id", region), ("ServiceCode", product)];
                let told = at(&world, called, "DescribeEndpoints", &ask).await;
                let endpoint = &told["Endpoints"]["Endpoint"][0];
                assert_eq!((&endpoint["Endpoint"], &endpoint["Id"]), (&json!(called), &json!(region)));
            }
        }
    }
    let listed = at(&world, HOST, "DescribeRegions", &[("Version", ECS)]).await;
    let listed: Vec<_> = listed["Regions"]["Region"]
        .as_array()
        .unwrap()
        .iter()
        .map(|region| text(&region["RegionId"]))
        .collect();
    let mut table: Vec<_> = TABLE.iter().map(|(region, _)| (*region).to_owned()).collect();
    table.sort();
    assert_eq!(listed, table);
}

#[tokio::test]
async fn the_region_is_what_the_parameter_says_and_not_the_address() {
    let world = World::open().await;
    let (beijing, host) = (("RegionId", "cn-beijing"), "alikafka.cn-shanghai.aliyuncs.com");
    at(&world, host, "CreateVpc", &[("Version", VPC), beijing]).await;
    let count = async |region: &str| {
        at(&world, host, "DescribeVpcs", &[("Version", VPC), ("RegionId", region)]).await["TotalCount"]
            .clone()
    };
    assert_eq!((count("cn-beijing").await, count("cn-shanghai").await), (json!(1), json!(0)));
    // Where a product's clients name no region, the address is all there is.
    for (region, host) in TABLE {
        let host = host.replace("alikafka", "kms");
        let made = at(&world, &host, "CreateKey", &[("Version", "2016-01-20")]).await;
        let arn = text(&made["KeyMetadata"]["Arn"]);
        assert!(arn.starts_with(&format!("acs:kms:{region}:")), "{arn}");
    }
    for wrong in
        ["CN-HANGZHOU", "cn-hangzhou ", "cn-hangzhou-b", "hangzhou", "alikafka.cn-hangzhou.aliyuncs.com"]
    {
        world.refused("GetInstanceList", &[("RegionId", wrong)], (400, "BIZ_REGION_NOT_FOUND")).await;
    }
}
