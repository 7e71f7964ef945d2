"""One word per idea: what the glossary calls not used is not used in the names of the API."""

import re
from collections.abc import Iterator
from typing import Final

from graphql import GraphQLEnumType, GraphQLInterfaceType, GraphQLObjectType, build_schema

from infrastructure.checkout import CHECKOUT
from tests.architecture.tree import sources

NOT_USED: Final = {
    "admin": "operator",
    "agent": "member",
    "bot": "assistant",
    "checksum": "digest",
    "chat": "conversation",
    "classification": "assessment",
    "consumer": "follower",
    "copilot": "assistant",
    "customer": "contact",
    "handler": "policy",
    "hash": "digest",
    "keystore": "vault",
    "lead": "contact",
    "offset": "position",
    "onboarding": "intake",
    "organisation": "firm",
    "questionnaire": "intake",
    "repository": "journal",
    "score": "assessment",
    "subscriber": "follower",
    "task": "effect",
    "thread": "conversation",
    "ticket": "conversation",
    "unsubscribe": "opt-out",
    "validation": "admission",
    "workflow": "policy",
    "workspace": "firm",
}
"""Words that nobody uses for something else either, each with the word that is used instead."""

LABELS: Final = {"Intent"}
"""Values that come from the assistant's taxonomy, where words of the law are used."""

GLOSSARY: Final = (CHECKOUT / "docs/glossary.md").read_text()


def words_of(name: str) -> list[str]:
    """The words of a name in any of the usual spellings."""
    return [part.lower() for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)]


def names_of_the_domain() -> Iterator[str]:
    for source in sources("domain", "jobs", "projections"):
        yield source.path.stem
        for definition in source.definitions():
            if not definition.name.startswith("_"):
                yield definition.name


def names_of_the_schema() -> Iterator[str]:
    schema = build_schema((CHECKOUT / "schema.graphql").read_text(), assume_valid_sdl=True)
    for name, kind in schema.type_map.items():
        if name.startswith("__"):
            continue
        yield name
        match kind:
            case GraphQLObjectType() | GraphQLInterfaceType():
                yield from kind.fields
            case GraphQLEnumType() if name not in LABELS:
                yield from kind.values


def test_the_glossary_names_each_of_these_words_as_not_used() -> None:
    rows = [line.split("|") for line in GLOSSARY.splitlines() if line.count("|") == 4]
    replaced = {
        (used.strip(), word.strip())
        for _, terms, _, words, _ in rows
        for used in terms.split(",")
        for word in words.split(",")
    }
    assert {(instead, word) for word, instead in NOT_USED.items()} <= replaced


def test_no_public_name_uses_a_word_that_the_glossary_replaced() -> None:
    names = {*names_of_the_domain(), *names_of_the_schema()}
    assert len(names) > 500
    found = {name: set(words_of(name)) & set(NOT_USED) for name in names}
    assert {name: words for name, words in found.items() if words} == {}
