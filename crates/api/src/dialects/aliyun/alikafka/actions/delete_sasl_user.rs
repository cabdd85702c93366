//! DeleteSaslUser: a user logs in no more.

use control::ids::{InstanceId, Region, UserName};
use control::user::{LoginKind, UserRef};

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::alikafka::users::UserType;
use crate::dialects::aliyun::params::{AnyCase, Text, parameters};
use crate::refusal::Cause;

pub(crate) struct DeleteSaslUser;

parameters! {
    /// Whom.
    pub(crate) struct Input {
        /// The instance.
        instance_id: InstanceId = required("InstanceId"),
        /// The region in which it was bought.
        region_id: Region = required("RegionId"),
        /// The user's name, exactly.
        username: UserName = required("Username"),
        /// The type of the user: plain or scram, in any case.
        user_type: AnyCase<UserType> = optional("Type").or("plain"),
        /// Not needed: name and type tell users apart.
        _mechanism: Option<Text> = optional("Mechanism"),
    }
}

impl Action for DeleteSaslUser {
    const NAME: &'static str = "DeleteSaslUser";
    const SUMMARY: &'static str = "Takes a user away and ends the connections that it has logged in on.";
    const PERMISSION: &'static str = "alikafka:DeleteSaslUser";
    const EFFECT: Effect = Effect::Changes;
    const MESSAGE: &'static str = "operation success";
    const CAUSES: &'static [Cause] = &[causes::INSTANCE, causes::STATE, causes::USER];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("InstanceId", "INSTANCE"), ("RegionId", "cn-hangzhou"), ("Username", "test12"), ("Type", "scram")];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Input { instance_id, region_id, username, user_type: AnyCase(user_type), .. } = input;
        let kind = LoginKind::from(user_type);
        let user = UserRef { region: region_id, instance: instance_id, name: username, kind };
        let Context { caller, control, .. } = context;
        Ok(control.user_delete(caller, &user).await?.into())
    }
}
