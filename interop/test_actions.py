"""Every action through every client of the vendor: answered, read by the client, and refused as a typed error.

What was seen is `docs/clients.md`: each client's test compares its column, and the last one writes the page when
WEIR_PAGES=write is set.
"""

import os

import pytest

from harness import administration, walk
from harness.actions import NEVER_REFUSED, PAGE, Witness, column_of, offered, page_of, refuse_the_rest, reply_shape, seen
from harness.clients import CLIENTS, opened

# Members that an older client's types do not have.
UNREAD = {"Go, older": {"UpgradePrePayOrder": {"OrderId"}}}
COLUMNS: dict[str, dict[str, str]] = {}


@pytest.mark.parametrize("name", CLIENTS)
def test_every_action(weir, name):
    with opened(name, weir.address, weir.access_key) as client:
        witness = Witness(client)
        walk.main_job(witness)
        walk.typed_errors(witness)
        administration.administer(witness)
        refuse_the_rest(witness)
    assert set(witness.answered) == set(offered()) == set(witness.refused) | NEVER_REFUSED
    for action, shape in witness.answered.items():
        unread = set(reply_shape(action)) - set(shape)
        assert unread == UNREAD.get(name, {}).get(action, set()), action
    COLUMNS[name] = seen(name, witness)
    if not is_writing():
        assert column_of(name) == COLUMNS[name], "run this file with WEIR_PAGES=write, and read what changed"


def is_writing() -> bool:
    return os.environ.get("WEIR_PAGES") == "write"


def test_the_page_is_of_these_clients_and_actions():
    if is_writing():
        assert list(COLUMNS) == list(CLIENTS), "the page is written by a run of the whole file"
        PAGE.write_text(page_of(COLUMNS))
    for name in CLIENTS:
        assert list(column_of(name)) == offered()
