//! What the vendor sells: specifications, what they include, and the ranges of what is bought with them.
//! Figures are the vendor's (billing page, purchase rules); this file is data and the arithmetic on it.

use control::instance::{Limits, Resources};

use crate::dialects::aliyun::params::{Rejection, choice};

choice! {
    /// The edition of an instance.
    pub(crate) enum SpecType: String {
        /// The smallest of the serverless ones, and of no other.
        Basic = "basic",
        /// Standard, high write.
        Normal = "normal",
        /// Professional, high write.
        Professional = "professional",
        /// Professional, high read.
        ProfessionalForHighRead = "professionalForHighRead",
    }
}

impl SpecType {
    /// Whether it is one of the professional editions.
    pub(crate) fn is_professional(self) -> bool {
        match self {
            Self::Basic | Self::Normal => false,
            Self::Professional | Self::ProfessionalForHighRead => true,
        }
    }
}

/// Topics and partitions that come with a specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Included {
    pub(crate) topics: u32,
    pub(crate) partitions: u32,
}

const fn included(topics: u32, partitions: u32) -> Option<Included> {
    Some(Included { topics, partitions })
}

/// A traffic specification.
#[derive(Debug)]
pub(crate) struct Spec {
    pub(crate) name: &'static str,
    /// Megabytes per second.
    pub(crate) read: u32,
    /// Megabytes per second.
    pub(crate) write: u32,
    /// The write peak whose disk, topic and network ranges apply.
    class: u32,
    normal: Option<Included>,
    professional: Option<Included>,
    high_read: Option<Included>,
}

const fn high_write(
    name: &'static str,
    peak: u32,
    normal: Option<Included>,
    professional: Option<Included>,
) -> Spec {
    Spec { name, read: peak, write: peak, class: peak, normal, professional, high_read: None }
}

const fn high_read(
    name: &'static str,
    read: u32,
    write: u32,
    class: u32,
    included: Option<Included>,
) -> Spec {
    Spec { name, read, write, class, normal: None, professional: None, high_read: included }
}

/// Where the billing page gives two figures for the standard edition, the larger is used. The smallest
/// high-read specification has two names.
pub(crate) const SPECS: &[Spec] = &[
    high_write("alikafka.hw.test", 2, included(3, 36), None),
    high_write("alikafka.hw.2xlarge", 20, included(50, 1100), included(50, 1100)),
    high_write("alikafka.hw.3xlarge", 30, included(50, 1200), included(50, 1200)),
    high_write("alikafka.hw.6xlarge", 60, included(80, 1400), included(80, 1400)),
    high_write("alikafka.hw.9xlarge", 90, included(100, 1600), included(100, 1600)),
    high_write("alikafka.hw.12xlarge", 120, included(150, 1800), included(150, 1800)),
    high_write("alikafka.hw.16xlarge", 160, None, included(180, 2000)),
    high_write("alikafka.hw.20xlarge", 200, None, included(200, 2200)),
    high_write("alikafka.hw.25xlarge", 250, None, included(250, 2500)),
    high_write("alikafka.hw.30xlarge", 300, None, included(300, 3000)),
    high_write("alikafka.hw.60xlarge", 600, None, included(450, 4500)),
    high_write("alikafka.hw.80xlarge", 800, None, included(500, 5000)),
    high_write("alikafka.hw.100xlarge", 1000, None, included(600, 6000)),
    high_write("alikafka.hw.120xlarge", 1200, None, included(700, 7000)),
    high_write("alikafka.hw.150xlarge", 1500, None, included(800, 8000)),
    high_write("alikafka.hw.180xlarge", 1800, None, included(900, 9000)),
    high_write("alikafka.hw.200xlarge", 2000, None, included(1000, 10000)),
    high_read("alikafka.hr.xlarge", 50, 10, 20, included(50, 1100)),
    high_read("alikafka.hr.2xlarge", 50, 10, 20, included(50, 1100)),
    high_read("alikafka.hr.3xlarge", 75, 15, 30, included(50, 1200)),
    high_read("alikafka.hr.6xlarge", 150, 30, 60, included(80, 1400)),
    high_read("alikafka.hr.9xlarge", 180, 45, 90, included(100, 1600)),
    high_read("alikafka.hr.12xlarge", 240, 60, 120, included(150, 1800)),
];

