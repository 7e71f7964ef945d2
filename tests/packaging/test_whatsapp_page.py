"""The page of kinds and fields names what the code has, and nothing else."""

import re
from typing import Final

from graphql import GraphQLUnionType

from api.graphql.schema import executable_schema
from domain.contents import EVENTS
from infrastructure.checkout import CHECKOUT
from infrastructure.whatsapp.fields import FIELDS
from infrastructure.whatsapp.message_kinds import NORMALISERS
from infrastructure.whatsapp.notice_words import OF_FIELD

PAGE: Final = (CHECKOUT / "docs" / "whatsapp.md").read_text()


def rows_of(title: str) -> list[list[str]]:
    """The rows of the first table under a title, without its head."""
    section = PAGE.split(f"## {title}\n")[1].split("\n## ")[0]
    table = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def test_every_kind_of_message_stands_in_the_table() -> None:
    kinds = [row[0].strip("`") for row in rows_of("Kinds of messages")]
    assert sorted(kinds) == sorted([*NORMALISERS, "anything else"])


def test_every_type_of_the_union_is_named_for_some_kind() -> None:
    named = {
        name for row in rows_of("Kinds of messages") for name in re.findall(r"`(\w+)`", row[1])
    }
    union = executable_schema().type_map["MessageBody"]
    assert isinstance(union, GraphQLUnionType)
    assert named == {kind.name for kind in union.types}


def test_every_field_stands_in_the_table_with_events_that_exist() -> None:
    rows = rows_of("Fields")
    assert [row[0].strip("`") for row in rows][1:] == sorted(set(FIELDS) - {"messages"})
    assert rows[0][0] == "`messages`"
    for row in rows:
        events = re.findall(r"`([\w.]+\.v1)`", row[1])
        assert events
        assert set(events) <= set(EVENTS), row[0]
        assert row[2]


def test_every_field_has_words_for_its_notices() -> None:
    assert set(FIELDS) <= set(OF_FIELD)
