"""Alibaba Cloud's Node clients: pop-core by GET and by POST, and the current SDK."""

import pytest

from harness import administration, walk
from harness.node import node_client


@pytest.fixture(params=["pop-core-get", "pop-core-post", "alikafka20190916"])
def cloud(request, weir):
    client = node_client(request.param, weir.address, weir.access_key)
    yield client
    client.close()


def test_main_job(cloud):
    walk.main_job(cloud)


def test_typed_errors(cloud):
    walk.typed_errors(cloud)


def test_administration(cloud):
    administration.administer(cloud)
