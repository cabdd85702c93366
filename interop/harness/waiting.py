"""Waiting for a condition, with a deadline that says what did not come true."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(what: str, condition: Callable[[], T], seconds: float = 20, every: float = 0.05) -> T:
    """Asks until the answer is truthy and returns it; fails with `what` and the last answer otherwise."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what} (last answer: {answer!r})")
        time.sleep(every)
