//! Lists without what a policy denies the caller to list. That the list as a whole is allowed was judged before.

use std::future::Future;

use control::Fault;
use control::policy::Verdict;
use control::topic::{Page, Paged};

use super::action::Context;
use super::mentions::{Named, resource_name};
use crate::permission::Judge;

/// A list from its beginning to its end.
const WHOLE: Page = Page { skip: 0, take: usize::MAX };

impl Context {
    /// Something of the account's, as policies name it; no region is the empty text.
    pub(crate) fn own(&self, product: &str, region: &str, resource: impl Into<String>) -> String {
        resource_name(product, region, &self.caller.account, &Named::own(resource))
    }

    /// Whether a list may show this resource.
    pub(crate) async fn shows(&self, permission: &str, resource: &str) -> Result<bool, Fault> {
        let judge = self.judge();
        Ok(!judge.is_needed() || judge.verdict(permission, resource).await? != Verdict::Denied)
    }

    /// What a list may show of `items`; `names` are the resources that one of them tells of.
    pub(crate) async fn shown<T, N>(
        &self,
        permission: &str,
        items: Vec<T>,
        names: impl Fn(&T) -> N,
    ) -> Result<Vec<T>, Fault>
    where
        N: IntoIterator<Item = String>,
    {
        if !self.judge().is_needed() {
            return Ok(items);
        }
        let mut shown = Vec::with_capacity(items.len());
        for item in items {
            if self.shows_all(permission, names(&item)).await? {
                shown.push(item);
            }
        }
        Ok(shown)
    }

    /// The part of a list that is asked for, as if what is denied were not there: pages are cut, and the total is
    /// counted, without it.
    pub(crate) async fn listed<T, N, L>(
        &self,
        permission: &str,
        page: Page,
        list: impl Fn(Page) -> L,
        names: impl Fn(&T) -> N,
    ) -> Result<Paged<T>, Fault>
    where
        N: IntoIterator<Item = String>,
        L: Future<Output = Result<Paged<T>, Fault>>,
    {
        if !self.judge().is_needed() {
            return list(page).await;
        }
        let shown = self.shown(permission, list(WHOLE).await?.items, names).await?;
        Ok(cut(shown, page))
    }

    async fn shows_all(
        &self,
        permission: &str,
        resources: impl IntoIterator<Item = String>,
    ) -> Result<bool, Fault> {
        for resource in resources {
            if !self.shows(permission, &resource).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn judge(&self) -> Judge<'_> {
        Judge { control: &self.control, caller: &self.caller, under: self.under }
    }
}

/// A part of a list that is at hand.
pub(crate) fn cut<T>(items: Vec<T>, page: Page) -> Paged<T> {
    let total = items.len();
    Paged { items: items.into_iter().skip(page.skip).take(page.take).collect(), total }
}
