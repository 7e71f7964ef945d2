"""Log lines: JSON with trace and firm, and no way for content to get into one."""

import ast
import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.errors import InvalidInput
from infrastructure.checkout import CHECKOUT
from infrastructure.telemetry.logs import ALLOWED_FIELDS, JsonFormatter, current_tenant
from infrastructure.telemetry.tracing import span

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
METHODS = {"debug", "info", "warning", "error", "exception", "critical"}
LOGGERS = {"log", "_log", "logger", "_logger"}


def written(message: str, *, error: BaseException | None = None, **extra: Any) -> Any:
    """The line that a record becomes."""
    record = logging.LogRecord("jobs.runtime", logging.WARNING, "", 0, message, (), None)
    if error is not None:
        record.exc_info = (type(error), error, error.__traceback__)
    vars(record).update(extra)
    line = JsonFormatter("work-assist").format(record)
    assert "\n" not in line
    return json.loads(line)


def raised(error: BaseException, cause: BaseException | None = None) -> BaseException:
    """The error as somebody caught it."""
    try:
        raise error from cause
    except type(error):
        caught = sys.exc_info()[1]
    assert caught is not None
    return caught


def test_a_line_says_when_where_and_for_which_firm_and_trace() -> None:
    token = current_tenant.set("01a1fdf5-cc74-7848-b516-8613518a3be0")
    with span("work", PARENT):
        line = written("The job failed.", job="drain_sender", attempt=2)
    current_tenant.reset(token)
    assert line["time"].endswith("+00:00")
    assert (line["level"], line["process"], line["logger"]) == (
        "warning",
        "work-assist",
        "jobs.runtime",
    )
    assert line["message"] == "The job failed."
    assert line["trace_id"] == PARENT[3:35]
    assert line["tenant_id"] == "01a1fdf5-cc74-7848-b516-8613518a3be0"
    assert (line["job"], line["attempt"]) == ("drain_sender", 2)


def test_a_field_that_is_not_on_the_list_is_not_written() -> None:
    assert "phone" not in written("Refused.", phone="+6281234567890")
    assert "+62812" not in json.dumps(written("Refused.", text="+6281234567890"))


def test_an_error_is_its_class_and_where_it_came_by_but_not_its_words() -> None:
    cause = ValueError("Key (phone)=(+6281234567890) exists")
    line = written("Failed.", error=raised(KeyError("Ratna"), cause))
    assert line["exception"]["class"] == "KeyError"
    assert line["exception"]["cause"] == "ValueError"
    assert "test_logs.py" in line["exception"]["places"][-1]
    assert "Ratna" not in json.dumps(line)
    assert "6281234567890" not in json.dumps(line)


def test_an_error_of_the_hub_speaks_for_itself() -> None:
    line = written("Failed.", error=raised(InvalidInput("A reply has at most 4096 characters.")))
    assert line["exception"]["message"] == "A reply has at most 4096 characters."


# --- what the code passes to its loggers -------------------------------------------------------


def sources() -> Iterator[Path]:
    for room in ("api", "jobs", "projections", "infrastructure", "domain"):
        yield from sorted((CHECKOUT / room).rglob("*.py"))


def log_calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)):
                if name in LOGGERS and method in METHODS:
                    yield node


CALLS = [(path, call) for path in sources() for call in log_calls(path)]


def test_there_are_log_calls_to_look_at() -> None:
    assert len(CALLS) > 20


@pytest.mark.parametrize(
    ("path", "call"),
    CALLS,
    ids=[f"{path.parent.name}-{path.name}-{call.lineno}" for path, call in CALLS],
)
def test_a_message_is_a_fixed_sentence_and_its_fields_are_on_the_list(
    path: Path, call: ast.Call
) -> None:
    (message,) = call.args
    assert isinstance(message, ast.Constant), f"{path}:{call.lineno} fills values into a message"
    for keyword in call.keywords:
        assert keyword.arg in {"extra", "exc_info"}
        if isinstance(keyword.value, ast.Dict):
            names = {key.value for key in keyword.value.keys if isinstance(key, ast.Constant)}
            assert names <= ALLOWED_FIELDS, f"{path}:{call.lineno}"
