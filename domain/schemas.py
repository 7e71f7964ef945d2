"""JSON Schemas of all events and of the standard contract, generated from the classes."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from domain.contents import EVENTS
from domain.event import Event, PersonalEvent
from domain.standard_contract import StandardEvent, WebhookEvent

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_POINTER: Final = "#/$defs/{name}"


def event_schemas() -> dict[str, Any]:
    """Return one document with every event by its stored name.

    `facts` is what stands in the clear, `content` what is sealed, `subject` the fact that names the
    person whose key seals it.
    """
    contents = {topic: _content_of(kind) for topic, kind in EVENTS.items()}
    kinds = [*EVENTS.values(), *(kind for kind in contents.values() if kind is not None)]
    _, components = msgspec.json.schema_components(kinds, ref_template=_POINTER)
    events: dict[str, Any] = {}
    for topic, kind in EVENTS.items():
        described: dict[str, Any] = {
            "contract": kind.CONTRACT,
            "description": _first_line(kind),
            "facts": _facts(components.pop(kind.__name__)),
        }
        content = contents[topic]
        if content is not None and issubclass(kind, PersonalEvent):
            described["subject"] = kind.SUBJECT
            described["content"] = {"$ref": _POINTER.format(name=content.__name__)}
        events[topic] = described
    reachable = _reachable(components, events)
    return {
        "$schema": DIALECT,
        "title": "Events of Lawyers-Hub",
        "events": events,
        "$defs": {name: components[name] for name in sorted(reachable)},
    }


def contract_schemas() -> dict[str, Any]:
    """Return one document with the envelopes of the standard event contract."""
    kinds = (StandardEvent, WebhookEvent)
    _, components = msgspec.json.schema_components(kinds, ref_template=_POINTER)
    return {
        "$schema": DIALECT,
        "title": "Standard event contract of Lawyers-Hub",
        "anyOf": [{"$ref": _POINTER.format(name=kind.__name__)} for kind in kinds],
        "$defs": dict(sorted(components.items())),
    }


def _content_of(kind: type[Event]) -> type[msgspec.Struct] | None:
    if not issubclass(kind, PersonalEvent):
        return None
    content: type[msgspec.Struct] = kind.CONTENT
    return content


def _facts(schema: dict[str, Any]) -> dict[str, Any]:
    properties = {n: value for n, value in schema["properties"].items() if n != "content"}
    return {
        "type": "object",
        "properties": properties,
        "required": schema["required"],
        "additionalProperties": False,
    }


def _first_line(kind: type) -> str:
    return (kind.__doc__ or "").strip().split("\n", maxsplit=1)[0]


def _reachable(components: dict[str, Any], root: Any) -> set[str]:
    """The components that are still pointed at once the content left the facts."""
    found: set[str] = set()
    waiting = [root]
    while waiting:
        for name in _pointed_at(waiting.pop()):
            if name not in found:
                found.add(name)
                waiting.append(components[name])
    return found


def _pointed_at(schema: Any) -> Iterable[str]:
    if isinstance(schema, dict):
        pointer = schema.get("$ref")
        if isinstance(pointer, str):
            yield pointer.rsplit("/", maxsplit=1)[-1]
        for value in schema.values():
            yield from _pointed_at(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _pointed_at(value)