/// Ranges that depend on the traffic peak.
struct Ranges {
    disk_least: u32,
    disk_greatest: Option<u32>,
    topics_greatest: Option<u32>,
    eip_greatest: u32,
}

/// Disks are sold in steps of this many GB.
const DISK_STEP: u32 = 100;

impl Spec {
    /// The specification that an order means: the named one, else the high-write one of this peak.
    pub(crate) fn find(
        edition: SpecType,
        name: Option<&str>,
        io_max: Option<u32>,
    ) -> Result<&'static Self, Rejection> {
        let (parameter, spec) = match (name, io_max) {
            (Some(name), _) => ("IoMaxSpec", SPECS.iter().find(|spec| spec.name == name)),
            (None, Some(peak)) => {
                let name = format!("alikafka.hw.{}xlarge", peak / 10);
                ("IoMax", SPECS.iter().find(|spec| spec.name == name && spec.read == peak))
            }
            (None, None) => return Err(Rejection::Missing("IoMaxSpec")),
        };
        spec.filter(|spec| spec.included_in(edition).is_some())
            .ok_or_else(|| Rejection::rule(parameter, "is not sold for this SpecType"))
    }

    /// The specification of this name, for instances that were bought with it.
    pub(crate) fn of_name(name: &str) -> Option<&'static Self> {
        SPECS.iter().find(|spec| spec.name == name)
    }

    /// What it includes in an edition; none when it is not sold for it.
    pub(crate) fn included_in(&self, edition: SpecType) -> Option<Included> {
        match edition {
            SpecType::Basic => None,
            SpecType::Normal => self.normal,
            SpecType::Professional => self.professional,
            SpecType::ProfessionalForHighRead => self.high_read,
        }
    }

    fn ranges(&self) -> Ranges {
        let (disk_least, bounded, eip_greatest) = match self.class {
            20 => (500, true, 160),
            30 => (800, true, 240),
            60 => (1400, true, 500),
            90 => (2100, true, 500),
            120 => (2700, true, 500),
            class if class < 20 => (300, false, 500),
            _ => (2700, false, 500),
        };
        Ranges {
            disk_least,
            disk_greatest: bounded.then_some(6100),
            topics_greatest: bounded.then_some(450),
            eip_greatest,
        }
    }

    /// Checks the size in GB that a disk grows to.
    pub(crate) fn check_disk_growth(&self, size: u32) -> Result<(), Rejection> {
        check_bounds("DiskSize", size, 0, self.ranges().disk_greatest)?;
        check_disk_step(size)
    }

    /// Checks the size in GB of a disk that is bought.
    pub(crate) fn check_disk(&self, size: u32) -> Result<(), Rejection> {
        let Ranges { disk_least, disk_greatest, .. } = self.ranges();
        check_bounds("DiskSize", size, disk_least, disk_greatest)?;
        check_disk_step(size)
    }

    /// Checks how many topics are bought.
    pub(crate) fn check_topics(&self, included: Included, quota: u32) -> Result<(), Rejection> {
        check_bounds("TopicQuota", quota, included.topics, self.ranges().topics_greatest)
    }

    /// Checks a public bandwidth in Mbit/s.
    pub(crate) fn check_eip(&self, bandwidth: u32) -> Result<(), Rejection> {
        check_bounds("EipMax", bandwidth, 1, Some(self.ranges().eip_greatest))
    }
}

fn check_disk_step(size: u32) -> Result<(), Rejection> {
    if !size.is_multiple_of(DISK_STEP) {
        return Err(Rejection::rule("DiskSize", format!("must be a multiple of {DISK_STEP}")));
    }
    Ok(())
}

fn check_bounds(
    parameter: &'static str,
    value: u32,
    least: u32,
    greatest: Option<u32>,
) -> Result<(), Rejection> {
    match greatest {
        Some(greatest) if value < least || value > greatest => {
            Err(Rejection::rule(parameter, format!("must be between {least} and {greatest}")))
        }
        None if value < least => Err(Rejection::rule(parameter, format!("must be at least {least}"))),
        _ => Ok(()),
    }
}

/// How the number of topics was bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purchase {
    /// So many topics.
    Topics(u32),
    /// So many partitions on top of a thousand.
    Partitions(u32),
}

