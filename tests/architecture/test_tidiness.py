"""The tree stays readable: short files, short functions, nothing put off, nothing broken."""

import ast
import re
from typing import Final

from infrastructure.checkout import CHECKOUT
from tests.architecture.tree import ROOMS, sources

FILE_LINES_MAX: Final = {"product": 400, "tests": 500}
FUNCTION_LINES_MAX: Final = {"product": 60, "tests": 75}
_PUT_OFF: Final = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3)) + r")\b")
_LINK: Final = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)")
WAITING: Final = {"tests/waiting.py", "tests/journeys/waiting.py"}
"""Where tests wait: on a condition, looking again after a moment."""

PRODUCT: Final = sources(*ROOMS)
TESTS: Final = sources("tests")
EVERYTHING: Final = [*(("product", each) for each in PRODUCT), *(("tests", one) for one in TESTS)]


def test_files_are_short() -> None:
    lines = {each.name: (len(each.text.splitlines()), part) for part, each in EVERYTHING}
    assert {name: n for name, (n, part) in lines.items() if n > FILE_LINES_MAX[part]} == {}


def test_functions_are_short() -> None:
    lines = {
        f"{source.name} {definition.name}": (definition.end_lineno or 0) - definition.lineno + 1
        for part, source in EVERYTHING
        for definition in source.definitions()
        if not isinstance(definition, ast.ClassDef)
        and (definition.end_lineno or 0) - definition.lineno >= FUNCTION_LINES_MAX[part]
    }
    assert lines == {}


def test_nothing_is_put_off() -> None:
    found = [f"{each.name}: {_PUT_OFF.findall(each.text)}" for _, each in EVERYTHING]
    assert [line for line in found if not line.endswith("[]")] == []


def test_no_test_is_skipped_or_expected_to_fail() -> None:
    marks = {"skip", "skipif", "xfail", "importorskip"}
    found = [
        f"{source.name}:{node.lineno}"
        for source in TESTS
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute)
        and node.attr in marks
        and "pytest" in ast.unparse(node.value)
    ]
    assert found == []


def test_tests_wait_for_conditions_and_never_for_a_time() -> None:
    found = [
        f"{source.name}:{node.lineno}"
        for source in TESTS
        if source.name not in WAITING
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in {"time.sleep", "asyncio.sleep"}
        and _seconds(node) >= 0.05
    ]
    assert found == []


def _seconds(call: ast.Call) -> float:
    """How long; what is not a number counts as long."""
    match call.args:
        case [ast.Constant(value=int() | float() as seconds)]:
            return float(seconds)
        case _:
            return float("inf")


def test_every_link_of_a_document_leads_somewhere() -> None:
    documents = [*CHECKOUT.glob("*.md"), *CHECKOUT.glob("docs/**/*.md")]
    assert len(documents) > 10
    broken = [
        f"{path.name}: {target}"
        for path in documents
        for target in _LINK.findall(path.read_text(encoding="utf-8"))
        if not (path.parent / target).exists()
    ]
    assert broken == []
