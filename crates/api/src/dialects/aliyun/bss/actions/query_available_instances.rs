//! QueryAvailableInstances: what an account pays for.

use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::companions::causes as shared;
use crate::dialects::aliyun::params::{Text, choice, parameters};
use crate::refusal::Cause;

pub(crate) struct QueryAvailableInstances;

parameters! {
    /// Which of them.
    pub(crate) struct Input {
        /// The product. One that is sold here is refused: its own actions list its instances.
        product_code: Text = required("ProductCode").range(1, 64),
        /// A division of the product; without effect.
        _product_type: Option<Text> = optional("ProductType").range(1, 64),
        /// How they are paid for; without effect.
        _subscription_type: Option<SubscriptionType> = optional("SubscriptionType"),
        /// Which page, from 1.
        page_num: u32 = optional("PageNum").range(1, 2_147_483_647).or("1"),
        /// How many on a page.
        page_size: u32 = optional("PageSize").range(1, 300).or("20"),
    }
}

choice! {
    /// How something is paid for.
    pub(crate) enum SubscriptionType: String {
        /// For a term.
        Subscription = "Subscription",
        /// By use.
        PayAsYouGo = "PayAsYouGo",
    }
}

/// A page of them. Unlike the other small products' replies, this one's carry a code.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    code: &'static str,
    success: bool,
    message: &'static str,
    data: Data,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Data {
    total_count: u32,
    page_num: u32,
    page_size: u32,
    /// Always empty.
    instance_list: Vec<String>,
}

impl Action for QueryAvailableInstances {
    const NAME: &'static str = "QueryAvailableInstances";
    const SUMMARY: &'static str = "Lists what an account has of a product that is not sold here: nothing.";
    const PERMISSION: &'static str = "bss:QueryAvailableInstances";
    const EFFECT: Effect = Effect::Reads;
    const CAUSES: &'static [Cause] = &[shared::UNSUPPORTED];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[
        ("ProductCode", "vipcloudfw"),
        ("ProductType", "vipcloudfw"),
        ("SubscriptionType", "Subscription"),
        ("PageNum", "1"),
        ("PageSize", "50"),
    ];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, _: &Context) -> Result<Output, Refused> {
        let Input { product_code, page_num, page_size, .. } = input;
        if product_code.eq_ignore_ascii_case("alikafka") {
            return Err(Refused::NotSupported("GetInstanceList lists the instances of this product".into()));
        }
        let data = Data { total_count: 0, page_num, page_size, instance_list: Vec::new() };
        Ok(Output { code: "Success", success: true, message: "Successful!", data })
    }
}
