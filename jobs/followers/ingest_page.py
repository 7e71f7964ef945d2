"""A page of webhooks on its way into the event store: normalised, routed, recorded, or held."""

import itertools
import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
from psycopg import Connection

from domain.defect import Defect
from domain.errors import HubError
from domain.identity import SenderNumberId, TenantId
from domain.inbound_message import Arrival
from domain.ports.clock import Clock
from domain.ports.vault import Vault
from domain.provenance import Actor, ActorKind
from infrastructure.following.page_journal import PageJournal
from infrastructure.following.retry import passes_by_itself
from infrastructure.postgres.inbox_reader import InboxItem
from infrastructure.postgres.journal import TransactionJournal, load_streams
from infrastructure.telemetry.defects import defect_of
from infrastructure.telemetry.metrics import INGEST_UPDATES, WEBHOOK_IGNORED
from infrastructure.telemetry.tracing import span
from infrastructure.unique_ids import new_event_id
from infrastructure.whatsapp.normaliser import normalise
from infrastructure.whatsapp.provider_time import believable_time
from infrastructure.whatsapp.sender_notices import person_of
from infrastructure.whatsapp.updates import (
    CallStep,
    ContactIdentity,
    EchoedMessage,
    InboundMessage,
    MessageStatus,
    Notice,
    SystemIdentityChange,
    UnreadablePart,
    Update,
)
from jobs.followers.contact_book import ContactBook
from jobs.followers.contact_resolution import ContactResolution
from jobs.followers.narrowing import narrowed
from jobs.followers.quarantine import Quarantine
from jobs.followers.received import (
    META,
    Origin,
    Recorder,
    note_notice,
    receive_message,
    receive_status,
    receive_system_notice,
    record_echo,
    report_call,
    stream_id_of,
)
from jobs.followers.routing import Routes, Unroutable, address_of
from projections.sender_directory import SenderRow

log = logging.getLogger(__name__)

FAULT: Final = "fault"
_KNOWN_STREAMS: Final = """
    SELECT originator_id FROM hub.events
    WHERE originator_id = ANY(%s) AND originator_version = 1
"""

Readable = InboundMessage | EchoedMessage | CallStep | MessageStatus | SystemIdentityChange | Notice


class _Reported(NamedTuple):
    item: InboxItem
    order: int
    update: Update


class _Routed(NamedTuple):
    item: InboxItem
    order: int
    update: Readable
    sender: SenderRow
    stream_id: UUID
    concerned: tuple[SenderNumberId, ...]


