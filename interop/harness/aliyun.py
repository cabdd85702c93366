"""Stands in for `aliyun`, Alibaba Cloud's command line, which cannot be fetched here.

It reads the arguments that the real one documents for a call of alikafka, refuses any other, and sends the call that
they stand for. What it proves is that Weir answers those calls; of the real program it proves nothing.
"""

import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness.cloud import CloudError
from harness.server import AccessKey
from harness.signer import SignedCalls


def main(product: str, action: str, *words: str) -> int:
    if product != "alikafka":
        raise SystemExit(f"unknown product {product}")
    endpoint, insecure, parameters = None, False, {}
    words = list(words)
    while words:
        flag = words.pop(0)
        if flag == "--insecure":
            insecure = True
        elif flag == "--endpoint":
            endpoint = words.pop(0)
        elif flag == "--profile":
            words.pop(0)
        elif flag.startswith("--") and flag[2:3].isupper():
            parameters[flag[2:]] = words.pop(0)
        else:
            raise SystemExit(f"unknown flag {flag}")
    if endpoint is None or not insecure:
        raise SystemExit("this would have called the vendor, over HTTPS")
    key = AccessKey(os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"], os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"])
    try:
        print(json.dumps(SignedCalls(endpoint, key).call(action, **parameters), indent="\t"))
    except CloudError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
