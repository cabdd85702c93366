"""What an owner does with an instance beside its topics' data: names, notes, tags, quotas, configuration, terms.

Written once in wire names; each client (`harness.cloud.Cloud`) goes through it. Values are read back, so that a
reply which a client's types cannot hold is seen as a missing value.
"""

import json
import socket
import time
import uuid

import confluent_kafka
import pytest
from confluent_kafka.admin import AdminClient

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
from harness.kafka import Record, login
from harness.kafka.librdkafka import Librdkafka
from harness.waiting import wait_until
from harness.walk import (
    PARTITIONS,
    assert_error,
    buy,
    group_create,
    progress_of,
    topic_create,
    topic_status,
    topics,
)


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


def row(instance: Instance) -> dict:
    return instance_find(instance.cloud, instance.id)


def name_and_note(instance: Instance, topic: str) -> None:
    name = f"named-{instance.id[-12:]}"
    assert instance.call("ModifyInstanceName", InstanceName=name)["Success"] is True
    assert row(instance)["Name"] == name
    refused(instance, "ModifyInstanceName", "BIZ_FIELD_CHECK_INVALID", 400, InstanceName="no spaces")

    instance.call("ModifyTopicRemark", Topic=topic, Remark="noted-again")
    (listed,) = topics(instance)
    assert listed["Remark"] == "noted-again"
    refused(instance, "ModifyTopicRemark", "BIZ_TOPIC_NOT_FOUND", 404, Topic="no-such-topic", Remark="noted")


