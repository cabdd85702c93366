"""What an owner does with an instance beside its topics' data: names, notes, tags, quotas, configuration, terms.

Written once in wire names; each client (`harness.cloud.Cloud`) goes through it. Values are read back, so that a
reply which a client's types cannot hold is seen as a missing value.
"""

from harness.administration.access import access_rules, allow_list, users
from harness.administration.contents import (
    many_topics,
    messages,
    name_and_note,
    partitions,
    rebalances,
    reset,
    subscribers,
)
from harness.administration.orders import (
    lower_configuration,
    named_at_once,
    off_and_on,
    raise_configuration,
    serverless,
    term,
    version,
)
from harness.administration.configuration import automatic, quotas, resource_group, settings, tags
from harness.cloud import Cloud
from harness.walk import buy, group_create, topic_create


def administer(cloud: Cloud) -> None:
    """Every change shows in what is read next, and every refusal reaches the client as a typed error."""
    instance = buy(cloud)
    topic, group = topic_create(instance), group_create(instance)
    name_and_note(instance, topic)
    for kind, resource in [
        ("INSTANCE", instance.id),
        ("TOPIC", f"Kafka_{instance.id}_{topic}"),
        ("CONSUMERGROUP", f"Kafka_{instance.id}_{group}"),
    ]:
        tags(cloud, kind, resource)
    quotas(instance)
    allow_list(instance)
    raise_configuration(instance)
    lower_configuration(instance)
    version(instance)
    settings(instance)
    automatic(instance)
    resource_group(instance)
    partitions(instance, topic)
    subscribers(instance, topic)
    messages(instance, topic)
    reset(instance, topic)
    rebalances(instance, topic)
    many_topics(instance)
    users(instance)
    access_rules(instance, topic, group)
    off_and_on(instance)
    term(cloud, instance)
    named_at_once(cloud)
    serverless(cloud)
