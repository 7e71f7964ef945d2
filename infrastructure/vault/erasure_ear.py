"""Hearing of destroyed keys: what one process erases, no other process keeps in memory."""

import contextlib
from collections.abc import Iterator
from typing import Final

from infrastructure.following.listener import Listener
from infrastructure.postgres.connections import connect
from infrastructure.vault.keyring import Keyring

CHANNEL: Final = "destroyed_key"
"""The channel on which `hub.destroy_data_keys` announces an erasure."""


@contextlib.contextmanager
def hearing_erasures(url: str, keyring: Keyring) -> Iterator[Listener]:
    """Drop all data keys from memory whenever keys are destroyed anywhere, until the block ends.

    Erasures are rare and keys are found again in a millisecond, so nothing is picked out. The same
    happens when the connection was lost and is there again: something may have gone unheard.
    """
    listener = Listener(
        lambda purpose: connect(url, name=f"hub-keys-{purpose}", autocommit=True),
        {CHANNEL: lambda _connection: keyring.forget_all()},
    )
    listener.start()
    try:
        yield listener
    finally:
        listener.stop()
