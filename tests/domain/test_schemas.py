"""The committed schemas are those of the classes, and both accept and refuse the same documents."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator, ValidationError

from api.cli.catalogue import DOCUMENTS, ROOT
from domain.contents import EVENTS as KINDS
from domain.event import Event, PersonalEvent
from tests.domain.samples import sample_of

EVENTS: dict[str, Any] = json.loads((ROOT / "docs/schemas/events.json").read_text())
TOPICS = list(KINDS)
COMMITTED_ONCE = Path(__file__).parent / "stored_names.txt"


def validator(pointer: str) -> Draft202012Validator:
    return Draft202012Validator({**EVENTS, "$ref": f"#{pointer}"})


def as_json(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))


def facts_of(event: Event) -> Any:
    if isinstance(event, PersonalEvent):
        event = msgspec.structs.replace(event, content=msgspec.UNSET)
    return as_json(event)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_committed_document_says_what_the_code_says(name: str) -> None:
    committed = (ROOT / name).read_text()
    assert committed == DOCUMENTS[name](), "Run `hub catalogue` and look at what changed."


def test_there_is_a_schema_for_every_event_and_for_nothing_else() -> None:
    assert sorted(EVENTS["events"]) == TOPICS
    Draft202012Validator.check_schema({"$defs": EVENTS["$defs"]})


def test_a_stored_name_is_there_for_ever() -> None:
    stored = COMMITTED_ONCE.read_text().split()
    assert set(stored) <= set(TOPICS), "Keep the old event and add an upcaster."
    assert stored == TOPICS, f"Add the new names to {COMMITTED_ONCE.name}."


@pytest.mark.parametrize("topic", TOPICS)
def test_what_the_hub_writes_fits_the_committed_schema(topic: str) -> None:
    event = sample_of(KINDS[topic])
    validator(f"/events/{topic}/facts").validate(facts_of(event))
    if isinstance(event, PersonalEvent):
        content = as_json(event.content)
        validator(f"/events/{topic}/content").validate(content)


@pytest.mark.parametrize("topic", TOPICS)
def test_what_fits_the_committed_schema_can_be_read_again(topic: str) -> None:
    kind = KINDS[topic]
    event = sample_of(kind)
    assert msgspec.convert(as_json(event), kind) == event
    required = {n: v for n, v in facts_of(event).items() if n in _facts(topic)["required"]}
    validator(f"/events/{topic}/facts").validate(required)
    msgspec.convert(required, kind)


@pytest.mark.parametrize("topic", TOPICS)
def test_schema_and_class_refuse_the_same_documents(topic: str) -> None:
    kind = KINDS[topic]
    facts = facts_of(sample_of(kind))
    for name in _facts(topic)["required"]:
        missing = {key: value for key, value in facts.items() if key != name}
        wrong = facts | {name: {"neither": "nor"}}
        for document in (missing, wrong):
            with pytest.raises(ValidationError):
                validator(f"/events/{topic}/facts").validate(document)
            with pytest.raises(msgspec.ValidationError):
                msgspec.convert(document, kind)


def _facts(topic: str) -> Any:
    return EVENTS["events"][topic]["facts"]


def test_no_personal_content_stands_among_the_facts() -> None:
    for topic in TOPICS:
        names = set(_facts(topic)["properties"])
        assert "content" not in names
        assert not names & {"wamid", "phone", "profile_name", "name_of_contact", "text", "body"}
