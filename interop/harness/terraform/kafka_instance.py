"""Kafka instances."""

import json
from typing import Any

from harness.cloud import IN_SERVICE, RELEASED
from harness.terraform.provider import Attributes, Resource, tags_of
from harness.waiting import wait_until


PAID_BY_USE, PAID_FOR_A_TERM = 1, 0


class KafkaInstance(Resource):
    """alicloud_alikafka_instance"""

    resource_type = "instance"
    wait_seconds = 60
    follows = frozenset({"partition_left", "group_left"})

    def create(self, wanted: Attributes) -> str:
        order = self.call(
            "CreatePostPayOrder" if wanted["paid_type"] == PAID_BY_USE else "CreatePrePayOrder",
            DeployType=wanted["deploy_type"],
            DiskType=wanted["disk_type"],
            DiskSize=wanted["disk_size"],
            PartitionNum=wanted["partition_num"] or None,
            TopicQuota=wanted["topic_quota"] if not wanted["partition_num"] else None,
            IoMax=wanted["io_max"],
            IoMaxSpec=wanted["io_max_spec"],
            SpecType=wanted["spec_type"],
            EipMax=wanted["eip_max"] or None,
            PaidType=wanted["paid_type"],
            ResourceGroupId=wanted.get("resource_group_id"),
        )["OrderId"]
        (ordered,) = self.call("GetInstanceList", OrderId=order)["InstanceList"]["InstanceVO"]
        id = ordered["InstanceId"]
        self.call(
            "StartInstance",
            InstanceId=id,
            VpcId=wanted["vpc_id"],
            VSwitchId=wanted["vswitch_id"],
            VSwitchIds=wanted["vswitch_ids"],
            ZoneId=wanted["zone_id"],
            DeployModule="eip" if wanted["eip_max"] else None,
            IsEipInner=True if wanted["eip_max"] else None,
            Name=wanted["name"],
            SecurityGroup=wanted["security_group"],
            ServiceVersion=wanted["service_version"],
            Config=json.dumps(wanted["config"]),
            KMSKeyId=wanted["kms_key_id"] or None,
        )
        self.await_service(id)
        self.update_tags(id, {}, wanted["tags"])
        self.apply_automatic(id, wanted)
        return id

    def row(self, id: str) -> dict[str, Any] | None:
        listed = self.call("GetInstanceList", InstanceId=[id])["InstanceList"]["InstanceVO"]
        # Status 10 is a deleted one; the loop is the provider's, which does not trust the filter.
        return next((row for row in listed if row["InstanceId"] == id and row["ServiceStatus"] != 10), None)

    def await_service(self, id: str, **shown: Any) -> None:
        def is_so() -> bool:
            row = self.row(id)
            return row["ServiceStatus"] == IN_SERVICE and all(row[name] == shown[name] for name in shown)

        wait_until(f"{id} serves with {shown}", is_so, self.wait_seconds)

    def apply_automatic(self, id: str, wanted: Attributes) -> None:
        row = self.row(id)
        if row["AutoCreateGroupEnable"] != wanted["enable_auto_group"]:
            self.call("EnableAutoGroupCreation", InstanceId=id, Enable=wanted["enable_auto_group"])
            self.await_service(id, AutoCreateGroupEnable=wanted["enable_auto_group"])
        if row["AutoCreateTopicEnable"] != (wanted["enable_auto_topic"] == "enable"):
            self.call("EnableAutoTopicCreation", InstanceId=id, Operate=wanted["enable_auto_topic"])
        if row["DefaultPartitionNum"] != wanted["default_topic_partition_num"]:
            self.call(
                "EnableAutoTopicCreation",
                InstanceId=id,
                Operate="updatePartition",
                UpdatePartition=True,
                PartitionNum=wanted["default_topic_partition_num"],
            )

    def read(self, id: str) -> Attributes | None:
        row = self.row(id)
        if row is None:
            return None
        quota = self.call("GetQuotaTip", InstanceId=id)["QuotaData"]
        listed = self.call("ListTagResources", ResourceType=self.resource_type, ResourceId=[id])
        topics_shown = quota["TopicNumOfBuy"]
        return {
            "name": row["Name"],
            "disk_type": row["DiskType"],
            "disk_size": row["DiskSize"],
            "deploy_type": row["DeployType"],
            "paid_type": row["PaidType"],
            "io_max": row["IoMax"],
            "io_max_spec": row["IoMaxSpec"],
            "eip_max": row["EipMax"],
            "partition_num": quota["PartitionNumOfBuy"],
            "topic_quota": topics_shown,
            "vpc_id": row["VpcId"],
            "vswitch_id": row["VSwitchId"],
            "vswitch_ids": row["VSwitchIds"]["VSwitchIds"],
            "zone_id": row["ZoneId"],
            "spec_type": row["SpecType"],
            "security_group": row["SecurityGroup"],
            "service_version": row["UpgradeServiceDetailInfo"]["Current2OpenSourceVersion"],
            "kms_key_id": row["KmsKeyId"],
            "config": json.loads(row["AllConfig"]),
            "enable_auto_group": row["AutoCreateGroupEnable"],
            "enable_auto_topic": "enable" if row["AutoCreateTopicEnable"] else "disable",
            "default_topic_partition_num": row["DefaultPartitionNum"],
            "tags": tags_of(listed["TagResources"]["TagResource"], "TagKey", "TagValue"),
            "status": row["ServiceStatus"],
            "end_point": row["EndPoint"],
            "ssl_end_point": row["SslEndPoint"],
            "domain_endpoint": row["DomainEndpoint"],
            "resource_group_id": row["ResourceGroupId"],
            "partition_left": quota["PartitionLeft"],
            "group_left": quota["GroupLeft"],
            "is_partition_buy": quota["IsPartitionBuy"],
        }

    def update(self, id: str, before: Attributes, wanted: Attributes) -> None:
        self.update_tags(id, before["tags"], wanted["tags"])
        if wanted["name"] != before["name"]:
            self.call("ModifyInstanceName", InstanceId=id, InstanceName=wanted["name"])
        if wanted["paid_type"] != before["paid_type"]:
            self.call("ConvertPostPayOrder", InstanceId=id)
            self.await_service(id, PaidType=PAID_FOR_A_TERM)
        self.row(id)
        sizes = ("disk_size", "io_max", "io_max_spec", "spec_type", "deploy_type", "eip_max", "partition_num")
        grown = [name for name in sizes if wanted[name] != before[name]]
        if grown:
            is_by_use = wanted["paid_type"] == PAID_BY_USE
            self.call(
                "UpgradePostPayOrder" if is_by_use else "UpgradePrePayOrder",
                InstanceId=id,
                PartitionNum=wanted["partition_num"],
                DiskSize=wanted["disk_size"],
                SpecType=wanted["spec_type"],
                EipModel=wanted["deploy_type"] == 4,
                EipMax=wanted["eip_max"],
                IoMax=wanted["io_max"] if "io_max" in grown else None,
                IoMaxSpec=wanted["io_max_spec"] if "io_max_spec" in grown else None,
                PaidType=None if is_by_use else PAID_FOR_A_TERM,
            )
            shown = {
                "DiskSize": "disk_size",
                "IoMax": "io_max",
                "IoMaxSpec": "io_max_spec",
                "SpecType": "spec_type",
                "DeployType": "deploy_type",
                "EipMax": "eip_max",
            }
            for field, attribute in shown.items():
                if wanted[attribute] != before[attribute]:
                    self.await_service(id, **{field: wanted[attribute]})
        if wanted["service_version"] != before["service_version"]:
            self.call("UpgradeInstanceVersion", InstanceId=id, TargetVersion=wanted["service_version"])
            self.await_service(id)
        if wanted["config"] != {key: before["config"].get(key) for key in wanted["config"]}:
            self.call("UpdateInstanceConfig", InstanceId=id, Config=json.dumps(wanted["config"]))
            self.await_service(id)
        group = wanted.get("resource_group_id", before["resource_group_id"])
        if group != before["resource_group_id"]:
            self.call("ChangeResourceGroup", ResourceId=id, NewResourceGroupId=group)
        self.apply_automatic(id, wanted)

    def delete(self, id: str) -> None:
        """One paid for a term is only forgotten, which calls nothing."""
        row = self.row(id)
        if row is not None and row["PaidType"] == PAID_FOR_A_TERM:
            return
        if self.unless_gone("ReleaseInstance", InstanceId=id, ForceDeleteInstance=True) is None:
            return
        wait_until(f"{id} is released", lambda: self.row(id)["ServiceStatus"] == RELEASED, self.wait_seconds)
        self.unless_gone("DeleteInstance", InstanceId=id)
        self.await_absence(id)
