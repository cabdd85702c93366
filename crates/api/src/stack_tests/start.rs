//! What clients ask when they start: where products are, and what the account is.

use serde_json::json;

use super::world::{HOST, World, get, signer};
use crate::request::Secured;

const LOCATION: &str = "2015-06-12";
const BSS: &str = "2017-12-14";

#[tokio::test]
async fn products_that_are_answered_for_are_here_and_others_nowhere() {
    let world = World::open().await;
    let region = ("Id", "cn-hangzhou");
    for product in crate::actions().into_iter().map(|spec| spec.product) {
        let told = world.ok_of(LOCATION, "DescribeEndpoints", &[region, ("ServiceCode", product)]).await;
        let told = &told["Endpoints"]["Endpoint"];
        assert_eq!(told.as_array().unwrap().len(), 1, "{product}");
        assert_eq!(
            (&told[0]["Endpoint"], &told[0]["Type"], &told[0]["SerivceCode"], &told[0]["Id"]),
            (&json!(HOST), &json!("openAPI"), &json!(product), &json!("cn-hangzhou"))
        );
    }
    let inner = [region, ("ServiceCode", "vpc"), ("Type", "innerAPI")];
    for asked in [&[region, ("ServiceCode", "rds")][..], &inner] {
        let told = world.ok_of(LOCATION, "DescribeEndpoints", asked).await;
        assert_eq!(told["Endpoints"], json!({ "Endpoint": [] }), "{asked:?}");
    }
    let (nonce, now) = (world.nonce(), world.timestamp());
    let asked = [("Version", LOCATION), region, ("ServiceCode", "vpc")];
    let mut secured = get("DescribeEndpoints", "JSON", &asked, &signer(&nonce, &now));
    secured.extensions_mut().insert(Secured);
    let told = world.send(secured).await.json();
    assert_eq!(told["Endpoints"]["Endpoint"][0]["Protocols"], json!({ "Protocols": ["HTTPS"] }));
    let nowhere = [("Version", LOCATION), ("Id", "cn-nowhere"), ("ServiceCode", "vpc")];
    world.refused("DescribeEndpoints", &nowhere, (400, "InvalidRegionId.NotFound")).await;
}

#[tokio::test]
async fn an_account_pays_for_nothing_else() {
    let world = World::open().await;
    let told = world.ok_of(BSS, "QueryAvailableInstances", &[("ProductCode", "vipcloudfw")]).await;
    assert_eq!((&told["Code"], &told["Success"]), (&json!("Success"), &json!(true)));
    assert_eq!(told["Data"], json!({ "TotalCount": 0, "PageNum": 1, "PageSize": 20, "InstanceList": [] }));
    // What is sold here is not denied.
    let sold = [("Version", BSS), ("ProductCode", "alikafka")];
    world.refused("QueryAvailableInstances", &sold, (400, "UnsupportedOperation")).await;
}
