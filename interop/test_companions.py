"""The products beside alikafka, through the vendor's generic calls: what modules around an instance do."""

import base64
import json
import re

import pytest

from harness.cloud import REGION, CloudError
from harness.untyped import CurrentCore, LegacyCore

KMS = "2016-01-20"


@pytest.fixture(params=[CurrentCore, LegacyCore], ids=["current-acs3", "legacy-v1"])
def core(request, weir):
    return lambda version: request.param(weir.address, weir.access_key, version)


def refused(call) -> CloudError:
    with pytest.raises(CloudError) as caught:
        call()
    return caught.value


def test_kms(core):
    """A key's life, and a password that passes through it."""
    kms = core(KMS)
    made = kms.call(
        "CreateKey",
        Description="口令 & more",
        ProtectionLevel="SOFTWARE",
        EnableAutomaticRotation="true",
        RotationInterval="365d",
        Tags=json.dumps([{"TagKey": "team", "TagValue": "a"}]),
    )["KeyMetadata"]
    key = made["KeyId"]
    assert kms.call("DescribeKey", KeyId=key)["KeyMetadata"] == made
    assert kms.call("DescribeKey", KeyId=made["Arn"])["KeyMetadata"] == made
    assert made["Description"] == "口令 & more" and made["AutomaticRotation"] == "Enabled"
    listed = kms.call("ListKeys", PageSize="100")["Keys"]["Key"]
    assert {"KeyId": key, "KeyArn": made["Arn"]} in listed

    context = json.dumps({"user": "app", "env": "prod"})
    password = "p@ss word+/=&"
    blob = kms.call("Encrypt", KeyId=key, Plaintext=password, EncryptionContext=context)["CiphertextBlob"]
    assert password not in blob and re.fullmatch(r"[A-Za-z0-9+/=]+", blob)
    turned = json.dumps({"env": "prod", "user": "app"})
    opened = kms.call("Decrypt", CiphertextBlob=blob, EncryptionContext=turned)
    assert (opened["Plaintext"], opened["KeyId"]) == (password, key)
    wrong = refused(lambda: kms.call("Decrypt", CiphertextBlob=blob, EncryptionContext="{}"))
    assert (wrong.status, wrong.code) == (400, "InvalidCiphertext")
    data = kms.call("GenerateDataKey", KeyId=key)
    assert len(base64.b64decode(data["Plaintext"])) == 32
    assert kms.call("Decrypt", CiphertextBlob=data["CiphertextBlob"])["Plaintext"] == data["Plaintext"]

    kms.call("CreateAlias", AliasName="alias/interop", KeyId=key)
    assert kms.call("DescribeKey", KeyId="alias/interop")["KeyMetadata"]["KeyId"] == key
    (alias,) = kms.call("ListAliasesByKeyId", KeyId=key)["Aliases"]["Alias"]
    # As Terraform finds it again, page by page.
    assert alias in kms.call("ListAliases", PageNumber="1", PageSize="20")["Aliases"]["Alias"]
    assert alias["AliasName"] == "alias/interop" and alias["AliasArn"].endswith(":alias/interop")
    kms.call("DeleteAlias", AliasName="alias/interop")
    kms.call("DisableKey", KeyId=key)
    disabled = refused(lambda: kms.call("Decrypt", CiphertextBlob=blob, EncryptionContext=context))
    assert (disabled.status, disabled.code) == (409, "Rejected.Disabled")
    kms.call("ScheduleKeyDeletion", KeyId=key, PendingWindowInDays="7")
    assert kms.call("DescribeKey", KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    kms.call("CancelKeyDeletion", KeyId=key)
    assert kms.call("Decrypt", CiphertextBlob=blob, EncryptionContext=context)["Plaintext"] == password
    absent = refused(lambda: kms.call("DescribeKey", KeyId="none"))
    assert (absent.status, absent.code) == (404, "Forbidden.KeyNotFound")


def test_resource_groups(core):
    """A group's life, a VPC in it, and the same default group in every product."""
    manager, vpc, kafka = core("2020-03-31"), core("2016-04-28"), core("2019-09-16")
    listed = manager.call("ListResourceGroups", PageSize="50", Status="OK")["ResourceGroups"]["ResourceGroup"]
    default = listed[0]
    assert default["Name"] == "default" and len(listed) == 1
    group = manager.call("CreateResourceGroup", Name="interop", DisplayName="集成")["ResourceGroup"]["Id"]
    try:
        shown = manager.call("GetResourceGroup", ResourceGroupId=group)["ResourceGroup"]
        regions = [each["RegionId"] for each in shown["RegionStatuses"]["RegionStatus"]]
        assert shown["DisplayName"] == "集成" and REGION in regions
        made = vpc.call("CreateVpc", RegionId=REGION, ResourceGroupId=group)
        assert made["ResourceGroupId"] == group
        held = refused(lambda: manager.call("DeleteResourceGroup", ResourceGroupId=group))
        assert (held.status, held.code) == (409, "DeleteConflict.ResourceGroup.Resource")
        move = {"ResourceType": "VPC", "ResourceId": made["VpcId"], "NewResourceGroupId": default["Id"]}
        vpc.call("MoveResourceGroup", RegionId=REGION, **move)
        vpc.call("DeleteVpc", RegionId=REGION, VpcId=made["VpcId"])
    finally:
        # An account that has groups of its own here is held to them, which later tests do not expect.
        manager.call("DeleteResourceGroup", ResourceGroupId=group)
    order = {"TopicQuota": "50", "DiskType": "0", "DiskSize": "500", "DeployType": "5", "IoMax": "20"}
    bought = kafka.call("CreatePostPayOrder", RegionId=REGION, **order)["OrderId"]
    listed = kafka.call("GetInstanceList", RegionId=REGION, OrderId=bought)["InstanceList"]["InstanceVO"]
    assert [row["ResourceGroupId"] for row in listed] == [default["Id"]]
