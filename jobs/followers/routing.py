"""Routing: to which firm a part of a webhook belongs, and whether that firm's app signed it."""

from collections import defaultdict
from collections.abc import Iterable
from enum import StrEnum
from typing import Any, NamedTuple

from psycopg import Connection

from domain.identity import SenderNumberId
from infrastructure.whatsapp.members import phone_digits
from infrastructure.whatsapp.sender_notices import named_number
from infrastructure.whatsapp.updates import Notice, Update
from projections.sender_directory import (
    SenderRow,
    fingerprints_of,
    senders_by_meta_ids,
    senders_of_apps,
)


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


_NOWHERE = Address(None, None)
"""The address of what belongs to a business portfolio: the signature alone tells the firm."""


class Routes:
    """The sender numbers that a page of webhooks names."""

    def __init__(
        self,
        connection: Connection[Any],
        addresses: Iterable[Address],
        apps: Iterable[str] = (),
    ) -> None:
        """`apps` are the apps that signed; a part that names no number is told to their firm."""
        wanted = set(addresses)
        phones = sorted({place.phone_number_id for place in wanted if place.phone_number_id})
        accounts = sorted({place.waba_id for place in wanted if place.waba_id})
        self._by_phone: dict[str, list[SenderRow]] = defaultdict(list)
        self._by_account: dict[str, list[SenderRow]] = defaultdict(list)
        if phones or accounts:
            for row in senders_by_meta_ids(phones, accounts).fetch(connection):
                self._by_phone[row.phone_number_id].append(row)
                self._by_account[row.waba_id].append(row)
        self._without_address: list[SenderRow] = []
        if any(address == _NOWHERE for address in wanted):
            self._without_address = senders_of_apps(sorted(set(apps))).fetch(connection)

    def find(self, address: Address, app_fingerprint: str) -> SenderRow | Unroutable:
        """The sender number for an address; for an account, any of its numbers.

        A part counts for a number only if it was signed with one of the number's own app secrets:
        whoever may sign for one firm cannot write to another.
        """
        if address.phone_number_id is not None:
            candidates = self._by_phone.get(address.phone_number_id, [])
        elif address == _NOWHERE:
            candidates = self._without_address
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

    def concerned(self, notice: Notice, sender: SenderRow) -> tuple[SenderNumberId, ...]:
        """The numbers of the firm that a notice is about: the one it names, or all of the account.

        Meta names a number by its id, or only by its digits.
        """
        if notice.phone_number_id is not None:
            return (SenderNumberId(sender.sender_number_id),)
        account = [
            row
            for row in self._by_account.get(notice.waba_id or "", [])
            if row.tenant_id == sender.tenant_id
        ]
        digits, meta_id = named_number(notice)
        named = [
            row
            for row in account
            if row.phone_number_id == meta_id or phone_digits(row.display_phone) == digits
        ]
        told_one = digits is not None or meta_id is not None
        chosen = named if told_one else account
        return tuple(sorted(SenderNumberId(row.sender_number_id) for row in chosen))
