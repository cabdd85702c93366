"""Alibaba Cloud's two Python SDKs as `Cloud`s, with nothing but endpoint and protocol changed."""

import json
import re
from pathlib import Path
from typing import Any

from alibabacloud_alikafka20190916 import models
from alibabacloud_alikafka20190916.client import Client
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from alibabacloud_tea_openapi.utils_models import Config
from aliyunsdkalikafka.request import v20190916
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient

from harness.cloud import REGION, CloudError
from harness.server import AccessKey


class CurrentSdk:
    """`alibabacloud_alikafka20190916`: ACS3, or V1 with signature_algorithm="v2".

    Requests and replies pass through the SDK's typed models, so a reply that they cannot hold is seen
    here as a missing member.
    """

    def __init__(
        self,
        address: str,
        key: AccessKey,
        signature_algorithm: str | None = None,
        authority: Path | None = None,
    ):
        """With the certificate of an authority, the SDK calls over TLS and trusts that authority only."""
        self._client = Client(
            Config(
                access_key_id=key.id,
                access_key_secret=key.secret,
                region_id=REGION,
                endpoint=address,
                protocol="HTTPS" if authority else "HTTP",
                ca=str(authority) if authority else None,
                signature_algorithm=signature_algorithm,
            )
        )

    def call(self, action: str, **parameters: Any) -> dict[str, Any]:
        request = getattr(models, f"{action}Request")().from_map(parameters)
        method = getattr(self._client, re.sub(r"(?<!^)(?=[A-Z])", "_", action).lower())
        try:
            response = method(request)
        except AlibabaCloudException as error:
            raise CloudError(error.code, error.status_code, error.message) from error
        assert response.status_code == 200
        return response.body.to_map()


class LegacySdk:
    """`aliyun-python-sdk-alikafka` with `aliyun-python-sdk-core`: V1."""

    def __init__(self, address: str, key: AccessKey):
        self._host, port = address.split(":")
        self._client = AcsClient(key.id, key.secret, REGION, port=int(port))

    def call(self, action: str, **parameters: Any) -> dict[str, Any]:
        module = __import__(f"{v20190916.__name__}.{action}Request", fromlist=[action])
        request = getattr(module, f"{action}Request")()
        request.set_endpoint(self._host)
        for name, value in parameters.items():
            # The client itself adds RegionId to every request.
            if name != "RegionId":
                getattr(request, f"set_{name}")(value)
        try:
            return json.loads(self._client.do_action_with_exception(request))
        except ServerException as error:
            raise CloudError(
                error.get_error_code(), error.get_http_status(), error.get_error_msg()
            ) from error
