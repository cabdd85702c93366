"""Wrong, forged, replayed and oversized API requests: each gets its documented answer, at no cost."""

import time
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta

import pytest

from harness import signer
from harness.cloud import REGION
from harness.server import AccessKey
from harness.signer import acs3_request, send, v1_request
from harness.target import Target, answer_to

LIST = ("GetInstanceList", {"RegionId": REGION})
BODY_LIMIT = 1 << 20
# A slow request head or body is given up after this long.
SLOW_SECONDS = 15


@pytest.fixture(scope="module")
def target(tmp_path_factory):
    target = Target(tmp_path_factory.mktemp("hostile-api"))
    yield target
    assert target.server.stop() == 0


@pytest.fixture
def key(target) -> AccessKey:
    return target.server.access_key


def assert_refused(target: Target, request: signer.Request, status: int, code: str) -> dict:
    """The documented answer, and nobody harmed."""
    with target.unharmed():
        reply = send(target.server.address, request)
        error = reply.json()
        assert (reply.status, error["Code"]) == (status, code), error
        assert error["Message"] and error["RequestId"] == error["RequestId"].upper()
        assert "Success" not in error
        return error


def test_wrong_secret_v1_carries_the_string_to_sign(target, key):
    request = v1_request(AccessKey(key.id, "wrong"), *LIST)
    error = assert_refused(target, request, 400, "SignatureDoesNotMatch")
    expected = signer.v1_string_to_sign("POST", request.query)
    assert error["Message"].endswith(f"server string to sign is:{expected}")


def test_wrong_secret_acs3_carries_the_string_to_sign(target, key):
    request = acs3_request(AccessKey(key.id, "wrong"), target.server.address, *LIST)
    error = assert_refused(target, request, 400, "SignatureDoesNotMatch")
    signed = sorted(set(request.headers) - {"authorization"})
    assert error["Message"].endswith(
        signer.acs3_string_to_sign("POST", request.query, request.headers, signed)
    )


def test_a_parameter_changed_after_signing(target, key):
    for sign in (lambda: v1_request(key, *LIST), lambda: acs3_request(key, target.server.address, *LIST)):
        assert send(target.server.address, sign()).status == 200
        assert_refused(target, sign().altered(RegionId="cn-beijing"), 400, "SignatureDoesNotMatch")
        assert_refused(target, sign().altered(Extra="1"), 400, "SignatureDoesNotMatch")


@pytest.mark.parametrize("minutes", [-16, 16])
def test_stale_and_future_timestamps(target, key, minutes):
    when = signer.timestamp(datetime.now(UTC) + timedelta(minutes=minutes))
    assert_refused(target, v1_request(key, *LIST, Timestamp=when), 400, "InvalidTimeStamp.Expired")
    request = acs3_request(key, target.server.address, *LIST, x_acs_date=when)
    assert_refused(target, request, 400, "InvalidTimeStamp.Expired")


def test_a_timestamp_that_is_none(target, key):
    assert_refused(target, v1_request(key, *LIST, Timestamp="yesterday"), 400, "InvalidTimeStamp.Format")


def test_a_replayed_nonce(target, key):
    for request in (v1_request(key, *LIST), acs3_request(key, target.server.address, *LIST)):
        assert send(target.server.address, request).status == 200
        assert_refused(target, request, 400, "SignatureNonceUsed")


def test_a_forged_request_does_not_burn_a_nonce(target, key):
    forged = v1_request(AccessKey(key.id, "wrong"), *LIST)
    assert_refused(target, forged, 400, "SignatureDoesNotMatch")
    nonce = forged.query["SignatureNonce"]
    assert send(target.server.address, v1_request(key, *LIST, SignatureNonce=nonce)).status == 200


def test_unknown_key(target, key):
    stranger = AccessKey("LTAIunknown", key.secret)
    assert_refused(target, v1_request(stranger, *LIST), 404, "InvalidAccessKeyId.NotFound")
    request = acs3_request(stranger, target.server.address, *LIST)
    assert_refused(target, request, 404, "InvalidAccessKeyId.NotFound")


def test_unknown_action_and_version(target, key):
    assert_refused(target, v1_request(key, "MakeCoffee", {}), 404, "InvalidAction.NotFound")
    assert_refused(target, v1_request(key, *LIST, Version="2001-01-01"), 400, "InvalidVersion")


@pytest.mark.parametrize(
    "name", ["AccessKeyId", "Signature", "SignatureMethod", "SignatureVersion", "SignatureNonce", "Timestamp"]
)
def test_missing_common_parameters(target, key, name):
    request = v1_request(key, *LIST, without=(name,))
    request.query.pop(name, None)
    assert_refused(target, request, 400, f"Missing{name}")


