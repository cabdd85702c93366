"""Alibaba Cloud's Go clients: alibaba-cloud-sdk-go, and the core under the current SDKs."""

import pytest

from harness import walk
from harness.go import go_client

CLIENTS = ["alibaba-cloud-sdk-go", "darabonba-openapi"]


@pytest.fixture(params=CLIENTS)
def cloud(request, weir):
    client = go_client(request.param, weir.address, weir.access_key)
    yield client
    client.close()


def test_main_job(cloud):
    walk.main_job(cloud)


def test_typed_errors(cloud):
    walk.typed_errors(cloud)