def tags(cloud: Cloud, kind: str, resource: str) -> None:
    at = {"RegionId": REGION, "ResourceType": kind, "ResourceId": [resource]}

    def listed() -> dict[str, str]:
        reply = cloud.call("ListTagResources", **at)
        assert reply.get("NextToken", "") == ""
        found = reply["TagResources"]["TagResource"]
        assert all(
            one["ResourceId"] == resource and one["ResourceType"] == f"ALIYUN::ALIKAFKA::{kind}" for one in found
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
    assert (quota["TopicUsed"], quota["TopicLeft"], quota["PartitionUsed"], quota["GroupUsed"]) == (1, 99, 12, 1)
    ids = instance.cloud.call("GetAllInstanceIdList", RegionId=REGION)["InstanceIds"]
    assert instance.id in ids[REGION]
    with pytest.raises(CloudError) as unknown:
        instance.cloud.call("GetQuotaTip", RegionId=REGION, InstanceId="alikafka_post-cn-000000000000")
    assert_error(unknown.value, "BIZ.INSTANCE.NOT.FOUND", 404)


def allow_list(instance: Instance) -> None:
    """What is listed, letter by letter, is what the port lets in, for those who are connected too."""
    at = {"AllowedListType": "vpc", "PortRange": "9092/9092"}

    def listed() -> list[str]:
        lists = instance.call("GetAllowedIpList")["AllowedList"]
        assert lists["DeployType"] == 5 and not lists.get("InternetList")
        (vpc,) = lists["VpcList"]
        assert vpc["PortRange"] == "9092/9092"
        return vpc["AllowedIpList"]

    assert listed() == ["0.0.0.0/0"]
    stranger = connect_from("127.0.0.2", instance.endpoint)
    instance.call("UpdateAllowedIp", UpdateType="add", AllowedListIp="127.0.0.1,10.0.0.1/8", **at)
    instance.call("UpdateAllowedIp", UpdateType="delete", AllowedListIp="0.0.0.0/0", **at)
    assert listed() == ["127.0.0.1", "10.0.0.1/8"]
    assert is_cut_off(stranger)
    assert is_cut_off(connect_from("127.0.0.2", instance.endpoint))
    assert not is_cut_off(connect_from("127.0.0.1", instance.endpoint))
    for code, change in [
        ("BIZ_FIELD_CHECK_INVALID", {"UpdateType": "replace", "AllowedListIp": "10.0.0.1"}),
        ("WHITE.PARAM.ERROR", {"UpdateType": "add", "AllowedListIp": "10.0.0"}),
        ("WHITE.PARAM.ERROR", {"UpdateType": "add", "AllowedListIp": "10.0.0.1", "PortRange": "9093/9093"}),
        ("WHITE.OVER.LENGTH.ERROR", {"UpdateType": "add", "AllowedListIp": ",".join(["10.0.0.1"] * 11)}),
    ]:
        refused(instance, "UpdateAllowedIp", code, 400, **at | change)
    instance.call("UpdateAllowedIp", UpdateType="add", AllowedListIp="0.0.0.0/0", **at)
    assert listed() == ["127.0.0.1", "10.0.0.1/8", "0.0.0.0/0"]
    assert not is_cut_off(connect_from("127.0.0.2", instance.endpoint))


def users(instance: Instance) -> None:
    """Those who may log in, with their passwords."""
    refused(instance, "CreateSaslUser", "Acl.Disable.Error", 400, Username="writer", Password="secret!")
    before = json.loads(row(instance)["AllConfig"])
    instance.call("UpdateInstanceConfig", Config=json.dumps({"enable.acl": "true"}))
    endpoint = row(instance)["SaslDomainEndpoint"]
    assert endpoint

    def listed() -> list[tuple[str, str, str]]:
        found = instance.call("DescribeSaslUsers")["SaslUserList"]["SaslUserVO"]
        return [(one["Username"], one["Type"], one["Password"]) for one in found]

    assert listed() == []
    instance.call("CreateSaslUser", Username="writer", Password="secret!")
    instance.call("CreateSaslUser", Username="reader", Password="other", Type="scram")
    assert listed() == [("reader", "scram", "other"), ("writer", "plain", "secret!")]
    topics = AdminClient(login.librdkafka(login.Login(endpoint, "writer", "secret!"))).list_topics(timeout=20)
    assert topics.brokers
    refused(instance, "CreateSaslUser", "BIZ_FIELD_CHECK_INVALID", 400, Username="no spaces", Password="secret!")
    refused(instance, "DeleteSaslUser", "BIZ_SASL_USER_NOT_EXIST", 404, Username="reader")
    instance.call("DeleteSaslUser", Username="reader", Type="scram")
    instance.call("DeleteSaslUser", Username="writer")
    assert listed() == []
    with pytest.raises(CloudError) as unknown:
        gone = {"RegionId": REGION, "InstanceId": "alikafka_post-cn-000000000000"}
        instance.cloud.call("DescribeSaslUsers", **gone)
    assert_error(unknown.value, "BIZ.INSTANCE.NOT.FOUND", 404)
    instance.call("UpdateInstanceConfig", Config=json.dumps(before))
    assert row(instance)["SaslDomainEndpoint"] == ""


def connect_from(address: str, endpoint: str) -> socket.socket:
    host, port = endpoint.rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=10, source_address=(address, 0))


def is_cut_off(connection: socket.socket, seconds: float = 0.5) -> bool:
    """Whether the server closes a connection on which nobody says anything."""
    connection.settimeout(seconds)
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False
    finally:
        connection.close()


def partitions(instance: Instance, topic: str) -> None:
    """The API and a Kafka client see the new partitions at once, and they can be written to."""
    instance.call("ModifyPartitionNum", Topic=topic, AddPartitionNum=6)
    (listed,) = topics(instance)
    assert listed["PartitionNum"] == PARTITIONS + 6
    Librdkafka().produce(instance.endpoint, topic, [Record(b"new", partition=PARTITIONS + 5)])
    assert topic_status(instance, topic)["TotalCount"] == 1
    refused(instance, "ModifyPartitionNum", "BIZ_FIELD_CHECK_INVALID", 400, Topic=topic, AddPartitionNum=343)
    refused(instance, "ModifyPartitionNum", "BIZ_TOPIC_NOT_FOUND", 404, Topic="missing", AddPartitionNum=1)


