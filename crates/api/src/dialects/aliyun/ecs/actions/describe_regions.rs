//! DescribeRegions: the regions that are served.

use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::envelope::list_of;
use crate::dialects::aliyun::params::{Text, parameters};

pub(crate) struct DescribeRegions;

parameters! {
    /// Nothing that matters: every region is always shown.
    pub(crate) struct Input {
        /// The language of the names, which are the ids in every language.
        accept_language: Option<Text> = optional("AcceptLanguage"),
    }
}

/// The regions.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    regions: Regions,
}

list_of! {
    struct Regions: "Region" [RegionView];
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RegionView {
    region_id: String,
    local_name: String,
    region_endpoint: String,
    status: &'static str,
}

impl Action for DescribeRegions {
    const NAME: &'static str = "DescribeRegions";
    const SUMMARY: &'static str = "Lists the regions that are served, by id.";
    const PERMISSION: &'static str = "ecs:DescribeRegions";
    const EFFECT: Effect = Effect::Reads;
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[("AcceptLanguage", "en-US")];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        // The names are not translated: that an unknown language changes nothing is what the vendor does, too.
        drop(input.accept_language);
        let view = |id: &str| RegionView {
            region_id: id.to_owned(),
            local_name: id.to_owned(),
            // Every region is served where this call arrived.
            region_endpoint: context.host.clone(),
            status: "available",
        };
        Ok(Output { regions: context.regions.ids().into_iter().map(view).collect() })
    }
}
