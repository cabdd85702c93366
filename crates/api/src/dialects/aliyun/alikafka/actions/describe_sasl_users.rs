//! DescribeSaslUsers: who may log in to an instance.

use control::ids::{InstanceId, Region};
use control::user::User;
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::alikafka::users::{UserType, words_of};
use crate::dialects::aliyun::envelope::list_of;
use crate::dialects::aliyun::params::parameters;
use crate::refusal::Cause;

pub(crate) struct DescribeSaslUsers;

/// What stands for each password where the operator has them hidden.
const HIDDEN: &str = "******";

parameters! {
    /// Which instance.
    pub(crate) struct Input {
        /// The instance.
        instance_id: InstanceId = required("InstanceId"),
        /// The region in which it was bought.
        region_id: Region = required("RegionId"),
    }
}

/// The users, by name, then by type.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    sasl_user_list: SaslUserList,
}

list_of! {
    struct SaslUserList: "SaslUserVO" [SaslUserVo];
}

/// A user. Its password is shown: the Terraform provider compares it with what it has set.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SaslUserVo {
    username: String,
    password: String,
    #[serde(rename = "Type")]
    user_type: UserType,
    mechanism: &'static str,
}

impl Action for DescribeSaslUsers {
    const NAME: &'static str = "DescribeSaslUsers";
    const SUMMARY: &'static str = "Lists the users who may log in to an instance, with their passwords.";
    const PERMISSION: &'static str = "alikafka:ListSaslUser";
    const EFFECT: Effect = Effect::Reads;
    const CAUSES: &'static [Cause] = &[causes::INSTANCE, causes::STATE];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("InstanceId", "INSTANCE"), ("RegionId", "cn-hangzhou")];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let Input { instance_id, region_id } = input;
        let Context { caller, control, hide_passwords, .. } = context;
        let users = control.user_list(caller, &region_id, &instance_id).await?;
        let shown = users.into_iter().map(|user| SaslUserVo::new(user, *hide_passwords));
        Ok(Output { sasl_user_list: shown.collect() })
    }
}

impl SaslUserVo {
    fn new(user: User, is_hidden: bool) -> Self {
        let (user_type, mechanism) = words_of(user.mechanism);
        let password = if is_hidden { HIDDEN } else { user.password.expose() };
        Self { username: user.name.into_string(), password: password.to_owned(), user_type, mechanism }
    }
}
