//! The control plane as the broker's witness of quotas: administrators who change them through Kafka are in its audit
//! record.

use control::Control;
use control::ids::InstanceId;
use control::quota::QuotasNote;
use kafka_broker::{Noted, QuotaEdit, QuotaNote, QuotaStage, QuotaWitness};
use serde_json::{Map, Value, json};

/// Entities that one record names. A request may change thousands.
const EDITS_MAX: usize = 100;

/// Writes down changes on every instance.
#[derive(Debug)]
pub(crate) struct ControlQuotas(pub(crate) Control);

impl QuotaWitness for ControlQuotas {
    fn quotas_noted<'a>(&'a self, cluster: &'a str, stage: QuotaStage, note: &'a QuotaNote) -> Noted<'a> {
        let note = QuotasNote {
            instance: InstanceId::new(cluster),
            address: note.by.to_string(),
            stage: match stage {
                QuotaStage::Asked => control::quota::QuotaStage::Asked,
                QuotaStage::Made => control::quota::QuotaStage::Made,
                QuotaStage::Failed => control::quota::QuotaStage::Failed,
            },
            details: details(note),
        };
        Box::pin(async move { self.0.quotas_note(note).await.map_err(|fault| format!("{fault:?}")) })
    }
}

fn details(note: &QuotaNote) -> Value {
    let edits: Vec<Value> = note.edits.iter().take(EDITS_MAX).map(edit).collect();
    let left_out = note.edits.len() - edits.len();
    json!({ "user": note.user, "edits": edits, "edits_left_out": left_out })
}

fn edit(edit: &QuotaEdit) -> Value {
    let entity = edit.entity.iter().map(|(kind, name)| ((*kind).to_owned(), json!(name)));
    let values = edit.values.iter().map(|(key, value)| ((*key).to_owned(), json!(value)));
    json!({ "entity": entity.collect::<Map<_, _>>(), "values": values.collect::<Map<_, _>>() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_says_who_is_held_to_what_and_does_not_grow_without_end() {
        let edit = QuotaEdit {
            entity: vec![("user", Some("u".into())), ("client-id", None)],
            values: vec![("producer_byte_rate", Some(1_024.0)), ("request_percentage", None)],
        };
        let by = "127.0.0.1:5".parse().unwrap();
        let note = |many| QuotaNote { by, user: "admin".into(), edits: vec![edit.clone(); many] };
        let expected = json!({
            "user": "admin",
            "edits": [{
                "entity": { "user": "u", "client-id": null },
                "values": { "producer_byte_rate": 1_024.0, "request_percentage": null },
            }],
            "edits_left_out": 0,
        });
        assert_eq!(details(&note(1)), expected);
        let long = details(&note(EDITS_MAX + 7));
        assert_eq!(
            (long["edits"].as_array().unwrap().len(), &long["edits_left_out"]),
            (EDITS_MAX, &json!(7))
        );
    }
}
