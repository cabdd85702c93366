"""The hand signer against the published vectors: what it proves about the server is worth what it is."""

import json
from urllib.parse import parse_qsl

import pytest

from harness import signer
from harness.server import REPOSITORY

VECTORS = json.loads((REPOSITORY / "crates/signature/tests/vectors/aliyun.json").read_text())


@pytest.mark.parametrize("case", VECTORS["percent_encoding"], ids=lambda case: case["raw"] or "empty")
def test_percent_encoding(case):
    assert signer.percent_encode(case["raw"]) == case["encoded"]


@pytest.mark.parametrize("vector", VECTORS["positive"], ids=lambda vector: vector["id"])
def test_signature(vector):
    http = vector["http"]
    headers = dict(http["headers"])
    query = decoded(http["raw_query"])
    if vector["scheme"] == signer.ACS3:
        signed = headers["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
        text = signer.acs3_string_to_sign(http["method"], query, headers, signed)
        signature = signer.acs3_signature(http["method"], query, headers, signed, vector["secret"])
    else:
        parameters = query | decoded(http["body"])
        text = signer.v1_string_to_sign(http["method"], parameters)
        signature = signer.v1_signature(http["method"], parameters, vector["secret"])
    assert text == vector["string_to_sign"]
    assert signature == vector["signature"]


def decoded(form: str) -> dict[str, str]:
    return dict(parse_qsl(form, keep_blank_values=True, strict_parsing=bool(form)))
