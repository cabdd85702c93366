//! The vendor's policy language: its version, what conditions can be about, and the policies that every account has.

use control::policy::{Circumstance, Language, StandingPolicy};

/// What policies are written in.
pub const LANGUAGE: Language = Language {
    version: "1",
    resource_prefix: "acs:",
    keys: &[
        ("acs:SourceIp", Circumstance::Address),
        ("acs:SecureTransport", Circumstance::Secured),
        ("acs:CurrentTime", Circumstance::Time),
    ],
    standing: &[
        StandingPolicy {
            name: "AdministratorAccess",
            description: "Everything that the account can do.",
            document: r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
        },
        StandingPolicy {
            name: "AliyunKafkaFullAccess",
            description: "Everything with the account's Kafka instances.",
            document: r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"alikafka:*","Resource":"*"}]}"#,
        },
        StandingPolicy {
            name: "AliyunKafkaReadOnlyAccess",
            description: "Looking at the account's Kafka instances.",
            document: r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":["alikafka:List*","alikafka:Query*","alikafka:Get*","alikafka:Describe*"],"Resource":"*"}]}"#,
        },
    ],
};

#[cfg(test)]
mod tests {
    use control::policy::{Circumstances, Document, Request, Verdict, judge};

    use super::*;
    use crate::{Effect, actions};

    #[test]
    fn the_standing_policies_are_in_the_language_and_in_order() {
        assert!(LANGUAGE.standing.is_sorted_by(|one, next| one.name < next.name));
        for policy in LANGUAGE.standing {
            Document::parse(policy.document, &LANGUAGE).unwrap();
        }
    }

    #[test]
    fn who_may_only_look_may_look_at_everything_and_change_nothing() {
        let read_only = LANGUAGE.standing("AliyunKafkaReadOnlyAccess").unwrap();
        let document = Document::parse(read_only.document, &LANGUAGE).unwrap();
        let under = Circumstances { address: "10.0.0.1".parse().unwrap(), is_secured: false, now_ms: 0 };
        for action in actions() {
            let request = Request { action: action.permission, resource: "acs:x", under };
            let allowed = judge([&document], &request) == Verdict::Allowed;
            let looks = action.product == "alikafka" && action.effect == Effect::Reads;
            assert_eq!(allowed, looks, "{} {}", action.name, action.permission);
        }
    }
}
