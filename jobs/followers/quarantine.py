"""Quarantine: parts of webhooks that cannot become events yet, sealed until they are replayed."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from psycopg import Connection
from psycopg.types.json import Jsonb

from domain.defect import Defect
from infrastructure.postgres.inbox_reader import InboxItem
from infrastructure.vault.inbox_cipher import InboxCipher
from infrastructure.vault.master_key import MasterKey
from jobs.followers.routing import Address, Unroutable

_PURPOSE: Final = "quarantine"

_ROUTABLE_LATER: Final = Unroutable.UNKNOWN_SENDER.value
"""The reason that ends by itself when the sender number is added."""

_INSERT: Final = """
    INSERT INTO hub.quarantine (inbox_id, reason, place, waba_id_digest, phone_number_id_digest,
        sealed_part, app, app_fingerprint, received_at, traceparent, part_digest, defect)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (part_digest) DO NOTHING
"""
_SELECT: Final = """
    SELECT id, inbox_id, reason, place, app, app_fingerprint, received_at, traceparent,
        created_at, replayed_at, defect, sealed_part
    FROM hub.quarantine
"""


class HeldPart(msgspec.Struct, frozen=True):
    """A part in quarantine. `reason` is a stable word, `place` where it stood in the notification.

    `part` is a notification with this part alone, or the whole body; `defect` is where the hub's
    own code failed on it, if it did.
    """

    id: int
    inbox_id: int
    reason: str
    place: str | None
    app: str
    app_fingerprint: str
    received_at: datetime
    traceparent: str | None
    created_at: datetime
    replayed_at: datetime | None
    defect: Defect | None
    part: bytes

    def __repr__(self) -> str:
        return f"HeldPart({self.id}, {self.reason})"

    def as_item(self) -> InboxItem:
        """The part in the form in which the gateway stores bodies."""
        return InboxItem(
            self.inbox_id,
            self.received_at,
            self.app,
            self.app_fingerprint,
            self.traceparent,
            self.part,
        )


class Quarantine:
    """Holds parts over one connection of the followers' role."""

    def __init__(self, connection: Connection[Any], cipher: InboxCipher, key: MasterKey) -> None:
        self._connection = connection
        self._cipher = cipher
        self._digest_key = key.derive("quarantine")

    def hold(
        self,
        item: InboxItem,
        part: bytes,
        *,
        reason: str,
        address: Address,
        place: str | None,
        defect: Defect | None = None,
    ) -> bool:
        """Keep a part; False when the same part is held already."""
        cursor = self._connection.execute(
            _INSERT,
            (
                item.id,
                reason,
                place,
                self._digest("waba", address.waba_id),
                self._digest("phone_number", address.phone_number_id),
                self._cipher.seal(part, _PURPOSE),
                item.app,
                item.app_fingerprint,
                item.received_at,
                item.traceparent,
                self._digest("part", f"{item.app_fingerprint}\n{reason}\n".encode() + part),
                None if defect is None else Jsonb(msgspec.to_builtins(defect)),
            ),
        )
        return cursor.rowcount == 1

    def held(self, *, limit: int, ids: Sequence[int] | None = None) -> list[HeldPart]:
        """Parts that wait, oldest first."""
        return self._fetch(
            """
            WHERE replayed_at IS NULL AND discarded_at IS NULL
              AND (%(ids)s::bigint[] IS NULL OR id = ANY(%(ids)s))
            ORDER BY id LIMIT %(limit)s
            """,
            {"ids": None if ids is None else list(ids), "limit": limit},
        )

    def now_routable(self, addresses: Sequence[Address], *, limit: int) -> list[HeldPart]:
        """Parts that wait for one of the sender numbers with these ids of Meta."""
        return self._fetch(
            """
            WHERE replayed_at IS NULL AND discarded_at IS NULL AND reason = %(reason)s
              AND (phone_number_id_digest = ANY(%(phones)s)
                   OR (phone_number_id_digest IS NULL AND waba_id_digest = ANY(%(wabas)s)))
            ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
            """,
            {
                "reason": _ROUTABLE_LATER,
                "phones": [
                    self._digest("phone_number", address.phone_number_id) for address in addresses
                ],
                "wabas": [self._digest("waba", address.waba_id) for address in addresses],
                "limit": limit,
            },
        )

    def is_waiting_for_senders(self) -> bool:
        """Whether any part may become routable."""
        row = self._connection.execute(
            """
            SELECT FROM hub.quarantine
            WHERE replayed_at IS NULL AND discarded_at IS NULL AND reason = %s LIMIT 1
            """,
            (_ROUTABLE_LATER,),
        ).fetchone()
        return row is not None

    def release(self, part: HeldPart) -> None:
        """Note that a part was replayed; what it said stands in events now and is dropped here."""
        self._connection.execute(
            "UPDATE hub.quarantine SET replayed_at = now(), sealed_part = '' WHERE id = %s",
            (part.id,),
        )

    def discard(self, part_id: int, *, reason: str, by: str) -> bool:
        """Set a part aside for good, and drop what it said; False where none is held."""
        cursor = self._connection.execute(
            """
            UPDATE hub.quarantine SET discarded_at = now(), discarded_by = %s,
                discard_reason = %s, sealed_part = ''
            WHERE id = %s AND replayed_at IS NULL AND discarded_at IS NULL
            """,
            (by, reason, part_id),
        )
        return cursor.rowcount == 1

    def keep(self, part: HeldPart, *, reason: str) -> None:
        """Note why a part still cannot be replayed."""
        self._connection.execute(
            "UPDATE hub.quarantine SET reason = %s WHERE id = %s", (reason, part.id)
        )

    def _fetch(self, clause: str, parameters: dict[str, Any]) -> list[HeldPart]:
        with self._connection.cursor(binary=True) as cursor:
            cursor.execute(_SELECT + clause, parameters)
            return [self._part(row) for row in cursor.fetchall()]

    def _part(self, row: Sequence[Any]) -> HeldPart:
        defect = None if row[-2] is None else msgspec.convert(row[-2], Defect)
        facts = [*row[:-2], defect, self._cipher.open(row[-1], _PURPOSE)]
        return HeldPart(*facts)

    def _digest(self, purpose: str, value: str | bytes | None) -> str | None:
        if value is None:
            return None
        data = value.encode() if isinstance(value, str) else value
        return hmac.digest(self._digest_key, purpose.encode() + b"\n" + data, hashlib.sha256).hex()