def test_missing_parameters_in_the_order_of_the_table(target, key):
    given = {}
    for name, value in {"InstanceId": target.instance.id, "RegionId": REGION, "ConsumerId": "group"}.items():
        assert_refused(target, v1_request(key, "CreateConsumerGroup", given), 400, f"Missing{name}")
        empty = given | {name: ""}
        assert_refused(target, v1_request(key, "CreateConsumerGroup", empty), 400, f"Missing{name}")
        given[name] = value
    assert send(target.server.address, v1_request(key, "CreateConsumerGroup", given)).status == 200


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"DiskSize": "many"}, "InvalidDiskSize"),
        ({"DiskSize": "99999999999999999999"}, "InvalidDiskSize"),
        ({"DiskSize": "499"}, "BIZ_FIELD_CHECK_INVALID"),
        ({"TopicQuota": "49"}, "BIZ_FIELD_CHECK_INVALID"),
        ({"TopicQuota": "451"}, "BIZ_FIELD_CHECK_INVALID"),
        ({"DeployType": "3"}, "BIZ_FIELD_CHECK_INVALID"),
        ({"DiskType": "2"}, "BIZ_FIELD_CHECK_INVALID"),
        ({"IoMaxSpec": "alikafka.hw.7xlarge"}, "BIZ_FIELD_CHECK_INVALID"),
        ({"RegionId": "mars-north-1"}, "BIZ_REGION_NOT_FOUND"),
    ],
    ids=lambda value: "-".join(f"{k}={v}" for k, v in value.items()) if isinstance(value, dict) else "",
)
def test_out_of_range_parameters_buy_nothing(target, key, parameters, code):
    order = {
        "RegionId": REGION,
        "TopicQuota": 50,
        "DiskType": 0,
        "DiskSize": 500,
        "DeployType": 5,
        "IoMaxSpec": "alikafka.hw.2xlarge",
    }
    # The bystander of assert_refused sees one instance, so nothing was bought.
    error = assert_refused(target, v1_request(key, "CreatePostPayOrder", order | parameters), 400, code)
    if code == "BIZ_FIELD_CHECK_INVALID":
        assert next(iter(parameters)) in error["Message"]


def test_xml_errors_for_those_who_ask_for_xml(target, key):
    reply = send(target.server.address, v1_request(AccessKey("LTAIunknown", "x"), *LIST, Format="XML"))
    assert reply.status == 404
    assert reply.headers["content-type"].startswith("application/xml")
    assert b"<Code>InvalidAccessKeyId.NotFound</Code>" in reply.body


@pytest.mark.parametrize("framing", ["announced", "chunked"])
def test_a_body_over_the_limit(target, framing):
    body = b"x=" + b"a" * (BODY_LIMIT + 1024)
    form = "Content-Type: application/x-www-form-urlencoded"
    head = f"POST / HTTP/1.1\r\nHost: {target.server.address}\r\n{form}\r\n"
    if framing == "announced":
        data = f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body
    else:
        data = f"{head}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n{len(body):x}\r\n".encode()
        data += body + b"\r\n0\r\n\r\n"
    with target.unharmed():
        for _ in range(10):
            answer = answer_to(target.server.api_port, data)
            assert answer.startswith(b"HTTP/1.1 413 "), answer[:200]
            assert b"RequestEntityTooLarge" in answer


def test_a_body_of_a_terabyte_is_refused_before_it_is_sent(target):
    head = f"POST / HTTP/1.1\r\nHost: {target.server.address}\r\nContent-Length: {1 << 40}\r\n\r\n".encode()
    with target.unharmed():
        assert answer_to(target.server.api_port, head).startswith(b"HTTP/1.1 413 ")


AMBIGUOUS = {
    "garbage": b"\x00\x01\x02\x03\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "length and chunks": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "a signed length": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\na",
    "a folded header": b"GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n",
}


@pytest.mark.parametrize("data", AMBIGUOUS.values(), ids=AMBIGUOUS)
def test_requests_that_two_parsers_could_read_differently(target, data):
    with target.unharmed():
        assert answer_to(target.server.api_port, data).startswith(b"HTTP/1.1 400 ")


def test_too_many_headers(target):
    headers = b"".join(b"X-%d: %s\r\n" % (number, b"a" * 1000) for number in range(200))
    with target.unharmed():
        answer = answer_to(target.server.api_port, b"GET / HTTP/1.1\r\nHost: a\r\n" + headers + b"\r\n")
        assert answer.startswith(b"HTTP/1.1 431 ")


def test_hundreds_of_half_open_connections(target):
    with target.unharmed(), ExitStack() as opened:
        for number in range(500):
            connection = opened.enter_context(closing(target.api_connection()))
            if number % 2:
                connection.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Le")
        target.serve_the_bystander()


@pytest.mark.parametrize(
    "start",
    [b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n"],
    ids=["head", "body"],
)
@pytest.mark.timeout(90)
def test_slow_loris_is_gone(target, start):
    """A byte a second for a head; nothing at all for a body, whose bytes may be slow but must come."""
    is_head = b"X-Slow" in start
    with target.unharmed(), closing(target.api_connection()) as connection:
        connection.sendall(start)
        connection.settimeout(1)
        began = time.monotonic()
        while time.monotonic() - began < 2 * SLOW_SECONDS:
            try:
                if is_head:
                    connection.sendall(b"a")
                if connection.recv(65536) == b"":
                    break
            except TimeoutError:
                continue
            except ConnectionError:
                break
        assert time.monotonic() - began < SLOW_SECONDS + 3
