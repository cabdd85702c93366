//! What a call is about, as policies name it: `acs:<product>:<region>:<owner>:<resource>`.
//!
//! Read from the parameters that the action declares and from nothing else: otherwise a caller could mention one
//! thing in a parameter that nobody reads, and do something to another. Where what is named cannot be told from the
//! call alone (a key by its alias, what a ciphertext was made with), that part is unknown, which a judge counts
//! against the caller.

use control::ids::AccountId;
use control::policy::UNKNOWN;

use super::action::Product;
use super::params::{Decoding, Field, Kind, ParameterSpec, Text, Value, optional};
use super::regions::Regions;
use crate::request::Parameters;

/// Bytes of the longest name that is looked at. Ids, names of topics and what stands before them are much shorter.
const NAME_BYTES_MAX: usize = 1_024;

/// How the region of a product's resources is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RegionOf {
    /// The call says it and reaches nothing elsewhere.
    Call,
    /// A call reaches what it names wherever that is.
    Anywhere,
    /// The product has no regions.
    Nowhere,
}

/// Whose something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The account's.
    Account,
    /// The cloud's own, the same for every account.
    Cloud,
    /// The call does not say.
    Unknown,
}

/// Something that a call names.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    /// Whose it is.
    pub(crate) owner: Owner,
    /// What it is, as it stands at the end of resource names: `vpc/vpc-1`.
    pub(crate) resource: String,
}

impl Named {
    /// Something of the account's.
    pub(crate) fn own(resource: impl Into<String>) -> Self {
        Self { owner: Owner::Account, resource: resource.into() }
    }
}

/// A resource as policies name it; no region is the empty text.
pub(crate) fn resource_name(product: &str, region: &str, account: &AccountId, named: &Named) -> String {
    let resource = &named.resource;
    match named.owner {
        Owner::Account => format!("acs:{product}:{region}:{account}:{resource}"),
        Owner::Cloud => format!("acs:{product}:{region}:system:{resource}"),
        Owner::Unknown => format!("acs:{product}:{region}:{UNKNOWN}:{resource}"),
    }
}

/// The declared parameters of a call.
pub(crate) struct Mentions<'c> {
    pub(crate) declared: Vec<ParameterSpec>,
    pub(crate) values: &'c Parameters,
    pub(crate) regions: &'c Regions,
}

impl Mentions<'_> {
    /// The texts sent for a parameter: the entries of a list, or one. None for one that is not declared.
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        let Some(spec) = self.declared.iter().find(|spec| spec.name == name) else { return Vec::new() };
        let field = Field { alias: spec.alias, ..optional(spec.name) };
        if spec.kind != Kind::List {
            return field.text(self.values).map(str::to_owned).into_iter().collect();
        }
        let decoding = Decoding { values: self.values, regions: self.regions };
        // What cannot be read is refused as soon as it may be told.
        let read = <Vec<Text> as Value>::read(&field, &decoding);
        let Ok(Ok(entries)) = read else { return Vec::new() };
        entries.into_iter().map(|(_, text)| text).collect()
    }

    /// Whether the action has this parameter.
    pub(crate) fn declares(&self, name: &str) -> bool {
        self.declared.iter().any(|spec| spec.name == name)
    }

    /// What of the account's the texts sent for a parameter name, each behind what policies put before such an id.
    pub(crate) fn named(&self, name: &str, before: &str) -> Vec<Named> {
        self.texts(name).into_iter().map(|text| Named::own(format!("{before}{text}"))).collect()
    }

    /// Resources that are named by `ResourceType` and `ResourceId`: `<type>/<id>`.
    pub(crate) fn typed(&self) -> Vec<Named> {
        let kind = self.texts("ResourceType").pop().unwrap_or_default().to_lowercase();
        self.named("ResourceId", &format!("{kind}/"))
    }

    /// The names of all that the call is about, in full. A call that names nothing is about everything.
    pub(crate) fn resources(&self, product: &Product, regional: bool, account: &AccountId) -> Vec<String> {
        let region = match product.region {
            RegionOf::Nowhere => String::new(),
            RegionOf::Call if regional => self.texts("RegionId").pop().unwrap_or_else(|| UNKNOWN.to_string()),
            RegionOf::Call | RegionOf::Anywhere => UNKNOWN.to_string(),
        };
        let mut named = (product.mentioned)(self);
        if named.is_empty() {
            named.push(Named::own("*"));
        }
        let full = |named: Named| {
            let full = resource_name(product.name, &region, account, &named);
            // Nothing has such a name, and holding it against every pattern would take its time.
            if full.len() <= NAME_BYTES_MAX { full } else { format!("acs:{}:{UNKNOWN}", product.name) }
        };
        named.into_iter().map(full).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::actions;

    /// Under another name, a parameter would name an instance past the policies.
    #[test]
    fn instances_are_named_by_the_parameters_that_are_looked_at() {
        for action in actions().iter().filter(|action| action.product == "alikafka") {
            let has = |name: &str| action.parameters.iter().any(|parameter| parameter.name == name);
            for parameter in &action.parameters {
                let names_one =
                    parameter.name.contains("InstanceId") || parameter.name.starts_with("ResourceId");
                let is_looked_at = ["InstanceId", "ResourceId"].contains(&parameter.name);
                assert!(!names_one || is_looked_at, "{} {}", action.name, parameter.name);
            }
            for inner in ["Topic", "ConsumerId", "Username"] {
                assert!(!has(inner) || has("InstanceId"), "{}: {inner} of no instance", action.name);
            }
        }
    }
}
