//! ListUsers: the users of the account.

use control::sub_user::SubUser;
use control::topic::Page;
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::envelope::list_of;
use crate::dialects::aliyun::params::parameters;
use crate::dialects::aliyun::ram::names::user_resource;
use crate::dialects::aliyun::ram::views::{Marker, UserView};

pub(crate) struct ListUsers;

parameters! {
    /// Which part of the list.
    pub(crate) struct Input {
        /// Where to go on: the Marker of the reply before.
        marker: Option<Marker> = optional("Marker"),
        /// How many at most.
        max_items: u32 = optional("MaxItems").range(1, 1_000).or("100"),
    }
}

/// A part of the list, oldest first.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
    users: Users,
}

list_of! {
    struct Users: "User" [UserView];
}

impl Action for ListUsers {
    const NAME: &'static str = "ListUsers";
    const SUMMARY: &'static str = "Lists the users of the account, oldest first.";
    const PERMISSION: &'static str = "ram:ListUsers";
    const EFFECT: Effect = Effect::Reads;
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[("MaxItems", "10")];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let Context { caller, control, .. } = context;
        let page = Page { skip: input.marker.map_or(0, |marker| marker.0), take: input.max_items as usize };
        let list = |part| control.sub_user_list(caller, part);
        let name = |user: &SubUser| [user_resource(context, &user.name)];
        let found = context.listed(Self::PERMISSION, page, list, name).await?;
        let marker = Marker::after(page.skip + found.items.len(), found.total);
        let users = found.items.into_iter().map(UserView::from).collect();
        Ok(Output { is_truncated: marker.is_some(), marker, users })
    }
}
