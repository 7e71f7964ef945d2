"""Structured logs: one JSON object a line, with trace id and firm, from an allow-list of fields.

An exception is written as its class and the places it passed, never as its text: texts of database
and HTTP errors quote values, and values may be personal.
"""

import json
import logging
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Final

from domain.errors import HubError
from infrastructure.telemetry.tracing import current_traceparent, trace_id_of

current_tenant: ContextVar[str | None] = ContextVar("current_tenant", default=None)
"""The firm that what runs now belongs to."""

ALLOWED_FIELDS: Final = frozenset(
    {
        "attempt",
        "code",
        "count",
        "duration_ms",
        "event_id",
        "event_topic",
        "job",
        "kind",
        "path",
        "policy",
        "position",
        "process",
        "queue",
        "reason",
        "reference",
        "signal",
        "status",
        "tenant_id",
        "unit",
        "version",
    }
)
"""The only extra fields that reach a log line."""

_RECORD_FIELDS: Final = frozenset(vars(logging.makeLogRecord({}))) | {
    "message",
    "asctime",
    "taskName",
}


class JsonFormatter(logging.Formatter):
    """Writes a record as one JSON object, dropping every field that is not allowed."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        """Return the line for `record`."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "process": self._process,
            "logger": record.name,
            "message": record.getMessage(),
        }
        trace_id = trace_id_of(current_traceparent.get())
        if trace_id is not None:
            line["trace_id"] = trace_id
        tenant = current_tenant.get()
        if tenant is not None:
            line["tenant_id"] = tenant
        for name, value in vars(record).items():
            if name not in _RECORD_FIELDS and name in ALLOWED_FIELDS:
                line[name] = value if isinstance(value, int | float | str | bool) else str(value)
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = describe_exception(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


def describe_exception(error: BaseException) -> dict[str, object]:
    """Return class, places and, for an error of the hub, its words; nothing that quotes a value."""
    places = [
        f"{frame.filename.rsplit('/', 2)[-1]}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    described: dict[str, object] = {"class": type(error).__qualname__, "places": places[-12:]}
    if isinstance(error, HubError):
        described["message"] = error.message
    if error.__cause__ is not None:
        described["cause"] = type(error.__cause__).__qualname__
    return described


def configure_logging(process: str, level: str) -> None:
    """Write all logs of this process as JSON lines to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(process))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in ("httpx", "httpcore", "urllib3", "rq.worker"):
        logging.getLogger(name).setLevel(logging.WARNING)
