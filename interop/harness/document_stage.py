"""What has to be there before an example of the document can be asked for, since its ids are masked."""

import json
from dataclasses import dataclass
from typing import Any

from harness.cloud import (
    IN_SERVICE,
    REGION,
    Cloud,
    Instance,
    instance_order,
    unthrottled,
)
from harness.document import Example
from harness.kafka import Record
from harness.kafka.librdkafka import Librdkafka
from harness.waiting import wait_until

TAG = {"Tag.1.Key": "test", "Tag.1.Value": "test"}
TOPIC_OF_THE_GROUP = "kafka_test"
PUBLIC = {"DeployType": 4, "EipMax": 3}


@dataclass(frozen=True)
class Stage:
    """An instance in the state that an example asks for."""

    cloud: Cloud
    example: Example

    def set(self) -> dict[str, str]:
        """Prepares, and returns the example's parameters with what stands where the document has masks."""
        action = self.example.action
        if action.startswith("Create") and action.endswith("Order") or action == "GetAllInstanceIdList":
            self.bought()
            return self.example.request
        order, instance = self.bought(**(PUBLIC if action == "GetAllowedIpList" else {}))
        if action != "StartInstance":
            self.start(instance.id)
            instance = wait_until(f"{instance.id} is in service", lambda: self.serving(order))
            self.prepared(instance)
        return {name: self.filled(name, value, instance.id, order) for name, value in self.example.request.items()}

    def start(self, instance: str) -> None:
        deployed = {
            "GetAllowedIpList": {"DeployModule": "eip"},
            "UpgradeInstanceVersion": {"DeployModule": "vpc", "ServiceVersion": "0.10.2"},
        }.get(self.example.action, {"DeployModule": "vpc"})
        at = {"VpcId": "vpc-interop", "VSwitchId": "vsw-interop", "ZoneId": "zonea"}
        unthrottled(
            lambda: self.cloud.call("StartInstance", RegionId=REGION, InstanceId=instance, **at, **deployed)
        )

    def filled(self, name: str, value: str, instance: str, order: str) -> str:
        if name in ("InstanceId", "ResourceId", "ResourceId.1"):
            return json.dumps([instance]) if value.startswith("[") else instance
        if name == "OrderId":
            return order
        if name == "AclResourceName":
            # As long as a name has to be.
            return value.replace("*", "x")
        return value.strip("*") if name in ("Username", "Password", "Topic") else value

    def bought(self, **order: Any) -> tuple[str, Instance]:
        if order:
            common = {"TopicQuota": 50, "DiskType": "0", "DiskSize": 500, "SpecType": "professional"}
            order_id = self.cloud.call(
                "CreatePostPayOrder", RegionId=REGION, IoMaxSpec="alikafka.hw.2xlarge", **common, **order
            )["OrderId"]
        else:
            order_id = instance_order(self.cloud)
        return order_id, Instance(self.cloud, self.row(order_id)["InstanceId"], "")

    def row(self, order: str) -> dict[str, Any]:
        """In either shape of the list."""
        listed = self.cloud.call("GetInstanceList", RegionId=REGION, OrderId=order)["InstanceList"]
        (row,) = listed["InstanceVO"] if isinstance(listed, dict) else listed
        return row

    def serving(self, order: str) -> Instance | None:
        row = self.row(order)
        return Instance(self.cloud, row["InstanceId"], row["EndPoint"]) if row["ServiceStatus"] == IN_SERVICE else None

    def prepared(self, instance: Instance) -> None:
        request = {
            name: self.filled(name, value, instance.id, "") for name, value in self.example.request.items()
        }
        match self.example.action:
            case "DeleteInstance":
                instance.call("ReleaseInstance")
            case "UpgradePrePayOrder":
                instance.call("ConvertPostPayOrder")
            case "GetInstanceList" | "ListTagResources" | "UntagResources":
                self.cloud.call(
                    "TagResources",
                    RegionId=REGION,
                    ResourceType="INSTANCE",
                    **{"ResourceId.1": instance.id} | TAG,
                )
            case "DeleteTopic" | "GetTopicList" | "GetTopicStatus" | "ModifyPartitionNum" | "ModifyTopicRemark":
                topic(instance, request["Topic"])
            case "DeleteConsumerGroup" | "GetConsumerList" | "GetConsumerProgress":
                group(instance, request["ConsumerId"])
                if self.example.action == "GetConsumerProgress":
                    topic(instance, TOPIC_OF_THE_GROUP)
                    client = Librdkafka()
                    client.produce(instance.endpoint, TOPIC_OF_THE_GROUP, [Record(b"x", partition=0)])
                    client.consume(instance.endpoint, TOPIC_OF_THE_GROUP, request["ConsumerId"], 1)
            case "CreateSaslUser":
                self.guarded(instance)
            case "DeleteSaslUser" | "DescribeSaslUsers":
                self.guarded(instance)
                instance.call("CreateSaslUser", Username=request.get("Username", "test12"), Password="12", Type="scram")
            case "CreateAcl" | "DescribeAcls" | "DeleteAcl":
                self.guarded(instance)
                self.ruled(instance, request)

    def guarded(self, instance: Instance) -> None:
        instance.call("UpdateInstanceConfig", Config=json.dumps({"enable.acl": "true"}))

    def ruled(self, instance: Instance, request: dict[str, str]) -> None:
        instance.call("CreateSaslUser", Username=request["Username"], Password="12", Type="scram")
        rule = {"AclOperationType": "Write", "AclResourcePatternType": "LITERAL", "AclResourceType": "Topic"}
        if self.example.action == "CreateAcl":
            group(instance, request["AclResourceName"])
        else:
            topic(instance, request["AclResourceName"])
            instance.call(
                "CreateAcl", Username=request["Username"], AclResourceName=request["AclResourceName"], **rule
            )


def topic(instance: Instance, name: str) -> None:
    unthrottled(lambda: instance.call("CreateTopic", Topic=name, Remark="test", **TAG))


def group(instance: Instance, name: str) -> None:
    unthrottled(lambda: instance.call("CreateConsumerGroup", ConsumerId=name, Remark="test", **TAG))

