"""Settings of an instance, and what it is filed under."""

import json

import confluent_kafka
import pytest

from harness.administration.common import refused, row
from harness.cloud import REGION, Cloud, CloudError, Instance
from harness.walk import assert_error, topics


def tags(cloud: Cloud, kind: str, resource: str) -> None:
    at = {"RegionId": REGION, "ResourceType": kind, "ResourceId": [resource]}

    def listed() -> dict[str, str]:
        reply = cloud.call("ListTagResources", **at)
        assert reply.get("NextToken", "") == ""
        found = reply["TagResources"]["TagResource"]
        assert all(
            one["ResourceId"] == resource and one["ResourceType"] == f"ALIYUN::ALIKAFKA::{kind}"
            for one in found
        )
        return {one["TagKey"]: one["TagValue"] for one in found}

    new = [{"Key": "team", "Value": "付款 & more"}, {"Key": "env", "Value": "test"}]
    reply = cloud.call("TagResources", **at, Tag=new)
    assert set(reply) == {"RequestId"} and reply["RequestId"]
    assert listed() == {"team": "付款 & more", "env": "test"}
    cloud.call("UntagResources", **at, TagKey=["team"])
    assert listed() == {"env": "test"}
    cloud.call("UntagResources", **at, All=True)
    assert listed() == {}
    with pytest.raises(CloudError) as hidden:
        cloud.call("TagResources", **at, Tag=[{"Key": "aliyun-own", "Value": "x"}])
    assert_error(hidden.value, "BIZ_FIELD_CHECK_INVALID", 400)


def quotas(instance: Instance) -> None:
    quota = instance.call("GetQuotaTip")["QuotaData"]
    assert (quota["TopicUsed"], quota["TopicLeft"], quota["PartitionUsed"], quota["GroupUsed"]) == (
        1,
        99,
        12,
        1,
    )
    ids = instance.cloud.call("GetAllInstanceIdList", RegionId=REGION)["InstanceIds"]
    assert instance.id in ids[REGION]
    with pytest.raises(CloudError) as unknown:
        instance.cloud.call("GetQuotaTip", RegionId=REGION, InstanceId="alikafka_post-cn-000000000000")
    assert_error(unknown.value, "BIZ.INSTANCE.NOT.FOUND", 404)


def settings(instance: Instance) -> None:
    """In force while the instance serves, merged into what it had."""

    def config() -> dict[str, str]:
        return json.loads(row(instance)["AllConfig"])

    before = config()
    change = {"kafka.log.retention.hours": "33", "kafka.message.max.bytes": "2097152"}
    instance.call("UpdateInstanceConfig", Config=json.dumps(change))
    assert config() == before | change
    assert (row(instance)["MsgRetain"], row(instance)["ServiceStatus"]) == (33, 5)
    for bad, code in [
        ('{"kafka.log.retention.hours":"23"}', "BIZ_FIELD_CHECK_INVALID"),
        ("no JSON", "InvalidConfig"),
    ]:
        refused(instance, "UpdateInstanceConfig", code, 400, Config=bad)
    assert config() == before | change


def automatic(instance: Instance) -> None:
    """Topics and groups that nobody made but those who use them."""

    def switched(shown: dict, to: bool) -> bool:
        # The types of clients from before have no member for it.
        return all(shown.get(f"AutoCreate{what}Enable", to) is to for what in ["Topic", "Group"])

    instance.call("EnableAutoTopicCreation", Operate="enable")
    instance.call("EnableAutoTopicCreation", Operate="updatePartition", PartitionNum=3)
    instance.call("EnableAutoGroupCreation", Enable=True)
    shown = row(instance)
    assert switched(shown, True)
    assert shown.get("DefaultPartitionNum", 3) == 3
    topic = f"made-by-asking-{instance.id[-12:]}"
    producer = confluent_kafka.Producer(
        {"bootstrap.servers": shown["EndPoint"], "allow.auto.create.topics": True}
    )
    producer.produce(topic, b"first")
    assert producer.flush(30) == 0
    assert next(one for one in topics(instance) if one["Topic"] == topic)["PartitionNum"] == 3
    refused(
        instance,
        "EnableAutoTopicCreation",
        "BIZ_FIELD_CHECK_INVALID",
        400,
        Operate="updatePartition",
        PartitionNum=361,
    )
    refused(instance, "EnableAutoTopicCreation", "MissingPartitionNum", 400, Operate="updatePartition")
    instance.call("EnableAutoTopicCreation", Operate="disable")
    instance.call("EnableAutoGroupCreation", Enable=False)
    shown = row(instance)
    assert switched(shown, False)
    instance.call("DeleteTopic", Topic=topic)


def resource_group(instance: Instance) -> None:
    call = {"RegionId": REGION, "ResourceId": instance.id}
    reply = instance.cloud.call("ChangeResourceGroup", **call, NewResourceGroupId="rg-acfmv3z6pbqiwpa")
    # Each SDK has a number here, and the current one for Node takes nothing else.
    assert (reply["NewResourceGroupId"], reply["Success"]) == ("rg-acfmv3z6pbqiwpa", 1)
    assert row(instance)["ResourceGroupId"] == "rg-acfmv3z6pbqiwpa"
    with pytest.raises(CloudError) as unknown:
        gone = {"RegionId": REGION, "ResourceId": "alikafka_post-cn-000000000000"}
        instance.cloud.call("ChangeResourceGroup", **gone, NewResourceGroupId="rg-1")
    assert_error(unknown.value, "BIZ.INSTANCE.NOT.FOUND", 404)
