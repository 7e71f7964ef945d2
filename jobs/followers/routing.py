"""Routing: to which firm a part of a webhook belongs, and whether that firm's app signed it."""

from collections import defaultdict
from collections.abc import Iterable
from enum import StrEnum
from typing import Any, NamedTuple

from psycopg import Connection

from infrastructure.whatsapp.updates import Update
from projections.sender_directory import SenderRow, fingerprints_of, senders_by_meta_ids


class Unroutable(StrEnum):
    """Why a part cannot be given to a firm."""

    UNKNOWN_SENDER = "unknown_sender"
    SIGNED_BY_ANOTHER_APP = "signed_by_another_app"
    SEVERAL_FIRMS = "several_firms"


class Address(NamedTuple):
    """What a part of a webhook says about where it belongs."""

    phone_number_id: str | None
    waba_id: str | None


def address_of(update: Update) -> Address:
    """The ids of Meta that an update names."""
    return Address(update.phone_number_id, update.waba_id)


class Routes:
    """The sender numbers that a page of webhooks names."""

    def __init__(self, connection: Connection[Any], addresses: Iterable[Address]) -> None:
        wanted = set(addresses)
        phones = sorted({place.phone_number_id for place in wanted if place.phone_number_id})
        accounts = sorted({place.waba_id for place in wanted if place.waba_id})
        self._by_phone: dict[str, list[SenderRow]] = defaultdict(list)
        self._by_account: dict[str, list[SenderRow]] = defaultdict(list)
        if phones or accounts:
            for row in senders_by_meta_ids(phones, accounts).fetch(connection):
                self._by_phone[row.phone_number_id].append(row)
                self._by_account[row.waba_id].append(row)

    def find(self, address: Address, app_fingerprint: str) -> SenderRow | Unroutable:
        """The sender number for an address; for an account, any of its numbers.

        A part counts for a number only if it was signed with one of the number's own app secrets:
        whoever may sign for one firm cannot write to another.
        """
        if address.phone_number_id is not None:
            candidates = self._by_phone.get(address.phone_number_id, [])
        else:
            candidates = self._by_account.get(address.waba_id or "", [])
        if not candidates:
            return Unroutable.UNKNOWN_SENDER
        signed = [row for row in candidates if app_fingerprint in fingerprints_of(row)]
        if not signed:
            return Unroutable.SIGNED_BY_ANOTHER_APP
        if len({row.tenant_id for row in signed}) > 1:
            return Unroutable.SEVERAL_FIRMS
        return signed[0]
