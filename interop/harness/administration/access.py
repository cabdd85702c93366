"""From where an instance may be used, by whom, and for what."""

import json
import socket

import pytest
from confluent_kafka.admin import AdminClient

from harness.administration.common import refused, row
from harness.cloud import REGION, CloudError, Instance
from harness.kafka import login
from harness.walk import assert_error


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
    refused(
        instance, "CreateSaslUser", "BIZ_FIELD_CHECK_INVALID", 400, Username="no spaces", Password="secret!"
    )
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


def access_rules(instance: Instance, topic: str, group: str) -> None:
    """Shown in the words that they were made with, found by each of them, and gone when they are taken away."""
    at_topic = {"Username": "reader", "AclResourceType": "Topic", "AclResourceName": topic}
    literal = {"AclResourcePatternType": "LITERAL"}
    read, write = {"AclOperationType": "Read"}, {"AclOperationType": "Write"}
    at_group = {"Username": "*", "AclResourceType": "GROUP", "AclResourceName": group}

    def listed(**about: str) -> list[tuple[str, str, str, str]]:
        rules = instance.call("DescribeAcls", **about)["KafkaAclList"].get("KafkaAclVO", [])
        assert all(
            (one["Username"], one["AclResourceName"]) == (about["Username"], about["AclResourceName"])
            for one in rules
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
    for kind, pattern, name in [
        ("Topic", "PREFIXED", topic),
        ("Topic", "LITERAL", topic),
        ("Group", "LITERAL", group),
    ]:
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
