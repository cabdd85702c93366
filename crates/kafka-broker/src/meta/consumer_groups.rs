//! Groups of the newer protocol as they survive a restart. A group is written as what has changed in it: a
//! heartbeat that moves one member must not cost as much as the group is large.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::codec::{Decoder, Encoder, Malformed};
use super::records::{Record, decode_list};

/// Partitions, by topic.
pub type Partitions = BTreeSet<(Uuid, i32)>;

/// Changes are cut into records of about this many bytes, well under what the journal takes as one.
const CHANGE_BYTES: usize = 1 << 20;

/// What has changed in a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerGroupChange {
    /// The group.
    pub group: Arc<str>,
    /// Its epoch now.
    pub epoch: i32,
    /// Since when it has had members, or has had none, in milliseconds since 1970.
    pub since_ms: i64,
    /// Members that are new or other than before.
    pub members: Vec<Arc<ConsumerMemberRecord>>,
    /// Members that are no longer.
    pub gone: Vec<Arc<str>>,
}

/// A member as it survives a restart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerMemberRecord {
    /// Its id.
    pub id: Arc<str>,
    /// Its instance id.
    pub instance: Option<Arc<str>>,
    /// Where it says it is.
    pub rack: Option<Arc<str>>,
    /// The client's name for itself.
    pub client_id: Arc<str>,
    /// Where it connected from.
    pub client_host: Arc<str>,
    /// How long it may take to give partitions up.
    pub rebalance_timeout: Duration,
    /// Topics it reads.
    pub names: Vec<Arc<str>>,
    /// An expression for more of them.
    pub regex: Option<Arc<str>>,
    /// The assignor it prefers.
    pub assignor: Option<Arc<str>>,
    /// Its epoch.
    pub epoch: i32,
    /// The epoch it was told before.
    pub epoch_before: i32,
    /// What it owns.
    pub assigned: Partitions,
    /// What it owned and is to give up.
    pub revoking: Partitions,
    /// What it is to own.
    pub target: Partitions,
}

/// What is known of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConsumerFacts {
    /// Its epoch.
    pub epoch: i32,
    /// Since when it has had members, or has had none, in milliseconds since 1970.
    pub since_ms: i64,
    /// Its members.
    pub members: BTreeMap<Arc<str>, Arc<ConsumerMemberRecord>>,
}

impl ConsumerFacts {
    pub(super) fn apply(&mut self, change: &ConsumerGroupChange) {
        self.epoch = change.epoch;
        self.since_ms = change.since_ms;
        for id in &change.gone {
            self.members.remove(id);
        }
        self.members.extend(change.members.iter().map(|member| (member.id.clone(), member.clone())));
    }

    /// The change that makes it from nothing.
    pub(super) fn whole(&self, group: &Arc<str>) -> ConsumerGroupChange {
        ConsumerGroupChange {
            group: group.clone(),
            epoch: self.epoch,
            since_ms: self.since_ms,
            members: self.members.values().cloned().collect(),
            gone: Vec::new(),
        }
    }
}

/// The records of one change: one, unless it is too large for that.
pub fn change_records(change: ConsumerGroupChange) -> Vec<Record> {
    let ConsumerGroupChange { group, epoch, since_ms, members, gone } = change;
    let part = |members, gone| {
        let group = group.clone();
        Record::ConsumerGroupChanged(Arc::new(ConsumerGroupChange { group, epoch, since_ms, members, gone }))
    };
    let mut records = Vec::new();
    let (mut some, mut bytes) = (Vec::new(), 0);
    let mut gone = Some(gone);
    for member in members {
        bytes += member.size();
        some.push(member);
        if bytes >= CHANGE_BYTES {
            records.push(part(std::mem::take(&mut some), gone.take().unwrap_or_default()));
            bytes = 0;
        }
    }
    if !some.is_empty() || records.is_empty() {
        records.push(part(some, gone.unwrap_or_default()));
    }
    records
}

impl ConsumerMemberRecord {
    /// About how many bytes it takes.
    fn size(&self) -> usize {
        let texts = [&self.instance, &self.rack, &self.regex, &self.assignor].into_iter().flatten();
        let texts = texts.chain([&self.id, &self.client_id, &self.client_host]).chain(&self.names);
        let partitions = self.assigned.len() + self.revoking.len() + self.target.len();
        64 + texts.map(|text| text.len() + 4).sum::<usize>() + 20 * partitions
    }
}

pub(super) fn encode(out: &mut Encoder, change: &ConsumerGroupChange) {
    out.text(&change.group);
    out.signed(i64::from(change.epoch));
    out.signed(change.since_ms);
    out.length(change.members.len());
    change.members.iter().for_each(|member| encode_member(out, member));
    out.length(change.gone.len());
    change.gone.iter().for_each(|id| out.text(id));
}

