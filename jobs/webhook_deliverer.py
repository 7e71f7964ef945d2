"""The deliverer: gives each endpoint that is to be told something its turn, many at once.

Quick endpoints and slow ones have places of their own: whoever keeps a call waiting waits with its
like. Any number of processes may run it; a lane is held by one at a time.
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

import psycopg

from domain.errors import HubError, StoreUnavailable
from domain.identity import TenantId, WebhookEndpointId
from infrastructure.postgres.connections import HubConnection
from infrastructure.telemetry.logs import current_tenant
from infrastructure.telemetry.tracing import span
from jobs.deliver_webhooks import LEASE_S, Lane, WebhookRuntime, take_turn
from jobs.followers.webhooks import CHANNEL

log = logging.getLogger(__name__)

QUICK_PLACES: Final = 8
SLOW_PLACES: Final = 4
POLL_S: Final = 1.0
RETRY_PAUSE_S: Final = 1.0

Connect = Callable[[], HubConnection]


class Places:
    """The places of one kind of endpoint, and who sits in them."""

    def __init__(self, count: int, *, is_slow: bool) -> None:
        self._count = count
        self._taken: set[Future[None]] = set()
        self.is_slow = is_slow

    @property
    def has_room(self) -> bool:
        """Whether another endpoint can be told now."""
        self._taken = {one for one in self._taken if not one.done()}
        return len(self._taken) < self._count

    def take(self, turn: Future[None]) -> None:
        """Let an endpoint sit down."""
        self._taken.add(turn)


def run_deliverer(
    runtime: WebhookRuntime, connect: Connect, is_stopped: Callable[[], bool]
) -> None:
    """Deliver until told to stop, then finish the calls under way; a lost database is waited for.

    `connect` opens an autocommit connection as the role `work`.
    """
    woken = threading.Event()
    places = (Places(QUICK_PLACES, is_slow=False), Places(SLOW_PLACES, is_slow=True))
    listener = threading.Thread(
        target=_listen, args=(connect, woken, is_stopped), name="webhook-listener", daemon=True
    )
    listener.start()
    with ThreadPoolExecutor(QUICK_PLACES + SLOW_PLACES, thread_name_prefix="webhook") as threads:
        while not is_stopped():
            woken.clear()
            try:
                for kind in places:
                    _seat(runtime, kind, threads, woken)
            except (StoreUnavailable, psycopg.OperationalError) as error:
                log.warning(
                    "The deliverer waits for PostgreSQL.", extra={"reason": type(error).__name__}
                )
                _pause(RETRY_PAUSE_S, is_stopped)
            woken.wait(POLL_S)
    listener.join(POLL_S * 2)


def deliver_due(runtime: WebhookRuntime) -> int:
    """Give every endpoint that is due its turns, one after the other; returns how many."""
    turns = 0
    for is_slow in (False, True):
        while (lane := _claim(runtime, is_slow=is_slow)) is not None:
            _turn(runtime, lane)
            turns += 1
    return turns


def _seat(
    runtime: WebhookRuntime, places: Places, threads: ThreadPoolExecutor, woken: threading.Event
) -> None:
    while places.has_room:
        lane = _claim(runtime, is_slow=places.is_slow)
        if lane is None:
            return
        turn = threads.submit(_turn, runtime, lane)
        turn.add_done_callback(lambda _: woken.set())
        places.take(turn)


def _claim(runtime: WebhookRuntime, *, is_slow: bool) -> Lane | None:
    asked_at = time.monotonic()
    with runtime.pool.connection() as connection:
        row = connection.execute(
            "SELECT * FROM hub.claim_webhook_lane(%s, %s)", (is_slow, LEASE_S)
        ).fetchone()
    if row is None:
        return None
    return Lane(TenantId(row[0]), WebhookEndpointId(row[1]), row[2], asked_at)


def _turn(runtime: WebhookRuntime, lane: Lane) -> None:
    """One turn; whatever goes wrong, the lane comes again when its lease is over."""
    token = current_tenant.set(str(lane.tenant_id))
    try:
        with span("deliver webhooks"):
            take_turn(runtime, lane)
    except HubError as refusal:
        log.warning("A turn of a webhook endpoint ended early.", extra={"code": refusal.code})
    except Exception:
        log.exception("A turn of a webhook endpoint failed.")
    finally:
        current_tenant.reset(token)


def _listen(connect: Connect, woken: threading.Event, is_stopped: Callable[[], bool]) -> None:
    while not is_stopped():
        try:
            with connect() as connection:
                connection.execute(f"LISTEN {CHANNEL}")
                while not is_stopped():
                    for _ in connection.notifies(timeout=POLL_S / 2, stop_after=1):
                        woken.set()
        except (psycopg.OperationalError, HubError):
            _pause(RETRY_PAUSE_S, is_stopped)  # polled meanwhile


def _pause(seconds: float, is_stopped: Callable[[], bool]) -> None:
    deadline = time.monotonic() + seconds
    while not is_stopped() and time.monotonic() < deadline:
        time.sleep(0.05)
