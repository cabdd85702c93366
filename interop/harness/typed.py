"""The vendor's current Python SDKs of companion products, through their typed models."""

import re
from types import ModuleType
from typing import Any

from alibabacloud_ram20150501 import client as ram_client
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_sts20150401 import client as sts_client
from alibabacloud_sts20150401 import models as sts_models
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from alibabacloud_tea_openapi.utils_models import Config

from harness.cloud import REGION, CloudError
from harness.server import AccessKey


class TypedSdk:
    """One product's client; a member of a reply that its types do not have is not in what `call` gives."""

    def __init__(self, client: type, models: ModuleType, address: str, key: AccessKey):
        self._models = models
        self._client = client(
            Config(
                access_key_id=key.id,
                access_key_secret=key.secret,
                region_id=REGION,
                endpoint=address,
                protocol="HTTP",
            )
        )

    def call(self, action: str, **parameters: Any) -> dict[str, Any]:
        method = getattr(self._client, re.sub(r"(?<!^)(?=[A-Z])", "_", action).lower())
        request = getattr(self._models, f"{action}Request", None)
        try:
            response = method(request().from_map(parameters)) if request else method()
        except AlibabaCloudException as error:
            raise CloudError(error.code, error.status_code, error.message) from error
        return response.body.to_map()


def ram(address: str, key: AccessKey) -> TypedSdk:
    return TypedSdk(ram_client.Client, ram_models, address, key)


def sts(address: str, key: AccessKey) -> TypedSdk:
    return TypedSdk(sts_client.Client, sts_models, address, key)
