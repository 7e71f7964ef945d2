"""A lease that is renewed while its holder is at work, so that its length says nothing of the work.

Whoever falls silent is followed by another within the length of the lease, and whoever was stopped
for longer than that knows on waking up that the work is no longer its own.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from domain.errors import StoreUnavailable


class KeptLease:
    """A lease as its holder knows it, on the monotonic clock of this process."""

    def __init__(self, asked_at: float, lease_s: float) -> None:
        self._lease_s = lease_s
        self._until = asked_at + lease_s
        self._is_lost = False

    @property
    def is_held(self) -> bool:
        """Whether nobody else can have taken the work over yet."""
        return not self._is_lost and time.monotonic() < self._until

    def note_renewal(self, asked_at: float) -> None:
        """The lease was renewed by a request that was made at `asked_at`."""
        self._until = asked_at + self._lease_s

    def note_loss(self) -> None:
        """Somebody else holds it now."""
        self._is_lost = True


@contextmanager
def kept_lease(
    renew: Callable[[], bool], *, asked_at: float, lease_s: float, every_s: float
) -> Iterator[KeptLease]:
    """Renew the lease while the block runs, in a thread that ends with the process.

    `renew` says whether the lease was still ours; `asked_at` is the moment, on the monotonic
    clock, before the lease was taken.
    """
    lease = KeptLease(asked_at, lease_s)
    is_over = threading.Event()

    def renew_until_over() -> None:
        while not is_over.wait(every_s):
            began = time.monotonic()
            try:
                is_ours = renew()
            except StoreUnavailable:
                # The store is away for the others as well; it is asked again in a moment.
                continue
            if not is_ours:
                lease.note_loss()
                return
            lease.note_renewal(began)

    thread = threading.Thread(target=renew_until_over, name="lease", daemon=True)
    thread.start()
    try:
        yield lease
    finally:
        is_over.set()
        thread.join()
