"""What an instance is bought for: sizes, versions, terms."""

import time

import pytest

from harness.administration.common import refused, row
from harness.administration.contents import topic_settings
from harness.cloud import (
    REGION,
    Cloud,
    CloudError,
    Instance,
    instance_find,
    instance_in_service,
    instance_start,
    unthrottled,
)
from harness.walk import assert_error, topics


def raise_configuration(instance: Instance) -> None:
    bought = {"TopicQuota": 60, "DiskSize": 800, "IoMax": 30, "SpecType": "professional"}
    instance.call("UpgradePostPayOrder", **bought)
    after = row(instance)
    shown = (after["DiskSize"], after["IoMax"], after["IoMaxSpec"], after["ServiceStatus"])
    assert shown == (800, 30, "alikafka.hw.3xlarge", 5)
    assert after["TopicNumLimit"] == 120
    refused(instance, "UpgradePostPayOrder", "BIZ_FIELD_CHECK_INVALID", 400, **bought | {"DiskSize": 700})
    refused(instance, "UpgradePrePayOrder", "INVALID_PARAMETER_NOT_SUPPORT", 400, **bought)


def lower_configuration(instance: Instance) -> None:
    instance.call("DowngradePostPayOrder", DiskSize=500, TopicQuota=50, IoMax=20)
    after = row(instance)
    shown = (after["DiskSize"], after["IoMax"], after["IoMaxSpec"], after["TopicNumLimit"])
    assert shown == (500, 20, "alikafka.hw.2xlarge", 100)
    refused(instance, "DowngradePostPayOrder", "BIZ_FIELD_CHECK_INVALID", 400, DiskSize=600)
    refused(instance, "DowngradePrePayOrder", "INVALID_PARAMETER_NOT_SUPPORT", 400, TopicQuota=50)


def version(instance: Instance) -> None:
    unthrottled(lambda: instance.call("UpgradeInstanceVersion", TargetVersion="2.6.2"))
    assert row(instance)["UpgradeServiceDetailInfo"]["Current2OpenSourceVersion"] == "2.6.2"
    with pytest.raises(CloudError) as latest:
        unthrottled(lambda: instance.call("UpgradeInstanceVersion", TargetVersion="2.6.2"))
    assert_error(latest.value, "ONS_INIT_ENV_ERROR", 400)


def off_and_on(instance: Instance) -> None:
    """Nothing is lost while it is off, and it comes back where it was."""
    before, held = row(instance), topics(instance)
    refused(instance, "ReopenInstance", "BIZ_INSTANCE_STATUS_ERROR", 400)
    instance.call("StopInstance")
    off = row(instance)
    assert (off["ServiceStatus"], off["ViewInstanceStatusCode"], off["EndPoint"]) == (15, 3, "")
    refused(instance, "StopInstance", "BIZ_INSTANCE_STATUS_ERROR", 400)
    refused(instance, "DeleteInstance", "BIZ_INSTANCE_STATUS_ERROR", 400)
    instance.call("ReopenInstance")
    after = row(instance)
    assert (after["ServiceStatus"], after["EndPoint"]) == (5, before["EndPoint"])
    assert topics(instance) == held


def term(cloud: Cloud, instance: Instance) -> None:
    """Pay for a term: nothing but payment and end change, and it cannot be released any more."""
    before = row(instance)
    assert before["PaidType"] == 1
    assert instance.call("ConvertPostPayOrder", Duration=2)["OrderId"]
    after = row(instance)
    assert after["PaidType"] == 0 and after["ExpiredTime"] < before["ExpiredTime"]
    refused(instance, "ConvertPostPayOrder", "INVALID_PARAMETER_NOT_SUPPORT", 400, Duration=2)
    refused(instance, "ReleaseInstance", "INVALID_PARAMETER_NOT_SUPPORT", 400, ForceDeleteInstance=True)
    bought = {"TopicQuota": 60, "DiskSize": 900, "IoMax": 30, "SpecType": "professional"}
    assert instance.call("UpgradePrePayOrder", **bought)["Success"] is True
    assert row(instance)["DiskSize"] == 900
    assert instance.call("DowngradePrePayOrder", DiskSize=800)["OrderId"]
    assert row(instance)["DiskSize"] == 800

    order = {
        "RegionId": REGION,
        "TopicQuota": 50,
        "DiskType": "1",
        "DiskSize": 900,
        "DeployType": 5,
        "IoMax": 20,
        "SpecType": "normal",
    }
    order_id = cloud.call("CreatePrePayOrder", **order)["OrderId"]
    listed = cloud.call("GetInstanceList", RegionId=REGION, OrderId=order_id)["InstanceList"]["InstanceVO"]
    (ordered,) = listed
    assert ordered["InstanceId"].startswith("alikafka_pre-cn-") and ordered["PaidType"] == 0
    with pytest.raises(CloudError) as small:
        cloud.call("CreatePrePayOrder", **order | {"DiskSize": 100})
    assert_error(small.value, "BIZ_FIELD_CHECK_INVALID", 400)
    # What was never deployed may be deleted, however it was paid.
    cloud.call("DeleteInstance", RegionId=REGION, InstanceId=ordered["InstanceId"])


