//! Zones: the parts of a region. They come from the configuration, the same number in every region.

use crate::ids::{Region, ZoneId};

/// Most zones of a region: one for each letter from b to z.
pub const ZONES_MAX: u8 = 25;

/// A part of a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// The region's id, a hyphen and the letter.
    pub id: ZoneId,
    /// What tells it from the region's other zones.
    pub letter: char,
}

/// The first `many` zones of a region, by id.
pub(crate) fn of_region(region: &Region, many: u8) -> Vec<Zone> {
    ('b'..='z')
        .take(many.clamp(1, ZONES_MAX).into())
        .map(|letter| Zone { id: ZoneId::new(format!("{region}-{letter}")), letter })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_least_one_and_at_most_the_alphabet() {
        let ids = |many| of_region(&Region::new("r-1"), many).into_iter().map(|zone| zone.id.into_string());
        assert_eq!(ids(3).collect::<Vec<_>>(), ["r-1-b", "r-1-c", "r-1-d"]);
        assert_eq!((ids(0).count(), ids(200).next_back().unwrap()), (1, "r-1-z".to_owned()));
    }
}
