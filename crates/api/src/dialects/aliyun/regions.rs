//! Regions by their ids.

use std::collections::BTreeSet;

/// The vendor's regions for this product, as its endpoint table has them.
const VENDOR: [&str; 26] = [
    "cn-hangzhou",
    "cn-shanghai",
    "cn-qingdao",
    "cn-beijing",
    "cn-zhangjiakou",
    "cn-huhehaote",
    "cn-wulanchabu",
    "cn-shenzhen",
    "cn-heyuan",
    "cn-guangzhou",
    "cn-chengdu",
    "cn-hongkong",
    "ap-southeast-1",
    "ap-southeast-3",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-northeast-1",
    "ap-south-1",
    "eu-central-1",
    "eu-west-1",
    "us-west-1",
    "us-east-1",
    "cn-hangzhou-finance",
    "cn-shanghai-finance-1",
    "cn-shenzhen-finance-1",
    "cn-beijing-finance-1",
];

/// Regions that this deployment serves: the vendor's and the operator's own.
pub(crate) struct Regions {
    own: BTreeSet<String>,
}

impl Regions {
    pub(crate) fn new(own: impl IntoIterator<Item = String>) -> Self {
        Self { own: own.into_iter().collect() }
    }

    /// All of their ids, sorted.
    pub(crate) fn ids(&self) -> BTreeSet<&str> {
        VENDOR.into_iter().chain(self.own.iter().map(String::as_str)).collect()
    }

    /// The region that an address names, as `kms.cn-hangzhou.aliyuncs.com` does; none for other addresses.
    pub(crate) fn of_host<'h>(&self, host: &'h str) -> Option<&'h str> {
        host.split('.').find(|label| self.serves(label))
    }

    /// Whether the region of this id is one of them.
    pub(crate) fn serves(&self, id: &str) -> bool {
        VENDOR.contains(&id) || self.own.contains(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vendors_and_the_operators_own() {
        let regions = Regions::new(["lab-1".to_owned()]);
        assert!(regions.serves("cn-hangzhou") && regions.serves("lab-1"));
        assert!(!regions.serves("cn-nowhere") && !regions.serves("") && !regions.serves("CN-HANGZHOU"));
        assert_eq!(regions.of_host("kms.cn-beijing.aliyuncs.com"), Some("cn-beijing"));
        assert_eq!(regions.of_host("lab-1.internal:4680"), Some("lab-1"));
        assert_eq!((regions.of_host("127.0.0.1:4680"), regions.of_host("")), (None, None));
        assert!(regions.ids().len() == 27 && regions.ids().contains("lab-1"));
        assert_eq!(VENDOR.into_iter().collect::<BTreeSet<_>>().len(), 26, "no region twice");
    }
}
