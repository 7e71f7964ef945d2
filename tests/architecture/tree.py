"""The source tree, read once: files, their syntax, and the statements inside them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from infrastructure.checkout import CHECKOUT

ROOMS: Final = ("api", "domain", "infrastructure", "jobs", "projections")

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Source:
    """A file of the tree."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        """The path from the root of the checkout."""
        return self.path.relative_to(CHECKOUT).as_posix()

    @property
    def module(self) -> str:
        """The name under which it is imported."""
        return self.name.removesuffix(".py").replace("/", ".").removesuffix(".__init__")

    @property
    def tree(self) -> ast.Module:
        """Its syntax."""
        return _parsed(self)

    def definitions(self) -> Iterator[Definition]:
        """Every class and function, nested ones included."""
        for node in ast.walk(self.tree):
            if isinstance(node, Definition):
                yield node


@cache
def _parsed(source: Source) -> ast.Module:
    return ast.parse(source.text)


@cache
def sources(*rooms: str) -> tuple[Source, ...]:
    """The files of these rooms."""
    return tuple(
        Source(path, path.read_text(encoding="utf-8"))
        for room in rooms
        for path in sorted((CHECKOUT / room).rglob("*.py"))
    )


def docstring_around(source: Source, node: ast.AST) -> str:
    """What the innermost definition around a node says of itself."""
    innermost: Definition | None = None
    for definition in source.definitions():
        is_around = any(each is node for each in ast.walk(definition))
        if is_around and (innermost is None or definition.lineno > innermost.lineno):
            innermost = definition
    return (ast.get_docstring(innermost) or "") if innermost is not None else ""
