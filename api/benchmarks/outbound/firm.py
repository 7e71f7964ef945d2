"""Firms with approved messages that wait to be sent, made at once and not one by one."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Final, NamedTuple

from domain.aggregate import Aggregate, Command
from domain.body_digest import body_digest
from domain.contact import (
    ConsentPurpose,
    Contact,
    ContactDetails,
    ContactIdentity,
    IdentityKind,
)
from domain.contact_commands import GrantConsent, IdentifyContact
from domain.conversation import Conversation, NoteInboundMessage
from domain.event import EventRecord
from domain.identity import (
    ContactId,
    ConversationId,
    EventId,
    MessageId,
    OutboundMessageId,
    SenderNumberId,
    TenantId,
    conversation_id_of,
)
from domain.inbound_message import (
    InboundMessage,
    InboundMessageContent,
    MessageReceived,
    ReceiveMessage,
)
from domain.message_content import TextContent
from domain.outbound_body import TextBody
from domain.outbound_commands import RequestOutbound
from domain.outbound_message import Approval, ApprovalKind, MessagePurpose, OutboundMessage
from domain.ports.journal import AppendRequest
from domain.provenance import Actor, ActorKind, Provenance
from domain.scopes import Scope
from infrastructure.firm_setup import FirmSetup, SenderSecrets
from infrastructure.postgres.connections import tenant_session
from infrastructure.postgres.journal import TransactionJournal
from infrastructure.unique_ids import new_id
from infrastructure.wiring import Store

EVERY_SCOPE: Final = frozenset(Scope)
REPLY_SCOPES: Final = frozenset({Scope.REPLIES_SEND})
BATCH: Final = 100
WORDS: Final = "Kami akan menghubungi Anda hari ini."
BROADCAST: Final = 9
REPLY: Final = 3

_serial: Final = count(1)
_SYSTEM: Final = Actor(ActorKind.SYSTEM, "bench")


class Person(NamedTuple):
    """A contact who has written a moment ago, and the conversation with it."""

    contact_id: ContactId
    conversation_id: ConversationId


class SendingFirm:
    """A firm with one number and people to write to."""

    def __init__(
        self, store: Store, graph_url: str, *, level: int = 1000, chosen: int | None = None
    ) -> None:
        self._store = store
        setup = FirmSetup(store, operator="bench")
        place = next(_serial)
        self.tenant_id: TenantId = setup.create_tenant(f"Kantor Hukum Pengukuran {place}")
        self.phone_number_id = f"{200_000 + place}"
        self.number_id: SenderNumberId = setup.add_sender_number(
            self.tenant_id,
            waba_id=f"{100_000 + place}",
            phone_number_id=self.phone_number_id,
            display_phone=f"+62 21 5550 {1000 + place}",
            secrets=SenderSecrets("b" * 32, verify_token="bench", access_token="bench"),  # noqa: S106
            graph_url=graph_url,
        )
        setup.limit_sender_number(
            self.tenant_id, self.number_id, level_per_second=level, chosen_per_second=chosen
        )
        self.member = Actor(ActorKind.MEMBER, str(new_id()))

    def people(self, number: int) -> list[Person]:
        """Make so many contacts, with consent and an open window."""
        made: list[Person] = []
        for first in range(0, number, BATCH):
            requests: list[AppendRequest] = []
            for _ in range(first, min(first + BATCH, number)):
                person = self._new_person(requests)
                made.append(person)
            self._append(requests)
        return made

    def requests(
        self, people: Sequence[Person], number: int, *, priority: int = BROADCAST
    ) -> list[OutboundMessageId]:
        """Approve so many messages to these people in turn; they are due now."""
        body = TextBody(text=WORDS)
        approval = Approval(
            kind=ApprovalKind.DRAFT,
            reference=new_id(),
            event_id=EventId(new_id()),
            approved_by=self.member,
            approved_at=datetime.now(UTC),
            body_digest=body_digest(self._store.vault, self.tenant_id, body),
        )
        made: list[OutboundMessageId] = []
        for first in range(0, number, BATCH):
            requests: list[AppendRequest] = []
            for place in range(first, min(first + BATCH, number)):
                person = people[place % len(people)]
                message_id = OutboundMessageId(new_id())
                command = RequestOutbound(
                    outbound_message_id=message_id,
                    conversation_id=person.conversation_id,
                    contact_id=person.contact_id,
                    sender_number_id=self.number_id,
                    purpose=MessagePurpose.REPLY,
                    priority=priority,
                    approval=approval,
                    body=body,
                )
                requests.append(self._decided(OutboundMessage(message_id), command))
                made.append(message_id)
            self._append(requests)
        return made

    def provenance(self) -> Provenance:
        """A member of the firm acts."""
        return Provenance(tenant_id=self.tenant_id, actor=self.member, correlation_id=new_id())

    def _new_person(self, requests: list[AppendRequest]) -> Person:
        contact_id, message_id = ContactId(new_id()), MessageId(new_id())
        conversation_id = conversation_id_of(contact_id, self.number_id)
        phone = f"+62812{next(_serial):08}"
        details = ContactDetails(
            identities=(ContactIdentity(kind=IdentityKind.PHONE, value=phone),),
            profile_name="Orang Pengukuran",
        )
        received = MessageReceived(
            message_id=message_id,
            conversation_id=conversation_id,
            contact_id=contact_id,
            sender_number_id=self.number_id,
            kind="text",
            envelope_order=0,
            content=InboundMessageContent(
                wamid=f"wamid.{message_id}", body=TextContent(body="Selamat pagi")
            ),
        )
        consent = GrantConsent(
            contact_id=contact_id,
            purposes=(ConsentPurpose.INTAKE,),
            flow_version=1,
            language="id",
            message_id=message_id,
            question="Apakah Anda setuju?",
            answer="Setuju",
        )
        noted = NoteInboundMessage(
            conversation_id=conversation_id,
            contact_id=contact_id,
            sender_number_id=self.number_id,
            message_id=message_id,
        )
        identified = IdentifyContact(contact_id=contact_id, details=details)
        requests += [
            self._decided(Contact(contact_id), identified, consent),
            self._decided(InboundMessage(message_id), ReceiveMessage(message=received)),
            self._decided(Conversation(conversation_id), noted),
        ]
        return Person(contact_id, conversation_id)

    def _decided(self, aggregate: Aggregate, *commands: Command) -> AppendRequest:
        provenance = Provenance(
            tenant_id=self.tenant_id, actor=_SYSTEM, correlation_id=aggregate.id
        )
        records: tuple[EventRecord, ...] = ()
        for command in commands:
            # Each time everything that is pending comes back: the last answer holds all of it.
            records = self._store.hub.decide(command, aggregate, provenance, EVERY_SCOPE)
        return AppendRequest(records=records)

    def _append(self, requests: list[AppendRequest]) -> None:
        with tenant_session(self._store.pool, self.tenant_id) as connection:
            TransactionJournal(connection, self._store.vault).append_many(requests)
