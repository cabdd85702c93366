"""The Terraform provider's way of calling: its two request shapes, its retries, and how it reads an error.

Each resource is what the provider does for it, call by call and in order. `read` knows nothing but an id, as an
import does, and returns the attributes that a plan compares, or None for what the provider takes for gone.
"""

import http.client
import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from harness.cloud import REGION, CloudError
from harness.server import AccessKey
from harness.signer import canonical_query, timestamp, v1_signature
from harness.waiting import wait_until

ALIKAFKA, ECS, VPC = "2019-09-16", "2014-05-26", "2016-04-28"
KMS, RESOURCES, STS = "2016-01-20", "2020-03-31", "2015-04-01"
PAGE_SIZE = 50
# Where tea-rpc puts parameters in a form body and the older SDK puts all of them in the query.
TEA, OLDER = "tea-rpc", "sdk-go"
SHAPES = [TEA, OLDER]
# The one thing tea-rpc sends as a query although it is no common parameter.
IN_QUERY = {"DescribeVSwitchAttributes": ("VSwitchId",)}

Attributes = dict[str, Any]


def flattened(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Lists from 1, maps by key, booleans as words: `Tag.1.Key`."""
    match value:
        case dict():
            for key, inner in value.items():
                yield from flattened(inner, f"{name}.{key}" if name else key)
        case list():
            for at, inner in enumerate(value, 1):
                yield from flattened(inner, f"{name}.{at}")
        case bool():
            yield name, str(value).lower()
        case None:
            pass
        case _:
            yield name, str(value)


@dataclass(frozen=True)
class Provider:
    """The provider with static keys, every call in one of its two shapes."""

    address: str
    key: AccessKey
    shape: str

    def call(self, version: str, action: str, **parameters: Any) -> dict[str, Any]:
        """Repeats what the provider repeats, without its pauses of seconds; anything else is raised."""
        deadline = time.monotonic() + 30
        while True:
            try:
                return self._once(version, action, dict(flattened(parameters)))
            except CloudError as error:
                retried = "Throttling" in error.code or error.code == "ServiceUnavailable"
                if not retried or time.monotonic() > deadline:
                    raise
            time.sleep(0.2)

    def _once(self, version: str, action: str, parameters: dict[str, str]) -> dict[str, Any]:
        common = {
            "Action": action,
            "Version": version,
            "Format": "json" if self.shape == TEA else "JSON",
            "AccessKeyId": self.key.id,
            "SignatureMethod": "HMAC-SHA1",
            "SignatureVersion": "1.0",
            "SignatureNonce": str(uuid.uuid4()),
            "Timestamp": timestamp(),
        }
        headers = {"host": self.address, "content-type": "application/x-www-form-urlencoded"}
        if self.shape == TEA:
            moved = IN_QUERY.get(action, ())
            form = {name: value for name, value in parameters.items() if name not in moved}
            query = common | {name: parameters[name] for name in moved if name in parameters}
            headers |= {"x-acs-version": version, "x-acs-action": action}
            headers["user-agent"] = "AlibabaCloud (linux; amd64) Core/0.01 TeaDSL/1 HashiCorp-Terraform/1.12"
        else:
            form = {}
            filled = {name: value for name, value in parameters.items() if value != ""}
            query = common | {"SignatureType": "", "RegionId": REGION} | filled
            headers |= {"x-sdk-client": "golang/1.0.0", "x-sdk-core-version": "0.0.1", "accept-encoding": "identity"}
            headers |= {"x-sdk-invoke-type": "common", "x-acs-credentials-provider": "static_ak"}
        query["Signature"] = v1_signature("POST", query | form, self.key.secret)
        # As Go's form encoder writes it: a space is a plus on the wire, whatever was signed.
        body = urlencode(form).encode()
        host, port = self.address.split(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=30)
        try:
            connection.request("POST", f"/?{canonical_query(query)}", body=body, headers=headers)
            reply = connection.getresponse()
            status, received = reply.status, json.loads(reply.read())
        finally:
            connection.close()
        assert isinstance(received, dict), "anything but an object makes the provider panic"
        assert isinstance(received["RequestId"], str)
        if status != 200:
            texts = [received[name] for name in ("Code", "Message", "HostId")]
            assert all(isinstance(text, str) for text in texts), f"the older SDK panics: {received}"
            assert received["Code"], "an empty code is every code the provider expects"
            raise CloudError(received["Code"], status, received["Message"])
        if version == ALIKAFKA:
            # One action says it as a number, as the types of every SDK have it.
            assert received.get("Success", True) in (True, 1) and received.get("Code", 200) in (200, "200")
        else:
            assert not {"Code", "code", "Success", "success"} & set(received), "read as an error"
        return received

    def is_gone(self, error: CloudError) -> bool:
        """The provider's classification of an error as "there is no such thing"."""
        if self.shape == TEA:
            return error.status == 404 or "NotFound" in error.message
        by_code = error.code in ("NotFound", "Instance.Notfound", "Forbidden.InstanceNotFound")
        return error.status == 404 or by_code or "instance is not found" in error.message

    def unless_gone(self, version: str, action: str, **parameters: Any) -> dict[str, Any] | None:
        try:
            return self.call(version, action, **parameters)
        except CloudError as error:
            if self.is_gone(error):
                return None
            raise

    def pages(self, version: str, action: str, *path: str, **filters: Any) -> list[dict[str, Any]]:
        """A data source's loop: until a page is short."""
        found: list[dict[str, Any]] = []
        number = 1
        while True:
            page: Any = self.call(
                version, action, RegionId=REGION, PageNumber=number, PageSize=PAGE_SIZE, **filters
            )
            for step in path:
                page = page[step]
            found += page
            if len(page) < PAGE_SIZE:
                return found
            number += 1


def client_token(action: str) -> str:
    return f"TF-{action}-{int(time.time())}-{uuid.uuid4()}"[:64]


def tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def tags_of(rows: list[dict[str, str]], key: str = "Key", value: str = "Value") -> dict[str, str]:
    return {row[key]: row[value] for row in rows}


class Resource:
    """Create, read, update and delete of one kind. `parent` is the id of an instance where the kind has one."""

    version = ALIKAFKA
    resource_type = ""
    untag = "UntagResources"
    # As the first look after a change needs them; what the provider waits for, and no longer.
    wait_seconds = 30
    # Attributes that nobody sets and that move when others do.
    follows: frozenset[str] = frozenset()

    def __init__(self, provider: Provider):
        self.provider = provider

    def call(self, action: str, **parameters: Any) -> dict[str, Any]:
        return self.provider.call(self.version, action, RegionId=REGION, **parameters)

    def unless_gone(self, action: str, **parameters: Any) -> dict[str, Any] | None:
        return self.provider.unless_gone(self.version, action, RegionId=REGION, **parameters)

    def create(self, wanted: Attributes) -> str:
        raise NotImplementedError

    def read(self, id: str) -> Attributes | None:
        raise NotImplementedError

    def update(self, id: str, before: Attributes, wanted: Attributes) -> None:
        raise NotImplementedError

    def delete(self, id: str) -> None:
        raise NotImplementedError

    def await_status(self, id: str, status: str = "Available") -> None:
        wait_until(f"{id} is {status}", lambda: self.read(id)["status"] == status, self.wait_seconds)

    def await_absence(self, id: str) -> None:
        wait_until(f"{id} is gone", lambda: self.read(id) is None, self.wait_seconds)

    def update_tags(self, resource_id: str, before: dict[str, str], wanted: dict[str, str]) -> None:
        """What was removed or changed goes, then all that is wanted comes."""
        gone = [key for key, value in before.items() if wanted.get(key) != value]
        at = {"ResourceType": self.resource_type, "ResourceId": [resource_id]}
        if gone:
            self.call(self.untag, **at, TagKey=gone)
        if wanted and wanted != before:
            self.call("TagResources", **at, Tag=tag_list(wanted))
