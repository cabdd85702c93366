//! CreateSaslUser: lets a user log in, or gives one another password.

use control::ids::{InstanceId, Region};
use control::user::{LoginKind, UserPut};

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::alikafka::users::{
    NewUserName, Password, ProofMechanism, UserType, ensure_logins,
};
use crate::dialects::aliyun::params::{AnyCase, Rejection, parameters};
use crate::refusal::Cause;

pub(crate) struct CreateSaslUser;

parameters! {
    /// Whom to let log in where, and how.
    pub(crate) struct Input {
        /// The instance.
        instance_id: InstanceId = required("InstanceId"),
        /// The region in which it was bought.
        region_id: Region = required("RegionId"),
        /// The user's name: 1 to 64 letters, digits, underscores and hyphens. A name can be there once for each type.
        username: NewUserName = required("Username"),
        /// The password: 1 to 128 printable characters without a space. It takes the place of the one before.
        password: Password = required("Password").secret(),
        /// plain for users who send their password, scram for those who prove that they know it; in any case.
        user_type: AnyCase<UserType> = optional("Type").or("plain"),
        /// How a user of type scram proves it; by default as before, and SCRAM-SHA-256 for a new user.
        mechanism: Option<AnyCase<ProofMechanism>> = optional("Mechanism"),
    }
}

impl Action for CreateSaslUser {
    const NAME: &'static str = "CreateSaslUser";
    const SUMMARY: &'static str = "Lets a user log in to an instance, or gives one another password.";
    const PERMISSION: &'static str = "alikafka:CreateSaslUser";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::INSTANCE, causes::STATE, causes::USERS_FULL, causes::ACL_OFF];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[
        ("InstanceId", "INSTANCE"),
        ("RegionId", "cn-hangzhou"),
        ("Username", "test12"),
        ("Password", "12345678"),
        ("Type", "scram"),
    ];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Input { instance_id, region_id, username, password, user_type, mechanism } = input;
        let (AnyCase(user_type), mechanism) = (user_type, mechanism.map(|AnyCase(mechanism)| mechanism));
        if user_type == UserType::Plain && mechanism.is_some() {
            return Err(Rejection::rule("Mechanism", "is for users of type scram").into());
        }
        let Context { caller, control, .. } = context;
        let instance = control.instance_find(caller, &region_id, &instance_id).await?;
        ensure_logins(&instance)?;
        let put = UserPut {
            region: region_id,
            instance: instance_id,
            name: username.0,
            kind: LoginKind::from(user_type),
            mechanism: mechanism.map(Into::into),
            password: password.0,
        };
        Ok(control.user_put(caller, put).await?.into())
    }
}
