"""What stands on a Kafka instance."""

import json

from harness.terraform.provider import Attributes, Provider, Resource, tag_list, tags_of


class Topic(Resource):
    """alicloud_alikafka_topic; its id is `<instance>:<topic>`"""

    resource_type = "TOPIC"

    def create(self, wanted: Attributes) -> str:
        self.call(
            "CreateTopic",
            InstanceId=wanted["instance_id"],
            Topic=wanted["topic"],
            Remark=wanted["remark"],
            CompactTopic=wanted["compact_topic"],
            PartitionNum=wanted["partition_num"],
            LocalTopic=wanted["local_topic"],
            Config=json.dumps(wanted["configs"]) if wanted["configs"] else None,
            Tag=tag_list(wanted["tags"]),
        )
        id = f"{wanted['instance_id']}:{wanted['topic']}"
        self.await_status(id, 0)
        return id

    def at(self, id: str) -> dict[str, str]:
        instance, topic = id.split(":")
        return {"InstanceId": instance, "Topic": topic}

    def read(self, id: str) -> Attributes | None:
        reply = self.unless_gone("GetTopicList", **self.at(id))
        if reply is None or not reply["TopicList"]["TopicVO"]:
            return None
        row = reply["TopicList"]["TopicVO"][0]
        return {
            "instance_id": row["InstanceId"],
            "topic": row["Topic"],
            "remark": row["Remark"],
            "compact_topic": row["CompactTopic"],
            "local_topic": row["LocalTopic"],
            "partition_num": row["PartitionNum"],
            "configs": json.loads(row["TopicConfig"]),
            "tags": tags_of(row["Tags"]["TagVO"]),
            "status": row["Status"],
            "create_time": row["CreateTime"],
            "region_id": row["RegionId"],
        }

    def update(self, id: str, before: Attributes, wanted: Attributes) -> None:
        if wanted["remark"] != before["remark"]:
            self.call("ModifyTopicRemark", **self.at(id), Remark=wanted["remark"])
        if wanted["configs"] != before["configs"]:
            # The provider fills in what the action requires and sends all settings beside it.
            configs = json.dumps(wanted["configs"])
            self.call(
                "UpdateTopicConfig", **self.at(id), Config="skipConfig", Value="skipValue", Configs=configs
            )
        if more := wanted["partition_num"] - before["partition_num"]:
            self.call("ModifyPartitionNum", **self.at(id), AddPartitionNum=more)
        self.update_tags(f"Kafka_{id.replace(':', '_')}", before["tags"], wanted["tags"])

    def delete(self, id: str) -> None:
        self.unless_gone("DeleteTopic", **self.at(id))
        self.await_absence(id)


class ConsumerGroup(Resource):
    """alicloud_alikafka_consumer_group; its id is `<instance>:<group>`"""

    resource_type = "CONSUMERGROUP"

    def create(self, wanted: Attributes) -> str:
        self.call(
            "CreateConsumerGroup",
            InstanceId=wanted["instance_id"],
            ConsumerId=wanted["consumer_id"],
            Remark=wanted["remark"],
            Tag=tag_list(wanted["tags"]),
        )
        return f"{wanted['instance_id']}:{wanted['consumer_id']}"

    def at(self, id: str) -> dict[str, str]:
        instance, group = id.split(":")
        return {"InstanceId": instance, "ConsumerId": group}

    def read(self, id: str) -> Attributes | None:
        reply = self.unless_gone("GetConsumerList", **self.at(id))
        if reply is None or not reply["ConsumerList"]["ConsumerVO"]:
            return None
        row = reply["ConsumerList"]["ConsumerVO"][0]
        return {
            "instance_id": row["InstanceId"],
            "consumer_id": row["ConsumerId"],
            "remark": row["Remark"],
            "tags": tags_of(row["Tags"]["TagVO"]),
            "create_time": row["CreateTime"],
            "region_id": row["RegionId"],
        }

    def update(self, id: str, before: Attributes, wanted: Attributes) -> None:
        self.update_tags(f"Kafka_{id.replace(':', '_')}", before["tags"], wanted["tags"])

    def delete(self, id: str) -> None:
        self.unless_gone("DeleteConsumerGroup", **self.at(id))
        self.await_absence(id)


