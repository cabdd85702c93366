//! What a sub-user may do, read and ready to judge by, as every one of its requests needs it.

use std::sync::Arc;

use sqlx::AnyConnection;

use super::memo::{Memo, Weight};
use super::{Store, policies, policy_attachments};
use crate::Fault;
use crate::ids::{AccountId, SubUserId};
use crate::permission::Attachment;
use crate::policy::{Document, Language};

/// All documents that apply to one sub-user.
pub(crate) struct Permissions {
    pub(crate) documents: Vec<Document>,
}

/// Permissions of the sub-users that have called since the last commit.
#[derive(Default)]
pub(crate) struct PermissionsMemo(Memo<(AccountId, SubUserId), Permissions>);

impl PermissionsMemo {
    /// Those of the account's sub-user. One that is gone has none.
    pub(crate) async fn find(
        &self,
        store: &Store,
        language: Language,
        account: &AccountId,
        user: &SubUserId,
    ) -> Result<Arc<Permissions>, Fault> {
        let read = async move |reader: &mut AnyConnection, (account, user): &(AccountId, SubUserId)| {
            let mut documents = Vec::new();
            for attachment in policy_attachments::list(reader, account, user).await? {
                documents.push(document(reader, &language, account, &attachment).await?);
            }
            Ok(Permissions { documents })
        };
        self.0.get(store, (account.clone(), user.clone()), read).await
    }
}

/// A document was read before it was kept. One that cannot be read now is no reason to go on without it: it may
/// deny something.
async fn document(
    reader: &mut AnyConnection,
    language: &Language,
    account: &AccountId,
    attachment: &Attachment,
) -> Result<Document, Fault> {
    let name = &attachment.policy.name;
    let unreadable = |why: String| Fault::bug(format!("the attached policy {name} cannot be read: {why}"));
    let text = if attachment.policy.standing {
        language.standing(name.as_str()).map(|standing| standing.document.to_owned())
    } else {
        policies::document(reader, account, name).await?
    };
    let text = text.ok_or_else(|| unreadable("it is not there any more".to_owned()))?;
    Document::parse(&text, language).map_err(|error| unreadable(error.to_string()))
}

impl Weight for Permissions {
    fn weight(&self) -> usize {
        // A document has up to 6 KiB, as much as some tens of rows.
        1 + 32 * self.documents.len()
    }
}
