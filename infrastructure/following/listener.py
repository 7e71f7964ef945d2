"""One listening connection per process: it hears NOTIFY for all units and rings their bells.

It waits on the socket, so it costs nothing while nothing happens. A notification is only a hint:
all bells also ring once LISTEN is established and, if wanted, after each poll interval, so nothing
that was committed is missed.
"""

import logging
import os
import select
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from psycopg import Connection, Notify
from psycopg.sql import SQL, Identifier

from infrastructure.following.retry import Backoff, passes_by_itself

log = logging.getLogger(__name__)

Connect = Callable[[str], Connection[Any]]
"""Opens an autocommit connection; the argument names its purpose."""

Bell = Callable[[Connection[Any]], None]
"""Looks for what is new, over the listening connection."""


class Listener:
    """Calls the bells of a channel when it is notified, in its own thread."""

    def __init__(
        self,
        connect: Connect,
        bells: Mapping[str, Bell],
        *,
        poll_interval_s: float | None = None,
    ) -> None:
        """Without `poll_interval_s` bells ring for notifications and new connections only."""
        self._connect = connect
        self._bells = bells
        self._poll_interval_s = poll_interval_s
        self._is_stopped = False
        self._notified: set[str] = set()
        self._wake_read, self._wake_write = os.pipe()
        self._is_listening = threading.Event()
        self._thread = threading.Thread(target=self._run, name="listener", daemon=True)

    def start(self) -> None:
        """Begin to listen; returns at once."""
        self._thread.start()

    def wait_until_listening(self, timeout_s: float) -> bool:
        """Wait until LISTEN is established; False when that takes longer."""
        return self._is_listening.wait(timeout_s)

    def stop(self) -> None:
        """Stop listening and wait for the thread."""
        self._is_stopped = True
        os.write(self._wake_write, b"\0")
        self._thread.join()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def _run(self) -> None:
        backoff = Backoff()
        while not self._is_stopped:
            try:
                with self._connect("listener") as connection:
                    self._listen(connection)
                    backoff.succeeded()
                    self._follow(connection)
            except Exception as error:
                self._is_listening.clear()
                if not passes_by_itself(error):
                    log.exception("The listener failed; it starts again.")
                select.select([self._wake_read], [], [], backoff.next_delay_s())

    def _listen(self, connection: Connection[Any]) -> None:
        connection.add_notify_handler(self._note)
        for channel in self._bells:
            connection.execute(SQL("LISTEN {}").format(Identifier(channel)))
        self._ring(connection, self._bells)
        self._is_listening.set()

    def _ring(self, connection: Connection[Any], channels: Iterable[str]) -> None:
        for channel in channels:
            self._bells[channel](connection)

    def _follow(self, connection: Connection[Any]) -> None:
        pgconn = connection.pgconn
        socket = pgconn.socket
        while not self._is_stopped:
            heard = self._heard(connection)
            if not heard:
                readable, _, _ = select.select(
                    [socket, self._wake_read], [], [], self._poll_interval_s
                )
                if socket in readable:
                    pgconn.consume_input()
                    heard = self._heard(connection)
                elif not readable:
                    heard = set(self._bells)
            self._ring(connection, heard)

    def _heard(self, connection: Connection[Any]) -> set[str]:
        """The channels that were notified, also while a bell was using the connection."""
        while (notice := connection.pgconn.notifies()) is not None:
            self._notified.add(notice.relname.decode())
        heard, self._notified = self._notified & self._bells.keys(), set()
        return heard

    def _note(self, notice: Notify) -> None:
        self._notified.add(notice.channel)
