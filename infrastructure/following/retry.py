"""Which failures pass by themselves, and how long to wait before the next try."""

import random
from typing import Final

import psycopg
from psycopg import errors

from domain.errors import HubError, StoreUnavailable
from domain.ports.vault import VaultUnavailable

_PASSING: Final = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    errors.SerializationFailure,
    errors.DeadlockDetected,
    errors.LockNotAvailable,
    errors.QueryCanceled,
    StoreUnavailable,
    VaultUnavailable,
    # The database is not migrated yet: no event is to blame.
    errors.UndefinedTable,
    errors.UndefinedColumn,
    errors.UndefinedFunction,
    errors.InvalidSchemaName,
    errors.InsufficientPrivilege,
)

FIRST_DELAY_S: Final = 0.1
LONGEST_DELAY_S: Final = 10.0


class TryAgain(HubError):
    """Somebody else was quicker; the same page succeeds when it is handled again."""

    code = "TRY_AGAIN"
    hint = "Nothing was changed. The follower tries again by itself."


def passes_by_itself(error: BaseException) -> bool:
    """Whether the failure is about the surroundings and not about what was to be handled."""
    return isinstance(error, (*_PASSING, TryAgain))


class Backoff:
    """Growing delays with jitter; starts again after a success."""

    def __init__(self) -> None:
        self._delay_s = FIRST_DELAY_S

    def next_delay_s(self) -> float:
        """Seconds to wait before the next try."""
        delay = self._delay_s
        self._delay_s = min(self._delay_s * 2, LONGEST_DELAY_S)
        # Jitter needs no secrecy.
        return delay * random.uniform(0.5, 1.0)  # noqa: S311

    def succeeded(self) -> None:
        """Start again with short delays."""
        self._delay_s = FIRST_DELAY_S
