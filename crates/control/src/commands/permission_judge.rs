//! Whether a caller may do something.

use crate::Fault;
use crate::account::Caller;
use crate::policy::{Request, Verdict, judge};
use crate::shared::Shared;

pub(crate) async fn run(shared: &Shared, caller: &Caller, request: &Request<'_>) -> Result<Verdict, Fault> {
    let Some(user) = &caller.user else {
        // What is not theirs does not exist for them; what is, they may do anything with.
        return Ok(Verdict::Allowed);
    };
    let language = shared.options.language;
    let permissions = shared.permissions.find(&shared.store, language, &caller.account, user).await?;
    Ok(judge(&permissions.documents, request))
}
