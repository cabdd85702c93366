//! DescribeEndpoints: where a product of a region is called.

use control::ids::Region;
use serde::Serialize;

use crate::dialects::aliyun::PRODUCTS;
use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::envelope::list_of;
use crate::dialects::aliyun::params::{Text, choice, parameters};

/// The one kind of address there is.
const OPEN_API: &str = "openAPI";

pub(crate) struct DescribeEndpoints;

parameters! {
    /// Which product, where.
    pub(crate) struct Input {
        /// The region.
        id: Region = required("Id"),
        /// The product, in any case: alikafka, ecs, vpc and so on.
        service_code: Text = required("ServiceCode").range(1, 64),
        /// Only addresses of this type.
        kind: Option<EndpointType> = optional("Type"),
    }
}

choice! {
    /// The types of addresses.
    pub(crate) enum EndpointType: String {
        /// For calls from anywhere.
        OpenApi = "openAPI",
        /// For calls from within the cloud's own network, which there is none of here.
        InnerApi = "innerAPI",
    }
}

/// The addresses: one, or none for a product that is not served here.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    success: bool,
    endpoints: Endpoints,
}

list_of! {
    struct Endpoints: "Endpoint" [EndpointView];
    struct Protocols: "Protocols" [&'static str];
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct EndpointView {
    endpoint: String,
    id: String,
    namespace: &'static str,
    /// The vendor's spelling, which clients read.
    serivce_code: String,
    #[serde(rename = "Type")]
    kind: &'static str,
    protocols: Protocols,
}

impl Action for DescribeEndpoints {
    const NAME: &'static str = "DescribeEndpoints";
    const SUMMARY: &'static str = "Tells at which address a product is called: this server's for those it answers for, none for others.";
    const PERMISSION: &'static str = "location:DescribeEndpoints";
    const OPEN_TO_ALL: bool = true;
    const EFFECT: Effect = Effect::Reads;
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[("Id", "cn-hangzhou"), ("ServiceCode", "vpc")];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let Input { id, service_code, kind } = input;
        let served = is_served(&service_code) && kind != Some(EndpointType::InnerApi);
        let view = EndpointView {
            // As the caller wrote it: that address has just worked for them.
            endpoint: context.host.clone(),
            id: id.into_string(),
            namespace: "",
            serivce_code: service_code,
            kind: OPEN_API,
            // What has just worked; what a proxy in front speaks is not known.
            protocols: [if context.is_secured { "HTTPS" } else { "HTTP" }].into_iter().collect(),
        };
        let there = served && !view.endpoint.is_empty();
        Ok(Output { success: true, endpoints: Some(view).filter(|_| there).into_iter().collect() })
    }
}

/// Whether a product of this code is answered for. Sending clients of any other one here would only replace a clear
/// error of the real address by a strange one.
fn is_served(code: &str) -> bool {
    let name = if code.eq_ignore_ascii_case("bssopenapi") { "bss" } else { code };
    PRODUCTS.iter().any(|product| product.name.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_answered_for_and_what_is_not() {
        for code in ["alikafka", "ecs", "vpc", "VPC", "kms", "resourcemanager", "location", "bssopenapi"] {
            assert!(is_served(code), "{code}");
        }
        for code in ["rds", "slb", "oss", "kafka", "", "vpc "] {
            assert!(!is_served(code), "{code}");
        }
    }
}