class SaslUser(Resource):
    """alicloud_alikafka_sasl_user; its id is `<instance>:<user>`, and whatever has the name first is it"""

    def __init__(self, provider: Provider):
        super().__init__(provider)
        # A destroy sends the type and mechanism of Terraform's state.
        self.kinds: dict[str, dict[str, str]] = {}

    def at(self, id: str) -> dict[str, str]:
        instance, name = id.split(":")
        return {"InstanceId": instance, "Username": name}

    def create(self, wanted: Attributes) -> str:
        id = f"{wanted['instance_id']}:{wanted['username']}"
        names = {"Type": "type", "Mechanism": "mechanism"}
        self.kinds[id] = {name: wanted[attribute] for name, attribute in names.items() if wanted[attribute]}
        self.call("CreateSaslUser", **self.at(id), Password=wanted["password"], **self.kinds[id])
        return id

    def read(self, id: str) -> Attributes | None:
        at = self.at(id)
        reply = self.unless_gone("DescribeSaslUsers", InstanceId=at["InstanceId"])
        rows = reply["SaslUserList"]["SaslUserVO"] if reply else []
        row = next((row for row in rows if row["Username"] == at["Username"]), None)
        if row is None:
            return None
        return {
            "instance_id": at["InstanceId"],
            "username": row["Username"],
            "password": row["Password"],
            "type": row["Type"],
            "mechanism": row["Mechanism"],
        }

    def update(self, id: str, before: Attributes, wanted: Attributes) -> None:
        # Type and mechanism cannot change; the mechanism is not sent again.
        self.call("CreateSaslUser", **self.at(id), Password=wanted["password"], Type=wanted["type"])

    def delete(self, id: str) -> None:
        self.unless_gone("DeleteSaslUser", **self.at(id), **self.kinds[id])


class ScalingRule(Resource):
    """alicloud_alikafka_scheduled_scaling_rule; its id is `<instance>:<rule>`"""

    def create(self, wanted: Attributes) -> str:
        self.call(
            "CreateScheduledScalingRule",
            InstanceId=wanted["instance_id"],
            RuleName=wanted["rule_name"],
            ReservedPubFlow=wanted["reserved_pub_flow"],
            ReservedSubFlow=wanted["reserved_sub_flow"],
            ScheduleType=wanted["schedule_type"],
            DurationMinutes=wanted["duration_minutes"],
            TimeZone=wanted["time_zone"],
            FirstScheduledTime=wanted["first_scheduled_time"],
            Enable=wanted.get("enable"),
            RepeatType=wanted["repeat_type"],
            WeeklyTypes=json.dumps(wanted["weekly_types"]),
        )
        return f"{wanted['instance_id']}:{wanted['rule_name']}"

    def read(self, id: str) -> Attributes | None:
        instance, name = id.split(":")
        reply = self.unless_gone("GetAutoScalingConfiguration", InstanceId=instance)
        rules = reply["Data"]["ScheduledScalingRules"]["ScheduledScalingRules"] if reply else []
        row = next((rule for rule in rules if rule["RuleName"] == name), None)
        if row is None:
            return None
        return {
            "instance_id": instance,
            "rule_name": row["RuleName"],
            "reserved_pub_flow": row["ReservedPubFlow"],
            "reserved_sub_flow": row["ReservedSubFlow"],
            "schedule_type": row["ScheduleType"],
            "duration_minutes": row["DurationMinutes"],
            "time_zone": row["TimeZone"],
            "first_scheduled_time": row["FirstScheduledTime"],
            "enable": row["Enable"],
            "repeat_type": row["RepeatType"],
            "weekly_types": row["WeeklyTypes"]["WeeklyTypes"],
        }

    def update(self, id: str, before: Attributes, wanted: Attributes) -> None:
        instance, name = id.split(":")
        self.call("ModifyScheduledScalingRule", InstanceId=instance, RuleName=name, Enable=wanted["enable"])

    def delete(self, id: str) -> None:
        instance, name = id.split(":")
        self.unless_gone("DeleteScheduledScalingRule", InstanceId=instance, RuleName=name)


