//! Who may do what.

use control::policy::{Circumstances, Request, UNKNOWN, Verdict};
use control::{Caller, Control, Fault};

use crate::quote::is_quotable;

/// Decides about one call, in the words that policies are written in.
///
/// What is not the caller's account's does not exist for the caller; that is control's part.
pub(crate) struct Judge<'c> {
    pub(crate) control: &'c Control,
    pub(crate) caller: &'c Caller,
    pub(crate) under: Circumstances,
}

/// What a caller may not do, and with what.
#[derive(Debug)]
pub(crate) struct Forbidden {
    pub(crate) permission: &'static str,
    pub(crate) resource: String,
}

impl Judge<'_> {
    /// Whether there is anything to ask: an owner may do everything with what is the account's.
    pub(crate) fn is_needed(&self) -> bool {
        self.caller.user.is_some()
    }

    /// The first resource that the caller may not use so; none when all are allowed.
    pub(crate) async fn first_forbidden(
        &self,
        permission: &'static str,
        resources: Vec<String>,
    ) -> Result<Option<Forbidden>, Fault> {
        for resource in resources {
            if self.verdict(permission, &resource).await? != Verdict::Allowed {
                return Ok(Some(Forbidden { permission, resource }));
            }
        }
        Ok(None)
    }

    /// What the caller's policies say about one resource.
    pub(crate) async fn verdict(&self, permission: &str, resource: &str) -> Result<Verdict, Fault> {
        let request = Request { action: permission, resource, under: self.under };
        self.control.permission_judge(self.caller, &request).await
    }
}

impl Forbidden {
    /// The resource for the record of what was refused: without what would not be text on one line.
    pub(crate) fn resource_plain(&self) -> String {
        let is_plain = |character: &char| character.is_ascii_alphanumeric() || ":/_.-*".contains(*character);
        self.resource.replace(UNKNOWN, "*").chars().filter(is_plain).take(256).collect()
    }

    /// The resource for a message, and for the caller to read: all that are such where it cannot be quoted.
    pub(crate) fn resource_quoted(&self) -> String {
        let resource = self.resource.replace(UNKNOWN, "*");
        if is_quotable(&resource) { resource } else { "*".to_owned() }
    }
}
