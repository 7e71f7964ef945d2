"""When a write counts as durable, and when a connection counts as lost."""

import logging
import os
import socket
from typing import Any, Final

import psycopg
from psycopg.errors import Diagnostic

from domain.errors import StoreUnavailable

STATEMENT_TIMEOUT_MS: Final = 10_000
LOCK_TIMEOUT_MS: Final = 8_000
ANSWER_TIMEOUT_S: Final = 15.0
"""How long an answer is waited for. The server ends statements earlier, so a longer silence means
that the server or the way to it is stopped."""

PAUSE_FIRST_S: Final = 0.05
PAUSE_MAX_S: Final = 1.0
RETRY_S: Final = 3.0
"""How long a group is tried again after a lost connection before its callers are refused."""

_logger = logging.getLogger(__name__)


class WarningWatch:
    """Hears the warnings of one connection.

    A wait for a synchronous standby that was cancelled reports success, with a warning: such a
    commit may be lost with this server and is not acknowledged.
    """

    def __init__(self) -> None:
        self._warnings: list[str] = []

    def hear(self, diagnostic: Diagnostic) -> None:
        """Take notice; the notice handler of the connection."""
        if diagnostic.severity_nonlocalized == "WARNING":
            self._warnings.append(diagnostic.message_primary or "a warning without words")

    def check(self) -> None:
        """Raise StoreUnavailable if a warning came since the last check."""
        warnings, self._warnings = self._warnings, []
        if warnings:
            _logger.error("a commit came back with a warning and is not acknowledged")
            raise unavailable(f"PostgreSQL does not vouch for the write: {'; '.join(warnings)}")


def unavailable(message: str) -> StoreUnavailable:
    """The write may have happened or not; repeating it is safe."""
    return StoreUnavailable(
        message, hint="Try again in a few seconds; repeating the same write is safe."
    )


def is_connection_lost(error: psycopg.Error) -> bool:
    """Whether the connection is gone, rather than the statement refused."""
    state = error.sqlstate
    return state is None or state.startswith(("08", "57P"))


def cut(connection: psycopg.Connection[Any] | psycopg.AsyncConnection[Any]) -> None:
    """End the wait of whoever waits for an answer on `connection`, from any thread.

    Shuts the socket down instead of closing it: the waiting side sees its end and reports a lost
    connection, and the descriptor stays taken until that side closes it.
    """
    try:
        descriptor = os.dup(connection.fileno())
    except (OSError, psycopg.Error):
        return
    with socket.socket(fileno=descriptor) as line:
        try:
            line.shutdown(socket.SHUT_RDWR)
        except OSError:
            return
