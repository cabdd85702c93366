"""What each family was seen to do, as the table of `docs/kafka.md`."""

from harness.matrix.families import FAMILIES, Family
from harness.server import REPOSITORY

PAGE = REPOSITORY / "docs" / "kafka.md"
VERSION, CODECS, GROUPS, NEWER, TRANSACTIONS, ADMINISTRATION, LOGINS = COLUMNS = (
    "Version",
    "Compression",
    "Groups",
    "Newer groups",
    "Transactions",
    "Administration",
    "Logins",
)
HEAD = f"| Client | {' | '.join(COLUMNS)} |\n|{' --- |' * (len(COLUMNS) + 1)}\n"

_SEEN: dict[tuple[str, str], list[str]] = {}


def saw(family: Family, column: str, what: str) -> None:
    seen = _SEEN.setdefault((family.name, column), [])
    if what not in seen:
        seen.append(what)


def rows() -> list[str]:
    return [
        f"| {family.name} | {' | '.join(', '.join(_SEEN.get((family.name, column), ['-'])) for column in COLUMNS)} |"
        for family in FAMILIES
    ]


def written() -> list[str]:
    """The rows as the page has them."""
    _, _, rest = PAGE.read_text().partition(HEAD)
    return rest.partition("\n\n")[0].splitlines()


def write() -> None:
    before, head, rest = PAGE.read_text().partition(HEAD)
    assert head, f"{PAGE} has no table of clients"
    _, _, after = rest.partition("\n\n")
    PAGE.write_text(before + head + "\n".join(rows()) + "\n\n" + after)
