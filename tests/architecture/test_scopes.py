"""Every scope opens something and is held by somebody; the assistant and the sender never meet."""

import ast
import dataclasses
import re
from typing import Final

from domain.catalogue import PARTS
from domain.contents import COMMANDS
from domain.scopes import ASSISTANT_SCOPES, ROLE_SCOPES, Scope
from infrastructure.checkout import CHECKOUT
from jobs.runtime import AssistRuntime, SendRuntime
from tests.architecture.tree import ROOMS, sources

SCHEMA: Final = (CHECKOUT / "schema.graphql").read_text()
OF_FIELDS: Final = {
    Scope(text) for text in re.findall(r'@requiresScope\(scope: "([^"]+)"\)', SCHEMA)
}
OF_COMMANDS: Final = {command.SCOPE for command in COMMANDS}
ELSEWHERE: Final = {
    Scope.CONTENT_READ: "decides whether words are shown or hidden, in every field with words",
}


def test_every_scope_opens_a_command_or_a_field() -> None:
    assert OF_FIELDS | OF_COMMANDS | set(ELSEWHERE) == set(Scope)
    assert not set(ELSEWHERE) & OF_FIELDS


def test_every_scope_is_held_by_a_role_or_a_part() -> None:
    held = frozenset[Scope]().union(*ROLE_SCOPES.values(), *PARTS.values())
    assert held == set(Scope)


def test_the_assistant_holds_nothing_but_scopes_to_suggest() -> None:
    assert {scope.partition(":")[2] for scope in ASSISTANT_SCOPES} == {"suggest"}
    users = {
        source.module
        for source in sources(*ROOMS)
        if re.search(r"\bASSISTANT_SCOPES\b", source.text) and "catalogue" not in source.module
    }
    assert users == {"domain.scopes", "jobs.assess_message", "jobs.suggest_draft"}


def test_a_worker_has_the_assistant_or_the_way_out_and_never_both() -> None:
    asks = {field.name for field in dataclasses.fields(AssistRuntime)}
    sends = {field.name for field in dataclasses.fields(SendRuntime)}
    assert asks - sends == {"assistant"}
    assert {"gateway", "access_token"} <= sends - asks


def test_masked_text_comes_from_the_masker_alone() -> None:
    callers = {
        source.module
        for source in sources(*ROOMS)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and node.attr == "issued_by_masker"
    }
    assert callers == {"infrastructure.assistant.masking.masker"}