pub(super) fn decode(input: &mut Decoder<'_>) -> Result<ConsumerGroupChange, Malformed> {
    Ok(ConsumerGroupChange {
        group: input.text()?,
        epoch: input.signed_32()?,
        since_ms: input.signed()?,
        members: decode_list(input, |input| decode_member(input).map(Arc::new))?,
        gone: decode_list(input, |input| input.text())?,
    })
}

fn encode_member(out: &mut Encoder, member: &ConsumerMemberRecord) {
    out.text(&member.id);
    out.optional_text(member.instance.as_deref());
    out.optional_text(member.rack.as_deref());
    out.text(&member.client_id);
    out.text(&member.client_host);
    out.duration(member.rebalance_timeout);
    out.length(member.names.len());
    member.names.iter().for_each(|name| out.text(name));
    out.optional_text(member.regex.as_deref());
    out.optional_text(member.assignor.as_deref());
    out.signed(i64::from(member.epoch));
    out.signed(i64::from(member.epoch_before));
    for partitions in [&member.assigned, &member.revoking, &member.target] {
        encode_partitions(out, partitions);
    }
}

fn decode_member(input: &mut Decoder<'_>) -> Result<ConsumerMemberRecord, Malformed> {
    Ok(ConsumerMemberRecord {
        id: input.text()?,
        instance: input.optional_text()?,
        rack: input.optional_text()?,
        client_id: input.text()?,
        client_host: input.text()?,
        rebalance_timeout: input.duration()?,
        names: decode_list(input, |input| input.text())?,
        regex: input.optional_text()?,
        assignor: input.optional_text()?,
        epoch: input.signed_32()?,
        epoch_before: input.signed_32()?,
        assigned: decode_partitions(input)?,
        revoking: decode_partitions(input)?,
        target: decode_partitions(input)?,
    })
}

/// Each topic once, with its partitions.
fn encode_partitions(out: &mut Encoder, partitions: &Partitions) {
    let mut topics = BTreeMap::<Uuid, Vec<i32>>::new();
    for (topic, partition) in partitions {
        topics.entry(*topic).or_default().push(*partition);
    }
    out.length(topics.len());
    for (topic, partitions) in topics {
        out.uuid(topic);
        out.length(partitions.len());
        partitions.iter().for_each(|partition| out.signed(i64::from(*partition)));
    }
}

fn decode_partitions(input: &mut Decoder<'_>) -> Result<Partitions, Malformed> {
    let mut partitions = Partitions::new();
    for _ in 0..input.length()? {
        let topic = input.uuid()?;
        for _ in 0..input.length()? {
            partitions.insert((topic, input.signed_32()?));
        }
    }
    Ok(partitions)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(id: usize) -> Arc<ConsumerMemberRecord> {
        Arc::new(ConsumerMemberRecord {
            id: format!("m{id:04}").into(),
            instance: None,
            rack: None,
            client_id: "c".into(),
            client_host: "h".into(),
            rebalance_timeout: Duration::from_secs(1),
            names: vec!["n".repeat(4_000).into()],
            regex: None,
            assignor: None,
            epoch: 3,
            epoch_before: 2,
            assigned: [(Uuid::from_u128(1), 1)].into(),
            revoking: Partitions::new(),
            target: Partitions::new(),
        })
    }

    #[test]
    fn a_large_change_is_cut_into_records_and_nothing_is_lost() {
        let group: Arc<str> = "g".into();
        let mut facts = ConsumerFacts { epoch: 3, since_ms: 9, ..ConsumerFacts::default() };
        facts.members.extend((0..1_000).map(member).map(|member| (member.id.clone(), member)));
        let records = change_records(facts.whole(&group));
        assert!(records.len() > 1);
        let mut again = ConsumerFacts::default();
        for record in records {
            assert!(record.encode().len() < 2 * CHANGE_BYTES);
            match record {
                Record::ConsumerGroupChanged(change) => again.apply(&change),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(again, facts);
    }

    #[test]
    fn a_change_without_members_is_a_record_too() {
        let facts = ConsumerFacts { epoch: 3, since_ms: 9, ..ConsumerFacts::default() };
        assert_eq!(change_records(facts.whole(&"g".into())).len(), 1);
    }

    /// The bytes on people's disks: a change here needs a new version of the record.
    #[test]
    fn bytes_are_what_they_were() {
        let mut member = ConsumerMemberRecord::clone(&member(7));
        member.names = vec!["t".into()];
        let change = ConsumerGroupChange {
            group: "g".into(),
            epoch: 3,
            since_ms: 9,
            members: vec![Arc::new(member)],
            gone: vec!["x".into()],
        };
        let bytes = Record::ConsumerGroupChanged(Arc::new(change)).encode();
        let mut expected =
            vec![16, 1, 1, b'g', 6, 18, 1, 5, b'm', b'0', b'0', b'0', b'7', 0, 0, 1, b'c', 1, b'h'];
        expected.extend([232, 7, 1, 1, b't', 0, 0, 6, 4, 1]);
        expected.extend([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 0, 0, 1, 1, b'x']);
        assert_eq!(bytes, expected);
    }
}
