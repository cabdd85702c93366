//! The `Offsets` of UpdateConsumerOffset: `[{"Partition":0,"Offset":5}, …]`, or `Offsets.1.Partition` and so on.

use crate::dialects::aliyun::params::{Field, Item, Rejection, object_list};

/// Partitions, each once, and where a group is to go on in them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ResetOffsets(pub(crate) Vec<(u32, i64)>);

impl Item for ResetOffsets {
    type List = Self;
    const MEMBERS: &'static [&'static str] = &["Partition", "Offset"];

    fn check(field: &Field, items: Vec<Vec<Option<String>>>) -> Result<Self, Rejection> {
        let mut offsets = Vec::<(u32, i64)>::with_capacity(items.len());
        for item in items {
            let mut members = item.into_iter();
            let mut number = || {
                let text = members.next().flatten().ok_or(Rejection::Type(field.name))?;
                text.parse::<i64>().map_err(|_| Rejection::Type(field.name))
            };
            let (partition, offset) = (number()?, number()?);
            let partition = u32::try_from(partition)
                .map_err(|_| Rejection::rule(field.name, "must have partitions from 0 on"))?;
            if offsets.iter().any(|(known, _)| *known == partition) {
                return Err(Rejection::rule(field.name, "must not have a partition twice"));
            }
            offsets.push((partition, offset));
        }
        Ok(Self(offsets))
    }
}

object_list!(ResetOffsets);