/// What an instance may hold, when it may use so much of the machine.
pub(crate) fn limits(
    edition: SpecType,
    included: Included,
    purchase: Purchase,
    resources: Resources,
) -> Limits {
    match purchase {
        Purchase::Topics(quota) => Limits {
            topics: if edition.is_professional() { 2 * quota } else { quota },
            partitions: included.partitions + 16 * quota.saturating_sub(included.topics),
            groups: 2 * quota,
            resources,
        },
        Purchase::Partitions(bought) => {
            let both = 1_000 + bought;
            Limits { topics: both, partitions: both, groups: 2 * both, resources }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_specification_wins_over_the_peak() {
        let find = Spec::find;
        let name = |found: Result<&Spec, Rejection>| found.map(|spec| spec.name);
        assert_eq!(name(find(SpecType::Normal, None, Some(20))), Ok("alikafka.hw.2xlarge"));
        assert_eq!(
            name(find(SpecType::Normal, Some("alikafka.hw.6xlarge"), Some(90))),
            Ok("alikafka.hw.6xlarge")
        );
        assert_eq!(name(find(SpecType::Professional, None, Some(160))), Ok("alikafka.hw.16xlarge"));
        let high_read = SpecType::ProfessionalForHighRead;
        assert_eq!(name(find(high_read, Some("alikafka.hr.xlarge"), None)), Ok("alikafka.hr.xlarge"));
        assert_eq!(find(SpecType::Normal, None, None).err(), Some(Rejection::Missing("IoMaxSpec")));
        for (edition, spec, peak) in [
            (SpecType::Normal, None, Some(160)),
            (SpecType::Normal, None, Some(25)),
            (SpecType::Normal, None, Some(0)),
            (SpecType::Professional, Some("alikafka.hw.test"), None),
            (SpecType::Professional, Some("alikafka.hr.2xlarge"), None),
            (high_read, Some("alikafka.hw.2xlarge"), None),
            (SpecType::Normal, Some("alikafka.hw.7xlarge"), Some(20)),
        ] {
            assert!(matches!(find(edition, spec, peak), Err(Rejection::Rule { .. })), "{spec:?} {peak:?}");
        }
    }

    #[test]
    fn names_and_peaks_of_high_write_agree() {
        for spec in SPECS.iter().filter(|spec| spec.name.starts_with("alikafka.hw.")) {
            assert_eq!(spec.read, spec.write);
            if spec.name != "alikafka.hw.test" {
                assert_eq!(spec.name, format!("alikafka.hw.{}xlarge", spec.read / 10));
            }
        }
    }

    #[test]
    fn bounds_are_exact() {
        let spec = |name| Spec::of_name(name).unwrap();
        let small = spec("alikafka.hw.2xlarge");
        assert!(small.check_disk(500).is_ok() && small.check_disk(6100).is_ok());
        assert!(small.check_disk(400).is_err() && small.check_disk(6200).is_err());
        assert!(small.check_disk(550).is_err(), "between two steps");
        let included = small.included_in(SpecType::Normal).unwrap();
        assert!(small.check_topics(included, 50).is_ok() && small.check_topics(included, 450).is_ok());
        assert!(small.check_topics(included, 49).is_err() && small.check_topics(included, 451).is_err());
        assert!(small.check_eip(1).is_ok() && small.check_eip(160).is_ok());
        assert!(small.check_eip(0).is_err() && small.check_eip(161).is_err());
        let large = spec("alikafka.hw.16xlarge");
        assert!(large.check_disk(2700).is_ok() && large.check_disk(100_000).is_ok());
        assert!(large.check_disk(2600).is_err());
        assert!(spec("alikafka.hw.test").check_disk(300).is_ok());
    }

    #[test]
    fn what_an_instance_may_hold() {
        let included = Included { topics: 50, partitions: 1100 };
        let held = |edition, purchase| {
            let limits = limits(edition, included, purchase, Resources::default());
            let Limits { topics, partitions, groups, .. } = limits;
            (topics, partitions, groups)
        };
        assert_eq!(held(SpecType::Normal, Purchase::Topics(50)), (50, 1100, 100));
        assert_eq!(held(SpecType::Normal, Purchase::Topics(60)), (60, 1260, 120));
        assert_eq!(held(SpecType::Professional, Purchase::Topics(90)), (180, 1740, 180));
        assert_eq!(held(SpecType::Professional, Purchase::Partitions(50)), (1050, 1050, 2100));
    }
}
