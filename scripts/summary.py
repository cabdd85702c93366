"""One line of counts over both test runs; fails when something failed or nothing ran."""

import re
import sys
import xml.etree.ElementTree as xml
from pathlib import Path


def main(cargo_log: str, interop_results: str) -> int:
    cargo = re.findall(
        r"^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored", Path(cargo_log).read_text(), re.M
    )
    passed, failed, skipped = (sum(int(counts[column]) for counts in cargo) for column in range(3))
    ran = bool(passed)
    if Path(interop_results).exists():
        for suite in xml.parse(interop_results).iter("testsuite"):
            tests, *bad, left_out = (
                int(suite.get(name)) for name in ("tests", "failures", "errors", "skipped")
            )
            failed += sum(bad)
            skipped += left_out
            passed += tests - sum(bad) - left_out
            ran = ran and tests > 0
    else:
        ran = False
    print(
        f"\n{passed} passed, {failed} failed, {skipped} skipped"
        + ("" if ran else " (one of the runs has no results)")
    )
    return 0 if ran and not failed else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
