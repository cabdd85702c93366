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
from aliyunsdkcore.request import CommonRequest, RpcRequest

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
        self.untyped: set[str] = set()
        self._host, port = address.split(":")
        self._client = AcsClient(key.id, key.secret, REGION, port=int(port))

    @staticmethod
    def _request(action: str) -> RpcRequest | CommonRequest:
        """The SDK's own type; for actions younger than the SDK, the untyped request that it has for those."""
        try:
            module = __import__(f"{v20190916.__name__}.{action}Request", fromlist=[action])
        except ModuleNotFoundError:
            request = CommonRequest(version="2019-09-16", action_name=action)
            request.set_method("POST")
            return request
        return getattr(module, f"{action}Request")()

    def call(self, action: str, **parameters: Any) -> dict[str, Any]:
        request = self._request(action)
        if isinstance(request, CommonRequest):
            self.untyped.add(action)
        request.set_endpoint(self._host)
        for name, value in parameters.items():
            # The client itself adds RegionId to every request.
            if name == "RegionId":
                continue
            if isinstance(request, CommonRequest):
                # What that request does not know to be more than a text is sent as JSON, as the current SDK does.
                request.add_query_param(name, json.dumps(value) if isinstance(value, (dict, list)) else value)
            else:
                plural = f"set_{name}s"
                is_plural = isinstance(value, list) and hasattr(request, plural)
                getattr(request, plural if is_plural else f"set_{name}")(value)
        try:
            return json.loads(self._client.do_action_with_exception(request))
        except ServerException as error:
            raise CloudError(
                error.get_error_code(), error.get_http_status(), error.get_error_msg()
            ) from error