def subscribers(instance: Instance, topic: str) -> None:
    assert instance.call("GetTopicSubscribeStatus", Topic=topic)["TopicSubscribeStatus"]["ConsumerGroups"] == []
    Librdkafka().consume(instance.endpoint, topic, "subscribers", 1)
    status = instance.call("GetTopicSubscribeStatus", Topic=topic)["TopicSubscribeStatus"]
    assert status == {"Topic": topic, "ConsumerGroups": ["subscribers"]}
    refused(instance, "GetTopicSubscribeStatus", "BIZ_TOPIC_NOT_FOUND", 404, Topic="missing")


def messages(instance: Instance, topic: str) -> None:
    """What a Kafka client has produced is what is seen, however it compressed it."""

    def found(**parameters: object) -> list[dict]:
        return instance.call("QueryMessage", Topic=topic, **parameters)["MessageList"]

    client, value = Librdkafka(), "付款 " * 1_000
    for partition, codec in enumerate(["none", "gzip", "snappy", "lz4", "zstd"]):
        now = int(time.time() * 1000)
        records = [
            Record(f"{codec} {number}".encode(), key=codec.encode(), partition=partition, timestamp=now + number)
            for number in range(12)
        ]
        records.append(Record(value.encode(), partition=partition))
        stored = client.produce(instance.endpoint, topic, records, codec)
        first = stored[0][1]
        at = {"QueryType": "byOffset", "Partition": str(partition)}
        shown = found(**at, Offset=str(first))
        assert [one["Value"] for one in shown] == [f"{codec} {number}" for number in range(10)]
        assert [one["Offset"] for one in shown] == list(range(first, first + 10))
        assert {(one["Key"], one["SerializedKeySize"], one["TimestampType"]) for one in shown} == {
            (codec, len(codec), "CreateTime")
        }
        (long,) = found(**at, Offset=str(first + 12))
        cut = value.encode()[:1_024].decode(errors="ignore")
        assert (long["Value"], long["ValueTruncated"], long["TruncatedValueSize"]) == (cut, True, len(cut.encode()))
        assert (long["SerializedValueSize"], long["SerializedKeySize"]) == (len(value.encode()), -1)
        by_time = found(QueryType="byTimestamp", Partition=str(partition), BeginTime=now + 7)
        assert [one["Value"] for one in by_time[:5]] == [f"{codec} {number}" for number in range(7, 12)]
    refused(
        instance, "QueryMessage", "MissingOffset", 400, Topic=topic, QueryType="byOffset", Partition="0"
    )
    refused(
        instance, "QueryMessage", "BIZ_TOPIC_NOT_FOUND", 404, Topic="missing", QueryType="byTimestamp", BeginTime=0
    )


