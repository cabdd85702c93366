"""Calling the API, whatever the client: an action, its parameters, the reply as wire names and values."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from harness.waiting import wait_until

REGION = "cn-hangzhou"
IN_SERVICE = 5
RELEASED = 15


@dataclass
class CloudError(Exception):
    """An error reply, as the client that received it understood it."""

    code: str
    status: int | None
    message: str

    def __str__(self) -> str:
        return f"{self.code} ({self.status}): {self.message}"


class Cloud(Protocol):
    """One client of the API. Errors of the service are raised as `CloudError`."""

    def call(self, action: str, **parameters: Any) -> dict[str, Any]: ...


def unthrottled(call: Callable[[], dict[str, Any]], seconds: float = 20) -> dict[str, Any]:
    """Repeats a call that the rate limit of its action refuses, as a caller is meant to."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return call()
        except CloudError as error:
            if error.code != "Throttling.User" or time.monotonic() > deadline:
                raise
        time.sleep(0.25)


@dataclass(frozen=True)
class Instance:
    """A bought and started instance."""

    cloud: Cloud
    id: str
    endpoint: str

    def call(self, action: str, **parameters: Any) -> dict[str, Any]:
        """An action on this instance."""
        return self.cloud.call(action, RegionId=REGION, InstanceId=self.id, **parameters)


def instance_order(cloud: Cloud, public: bool = False, topics: int = 50, **more: Any) -> str:
    """Buys an instance, on the internet or only in a private network, and returns its order id.

    `topics` is what is bought: there is room for twice as many, and for two partitions of each and 1,000 more. `more`
    is what else the order is to say, or in other words.
    """
    network = {"DeployType": 4, "EipMax": 1} if public else {"DeployType": 5}
    size = {"TopicQuota": topics, "DiskType": "0", "DiskSize": 500, "IoMaxSpec": "alikafka.hw.2xlarge"}
    order = {"SpecType": "professional"} | size | network | more
    return cloud.call("CreatePostPayOrder", RegionId=REGION, **order)["OrderId"]


def instances(cloud: Cloud, **filters: Any) -> list[dict[str, Any]]:
    return cloud.call("GetInstanceList", RegionId=REGION, **filters)["InstanceList"]["InstanceVO"]


def instance_find(cloud: Cloud, instance_id: str) -> dict[str, Any] | None:
    return next((one for one in instances(cloud) if one["InstanceId"] == instance_id), None)


def instance_start(cloud: Cloud, instance_id: str, public: bool = False) -> None:
    unthrottled(
        lambda: cloud.call(
            "StartInstance",
            RegionId=REGION,
            InstanceId=instance_id,
            VpcId="vpc-interop",
            VSwitchId="vsw-interop",
            DeployModule="eip" if public else "vpc",
            ZoneId="zonea",
        )
    )


def instance_in_service(cloud: Cloud, instance_id: str, seconds: float = 20) -> dict[str, Any]:
    """Polls as a client does, until the status is 5."""

    def found() -> dict[str, Any] | None:
        row = instance_find(cloud, instance_id)
        return row if row and row["ServiceStatus"] == IN_SERVICE else None

    return wait_until(f"{instance_id} is in service", found, seconds)


def instance_bought(cloud: Cloud, public: bool = False, topics: int = 50, **more: Any) -> Instance:
    """Order, start, wait: an instance ready for Kafka clients."""
    (row,) = instances(cloud, OrderId=instance_order(cloud, public, topics, **more))
    instance_start(cloud, row["InstanceId"], public)
    row = instance_in_service(cloud, row["InstanceId"])
    return Instance(cloud, row["InstanceId"], row["EndPoint"])
