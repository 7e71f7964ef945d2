"""The documents tell the truth: links lead somewhere, commands, settings, metrics, files exist."""

import importlib
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
import typer
from prometheus_client.metrics import MetricWrapperBase

from api.cli import COMMANDS
from infrastructure.checkout import CHECKOUT
from infrastructure.postgres.connections import DatabaseRole
from infrastructure.postgres.roles import OWNER_ROLES
from infrastructure.settings import fields
from infrastructure.telemetry import metrics

PACKAGES: Final = ("api", "domain", "infrastructure", "jobs", "projections", "tests", "docs")
RUNBOOKS: Final = CHECKOUT / "docs" / "runbooks"
RUNBOOK_PARTS: Final = ("What you see", "What it means", "What to do", "It is over when")
ARCHITECTURE_LINES_MAX: Final = 250

_FENCE = re.compile(r"^(`{3,})[^\n`]*\n(.*?)^\1[ ]*$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)
_SETTING = re.compile(r"\bHUB_[A-Z][A-Z0-9_]*[A-Z0-9]\b")
_METRIC = re.compile(r"\bhub_[a-z][a-z_]*[a-z]\b")
_PATH = re.compile(rf"(?:{'|'.join(PACKAGES)})/[A-Za-z0-9_./-]*")
_ASSIGNMENT = re.compile(r"[A-Z][A-Z0-9_]*=\S*")
_SHELL_WORDS = frozenset({"|", "||", "&", "&&", ";", ">", ">>", "<", "#"})


class Place(NamedTuple):
    """Something that a document names, and where."""

    file: str
    what: str


def documents() -> list[Path]:
    """Every document of the checkout."""
    found = [*CHECKOUT.glob("*.md"), *(CHECKOUT / "docs").rglob("*.md")]
    return sorted(found)


@cache
def text_of(document: Path) -> str:
    return document.read_text("utf-8")


def code_of(document: Path) -> Iterator[str]:
    """The code of a document: lines of its blocks, continued ones joined, and its spans."""
    text = text_of(document)
    for block in _FENCE.finditer(text):
        yield from block.group(2).replace("\\\n", " ").splitlines()
    for span in _SPAN.finditer(_FENCE.sub("", text)):
        yield span.group(1)


def source_spans() -> Iterator[Place]:
    """What the words of the program itself quote, for example in hints."""
    for package in PACKAGES[:5]:
        for file in sorted((CHECKOUT / package).rglob("*.py")):
            for span in _SPAN.finditer(file.read_text("utf-8")):
                yield Place(str(file.relative_to(CHECKOUT)), span.group(1))


def named_commands() -> list[Place]:
    """Every command line of the hub that documents, hints and the Makefile's help name."""
    named = [
        Place(str(document.relative_to(CHECKOUT)), code)
        for document in documents()
        for code in code_of(document)
    ]
    return [place for place in dict.fromkeys([*named, *source_spans()]) if _arguments(place.what)]


def _arguments(code: str) -> list[str]:
    """What follows the word hub on a command line; empty if the code is something else."""
    try:
        words = shlex.split(code, comments=True)
    except ValueError:
        words = code.split()
    while words and (_ASSIGNMENT.fullmatch(words[0]) or words[0] == "$"):
        words = words[1:]
    if len(words) < 2 or words[0] not in ("hub", "./hub"):
        return []
    for place, word in enumerate(words):
        if word in _SHELL_WORDS:
            return words[1:place]
    return words[1:]


@cache
def _command(name: str) -> Any:
    return typer.main.get_command(importlib.import_module(COMMANDS[name].module).app)


def problem_of(arguments: list[str]) -> str | None:
    """What is wrong with a command line, or None."""
    name, *rest = arguments
    if name.startswith("-"):
        return None
    if name not in COMMANDS:
        return f"there is no command {name}"
    command = _command(name)
    while hasattr(command, "commands") and rest and not rest[0].startswith("-"):
        if rest[0] not in command.commands:
            return f"{name} has no command {rest[0]}"
        command, rest = command.commands[rest[0]], rest[1:]
    known = {"--help", "-h"}
    for parameter in command.params:
        known |= {*parameter.opts, *parameter.secondary_opts}
    unknown = [word for word in rest if word.startswith("--") and word.split("=")[0] not in known]
    return f"{command.name} has no option {', '.join(unknown)}" if unknown else None


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    broken = []
    for link in _LINK.findall(_FENCE.sub("", text_of(document))):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            broken.append(link)
    assert broken == []


def _anchors(document: Path) -> set[str]:
    """The names that headings get: lower case, words joined by hyphens, no punctuation."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in _HEADING.findall(_FENCE.sub("", text_of(document)))
    }


def test_every_command_that_is_named_exists() -> None:
    wrong = {
        f"{place.file}: {place.what}": problem
        for place in named_commands()
        if (problem := problem_of(_arguments(place.what))) is not None
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("line", "arguments"),
    [
        ("HUB_PORT=8001 ./hub tenant list --json | head", ["tenant", "list", "--json"]),
        ("hub up &", ["up"]),
        ("hub", []),
        ("thehub up", []),
    ],
)
def test_a_command_line_is_recognised(line: str, arguments: list[str]) -> None:
    assert _arguments(line) == arguments


@pytest.mark.parametrize(
    "line", ["fly", "tenant fly", "tenant create --wings", "up --json", "token revoke --all"]
)
def test_a_command_that_does_not_exist_is_noticed(line: str) -> None:
    assert problem_of(line.split()) is not None


def test_every_setting_that_is_named_exists() -> None:
    known = {field.variable for field in fields()} | _variables_of_options()
    named = {
        Place(str(document.relative_to(CHECKOUT)), name)
        for document in documents()
        for name in _SETTING.findall(text_of(document))
    }
    assert sorted(place for place in named if place.what not in known) == []


def _variables_of_options() -> set[str]:
    commands = [_command(name) for name in COMMANDS]
    commands += [sub for command in commands for sub in getattr(command, "commands", {}).values()]
    return {str(p.envvar) for command in commands for p in command.params if p.envvar}


def test_every_metric_that_is_named_exists() -> None:
    names: set[str] = set()
    for metric in vars(metrics).values():
        if isinstance(metric, MetricWrapperBase):
            for family in metric.describe():
                names |= {family.name, f"{family.name}_total"}
                names |= {f"{family.name}_{part}" for part in ("bucket", "count", "sum")}
    names |= {f"hub_{role}" for role in (*DatabaseRole, *OWNER_ROLES, "admin")}
    named = {
        Place(str(document.relative_to(CHECKOUT)), name)
        for document in documents()
        for code in code_of(document)
        for name in _METRIC.findall(code)
    }
    assert sorted(place for place in named if place.what not in names) == []


def test_every_file_that_is_named_exists() -> None:
    missing = {
        Place(str(document.relative_to(CHECKOUT)), code)
        for document in documents()
        for code in code_of(document)
        if _PATH.fullmatch(code) and not (CHECKOUT / code).exists()
    }
    assert sorted(missing) == []


def test_every_make_target_that_is_named_exists() -> None:
    makefile = (CHECKOUT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = {
        (str(document.relative_to(CHECKOUT)), target)
        for document in documents()
        for code in code_of(document)
        for target in re.findall(r"^make ([a-z]+)", code)
    }
    assert sorted(place for place in named if place[1] not in targets) == []


@pytest.mark.parametrize(
    "runbook", sorted(set(RUNBOOKS.glob("*.md")) - {RUNBOOKS / "README.md"}), ids=lambda p: p.stem
)
def test_every_runbook_has_the_same_parts_and_stands_in_the_list(runbook: Path) -> None:
    title, *parts = _HEADING.findall(_FENCE.sub("", text_of(runbook)))
    assert tuple(parts) == RUNBOOK_PARTS
    assert f"[{title}]({runbook.name})" in text_of(RUNBOOKS / "README.md")


def test_every_document_stands_in_the_list_of_documents() -> None:
    listed = set(_LINK.findall(text_of(CHECKOUT / "docs" / "README.md")))
    paths = {(CHECKOUT / "docs" / link.partition("#")[0]).resolve() for link in listed}
    folders = {CHECKOUT / "docs" / "decisions", RUNBOOKS}
    missing = [
        document.name
        for document in documents()
        if document not in paths and document.parent not in folders and document.name != "README.md"
    ]
    assert missing == []


def test_the_architecture_is_short() -> None:
    assert len(text_of(CHECKOUT / "ARCHITECTURE.md").splitlines()) <= ARCHITECTURE_LINES_MAX