class IngestPage:
    """Takes webhooks in within one transaction. A fault in one part leaves the others untouched."""

    def __init__(
        self,
        connection: Connection[Any],
        clock: Clock,
        vault: Vault,
        quarantine: Quarantine,
        *,
        reprocesses: bool = False,
    ) -> None:
        """With `reprocesses` the page takes only messages that were kept raw, if it reads them."""
        self._reprocesses = reprocesses
        self._connection = connection
        self._vault = vault
        self._quarantine = quarantine
        self._journal = PageJournal(TransactionJournal(connection, vault))
        self._book = ContactBook(connection, vault)
        self._recorder = Recorder(self._journal, clock, vault)
        self._contacts = ContactResolution(self._journal, self._book, self._recorder)

    def take(self, items: Sequence[InboxItem]) -> dict[int, str]:
        """Record what the webhooks report; returns why an item (by id) could not be taken whole."""
        held: dict[int, str] = {}
        routed: list[_Routed] = []
        for item, order, update, sender in self._route(items):
            if isinstance(update, UnreadablePart):
                held[item.id] = self._hold(item, update, update.reason)
            elif isinstance(sender, Unroutable):
                held[item.id] = self._hold(item, update, sender.value)
            else:
                tenant_id = TenantId(sender.tenant_id)
                stream_id = stream_id_of(self._vault, tenant_id, update)
                concerned = (
                    self._routes.concerned(update, sender) if isinstance(update, Notice) else ()
                )
                routed.append(_Routed(item, order, update, sender, stream_id, concerned))
        seen = self._known_streams(routed)
        self._look_up_people(routed)
        for part in routed:
            if part.stream_id in seen:
                _count(part.update, "duplicate")
            elif (fault := self._record(part)) is not None:
                held[part.item.id] = self._hold(part.item, part.update, *fault)
            else:
                seen.add(part.stream_id)
        self._book.flush()
        self._journal.flush()
        return held

    def _route(
        self, items: Sequence[InboxItem]
    ) -> Iterator[tuple[InboxItem, int, Update, SenderRow | Unroutable]]:
        reported: list[_Reported] = []
        for item in items:
            notification = normalise(item.body)
            for reason, count in notification.ignored.items():
                WEBHOOK_IGNORED.labels(reason).inc(count)
            reported += (
                _Reported(item, order, update)
                for order, update in enumerate(self._taken(notification.updates))
            )
        addresses = (address_of(part.update) for part in reported)
        self._routes = Routes(self._connection, addresses, (part.item.app for part in reported))
        for item, order, update in reported:
            sender = self._routes.find(address_of(update), item.app_fingerprint)
            yield item, order, update, sender

    def _taken(self, updates: Sequence[Update]) -> Iterator[Update]:
        if not self._reprocesses:
            yield from updates
            return
        for update in updates:
            if isinstance(update, InboundMessage | EchoedMessage) and update.is_understood:
                yield msgspec.structs.replace(update, completes=True, arrival=Arrival.REPROCESSED)

    def _known_streams(self, routed: Sequence[_Routed]) -> set[UUID]:
        if not routed:
            return set()
        rows = self._connection.execute(
            _KNOWN_STREAMS, ([part.stream_id for part in routed],)
        ).fetchall()
        return {row[0] for row in rows}

    def _look_up_people(self, routed: Sequence[_Routed]) -> None:
        people: dict[TenantId, list[ContactIdentity]] = defaultdict(list)
        for part in routed:
            match part.update:
                case InboundMessage(sender=sender):
                    people[TenantId(part.sender.tenant_id)].append(sender)
                case EchoedMessage(receiver=person) | CallStep(person=person):
                    people[TenantId(part.sender.tenant_id)].append(person)
                case Notice() as notice if (about := person_of(notice)) is not None:
                    people[TenantId(part.sender.tenant_id)].append(about)
                case SystemIdentityChange(before=before, after=after):
                    people[TenantId(part.sender.tenant_id)] += (before, after)
        for tenant_id, reported in people.items():
            self._book.look_up(tenant_id, reported)
            # One question for all contacts of the page instead of one for each message.
            contacts = self._book.contacts(tenant_id)
            streams = load_streams(self._connection, self._vault, tenant_id, contacts)
            self._journal.know(tenant_id, contacts, itertools.chain(*streams.values()))

    def _record(self, part: _Routed) -> tuple[str, Defect | None] | None:
        """Record one update; returns why it cannot be recorded."""
        marks = self._journal.mark(), self._book.mark()
        try:
            with span("ingest", parent=part.item.traceparent) as traceparent:
                self._take_in(part, traceparent)
        except Exception as error:
            if passes_by_itself(error):
                raise
            self._journal.go_back(marks[0])
            self._book.go_back(marks[1])
            log.exception(
                "A part of a webhook cannot be recorded; it is held in quarantine.",
                extra={"position": part.item.id, "kind": type(part.update).__name__},
            )
            if isinstance(error, HubError):
                return f"{FAULT}_{error.code.lower()}", None
            return FAULT, defect_of(error)
        _count(part.update, "recorded")
        return None

    def _take_in(self, part: _Routed, traceparent: str) -> None:
        origin = Origin(
            tenant_id=TenantId(part.sender.tenant_id),
            sender_number_id=SenderNumberId(part.sender.sender_number_id),
            received_at=part.item.received_at,
            traceparent=traceparent,
            envelope_order=part.order,
        )
        update = part.update
        occurred_at = believable_time(update.provider_time, part.item.received_at)
        event_id = new_event_id()
        match update:
            case InboundMessage():
                contact_id = self._contacts.contact_of(update.sender, origin, occurred_at, event_id)
                actor = Actor(ActorKind.CONTACT, str(contact_id))
                command = receive_message(update, origin, part.stream_id, contact_id, self._vault)
                self._recorder.record(command, origin, actor, occurred_at, event_id=event_id)
            case EchoedMessage():
                contact_id = self._contacts.contact_of(
                    update.receiver, origin, occurred_at, event_id
                )
                echo = record_echo(update, origin, part.stream_id, contact_id, self._vault)
                self._recorder.record(echo, origin, META, occurred_at, event_id=event_id)
            case CallStep():
                contact_id = self._contacts.contact_of(update.person, origin, occurred_at, event_id)
                step = report_call(update, origin, part.stream_id, contact_id, self._vault)
                self._recorder.record(step, origin, META, occurred_at, event_id=event_id)
            case MessageStatus():
                status = receive_status(update, origin, part.stream_id, self._vault, occurred_at)
                self._recorder.record(status, origin, META, occurred_at, event_id=event_id)
            case SystemIdentityChange():
                contact_id = self._contacts.change_identity(update, origin, occurred_at, event_id)
                told = receive_system_notice(update, origin, part.stream_id, contact_id)
                self._recorder.record(told, origin, META, occurred_at, event_id=event_id)
            case Notice():
                person = person_of(update)
                about = None
                if person is not None:
                    about = self._contacts.contact_of(person, origin, occurred_at, event_id)
                notice = note_notice(update, origin, part.stream_id, part.concerned, about)
                self._recorder.record(notice, origin, META, occurred_at, event_id=event_id)

    def _hold(
        self, item: InboxItem, update: Update, reason: str, defect: Defect | None = None
    ) -> str:
        _count(update, "held")
        address = address_of(update)
        part = update.raw if isinstance(update, UnreadablePart) else None
        self._quarantine.hold(
            item,
            part or narrowed(item.body, address),
            reason=reason,
            address=address,
            place=update.place if isinstance(update, UnreadablePart) else None,
            defect=defect,
        )
        return reason


def _count(update: Update, outcome: str) -> None:
    INGEST_UPDATES.labels(type(update).__name__, outcome).inc()
