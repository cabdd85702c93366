"""Keys of KMS and what they encrypt."""

import json
from typing import Any

from harness.cloud import REGION
from harness.terraform.provider import KMS, Attributes, Provider, Resource, tags_of


class CipherKey(Resource):
    """alicloud_kms_key"""

    version = KMS
    resource_type = "key"

    def call(self, action: str, **parameters: Any) -> dict[str, Any]:
        """Nearly no call of this product names a region."""
        return self.provider.call(self.version, action, **parameters)

    def unless_gone(self, action: str, **parameters: Any) -> dict[str, Any] | None:
        return self.provider.unless_gone(self.version, action, **parameters)

    def create(self, wanted: Attributes) -> str:
        tags = [{"TagKey": key, "TagValue": value} for key, value in wanted["tags"].items()]
        id = self.call(
            "CreateKey",
            ProtectionLevel=wanted["protection_level"],
            Description=wanted["description"] or None,
            RotationInterval=wanted["rotation_interval"] or None,
            EnableAutomaticRotation=True if wanted["rotation_interval"] else None,
            Tags=json.dumps(tags) if tags else None,
        )["KeyMetadata"]["KeyId"]
        self.apply_state(id, wanted)
        if wanted["deletion_protection"] == "Enabled":
            self.apply_protection(id, wanted)
        return id

    def apply_state(self, id: str, wanted: Attributes) -> None:
        if self.read(id)["status"] != wanted["status"]:
            self.call("EnableKey" if wanted["status"] == "Enabled" else "DisableKey", KeyId=id)
            self.await_status(id, wanted["status"])

    def apply_protection(self, id: str, wanted: Attributes) -> None:
        self.call(
            "SetDeletionProtection",
            KeyId=id,
            EnableDeletionProtection=wanted["deletion_protection"] == "Enabled",
            DeletionProtectionDescription=wanted["deletion_protection_description"] or None,
        )

    def read(self, id: str) -> Attributes | None:
        reply = self.unless_gone("DescribeKey", KeyId=id)
        if reply is None or reply["KeyMetadata"]["KeyState"] == "PendingDeletion":
            return None
        key = reply["KeyMetadata"]
        assert key["DKMSInstanceId"] == "", "the provider would ask for a policy"
        listed = self.call("ListTagResources", ResourceType=self.resource_type, ResourceId=[id], NextToken="")
        assert listed["NextToken"] == ""
        return {
            "status": key["KeyState"],
            "description": key["Description"],
            "protection_level": key["ProtectionLevel"],
            "rotation_interval": key["RotationInterval"],
            "automatic_rotation": key["AutomaticRotation"],
            "deletion_protection": key["DeletionProtection"],
            "deletion_protection_description": key["DeletionProtectionDescription"],
            "tags": tags_of(listed["TagResources"]["TagResource"], "TagKey", "TagValue"),
            "key_spec": key["KeySpec"],
            "key_usage": key["KeyUsage"],
            "origin": key["Origin"],
            "arn": key["Arn"],
            "creation_date": key["CreationDate"],
            "creator": key["Creator"],
            "primary_key_version": key["PrimaryKeyVersion"],
        }

    def update(self, id: str, before: Attributes, wanted: Attributes) -> None:
        self.apply_state(id, wanted)
        if wanted["description"] != before["description"]:
            self.call("UpdateKeyDescription", KeyId=id, Description=wanted["description"])
        if wanted["rotation_interval"] != before["rotation_interval"]:
            rotates = wanted["rotation_interval"] != ""
            interval = wanted["rotation_interval"] or None
            self.call("UpdateRotationPolicy", KeyId=id, EnableAutomaticRotation=rotates, RotationInterval=interval)
        if wanted["deletion_protection"] != before["deletion_protection"]:
            self.apply_protection(id, wanted)
        self.update_tags(id, before["tags"], wanted["tags"])

    def delete(self, id: str) -> None:
        """No wait: the key stays, and counts as gone."""
        self.unless_gone("ScheduleKeyDeletion", KeyId=id, PendingWindowInDays=7)


def ciphertext(provider: Provider, key: str, plaintext: str, context: dict[str, str]) -> str:
    """alicloud_kms_ciphertext: one call in its life."""
    reply = provider.call(
        KMS, "Encrypt", RegionId=REGION, KeyId=key, Plaintext=plaintext, EncryptionContext=json.dumps(context)
    )
    return reply["CiphertextBlob"]


def plaintext(provider: Provider, blob: str, context: dict[str, str]) -> tuple[str, str]:
    """data alicloud_kms_plaintext, and what a SASL user with an encrypted password asks."""
    reply = provider.call(
        KMS, "Decrypt", RegionId=REGION, CiphertextBlob=blob, EncryptionContext=json.dumps(context)
    )
    return reply["Plaintext"], reply["KeyId"]