def reset(instance: Instance, topic: str) -> None:
    """A consumer reads on where its group was told to go on."""
    client, group = Librdkafka(), f"reset-{uuid.uuid4()}"
    instance.call("CreateConsumerGroup", ConsumerId=group, Remark="interop")
    ends = topic_status(instance, topic)["OffsetTable"]["OffsetTable"]
    end = {row["Partition"]: row["MaxOffset"] for row in ends}

    def go_on(**parameters: object) -> None:
        instance.call("UpdateConsumerOffset", ConsumerId=group, Topic=topic, **parameters)

    go_on(ResetType="timestamp", Time="-1")
    assert client.committed(instance.endpoint, group, topic) == end
    go_on(ResetType="offset", Offsets=[{"Partition": 1, "Offset": end[1] - 3}, {"Partition": 2, "Offset": end[2] - 1}])
    read = client.consume(instance.endpoint, topic, group, 4)
    assert sorted((record.partition, record.offset) for record in read) == [
        *((1, end[1] - left) for left in (3, 2, 1)),
        (2, end[2] - 1),
    ]
    go_on(ResetType="timestamp", Time="-2")
    assert client.committed(instance.endpoint, group, topic) == dict.fromkeys(end, 0)
    total = sum(end.values())
    assert len(client.consume(instance.endpoint, topic, group, total)) == total
    for code, status, change in [
        ("BIZ_FIELD_CHECK_INVALID", 400, {"ResetType": "offset", "Offsets": [{"Partition": 0, "Offset": 1 << 40}]}),
        ("BIZ_SUBSCRIPTION_NOT_FOUND", 404, {"ConsumerId": "nobody", "Time": "-1"}),
    ]:
        refused(instance, "UpdateConsumerOffset", code, status, **{"ConsumerId": group, "Topic": topic} | change)
    consumer = confluent_kafka.Consumer({"bootstrap.servers": instance.endpoint, "group.id": group})
    consumer.subscribe([topic])
    wait_until("the consumer has joined", lambda: consumer.poll(0.1) or consumer.assignment())
    refused(
        instance, "UpdateConsumerOffset", "BIZ_INSTANCE_STATUS_ERROR", 400, ConsumerId=group, Topic=topic, Time="-1"
    )
    consumer.close()
    instance.call("DeleteConsumerGroup", ConsumerId=group)


def rebalances(instance: Instance, topic: str) -> None:
    """Who joined and who left, and why, beside who reads what."""
    group, client_id = f"rebalances-{uuid.uuid4()}", "the-interop-client"
    consumer = confluent_kafka.Consumer(
        {"bootstrap.servers": instance.endpoint, "group.id": group, "client.id": client_id}
    )
    consumer.subscribe([topic])
    wait_until("the consumer has joined", lambda: consumer.poll(0.1) or consumer.assignment())
    consumer.commit(offsets=[confluent_kafka.TopicPartition(topic, 3, 1)], asynchronous=False)
    progress = progress_of(instance, group)
    assert progress.get("state", "Stable") == "Stable"
    ((row,),) = (one["OffsetList"]["OffsetList"] for one in progress["TopicList"]["TopicList"])
    # The types of clients from before have no member for these.
    assert row.get("ClientId", client_id) == client_id and row.get("ClientIp", "127.0.0.1") == "127.0.0.1"
    consumer.close()
    clients(instance, topic, group)

    def listed() -> list[dict]:
        return instance.call("ListRebalanceInfo", ConsumerId=group)["Data"]["RebalanceInfoList"]

    left, joined = wait_until("the consumer has left", lambda: rows if len(rows := listed()) == 2 else None)
    assert (left["RebalanceSuccess"], joined["RebalanceSuccess"]) == (False, True)
    assert left["Reason"].endswith("on LeaveGroup") and joined["Reason"].startswith("Adding new member")
    assert (left["GroupId"], left["Generation"]) == (group, joined["Generation"] + 1)
    refused(instance, "ListRebalanceInfo", "BIZ_SUBSCRIPTION_NOT_FOUND", 404, ConsumerId="nobody")


def clients(instance: Instance, topic: str, group: str) -> None:
    """From where a topic and a group were used, and how."""
    now = int(time.time() * 1000)
    times = {"StartTime": now - 1_800_000, "EndTime": now + 60_000}

    def seen(kind: str, **of: str) -> dict[str, set[str]]:
        data = instance.call("GetKafkaClientIp", Type=kind, **times, **of)["Data"]
        assert (data["SearchTimeRange"], data["TimeLimitDay"], data["Alert"]) == (1, 7, False)
        return {one["Name"]: {client["Ip"] for client in one["Data"]["Data"]} for one in data["Data"]["Data"]}

    here = {"127.0.0.1"}
    assert seen("byTopic", Topic=topic) == {"PRODUCE": here, "FETCH": here}
    of_group = seen("byGroup", Group=group)
    assert of_group["JOIN_GROUP"] == of_group["OFFSET_COMMIT"] == of_group["LEAVE_GROUP"] == here
    assert here <= seen("byInstance")["API_VERSIONS"]
    refused(instance, "GetKafkaClientIp", "MissingTopic", 400, Type="byTopic", **times)
    refused(instance, "GetKafkaClientIp", "BIZ_TOPIC_NOT_FOUND", 404, Type="byTopic", Topic="missing", **times)


