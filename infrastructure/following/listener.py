"""One listening connection per process: it hears NOTIFY for all units and rings their bells.

It waits on the socket, so it costs nothing while nothing happens. A bell is only a hint: whoever
waits also looks by itself after a while, and all bells ring once LISTEN is established, so nothing
that was committed before is missed.
"""

import logging
import os
import select
import threading
from collections.abc import Callable, Mapping
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from infrastructure.following.retry import Backoff, passes_by_itself

log = logging.getLogger(__name__)

Bell = Callable[[], None]
Connect = Callable[[str], Connection[Any]]
"""Opens an autocommit connection; the argument names its purpose."""


class Listener:
    """Calls the bells of a channel when it is notified, in its own thread."""

    def __init__(self, connect: Connect, bells: Mapping[str, Bell]) -> None:
        self._connect = connect
        self._bells = bells
        self._is_stopped = False
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
        for channel in self._bells:
            connection.execute(SQL("LISTEN {}").format(Identifier(channel)))
        self._is_listening.set()
        for bell in self._bells.values():
            bell()

    def _follow(self, connection: Connection[Any]) -> None:
        pgconn = connection.pgconn
        socket = pgconn.socket
        while not self._is_stopped:
            readable, _, _ = select.select([socket, self._wake_read], [], [])
            if socket not in readable:
                continue
            pgconn.consume_input()
            rung = set()
            while (notice := pgconn.notifies()) is not None:
                rung.add(notice.relname.decode())
            for channel in rung:
                self._bells[channel]()
