//! UpdateAllowedIp: changes from where an instance may be used.

use control::allowed::{AllowedAddress, AllowedChange, AllowedEdit};
use control::ids::{InstanceId, Region};

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::alikafka::allowed_lists::{self, ListType};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::alikafka::details::Details;
use crate::dialects::aliyun::params::{Text, choice, parameters};
use crate::refusal::Cause;

pub(crate) struct UpdateAllowedIp;

/// Most addresses in one call.
const ADDED_MAX: usize = 10;

parameters! {
    /// What to change in which list.
    pub(crate) struct Input {
        /// The instance.
        instance_id: InstanceId = required("InstanceId"),
        /// The region in which it was bought.
        region_id: Region = required("RegionId"),
        /// add or delete.
        update_type: UpdateType = required("UpdateType"),
        /// The network: vpc, or internet for an instance on the internet.
        allowed_list_type: ListType = required("AllowedListType"),
        /// The list's port: 9092/9092, 9094/9094 with enable.acl and 9095/9095 with enable.vpc_sasl_ssl for vpc; 9093/9093
        /// for internet.
        port_range: Text = required("PortRange"),
        /// IPv4 addresses or blocks of them: to add, 1 to 10 separated by commas; to delete, one as it is listed.
        allowed_list_ip: Text = required("AllowedListIp"),
        /// A note for the people who maintain the list; checked and not kept.
        _description: Option<Text> = optional("Description").range(1, 128),
    }
}

choice! {
    /// What to do with the addresses.
    pub(crate) enum UpdateType: String {
        /// Put them on the list.
        Add = "add",
        /// Take one off.
        Delete = "delete",
    }
}

impl Action for UpdateAllowedIp {
    const NAME: &'static str = "UpdateAllowedIp";
    const SUMMARY: &'static str = "Adds addresses from which an instance may be used, or takes one away.";
    const PERMISSION: &'static str = "alikafka:UpdateInstance";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[
        causes::INSTANCE,
        causes::STATE,
        causes::ALLOW_LIST,
        causes::ALLOW_LIST_ADDS,
        causes::ALLOW_LIST_FULL,
    ];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[
        ("InstanceId", "INSTANCE"),
        ("RegionId", "cn-hangzhou"),
        ("UpdateType", "add"),
        ("AllowedListType", "vpc"),
        ("PortRange", "9092/9092"),
        ("AllowedListIp", "192.168.0.0/16"),
    ];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let edit = edit(input.update_type, &input.allowed_list_ip)?;
        let Context { caller, control, .. } = context;
        // Whether it has lists at all is asked before which ones it has.
        control.allowed_list(caller, &input.region_id, &input.instance_id).await?;
        let instance = control.instance_find(caller, &input.region_id, &input.instance_id).await?;
        let details = Details::of(&instance)?;
        let access = allowed_lists::find(input.allowed_list_type, &input.port_range, &instance, &details)?;
        let change = AllowedChange { region: input.region_id, instance: input.instance_id, access, edit };
        Ok(control.allowed_change(caller, change).await?.into())
    }
}

fn edit(update: UpdateType, text: &str) -> Result<AllowedEdit, Refused> {
    match update {
        UpdateType::Add => {
            let texts: Vec<_> = text.split(',').collect();
            if texts.len() > ADDED_MAX {
                return Err(Refused::AllowListAddsTooMany(ADDED_MAX));
            }
            Ok(AllowedEdit::Add(texts.into_iter().map(address).collect::<Result<_, _>>()?))
        }
        UpdateType::Delete => Ok(AllowedEdit::Remove(address(text)?)),
    }
}

fn address(text: &str) -> Result<AllowedAddress, Refused> {
    AllowedAddress::parse(text.trim()).ok_or_else(|| {
        Refused::AllowList("AllowedListIp must be an IPv4 address, or one with a prefix of 0 to 32".into())
    })
}