def topic_settings(instance: Instance) -> None:
    """A setting is in force for the next message that a Kafka client sends. Here of a serverless instance, where every
    topic has settings: the types of older clients cannot ask for the storage that they need elsewhere."""
    topic = f"settings-{uuid.uuid4()}"
    unthrottled(lambda: instance.call("CreateTopic", Topic=topic, Remark="interop", PartitionNum="1"))
    instance.call("UpdateTopicConfig", Topic=topic, Config="message.timestamp.type", Value="LogAppendTime")
    old = Record(b"old", partition=0, timestamp=1_000)
    Librdkafka().produce(instance.endpoint, topic, [old])
    (received,) = Librdkafka().read(instance.endpoint, topic, 0, 0, 1)
    assert received.timestamp > 1_600_000_000_000, "stamped by the broker"
    instance.call("UpdateTopicConfig", Topic=topic, Config="retention.hours", Value="24")
    listed = next(one for one in topics(instance) if one["Topic"] == topic)
    expected = {"message.timestamp.type": "LogAppendTime", "retention.hours": "24"}
    # The types of clients from before have no member for it.
    assert json.loads(listed.get("TopicConfig", json.dumps(expected))) == expected
    for code, status, change in [
        ("BIZ_FIELD_CHECK_INVALID", 400, {"Config": "retention.hours", "Value": "23"}),
        ("BIZ_FIELD_CHECK_INVALID", 400, {"Config": "cleanup.policy", "Value": "compact"}),
        ("BIZ_TOPIC_NOT_FOUND", 404, {"Topic": "missing", "Config": "retention.hours", "Value": "24"}),
    ]:
        refused(instance, "UpdateTopicConfig", code, status, **{"Topic": topic} | change)
    instance.call("DeleteTopic", Topic=topic)


def many_topics(instance: Instance) -> None:
    name = f"many-{uuid.uuid4()}"
    unthrottled(lambda: instance.call("CreateTopic", Topic=name, Remark="interop", PartitionNum="1"))
    deleted = instance.call("BatchDeleteTopics", Topics=[name, "missing"])["Data"]
    assert (deleted["Total"], deleted["SuccessCount"], deleted["FailedCount"]) == (2, 1, 1)
    results = {one["Topic"]: one for one in deleted["Results"]["TopicDeleteResultItemVO"]}
    assert results[name]["Success"] is True
    assert (results["missing"]["Code"], results["missing"]["DynamicCode"]) == (404, "BIZ_TOPIC_NOT_FOUND")
    assert name not in [row["Topic"] for row in topics(instance)]
    refused(instance, "BatchDeleteTopics", "BIZ_FIELD_CHECK_INVALID", 400, Topics=["x"] * 101)


