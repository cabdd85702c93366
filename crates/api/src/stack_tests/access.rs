//! Who may use an instance: allow lists.

use serde_json::{Value as Json, json};

use super::world::World;

/// An instance, and calls on it.
struct On {
    world: World,
    id: String,
}

impl On {
    async fn running(changes: &[(&str, &str)]) -> Self {
        let world = World::open().await;
        let id = world.running(changes).await;
        Self { world, id }
    }

    async fn started(order: &[(&str, &str)], start: &[(&str, &str)]) -> Self {
        let world = World::open().await;
        let id = world.ordered(order).await;
        let at =
            [("RegionId", "cn-hangzhou"), ("InstanceId", &*id), ("VpcId", "vpc-1"), ("VSwitchId", "vsw-1")];
        world.ok("StartInstance", &[&at[..], start].concat()).await;
        world.until_status(&id, 5).await;
        Self { world, id }
    }

    fn with<'a>(&'a self, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        [&[("RegionId", "cn-hangzhou"), ("InstanceId", self.id.as_str())], more].concat()
    }

    async fn ok(&self, action: &str, more: &[(&str, &str)]) -> Json {
        self.world.ok(action, &self.with(more)).await
    }

    async fn refused(&self, action: &str, more: &[(&str, &str)], expected: (u16, &str)) {
        self.world.refused(action, &self.with(more), expected).await;
    }

    async fn allow_lists(&self) -> Json {
        self.ok("GetAllowedIpList", &[]).await["AllowedList"].clone()
    }
}

fn change<'a>(update: &'a str, network: &'a str, ports: &'a str, text: &'a str) -> [(&'a str, &'a str); 4] {
    [("UpdateType", update), ("AllowedListType", network), ("PortRange", ports), ("AllowedListIp", text)]
}

fn list(ports: &str, addresses: &[&str]) -> Json {
    json!({ "PortRange": ports, "AllowedIpList": addresses })
}

const PUBLIC: &[(&str, &str)] = &[("DeployType", "4"), ("EipMax", "3"), ("SpecType", "professional")];
const ACL: (&str, &str) = ("Config", "{\"enable.acl\":true,\"enable.vpc_sasl_ssl\":true}");

#[tokio::test]
async fn there_is_a_list_for_each_way_in() {
    let on = On::running(&[]).await;
    let lists = on.allow_lists().await;
    assert_eq!(lists["DeployType"], 5);
    assert_eq!(lists["InternetList"], json!([]));
    assert_eq!(lists["VpcList"], json!([list("9092/9092", &["0.0.0.0/0"])]));
    for (network, ports) in [
        ("vpc", "9093/9093"),
        ("vpc", "9094/9094"),
        ("vpc", "9095/9095"),
        ("vpc", "9092"),
        ("internet", "9093/9093"),
        ("internet", "9092/9092"),
    ] {
        let refused = change("add", network, ports, "10.0.0.1");
        on.refused("UpdateAllowedIp", &refused, (400, "WHITE.PARAM.ERROR")).await;
    }

    let on = On::started(PUBLIC, &[ACL]).await;
    for (network, ports) in
        [("vpc", "9092/9092"), ("vpc", "9094/9094"), ("vpc", "9095/9095"), ("internet", "9093/9093")]
    {
        // Each list has its own address, to be told apart.
        on.ok("UpdateAllowedIp", &change("add", network, ports, &format!("10.0.{}.0/24", &ports[2..4])))
            .await;
    }
    let lists = on.allow_lists().await;
    assert_eq!(lists["DeployType"], 4);
    let with = |ports: &str| list(ports, &["0.0.0.0/0", &format!("10.0.{}.0/24", &ports[2..4])]);
    assert_eq!(lists["InternetList"], json!([with("9093/9093")]));
    assert_eq!(lists["VpcList"], json!([with("9092/9092"), with("9094/9094"), with("9095/9095")]));
}

#[tokio::test]
async fn addresses_are_shown_as_they_were_sent() {
    let on = On::running(&[]).await;
    let plain = |update, text| change(update, "vpc", "9092/9092", text);
    on.ok("UpdateAllowedIp", &plain("add", "10.0.0.1/8, 1.2.3.4 ,1.2.3.4/32")).await;
    let described = [&plain("add", "9.9.9.9")[..], &[("Description", "the office")]].concat();
    on.ok("UpdateAllowedIp", &described).await;
    on.ok("UpdateAllowedIp", &plain("delete", "0.0.0.0/0")).await;
    let shown = json!([list("9092/9092", &["10.0.0.1/8", "1.2.3.4", "1.2.3.4/32", "9.9.9.9"])]);
    assert_eq!(on.allow_lists().await["VpcList"], shown);
    for (update, text) in [
        ("add", "10.0.0"),
        ("add", "10.0.0.1/33"),
        ("add", "10.0.0.1,"),
        ("add", ","),
        ("add", "::1"),
        ("add", "10.0.0.01"),
        ("add", "1.1.1.1;2.2.2.2"),
        ("delete", "10.0.0.1/8,1.2.3.4"),
        ("delete", "everybody"),
    ] {
        on.refused("UpdateAllowedIp", &plain(update, text), (400, "WHITE.PARAM.ERROR")).await;
    }
    let eleven = (0..11).map(|n| format!("10.0.0.{n}")).collect::<Vec<_>>().join(",");
    on.refused("UpdateAllowedIp", &plain("add", &eleven), (400, "WHITE.OVER.LENGTH.ERROR")).await;
    assert_eq!(on.allow_lists().await["VpcList"], shown);
    // Nobody may be left.
    for text in ["10.0.0.1/8", "1.2.3.4", "1.2.3.4/32", "9.9.9.9", "9.9.9.9"] {
        on.ok("UpdateAllowedIp", &plain("delete", text)).await;
    }
    assert_eq!(on.allow_lists().await["VpcList"], json!([list("9092/9092", &[])]));
}

#[tokio::test]
async fn a_hundred_addresses_fill_a_list() {
    let on = On::running(&[]).await;
    for tens in 0..10 {
        let ten: Vec<_> = (0..10).map(|n| format!("10.0.{tens}.{n}")).collect();
        let added = if tens == 9 { ten[..9].join(",") } else { ten.join(",") };
        on.ok("UpdateAllowedIp", &change("add", "vpc", "9092/9092", &added)).await;
    }
    let beyond = change("add", "vpc", "9092/9092", "1.1.1.1,10.0.0.0");
    on.refused("UpdateAllowedIp", &beyond, (400, "WHITE.IPLIST.OVERLONG.ERROR")).await;
    let full = on.allow_lists().await["VpcList"][0]["AllowedIpList"].as_array().unwrap().len();
    assert_eq!(full, 100);
}

#[tokio::test]
async fn only_a_deployed_instance_has_lists() {
    let world = World::open().await;
    let id = world.ordered(&[]).await;
    let on = On { world, id };
    on.refused("GetAllowedIpList", &[], (400, "BIZ_INSTANCE_STATUS_ERROR")).await;
    let any = change("add", "vpc", "9092/9092", "10.0.0.1");
    on.refused("UpdateAllowedIp", &any, (400, "BIZ_INSTANCE_STATUS_ERROR")).await;
}