class AccessRule(Resource):
    """alicloud_alikafka_sasl_acl; its id is `<instance>:<user>:<type>:<name>:<pattern>:<operation>`"""

    # What is sent where the configuration says so.
    OPTIONS = {"host": "Host", "acl_permission_type": "AclPermissionType"}

    def at(self, id: str) -> dict[str, str]:
        instance, user, kind, name, pattern, operation = id.split(":")
        return {
            "InstanceId": instance,
            "Username": user,
            "AclResourceType": kind,
            "AclResourceName": name,
            "AclResourcePatternType": pattern,
            "AclOperationType": operation,
        }

    def create(self, wanted: Attributes) -> str:
        names = (
            "instance_id",
            "username",
            "acl_resource_type",
            "acl_resource_name",
            "acl_resource_pattern_type",
            "acl_operation_type",
        )
        id = ":".join(wanted[name] for name in names)
        options = {wire: wanted[name] for name, wire in self.OPTIONS.items() if name in wanted}
        self.call("CreateAcl", **self.at(id), **options)
        return id

    def read(self, id: str) -> Attributes | None:
        reply = self.unless_gone("DescribeAcls", **self.at(id))
        if reply is None or not reply["KafkaAclList"]["KafkaAclVO"]:
            return None
        row = reply["KafkaAclList"]["KafkaAclVO"][0]
        return {
            "instance_id": id.split(":")[0],
            "username": row["Username"],
            "acl_resource_type": row["AclResourceType"],
            "acl_resource_name": row["AclResourceName"],
            "acl_resource_pattern_type": row["AclResourcePatternType"],
            "acl_operation_type": row["AclOperationType"],
            "acl_permission_type": row["AclPermissionType"],
            "host": row["Host"],
        }

    def delete(self, id: str) -> None:
        self.unless_gone("DeleteAcl", **self.at(id))


class AllowedAddress(Resource):
    """alicloud_alikafka_instance_allowed_ip_attachment; its id is `<instance>:<list>:<ports>:<address>`"""

    def at(self, id: str) -> dict[str, str]:
        instance, kind, ports, address = id.split(":")
        return {"InstanceId": instance, "AllowedListType": kind, "PortRange": ports, "AllowedListIp": address}

    def create(self, wanted: Attributes) -> str:
        names = ("instance_id", "allowed_type", "port_range", "allowed_ip")
        id = ":".join(wanted[name] for name in names)
        self.call("UpdateAllowedIp", UpdateType="add", **self.at(id))
        return id

    def read(self, id: str) -> Attributes | None:
        at = self.at(id)
        reply = self.unless_gone("GetAllowedIpList", InstanceId=at["InstanceId"])
        if reply is None:
            return None
        listed = reply["AllowedList"]["VpcList" if at["AllowedListType"] == "vpc" else "InternetList"]
        for row in listed:
            if row["PortRange"] == at["PortRange"] and at["AllowedListIp"] in row["AllowedIpList"]:
                return {
                    "instance_id": at["InstanceId"],
                    "allowed_type": at["AllowedListType"],
                    "port_range": row["PortRange"],
                    "allowed_ip": at["AllowedListIp"],
                }
        return None

    def delete(self, id: str) -> None:
        self.unless_gone("UpdateAllowedIp", UpdateType="delete", **self.at(id))
