"""The life of a resource under Terraform, and what must hold in it."""

import uuid
from typing import Any

from harness.terraform.provider import TEA, Attributes, Resource


def unique(prefix: str) -> str:
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


def difference(wanted: Attributes, found: Attributes | None) -> dict[str, Any]:
    """What a plan would show: attributes that are set and read differently. In `config` only keys that are set."""
    assert found is not None, "read as gone"
    shown = {}
    for name, value in wanted.items():
        read = found[name]
        if name == "config":
            read = {key: read.get(key) for key in value}
        if read != value or type(read) is not type(value):
            shown[name] = (value, read)
    return shown


def applied(resource: Resource, wanted: Attributes) -> str:
    """Create, then plan twice: no difference, and the second refresh reads what the first did."""
    id = resource.create(wanted)
    first = resource.read(id)
    assert difference(wanted, first) == {}
    assert resource.read(id) == first
    return id


def updated(resource: Resource, id: str, wanted: Attributes) -> None:
    """Update; then what an import reads from the id alone, and a new provider with it, is the same."""
    before = resource.read(id)
    assert difference(wanted, before) != {}, "an update that changes nothing tests nothing"
    resource.update(id, before, wanted)
    after = resource.read(id)
    assert difference(wanted, after) == {}
    imported = type(resource)(resource.provider).read(id)
    assert imported == after
    untouched = set(before) - set(wanted) - resource.follows
    assert {name: after[name] for name in untouched} == {name: before[name] for name in untouched}


def cleared(resource: Resource, id: str, *names: str) -> None:
    """Take texts away, one after another. The older SDK leaves empty values out, so only tea-rpc can."""
    if resource.provider.shape != TEA:
        return
    for name in names:
        updated(resource, id, resource.read(id) | {name: ""})


def deleted(resource: Resource, id: str) -> None:
    """Delete; the refresh finds nothing, and a second delete is success as well."""
    resource.delete(id)
    assert resource.read(id) is None
    resource.delete(id)
