"""Users of an account, made with the RAM SDK, and what policies let their clients do."""

import json
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

import pytest

from harness.cloud import REGION, Cloud, CloudError
from harness.node import node_client
from harness.python_sdk import CurrentSdk, LegacySdk
from harness.server import AccessKey
from harness.typed import TypedSdk, ram, sts

CLIENTS = ["python-current", "python-older", "node"]


@contextmanager
def client(name: str, address: str, key: AccessKey) -> Iterator[Cloud]:
    if name == "node":
        with closing(node_client("pop-core-post", address, key)) as cloud:
            yield cloud
    else:
        yield {"python-current": CurrentSdk, "python-older": LegacySdk}[name](address, key)


@dataclass
class User:
    """A RAM user with one key."""

    owner: TypedSdk
    name: str
    id: str
    key: AccessKey

    def allow(self, effect: str, action: str, resource: str) -> None:
        """Attaches a policy of its own to the user."""
        name = f"policy-{uuid.uuid4()}"
        statement = {"Effect": effect, "Action": action, "Resource": resource}
        document = json.dumps({"Version": "1", "Statement": [statement]})
        made = self.owner.call("CreatePolicy", PolicyName=name, PolicyDocument=document)
        assert (made["Policy"]["PolicyType"], made["Policy"]["DefaultVersion"]) == ("Custom", "v1")
        self.attach("Custom", name)

    def attach(self, kind: str, name: str) -> None:
        self.owner.call("AttachPolicyToUser", PolicyType=kind, PolicyName=name, UserName=self.name)

    def set_status(self, status: str) -> None:
        self.owner.call(
            "UpdateAccessKey", UserName=self.name, UserAccessKeyId=self.key.id, Status=status
        )


@pytest.fixture
def user(weir) -> User:
    owner = ram(weir.address, weir.access_key)
    name = f"user-{uuid.uuid4()}"
    made = owner.call("CreateUser", UserName=name, DisplayName="A reader")["User"]
    key = owner.call("CreateAccessKey", UserName=name)["AccessKey"]
    return User(owner, name, made["UserId"], AccessKey(key["AccessKeyId"], key["AccessKeySecret"]))


def refusal(cloud: Cloud, action: str, **parameters) -> CloudError:
    with pytest.raises(CloudError) as refused:
        cloud.call(action, RegionId=REGION, **parameters)
    return refused.value


@pytest.mark.parametrize("name", CLIENTS)
def test_a_user_who_may_look_at_one_instance(weir, instance, user, name):
    user.allow("Allow", "alikafka:List*", f"acs:alikafka:*:*:{instance.id}")
    with client(name, weir.address, user.key) as cloud:
        at = {"RegionId": REGION, "InstanceId": instance.id}
        assert "TopicList" in cloud.call("GetTopicList", CurrentPage="1", PageSize="10", **at)
        assert "ConsumerList" in cloud.call("GetConsumerList", **at)
        refused = refusal(cloud, "CreateTopic", InstanceId=instance.id, Topic="never-made", Remark="never")
        assert (refused.code, refused.status) == ("Forbidden.RAM", 403)
        assert "alikafka:CreateTopic" in refused.message and instance.id in refused.message
        assert refusal(cloud, "GetAllInstanceIdList").code == "Forbidden.RAM"
        other = "alikafka_post-cn-000000000000"
        assert refusal(cloud, "GetConsumerList", InstanceId=other).code == "Forbidden.RAM"
    assert "never-made" not in str(instance.call("GetTopicList", CurrentPage="1", PageSize="100"))


@pytest.mark.parametrize("name", CLIENTS)
def test_a_denial_outweighs_what_is_allowed(weir, instance, user, name):
    user.attach("System", "AdministratorAccess")
    with client(name, weir.address, user.key) as cloud:
        cloud.call("GetConsumerList", RegionId=REGION, InstanceId=instance.id)
        user.allow("Deny", "alikafka:*", f"acs:alikafka:*:*:{instance.id}")
        assert refusal(cloud, "GetConsumerList", InstanceId=instance.id).code == "Forbidden.RAM"
        listed = cloud.call("GetAllInstanceIdList", RegionId=REGION)
        assert instance.id not in str(listed)


