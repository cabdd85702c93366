"""The examples of the vendor's API document: what it asks, what it prints, and whether a reply has that shape."""

import json
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from harness.cloud import REGION
from harness.programs import INTEROP

# What every SDK reads between a list's name and its items, and the document leaves out.
ITEMS = {"InstanceList": "InstanceVO", "TopicList": "TopicVO", "ConsumerList": "ConsumerVO", "Tags": "TagVO"}
# A map whose keys are no field names.
BY_REGION = "InstanceIds"
TEXT = "text"
# The shape of the items of an empty list, which fits beside any other.
NOTHING = "nothing"

# A shape: a kind of scalar, the one shape of all items of a list, or the shapes of an object's fields.
Shape = str | list[Any] | dict[str, Any]


@dataclass(frozen=True)
class Example:
    action: str
    request: dict[str, str]
    json: dict[str, Any]
    xml: str

    def json_shape(self, is_documents: bool) -> Shape:
        # Where even the code is printed in quotes, all numbers and booleans of the example are.
        unquote = isinstance(self.json.get("Code"), str)
        return as_asked(shape_of_json(self.json, unquote), is_documents)

    def xml_shape(self, is_documents: bool) -> Shape:
        return as_asked(shape_of_xml(ElementTree.fromstring(self.xml)), is_documents)

    def messages(self) -> set[str | None]:
        """JSON and XML of one example do not always agree on the full stop."""
        return {self.json.get("Message"), ElementTree.fromstring(self.xml).findtext("Message")}


def examples() -> list[Example]:
    rows = json.loads((INTEROP / "data" / "document_examples.json").read_text())
    return [Example(**row) for row in rows]


def merged(shapes: list[Shape]) -> Shape:
    """One shape for several; fields add up, and what does not fit together is its own kind."""
    first, *others = [shape for shape in shapes if shape != NOTHING] or [NOTHING]
    for other in others:
        if isinstance(first, dict) and isinstance(other, dict):
            first = first | {
                name: merged([first[name], shape]) if name in first else shape for name, shape in other.items()
            }
        elif isinstance(first, list) and isinstance(other, list):
            first = [merged([first[0], other[0]])]
        elif first != other:
            return f"{first} or {other}"
    return first


def shape_of_json(value: Any, unquote: bool = False) -> Shape:
    match value:
        case dict():
            return {name: shape_of_json(inner, unquote) for name, inner in value.items()}
        case list():
            return [merged([shape_of_json(item, unquote) for item in value])]
        case bool():
            return "boolean"
        case int():
            return "number"
        case str() if unquote and value in ("true", "false"):
            return "boolean"
        case str() if unquote and value.isdigit():
            return "number"
        case str():
            return TEXT
    return type(value).__name__


def shape_of_xml(element: ElementTree.Element) -> Shape:
    """Repeated children are one: XML does not tell a list of one from an object."""
    if not len(element):
        return TEXT
    by_tag: dict[str, list[Shape]] = {}
    for child in element:
        by_tag.setdefault(child.tag, []).append(shape_of_xml(child))
    return {tag: merged(shapes) for tag, shapes in by_tag.items()}


def as_asked(shape: Shape, is_documents: bool, under: str = "") -> Shape:
    """The printed shape, or what the SDKs make of it."""
    match shape:
        case list():
            return [as_asked(shape[0], is_documents, under)]
        case dict():
            found = {name: as_asked(inner, is_documents, name) for name, inner in shape.items()}
            if BY_REGION in found:
                found[BY_REGION] = {REGION: found[BY_REGION][REGION]}
            for name, item in ITEMS.items():
                inner = found.get(name)
                # Where a list's items bear its own name, the document prints both.
                is_flat = isinstance(inner, list) or (isinstance(inner, dict) and name not in inner)
                if is_flat and name != under and not is_documents:
                    found[name] = {item: inner}
            return found
    return shape


def lacking(printed: Shape, found: Shape, at: str = "") -> list[str]:
    """What of the printed shape a reply does not have. More fields than printed are welcome, other nesting is not."""
    if isinstance(printed, dict) and isinstance(found, dict):
        differences = []
        for name, inner in printed.items():
            where = f"{at}.{name}"
            differences += lacking(inner, found[name], where) if name in found else [f"{where} is missing"]
        return differences
    if isinstance(printed, list) and isinstance(found, list):
        return lacking(printed[0], found[0], f"{at}[]")
    return [] if printed == found else [f"{at} is {found} and printed as {printed}"]
