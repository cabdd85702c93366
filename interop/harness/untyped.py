"""Products without types of their own: any action of any version through the vendor's generic calls."""

import json
from typing import Any

from alibabacloud_tea_openapi import utils_models
from alibabacloud_tea_openapi.client import Client
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest
from darabonba.runtime import RuntimeOptions

from harness.cloud import REGION, CloudError
from harness.server import AccessKey


class CurrentCore:
    """`alibabacloud-tea-openapi`, the core under every current SDK: ACS3, parameters in a form."""

    def __init__(self, address: str, key: AccessKey, version: str):
        self._version = version
        self._client = Client(
            utils_models.Config(
                access_key_id=key.id,
                access_key_secret=key.secret,
                region_id=REGION,
                endpoint=address,
                protocol="HTTP",
            )
        )

    def call(self, action: str, **parameters: Any) -> dict[str, Any]:
        route = utils_models.Params(
            action=action,
            version=self._version,
            protocol="HTTP",
            pathname="/",
            method="POST",
            auth_type="AK",
            style="RPC",
            req_body_type="formData",
            body_type="json",
        )
        request = utils_models.OpenApiRequest(body=parameters)
        try:
            return self._client.call_api(route, request, RuntimeOptions())["body"]
        except AlibabaCloudException as error:
            raise CloudError(error.code, error.status_code, error.message) from error


class LegacyCore:
    """`aliyun-python-sdk-core`'s CommonRequest: V1, parameters in the query."""

    def __init__(self, address: str, key: AccessKey, version: str):
        self._version = version
        self._address = address
        self._client = AcsClient(key.id, key.secret, REGION)

    def call(self, action: str, **parameters: Any) -> dict[str, Any]:
        request = CommonRequest(domain=self._address, version=self._version, action_name=action)
        request.set_protocol_type("http")
        request.set_method("POST")
        for name, value in parameters.items():
            request.add_query_param(name, value)
        try:
            return json.loads(self._client.do_action_with_exception(request))
        except ServerException as error:
            raise CloudError(
                error.get_error_code(), error.get_http_status(), error.get_error_msg()
            ) from error
