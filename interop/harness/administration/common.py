"""What all of them need."""

import pytest

from harness.cloud import CloudError, Instance, instance_find
from harness.walk import assert_error


def row(instance: Instance) -> dict:
    return instance_find(instance.cloud, instance.id)


def refused(instance: Instance, action: str, code: str, status: int, **parameters: object) -> None:
    with pytest.raises(CloudError) as error:
        instance.call(action, **parameters)
    assert_error(error.value, code, status)
