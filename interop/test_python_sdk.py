"""Alibaba Cloud's Python SDKs, current and older, with only endpoint and protocol changed."""

import pytest

from harness import walk
from harness.cloud import Cloud
from harness.python_sdk import CurrentSdk, LegacySdk

CLIENTS = {
    "current-acs3": CurrentSdk,
    "current-v1": lambda address, key: CurrentSdk(address, key, signature_algorithm="v2"),
    "legacy-v1": LegacySdk,
}


@pytest.fixture(params=CLIENTS)
def cloud(request, weir) -> Cloud:
    return CLIENTS[request.param](weir.address, weir.access_key)


def test_main_job(cloud):
    walk.main_job(cloud)


def test_typed_errors(cloud):
    walk.typed_errors(cloud)
