"""Alibaba Cloud's Java clients: the older SDK and the current one."""

import pytest

from harness import walk
from harness.java_sdk import java_client

CLIENTS = ["aliyun-java-sdk-alikafka", "alikafka20190916"]


@pytest.fixture(params=CLIENTS)
def cloud(request, weir):
    client = java_client(request.param, weir.address, weir.access_key)
    yield client
    client.close()


def test_main_job(cloud):
    walk.main_job(cloud)


def test_typed_errors(cloud):
    walk.typed_errors(cloud)