def named_at_once(cloud: Cloud) -> None:
    """Orders whose reply names the instance, by partitions."""
    order = {
        "RegionId": REGION,
        "DeployType": 5,
        "DiskType": "1",
        "DiskSize": 900,
        "IoMaxSpec": "alikafka.hw.2xlarge",
        "PartitionNum": 50,
        "SpecType": "professional",
    }
    for action, paid_type in [("CreatePostPayInstance", 1), ("CreatePrePayInstance", 0)]:
        data = cloud.call(action, **order)["Data"]
        found = instance_find(cloud, data["InstanceId"])
        assert (found["PaidType"], found["TopicNumLimit"]) == (paid_type, 1050)
        by_order = cloud.call("GetInstanceList", RegionId=REGION, OrderId=str(data["OrderId"]))
        assert [one["InstanceId"] for one in by_order["InstanceList"]["InstanceVO"]] == [data["InstanceId"]]
        with pytest.raises(CloudError) as small:
            cloud.call(action, **order | {"DiskSize": 100})
        assert_error(small.value, "BIZ_FIELD_CHECK_INVALID", 400)
        cloud.call("DeleteInstance", RegionId=REGION, InstanceId=data["InstanceId"])


def serverless(cloud: Cloud) -> None:
    """An instance that is bought by what is reserved for it."""

    def reserved(publish: int, subscribe: int) -> dict:
        return {"ReservedPublishCapacity": publish, "ReservedSubscribeCapacity": subscribe}

    order = {"RegionId": REGION, "DeployType": 5, "PaidType": 3, "SpecType": "normal"}
    with pytest.raises(CloudError) as nothing:
        cloud.call("CreatePostPayInstance", **order)
    assert_error(nothing.value, "MissingServerlessConfig", 400)
    data = cloud.call("CreatePostPayInstance", **order, ServerlessConfig=reserved(60, 30))["Data"]
    instance = Instance(cloud, data["InstanceId"], "")
    # The replies of older clients have no member for what is reserved.
    assert row(instance)["PaidType"] == 3
    assert row(instance).get("ReservedSubscribeCapacity", 30) == 30
    refused(
        instance, "DowngradePostPayOrder", "BIZ_INSTANCE_STATUS_ERROR", 400, ServerlessConfig=reserved(60, 20)
    )
    instance_start(cloud, instance.id)
    topic_settings(Instance(cloud, instance.id, instance_in_service(cloud, instance.id)["EndPoint"]))
    instance.call("UpgradePostPayOrder", ServerlessConfig=reserved(80, 40))
    assert row(instance).get("ReservedPublishCapacity", 80) == 80
    instance.call("DowngradePostPayOrder", ServerlessConfig=reserved(60, 30))
    refused(instance, "ConvertPostPayOrder", "INVALID_PARAMETER_NOT_SUPPORT", 400)
    scaling(instance)
    instance.call("ReleaseInstance", ForceDeleteInstance=True)
    instance.call("DeleteInstance")


def scaling(instance: Instance) -> None:
    """What is reserved is raised on schedule: on every day of the week, so right now."""
    rule = {
        "RuleName": "always",
        "ScheduleType": "repeat",
        "FirstScheduledTime": int(time.time() * 1000) - 60_000,
        "DurationMinutes": 23 * 60,
        "TimeZone": "GMT+8",
        "ReservedPubFlow": 120,
        "ReservedSubFlow": 30,
        "RepeatType": "Weekly",
        "WeeklyTypes": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
        "Enable": True,
    }

    def rules() -> list:
        data = instance.call("GetAutoScalingConfiguration")["Data"]
        return data["ScheduledScalingRules"]["ScheduledScalingRules"]

    instance.call("CreateScheduledScalingRule", **rule)
    (shown,) = rules()
    assert shown["WeeklyTypes"]["WeeklyTypes"] == rule["WeeklyTypes"]
    assert {name: shown[name] for name in rule if name != "WeeklyTypes"} == {
        name: value for name, value in rule.items() if name != "WeeklyTypes"
    }
    assert row(instance).get("ReservedPublishCapacity", 120) == 120
    refused(instance, "CreateScheduledScalingRule", "INVALID_PARAMETER_DATA_ALREADY_EXIST", 400, **rule)
    refused(instance, "DeleteScheduledScalingRule", "INVALID_PARAMETER_NOT_SUPPORT", 400, RuleName="always")
    instance.call("ModifyScheduledScalingRule", RuleName="always", Enable=False)
    assert row(instance).get("ReservedPublishCapacity", 60) == 60
    instance.call("DeleteScheduledScalingRule", RuleName="always")
    assert rules() == []
    refused(
        instance,
        "ModifyScheduledScalingRule",
        "AUTH_RESOURCE_OWNER_ERROR",
        404,
        RuleName="always",
        Enable=True,
    )