@pytest.mark.parametrize("name", CLIENTS)
def test_a_disabled_key_stops_at_once_and_a_deleted_one_for_good(weir, user, name):
    user.attach("System", "AliyunKafkaReadOnlyAccess")
    with client(name, weir.address, user.key) as cloud:
        cloud.call("GetAllInstanceIdList", RegionId=REGION)
        user.set_status("Inactive")
        assert refusal(cloud, "GetAllInstanceIdList").code == "InvalidAccessKeyId.Inactive"
        user.set_status("Active")
        cloud.call("GetAllInstanceIdList", RegionId=REGION)
        user.owner.call("DeleteAccessKey", UserName=user.name, UserAccessKeyId=user.key.id)
        assert refusal(cloud, "GetAllInstanceIdList").code == "InvalidAccessKeyId.NotFound"


def test_who_is_calling(weir, user):
    mine = sts(weir.address, weir.access_key).call("GetCallerIdentity")
    account = mine["AccountId"]
    assert (mine["IdentityType"], mine["Arn"]) == ("Account", f"acs:ram::{account}:root")
    theirs = sts(weir.address, user.key).call("GetCallerIdentity")
    assert (theirs["IdentityType"], theirs["AccountId"], theirs["UserId"]) == ("RAMUser", account, user.id)
    assert theirs["Arn"] == f"acs:ram::{account}:user/{user.name}"


def test_the_sdk_reads_all_of_a_user_to_its_end(user):
    owner = user.owner
    shown = owner.call("GetUser", UserName=user.name)["User"]
    assert (shown["UserId"], shown["DisplayName"]) == (user.id, "A reader")
    changed = owner.call("UpdateUser", UserName=user.name, NewComments="looks only")["User"]
    assert (changed["UserId"], changed["Comments"]) == (user.id, "looks only")
    marker, found = None, []
    while True:
        page = owner.call("ListUsers", MaxItems=1, **({"Marker": marker} if marker else {}))
        found += [one["UserName"] for one in page["Users"]["User"]]
        if not page["IsTruncated"]:
            break
        marker = page["Marker"]
    assert user.name in found and len(set(found)) == len(found)

    user.attach("System", "AliyunKafkaFullAccess")
    (attached,) = owner.call("ListPoliciesForUser", UserName=user.name)["Policies"]["Policy"]
    assert (attached["PolicyName"], attached["PolicyType"]) == ("AliyunKafkaFullAccess", "System")
    policy = owner.call("GetPolicy", PolicyType="System", PolicyName="AliyunKafkaFullAccess")
    assert json.loads(policy["DefaultPolicyVersion"]["PolicyDocument"])["Version"] == "1"
    standing = owner.call("ListPolicies", PolicyType="System")["Policies"]["Policy"]
    assert {one["PolicyName"] for one in standing} >= {"AdministratorAccess", "AliyunKafkaReadOnlyAccess"}
    (key,) = owner.call("ListAccessKeys", UserName=user.name)["AccessKeys"]["AccessKey"]
    assert (key["AccessKeyId"], key["Status"]) == (user.key.id, "Active")

    for code in ["DeleteConflict.User.AccessKey", "DeleteConflict.User.Policy"]:
        with pytest.raises(CloudError) as refused:
            owner.call("DeleteUser", UserName=user.name)
        assert (refused.value.code, refused.value.status) == (code, 409)
        if code.endswith("AccessKey"):
            owner.call("DeleteAccessKey", UserName=user.name, UserAccessKeyId=user.key.id)
    owner.call(
        "DetachPolicyFromUser", PolicyType="System", PolicyName="AliyunKafkaFullAccess", UserName=user.name
    )
    owner.call("DeleteUser", UserName=user.name)
    with pytest.raises(CloudError) as gone:
        owner.call("GetUser", UserName=user.name)
    assert (gone.value.code, gone.value.status) == ("EntityNotExist.User", 404)
