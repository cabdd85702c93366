"""Signing by hand, from the published rules alone, so that a test can send what no SDK would.

Both schemes are pure functions here; `SignedCalls` puts them on a connection.
"""

import base64
import hashlib
import hmac
import http.client
import json
import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from harness.cloud import CloudError
from harness.server import AccessKey

VERSION = "2019-09-16"
ACS3 = "ACS3-HMAC-SHA256"


def percent_encode(text: str) -> str:
    return quote(text, safe="-_.~")


def canonical_query(parameters: dict[str, str]) -> str:
    return "&".join(
        f"{percent_encode(name)}={percent_encode(parameters[name])}" for name in sorted(parameters)
    )


def v1_string_to_sign(method: str, parameters: dict[str, str]) -> str:
    signed = {name: value for name, value in parameters.items() if name != "Signature"}
    return f"{method}&%2F&{percent_encode(canonical_query(signed))}"


def v1_signature(method: str, parameters: dict[str, str], secret: str) -> str:
    text = v1_string_to_sign(method, parameters)
    return base64.b64encode(hmac.digest(f"{secret}&".encode(), text.encode(), "sha1")).decode()


def acs3_string_to_sign(
    method: str, query: dict[str, str], headers: dict[str, str], signed: list[str]
) -> str:
    canonical_request = "\n".join(
        [
            method,
            "/",
            canonical_query(query),
            "".join(f"{name}:{headers[name].strip()}\n" for name in signed),
            ";".join(signed),
            headers["x-acs-content-sha256"],
        ]
    )
    return f"{ACS3}\n{hashlib.sha256(canonical_request.encode()).hexdigest()}"


def acs3_signature(
    method: str, query: dict[str, str], headers: dict[str, str], signed: list[str], secret: str
) -> str:
    text = acs3_string_to_sign(method, query, headers, signed)
    return hmac.digest(secret.encode(), text.encode(), "sha256").hex()


def timestamp(at: datetime | None = None) -> str:
    return (at or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Request:
    """A request as it goes on the wire."""

    method: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def altered(self, **query: str) -> "Request":
        """The same request with other query values: no longer what was signed."""
        return replace(self, query=self.query | query)


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        return json.loads(self.body)


def v1_request(
    key: AccessKey,
    action: str,
    parameters: dict[str, Any],
    method: str = "POST",
    without: tuple[str, ...] = (),
    **common: str,
) -> Request:
    """A V1 request; `common` replaces and `without` leaves out common parameters before signing."""
    query = {
        "Action": action,
        "Version": VERSION,
        "Format": "JSON",
        "AccessKeyId": key.id,
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": str(uuid.uuid4()),
        "Timestamp": timestamp(),
        **{name: str(value) for name, value in parameters.items()},
        **common,
    }
    query = {name: value for name, value in query.items() if name not in without}
    return Request(method, query | {"Signature": v1_signature(method, query, key.secret)})


def acs3_request(
    key: AccessKey, host: str, action: str, parameters: dict[str, Any], method: str = "POST", **replaced: str
) -> Request:
    """An ACS3 request; `replaced` sets headers (underscores for hyphens) before signing."""
    query = {name: str(value) for name, value in parameters.items()}
    headers = {
        "host": host,
        "x-acs-action": action,
        "x-acs-version": VERSION,
        "x-acs-date": timestamp(),
        "x-acs-signature-nonce": str(uuid.uuid4()),
        "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
        **{name.replace("_", "-"): value for name, value in replaced.items()},
    }
    signed = sorted(headers)
    signature = acs3_signature(method, query, headers, signed, key.secret)
    authorization = f"{ACS3} Credential={key.id},SignedHeaders={';'.join(signed)},Signature={signature}"
    return Request(method, query, headers | {"authorization": authorization})


def send(address: str, request: Request, seconds: float = 20) -> Reply:
    """One request on a connection of its own."""
    host, port = address.split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=seconds)
    try:
        target = f"/?{canonical_query(request.query)}" if request.query else "/"
        headers = {"host": address} | request.headers
        connection.request(request.method, target, body=request.body or None, headers=headers)
        reply = connection.getresponse()
        return Reply(reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read())
    finally:
        connection.close()


@dataclass(frozen=True)
class SignedCalls:
    """A `Cloud` without any SDK: one ACS3 request, one answer, no retry behind the test's back."""

    address: str
    key: AccessKey

    def call(self, action: str, **parameters: Any) -> dict[str, Any]:
        reply = send(self.address, acs3_request(self.key, self.address, action, parameters))
        body = reply.json()
        if reply.status != 200:
            raise CloudError(body["Code"], reply.status, body["Message"])
        return body
