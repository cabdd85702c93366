//! The zones of a region.

use crate::ids::Region;
use crate::shared::Shared;
use crate::zone::{self, Zone};

pub(crate) fn run(shared: &Shared, region: &Region) -> Vec<Zone> {
    zone::of_region(region, shared.options.zones)
}
