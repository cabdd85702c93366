//! Settings, access rules, users and what is told of the cluster.

use kafka_protocol::messages::alter_user_scram_credentials_request::ScramCredentialDeletion;
use kafka_protocol::messages::create_acls_request::AclCreation;
use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::describe_user_scram_credentials_request::UserName;
use kafka_protocol::messages::incremental_alter_configs_request::{AlterConfigsResource, AlterableConfig};
use kafka_protocol::messages::*;
use kafka_protocol::protocol::StrBytes;

use crate::case::Cases;
use crate::ensure;

fn text(text: &'static str) -> StrBytes {
    StrBytes::from_static_str(text)
}

pub(crate) fn declare(cases: &mut Cases) {
    settings(cases);
    rules(cases);
    users(cases);
    cases.each(ApiKey::DescribeCluster, 0..=2, "of_brokers", 0, |stage, version| {
        let answer = stage.call(&DescribeClusterRequest::default().with_endpoint_type(1), version)?;
        ensure!((answer.brokers.len(), answer.cluster_id.len()), (1, 22), "brokers, and length of the id");
        Ok(answer.error_code)
    });
    cases.each(ApiKey::DescribeTopicPartitions, 0..=0, "of_one_topic", 0, |stage, version| {
        let topic = describe_topic_partitions_request::TopicRequest::default().with_name(stage.topic(2)?);
        let request = DescribeTopicPartitionsRequest::default().with_topics(vec![topic]);
        let answer = stage.call(&request.with_response_partition_limit(10), version)?;
        ensure!(answer.topics[0].partitions.len(), 2, "partitions");
        Ok(answer.topics[0].error_code)
    });
}

fn settings(cases: &mut Cases) {
    for (title, known, expected) in [("of_a_topic", true, 0), ("unknown_topic", false, 3)] {
        cases.each(ApiKey::DescribeConfigs, 1..=4, title, expected, move |stage, version| {
            let name =
                if known { stage.topic_with(1, &[("retention.ms", "7200000")])?.0 } else { stage.name() };
            let resource = DescribeConfigsResource::default().with_resource_type(2).with_resource_name(name);
            let resource = resource.with_configuration_keys(None);
            let answer =
                stage.call(&DescribeConfigsRequest::default().with_resources(vec![resource]), version)?;
            let result = answer.results.first().ok_or("no resource")?;
            if known {
                let one = result.configs.iter().find(|one| one.name.as_str() == "retention.ms");
                let one = one.ok_or("no retention.ms")?;
                ensure!(one.value.as_ref().map(|value| value.as_str()), Some("7200000"), "retention.ms");
                ensure!(one.config_source, 1, "source");
            }
            Ok(result.error_code)
        });
    }
    for (title, name, operation, value, expected) in [
        ("set", "retention.ms", 0, Some("7200000"), 0),
        ("deleted", "retention.ms", 1, None, 0),
        ("appended", "cleanup.policy", 2, Some("compact"), 0),
        ("appended_to_no_list", "retention.ms", 2, Some("1"), 40),
        ("unknown", "no.such.setting", 0, Some("1"), 40),
        ("null", "retention.ms", 0, None, 42),
        ("out_of_range", "retention.ms", 0, Some("-2"), 40),
    ] {
        cases.each(ApiKey::IncrementalAlterConfigs, 0..=1, title, expected, move |stage, version| {
            let config = AlterableConfig::default().with_name(text(name)).with_config_operation(operation);
            let config = config.with_value(value.map(text));
            let resource = AlterConfigsResource::default().with_resource_type(2).with_configs(vec![config]);
            let resource = resource.with_resource_name(stage.topic(1)?.0);
            let request = IncrementalAlterConfigsRequest::default().with_resources(vec![resource]);
            Ok(stage.call(&request, version)?.responses.first().ok_or("no resource")?.error_code)
        });
    }
    for (title, name, expected) in [("replaced", "retention.ms", 0), ("unknown", "no.such.setting", 40)] {
        cases.each(ApiKey::AlterConfigs, 0..=2, title, expected, move |stage, version| {
            let config = alter_configs_request::AlterableConfig::default().with_name(text(name));
            let config = config.with_value(Some(text("7200000")));
            let resource = alter_configs_request::AlterConfigsResource::default().with_resource_type(2);
            let resource = resource.with_resource_name(stage.topic(1)?.0).with_configs(vec![config]);
            let request = AlterConfigsRequest::default().with_resources(vec![resource]);
            Ok(stage.call(&request, version)?.responses.first().ok_or("no resource")?.error_code)
        });
    }
}

fn rules(cases: &mut Cases) {
    type Shape = fn(AclCreation) -> AclCreation;
    let shapes: [(&str, Shape); 4] = [
        ("any_operation", |rule| rule.with_operation(1)),
        ("any_pattern", |rule| rule.with_resource_pattern_type(1)),
        ("unknown_permission", |rule| rule.with_permission_type(0)),
        ("empty_name", |rule| rule.with_resource_name(text(""))),
    ];
    for (title, shape) in shapes {
        cases.each(ApiKey::CreateAcls, 1..=3, title, 42, move |stage, version| {
            let rule = AclCreation::default()
                .with_resource_type(2)
                .with_resource_name(stage.name())
                .with_resource_pattern_type(3)
                .with_principal(text("User:nobody"))
                .with_host(text("*"))
                .with_operation(3)
                .with_permission_type(3);
            let answer =
                stage.call(&CreateAclsRequest::default().with_creations(vec![shape(rule)]), version)?;
            Ok(answer.results.first().ok_or("no rule")?.error_code)
        });
    }
}

fn users(cases: &mut Cases) {
    cases.each(ApiKey::DescribeUserScramCredentials, 0..=0, "unknown", 91, |stage, version| {
        let user = UserName::default().with_name(stage.name());
        let request = DescribeUserScramCredentialsRequest::default().with_users(Some(vec![user]));
        Ok(stage.call(&request, version)?.results.first().ok_or("no user")?.error_code)
    });
    for (title, mechanism, expected) in [("unknown_deleted", 1, 91), ("unknown_mechanism", 9, 33)] {
        cases.each(ApiKey::AlterUserScramCredentials, 0..=0, title, expected, move |stage, version| {
            let user = ScramCredentialDeletion::default().with_name(stage.name()).with_mechanism(mechanism);
            let request = AlterUserScramCredentialsRequest::default().with_deletions(vec![user]);
            Ok(stage.call(&request, version)?.results.first().ok_or("no user")?.error_code)
        });
    }
}