def raise_configuration(instance: Instance) -> None:
    bought = {"TopicQuota": 60, "DiskSize": 800, "IoMax": 30, "SpecType": "professional"}
    instance.call("UpgradePostPayOrder", **bought)
    after = row(instance)
    shown = (after["DiskSize"], after["IoMax"], after["IoMaxSpec"], after["ServiceStatus"])
    assert shown == (800, 30, "alikafka.hw.3xlarge", 5)
    assert after["TopicNumLimit"] == 120
    refused(
        instance, "UpgradePostPayOrder", "BIZ_FIELD_CHECK_INVALID", 400, **bought | {"DiskSize": 700}
    )
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
    producer = confluent_kafka.Producer({"bootstrap.servers": shown["EndPoint"], "allow.auto.create.topics": True})
    producer.produce(topic, b"first")
    assert producer.flush(30) == 0
    assert next(one for one in topics(instance) if one["Topic"] == topic)["PartitionNum"] == 3
    refused(
        instance, "EnableAutoTopicCreation", "BIZ_FIELD_CHECK_INVALID", 400, Operate="updatePartition", PartitionNum=361
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


def access_rules(instance: Instance, topic: str, group: str) -> None:
    """Shown in the words that they were made with, found by each of them, and gone when they are taken away."""
    at_topic = {"Username": "reader", "AclResourceType": "Topic", "AclResourceName": topic}
    literal = {"AclResourcePatternType": "LITERAL"}
    read, write = {"AclOperationType": "Read"}, {"AclOperationType": "Write"}
    at_group = {"Username": "*", "AclResourceType": "GROUP", "AclResourceName": group}

    def listed(**about: str) -> list[tuple[str, str, str, str]]:
        rules = instance.call("DescribeAcls", **about)["KafkaAclList"].get("KafkaAclVO", [])
        assert all(
            (one["Username"], one["AclResourceName"]) == (about["Username"], about["AclResourceName"]) for one in rules
        )
        words = ("AclResourceType", "AclOperationType", "AclResourcePatternType", "Host")
        return [tuple(one[word] for word in words) for one in rules]

    refused(instance, "CreateAcl", "Acl.Disable.Error", 400, **at_topic, **literal, **read)
    instance.call("UpdateInstanceConfig", Config=json.dumps({"enable.acl": "true"}))
    assert listed(**at_topic) == []
    instance.call("CreateAcl", **at_topic, **literal, **read)
    instance.call("CreateAcl", **at_topic, **write, AclResourcePatternType="PREFIXED")
    instance.call("CreateAcl", **at_group, **literal, **read)
    assert listed(**at_topic) == [("Topic", "Read", "LITERAL", "*"), ("Topic", "Write", "PREFIXED", "*")]
    assert listed(**at_topic, **write) == [("Topic", "Write", "PREFIXED", "*")]
    assert listed(**at_topic, **literal) == [("Topic", "Read", "LITERAL", "*")]
    assert listed(**at_group) == [("GROUP", "Read", "LITERAL", "*")]
    for kind, pattern, name in [("Topic", "PREFIXED", topic), ("Topic", "LITERAL", topic), ("Group", "LITERAL", group)]:
        named = instance.call("DescribeAclResourceName", AclResourceType=kind, AclResourcePatternType=pattern)
        assert named["Data"]["data"] == [name]
    for code, status, change in [
        ("Acl.DuplicatedAuth.Error", 400, {}),
        ("BIZ_TOPIC_NOT_FOUND", 404, {"AclResourceName": "no-such-topic"}),
        ("BIZ_FIELD_CHECK_INVALID", 400, {"AclOperationType": "IdempotentWrite"}),
    ]:
        refused(instance, "CreateAcl", code, status, **at_topic | literal | read | change)
    instance.call("DeleteAcl", **at_topic, **literal, **read)
    assert listed(**at_topic) == [("Topic", "Write", "PREFIXED", "*")]
    refused(instance, "DeleteAcl", "BIZ_ACL_NOT_FOUND", 404, **at_topic, **literal, **read)
    instance.call("UpdateInstanceConfig", Config=json.dumps({"enable.acl": "false"}))
    assert listed(**at_topic) == []


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
    refused(instance, "DowngradePostPayOrder", "BIZ_INSTANCE_STATUS_ERROR", 400, ServerlessConfig=reserved(60, 20))
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
    refused(instance, "ModifyScheduledScalingRule", "AUTH_RESOURCE_OWNER_ERROR", 404, RuleName="always", Enable=True)


def refused(instance: Instance, action: str, code: str, status: int, **parameters: object) -> None:
    with pytest.raises(CloudError) as error:
        instance.call(action, **parameters)
    assert_error(error.value, code, status)
