"""Statements name the firm, although row security would keep firms apart without it."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from projections import PROJECTIONS
from tests.architecture.tree import Source, docstring_around, sources

READ_MODELS: Final = {projection.table.name for projection in PROJECTIONS}
OF_ALL_FIRMS: Final = re.compile(r"role follow|every firm|all firms|of each firm")
"""What a function says of itself that looks across firms; only followers may run it."""

NAMES_FIRM: Final = re.compile(r"\btenant_id\s*=\s*%\(tenant\)s")
_TABLE: Final = re.compile(r"\b(?:FROM|JOIN|UPDATE|INTO)\s+read_model\.(\w+)")


class Statement:
    """A statement on a read model, and where it stands."""

    def __init__(self, source: Source, node: ast.Constant, text: str) -> None:
        self.source = source
        self.node = node
        self.text = text

    def __repr__(self) -> str:
        return f"{self.source.name}:{self.node.lineno}"


def statements(*rooms: str) -> Iterator[Statement]:
    for source in sources(*rooms):
        if "benchmarks" in source.name or source.module.startswith("api.laboratory"):
            continue
        for node in ast.walk(source.tree):
            match node:
                case ast.Constant(value=str() as text):
                    if READ_MODELS & set(_TABLE.findall(text)):
                        yield Statement(source, node, text)


STATEMENTS: Final = list(statements("api", "projections"))


ACROSS: Final = [each for each in STATEMENTS if not NAMES_FIRM.search(each.text)]


def test_a_statement_names_the_firm_or_says_that_only_followers_ask_it() -> None:
    assert len(STATEMENTS) > 15
    assert len(ACROSS) < len(STATEMENTS) / 3
    silent = [
        each for each in ACROSS if not OF_ALL_FIRMS.search(docstring_around(each.source, each.node))
    ]
    assert silent == []


def test_what_looks_across_firms_is_used_by_followers_and_the_schedule_only() -> None:
    across = {
        definition.name
        for statement in ACROSS
        for definition in statement.source.definitions()
        if any(node is statement.node for node in ast.walk(definition))
    }
    users = {
        source.module
        for source in sources("api", "jobs")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Name) and node.id in across
    }
    allowed = ("jobs.followers.", "jobs.schedule", "jobs.sweep", "jobs.queue_depths", "api.cli.")
    assert [user for user in users if not user.startswith(allowed)] == []
