"""The tables of the domain are complete, and the domain stays pure."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import domain
from domain.aggregate import Aggregate, Command
from domain.broadcast_commands import BroadcastCommand, WriteBroadcast
from domain.catalogue import PARTS, sentence_of
from domain.contents import AGGREGATES, COMMANDS, EVENTS
from domain.effects import Effect
from domain.event import EVENT_TYPES, Event, PersonalEvent
from domain.legal_hold import LegalHoldCommand
from domain.media_commands import FetchOutcome, KeepFile, MediaCommand
from domain.outbound_commands import OutboundCommand
from domain.policies import EFFECTS, POLICIES
from domain.scopes import ASSISTANT_SCOPES, POLICY_SCOPES, ROLE_SCOPES, Role, Scope
from domain.template_reports import TemplateReport
from domain.template_sample import TemplateSampleCommand
from domain.template_submission import TemplateWish
from tests.domain.samples import sample_of

FOLDER = Path(domain.__file__).parent
SOURCES = sorted(FOLDER.rglob("*.py"))

IMPURE_MODULES = {
    "asyncio",
    "http",
    "io",
    "logging",
    "os",
    "pathlib",
    "random",
    "secrets",
    "shutil",
    "socket",
} | {"sqlite3", "ssl", "subprocess", "sys", "tempfile", "threading", "time", "urllib"}
IMPURE_CALLS = frozenset({"now", "utcnow", "today", "uuid1", "uuid4", "uuid7", "open", "print"})


def subclasses(kind: type[Any]) -> Iterator[type[Any]]:
    for child in kind.__subclasses__():
        yield child
        yield from subclasses(child)


def of_the_domain(kind: type[Any]) -> set[type[Any]]:
    return {child for child in subclasses(kind) if child.__module__.startswith("domain.")}


def test_every_aggregate_stands_in_the_table() -> None:
    assert of_the_domain(Aggregate) == set(AGGREGATES)


BASES_OF_COMMANDS = (
    BroadcastCommand,
    FetchOutcome,
    KeepFile,
    LegalHoldCommand,
    MediaCommand,
    OutboundCommand,
    TemplateReport,
    TemplateSampleCommand,
    TemplateWish,
    WriteBroadcast,
)


def test_every_command_stands_in_the_table() -> None:
    assert of_the_domain(Command) - set(BASES_OF_COMMANDS) == set(COMMANDS)


def test_every_event_belongs_to_exactly_one_aggregate() -> None:
    owned = [event for aggregate in AGGREGATES for event in aggregate.EVENTS]
    assert len(owned) == len(set(owned))
    assert set(owned) == {*EVENT_TYPES.values()} & of_the_domain(Event)
    assert set(owned) == set(EVENTS.values())


@pytest.mark.parametrize("event", EVENTS.values(), ids=lambda event: event.__name__)
def test_a_stored_name_is_a_fact_with_a_version(event: type[Event]) -> None:
    aggregate, fact, version = event.TOPIC.split(".")
    assert f"{aggregate}{fact}".replace("_", "").isalpha()
    assert version[0] == "v"
    assert version[1:].isdigit()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.__name__)
def test_a_command_changes_an_aggregate_of_the_table(command: type[Command]) -> None:
    assert command.AGGREGATE in AGGREGATES
    assert isinstance(command.SCOPE, Scope)


def test_personal_content_is_declared_with_its_subject() -> None:
    for event in of_the_domain(PersonalEvent):
        assert issubclass(event, PersonalEvent)
        assert event.CONTENT is not None
        assert event.SUBJECT in event.__struct_fields__


@pytest.mark.parametrize("aggregate", AGGREGATES, ids=lambda aggregate: aggregate.__name__)
def test_an_aggregate_accepts_each_of_its_events_whatever_came_before(
    aggregate: type[Aggregate],
) -> None:
    for event in aggregate.EVENTS:
        replayed = aggregate.replay(UUID(int=1), [sample_of(event)])
        assert replayed.exists
    every = [sample_of(event) for event in (*aggregate.EVENTS, *aggregate.EVENTS)]
    assert aggregate.replay(UUID(int=1), every).version == len(every)


def test_policies_and_effects_react_to_known_events_in_a_sentence() -> None:
    for event, react in (*POLICIES, *EFFECTS):
        assert event in EVENTS.values()
        assert sentence_of(react).startswith("Whenever ")
    assert len(set(POLICIES)) == len(POLICIES)
    assert len({effect.NAME for effect in of_the_domain(Effect)}) == len(of_the_domain(Effect))


def test_what_policies_command_lies_within_their_scopes() -> None:
    commanded = {
        command
        for module in ("policies_on_contacts", "policies_on_intake", "policies_on_drafts")
        for command in COMMANDS
        if f"{command.__name__}(" in (FOLDER / f"{module}.py").read_text()
    }
    assert len(commanded) >= 12
    assert {command.SCOPE for command in commanded} <= POLICY_SCOPES


def test_no_part_of_the_hub_may_approve_write_or_publish_words() -> None:
    deciding = {Scope.DRAFTS_APPROVE, Scope.REPLIES_SEND, Scope.BROADCASTS_APPROVE}
    for name, scopes in PARTS.items():
        assert not scopes & deciding, name
    assert {Scope.ASSESSMENTS_SUGGEST, Scope.DRAFTS_SUGGEST} == ASSISTANT_SCOPES
    assert Scope.INTAKE_PUBLISH not in POLICY_SCOPES | ASSISTANT_SCOPES


def test_only_owners_and_lawyers_decide_what_is_sent() -> None:
    deciding = {Scope.DRAFTS_APPROVE, Scope.REPLIES_SEND, Scope.BROADCASTS_APPROVE}
    assert {role for role, scopes in ROLE_SCOPES.items() if scopes & deciding} == {
        Role.OWNER,
        Role.LAWYER,
    }


def test_auditors_and_integrations_read_no_content() -> None:
    for role in (Role.AUDITOR, Role.INTEGRATION):
        assert Scope.CONTENT_READ not in ROLE_SCOPES[role]
        changing = {scope for scope in ROLE_SCOPES[role] if not scope.endswith(":read")}
        assert changing <= {
            Scope.DRAFTS_PROPOSE,
            Scope.BROADCASTS_PROPOSE,
            Scope.MEDIA_UPLOAD,
        }


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_the_domain_reads_no_clock_draws_no_lot_and_touches_no_world(path: Path) -> None:
    if path.name == "__main__.py":
        return
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Import():
                modules = {alias.name.split(".")[0] for alias in node.names}
            case ast.ImportFrom():
                modules = {(node.module or "").split(".")[0]}
            case _:
                modules = set()
        assert not modules & IMPURE_MODULES, f"{path.name}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Call):
            assert _called(node) not in IMPURE_CALLS, f"{path.name}:{node.lineno}"


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Attribute(attr="_clock"), attr="now"):
            return "the clock that the hub was given"
        case ast.Attribute(attr=name):
            return name
        case _:
            return ""


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_a_file_stays_below_400_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) < 400
