"""A firm in which anything happens at any time, and a witness who knows what may be sent.

The domain and its policies run on aggregates in memory. The witness keeps its own, simpler account
of consent, approval, window and calls, and judges every call that would reach Meta.
"""

import random
from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from typing import Any, Final, TypeVar
from uuid import UUID, uuid5

from domain.admission import Admitted, Sending, admit
from domain.aggregate import Aggregate, Command, CommandContext
from domain.change_sending_rules import ChangeSendingRules
from domain.contact import (
    ConsentPurpose,
    Contact,
    ContactDetails,
    ContactIdentity,
    IdentityKind,
)
from domain.contact_commands import GrantConsent, IdentifyContact, OptIn, OptOut, WithdrawConsent
from domain.conversation import (
    CloseConversation,
    Conversation,
    NoteInboundMessage,
    ReopenConversation,
)
from domain.delivery_state import DeliveryState
from domain.draft import WriteReply
from domain.errors import HubError
from domain.event import Event, EventRecord
from domain.identity import DraftId, EventId, MessageId, OutboundMessageId, StreamId
from domain.intake_flow import PublishIntakeFlow
from domain.message_status import MessageStatusReceived
from domain.outbound_commands import (
    DoubtDecision,
    RecordAttemptFailure,
    RecordFailure,
    RecordInDoubt,
    RecordSent,
    RefuseSend,
    SettleDoubt,
    StartAttempt,
)
from domain.outbound_message import MessagePurpose, OutboundMessage
from domain.outbound_timing_commands import (
    CancelOutbound,
    PostponeSend,
    RescheduleOutbound,
    TendDoubt,
)
from domain.policies import commands_after
from domain.provenance import Actor
from domain.sender_number import (
    PauseSenderNumber,
    ResumeSenderNumber,
    SenderNumber,
    SenderNumberAdded,
)
from domain.sending_rules import DoubtAction, Postponed, SendingRules
from domain.standard_intake import standard_intake
from domain.tenant import ResumeTenant, SuspendTenant, Tenant, TenantCreated
from tests.domain.given import ASSISTANT, LAWYER, OPERATOR, SYSTEM, TENANT, digest, text
from tests.domain.memory_journal import START
from tests.domain.samples import sample_of
from tests.domain.story import CONTACT_ID, CONVERSATION_ID, SENDER_ID

A = TypeVar("A", bound=Aggregate)

CONTACT: Final = Actor(kind=LAWYER.kind.CONTACT, id=str(CONTACT_ID))
WORDS: Final = tuple(text(f"Kami bantu, bagian {place}.") for place in range(4))
LEFT: Final = {"sent", "delivered", "read", "played"}
QUIET: Final = SendingRules(
    quiet_from=time(21),
    quiet_until=time(7),
    approval_life_hours=12,
    doubt_actions={MessagePurpose.REPLY: DoubtAction.RESEND},
)
DETAILS: Final = ContactDetails(
    identities=(ContactIdentity(kind=IdentityKind.PHONE, value="+6281234567890"),),
    profile_name="Siti",
)
FLOW: Final = standard_intake(version=1)
"""A firm that asks for consent; so its replies need it."""
NUMBER: Final = sample_of(SenderNumberAdded, sender_number_id=SENDER_ID)
CREATED: Final = TenantCreated(tenant_id=TENANT, name="Kantor Hukum Melati")


class Call:
    """A call as Meta saw it, and whether the contact got the message."""

    def __init__(self, message: UUID, attempt: int, *, arrives: bool) -> None:
        self.message = message
        self.attempt = attempt
        self.arrives = arrives
        self.may_be_repeated = False


class Witness:
    """What is true, kept without the domain's help."""

    def __init__(self) -> None:
        self.consented = self.opted_out = self.closed = False
        self.suspended = self.paused = False
        self.last_inbound: datetime | None = None
        self.rules = SendingRules()
        self.approved: dict[UUID, tuple[int, datetime, datetime | None]] = {}
        self.not_before: dict[UUID, datetime] = {}
        self.cancelled: set[UUID] = set()
        self.calls: list[Call] = []

    def judge(self, message: UUID, words: str, now: datetime) -> None:
        """Raise AssertionError for a call that nobody may make."""
        assert message in self.approved, "nobody approved it"
        place, approved_at, send_at = self.approved[message]
        assert words == digest(WORDS[place]), "other words than the approved ones"
        assert self.consented, "no consent"
        assert not self.opted_out, "opted out"
        assert not self.closed, "conversation closed"
        assert not self.suspended, "firm suspended"
        assert not self.paused, "number paused"
        assert message not in self.cancelled, "taken back"
        assert self.last_inbound is not None, "the contact never wrote"
        assert now < self.last_inbound + timedelta(hours=24), "window closed"
        assert now >= self.not_before.get(message, now), "before its time"
        life = timedelta(hours=self.rules.approval_life_hours)
        assert now < max(approved_at, send_at or approved_at) + life, "approval too old"
        if self.rules.quiet_from is not None:
            local = (now + timedelta(hours=7)).time()
            assert time(7) <= local < time(21), "quiet hours"
        for call in self.calls:
            assert call.message != message or call.may_be_repeated, "a second call"


class World:
    """The firm. Each step is one thing that happens, drawn by lot."""

    def __init__(self, lot: random.Random) -> None:
        self.lot = lot
        self.now = START
        self.witness = Witness()
        self.aggregates: dict[UUID, Any] = {}
        self.records: list[EventRecord] = []
        self.underway: list[tuple[OutboundMessageId, int, Call]] = []
        self._number = 0
        self._put(Tenant, TENANT, CREATED)
        self._put(SenderNumber, SENDER_ID, NUMBER)
        self.do(PublishIntakeFlow(tenant_id=TENANT, flow=FLOW), OPERATOR)
        self.do(IdentifyContact(contact_id=CONTACT_ID, details=DETAILS), CONTACT)
        self._inbound()
        if lot.random() < 0.8:
            self._consent()

    # --- reading, as the policies do ---

    def load(self, kind: type[A], stream_id: UUID) -> A:
        found = self.aggregates.get(stream_id)
        return found if isinstance(found, kind) else kind(stream_id)

    def digest_body(self, body: Any) -> str:
        return digest(body)

    def outbound_with(self, _wamid_digest: str) -> OutboundMessageId | None:
        return None

    # --- carrying out ---

    def do(self, command: Command, by: Actor) -> bool:
        """Carry a command out; what the domain refuses changes nothing."""
        aggregate = self.load(command.AGGREGATE, command.stream_id)
        if aggregate.pending:
            raise AssertionError("something was left over")
        context = CommandContext(now=self.now, actor=by, digest_body=digest)
        try:
            command.execute(aggregate, context)
        except HubError:
            aggregate._pending.clear()
            return False
        self.aggregates[command.stream_id] = aggregate
        events = aggregate.pending
        aggregate.note_stored(
            [
                self._record(command.stream_id, aggregate.version + place, event, by)
                for place, event in enumerate(events, start=1)
            ]
        )
        return bool(events)

    def _record(self, stream_id: UUID, version: int, event: Event, by: Actor) -> EventRecord:
        self._number += 1
        record = EventRecord(
            event_id=EventId(UUID(int=self._number)),
            tenant_id=TENANT,
            stream_id=StreamId(stream_id),
            stream_version=version,
            event=event,
            actor=by,
            correlation_id=TENANT,
            occurred_at=self.now,
        )
        self.records.append(record)
        return record

    def _put(self, kind: type[Aggregate], stream_id: UUID, event: Event) -> None:
        self.aggregates[stream_id] = kind.replay(stream_id, [event])

    def react(self, record: EventRecord) -> None:
        for command in commands_after(record, self):
            self.do(command, SYSTEM)

    # --- what happens ---

    def step(self) -> None:
        self.lot.choices(_STEPS, _WEIGHTS)[0](self)

    def _inbound(self) -> None:
        self.witness.last_inbound = self.now
        self.witness.closed = False
        self.do(
            NoteInboundMessage(
                conversation_id=CONVERSATION_ID,
                contact_id=CONTACT_ID,
                sender_number_id=SENDER_ID,
                message_id=MessageId(uuid5(TENANT, str(self._number))),
                is_of_contact=True,
            ),
            SYSTEM,
        )

    def _consent(self) -> None:
        grant = GrantConsent(
            contact_id=CONTACT_ID,
            purposes=tuple(ConsentPurpose),
            flow_version=1,
            language="id",
            message_id=MessageId(uuid5(TENANT, f"yes {self._number}")),
            question="Apakah Anda setuju?",
            answer="Setuju",
        )
        if self.do(grant, CONTACT):
            self.witness.consented = True

    def _withdraw(self) -> None:
        command = WithdrawConsent(contact_id=CONTACT_ID, purposes=tuple(ConsentPurpose))
        if self.do(command, CONTACT):
            self.witness.consented = False

    def _opt_out(self) -> None:
        if self.do(OptOut(contact_id=CONTACT_ID), CONTACT):
            self.witness.opted_out = True

    def _opt_in(self) -> None:
        if self.do(OptIn(contact_id=CONTACT_ID), CONTACT):
            self.witness.opted_out = False

    def _close(self) -> None:
        if self.do(CloseConversation(conversation_id=CONVERSATION_ID, reason="done"), LAWYER):
            self.witness.closed = True

    def _reopen(self) -> None:
        if self.do(ReopenConversation(conversation_id=CONVERSATION_ID), LAWYER):
            self.witness.closed = False

    def _firm_stops_or_goes_on(self) -> None:
        stops = self.lot.random() < 0.3
        if self.lot.random() < 0.5:
            stop = SuspendTenant(tenant_id=TENANT, reason="bills")
            self.do(stop if stops else ResumeTenant(tenant_id=TENANT), OPERATOR)
            self.witness.suspended = stops
        else:
            pause = PauseSenderNumber(sender_number_id=SENDER_ID, reason="care")
            self.do(pause if stops else ResumeSenderNumber(sender_number_id=SENDER_ID), OPERATOR)
            self.witness.paused = stops

    def _change_rules(self) -> None:
        rules = self.lot.choice([QUIET, SendingRules(), SendingRules(approval_life_hours=3)])
        self.do(ChangeSendingRules(tenant_id=TENANT, rules=rules), OPERATOR)
        self.witness.rules = rules

    def _write(self) -> None:
        place = self.lot.randrange(len(WORDS))
        ahead = self.lot.choice([None, None, 1, 6, 30])
        send_at = None if ahead is None else self.now + timedelta(hours=ahead)
        draft_id = DraftId(uuid5(TENANT, f"draft {self._number}"))
        command = WriteReply(
            draft_id=draft_id,
            conversation_id=CONVERSATION_ID,
            contact_id=CONTACT_ID,
            body=WORDS[place],
            body_digest=digest(WORDS[self.lot.choice([place, place, place, 0])]),
            send_at=send_at,
        )
        author = self.lot.choice([LAWYER, LAWYER, LAWYER, ASSISTANT, SYSTEM])
        known = set(self.aggregates)
        if not self.do(command, author):
            return
        assert author is LAWYER, "words without a human"
        self.react(self.records[-1])
        for stream_id in set(self.aggregates) - known:
            if isinstance(self.aggregates[stream_id], OutboundMessage):
                self._approved(self.aggregates[stream_id], place, send_at)

    def _approved(self, message: OutboundMessage, place: int, wanted: datetime | None) -> None:
        """Quiet hours may move what was wanted to their end, and the approval's life with it."""
        planned = message.requested.send_at
        if planned != wanted:
            assert planned is not None, "a chosen time was forgotten"
            night = planned - (wanted or self.now)
            assert timedelta() < night <= timedelta(hours=10), "moved without quiet hours"
        self.witness.approved[message.id] = (place, self.now, planned)
        if wanted is not None:
            self.witness.not_before[message.id] = wanted

    def _lane(self) -> None:
        """The lane looks after everything that waits, as it does with each ring."""
        for message in self._messages():
            if message.state is DeliveryState.REQUESTED:
                self._send(message)

    def _send(self, message: OutboundMessage) -> None:
        if message.due_at is not None and message.due_at > self.now:
            return
        content = message.content
        assert content is not None
        words = digest(content.body)
        number = OutboundMessageId(message.id)
        verdict = admit(
            Sending(
                message=message,
                contact=self.load(Contact, CONTACT_ID),
                conversation=self.load(Conversation, CONVERSATION_ID),
                tenant=self.load(Tenant, TENANT),
                sender_number=self.load(SenderNumber, SENDER_ID),
                body_digest=words,
                last_inbound_at=self.witness.last_inbound,
                now=self.now,
            )
        )
        match verdict:
            case Postponed():
                self.do(
                    PostponeSend(
                        outbound_message_id=number, due_at=verdict.until, reason=verdict.reason
                    ),
                    SYSTEM,
                )
            case Admitted():
                if self.do(StartAttempt(outbound_message_id=number, body_digest=words), SYSTEM):
                    self._call(message, words)
            case _ if not verdict.is_temporary:
                refuse = RefuseSend(outbound_message_id=number, reason=verdict.reason)
                self.do(refuse, SYSTEM)

    def _call(self, message: OutboundMessage, words: str) -> None:
        number = OutboundMessageId(message.id)
        if self.lot.random() < 0.05:
            # The sender died before the call; nobody can tell that from a lost answer.
            ghost = Call(message.id, message.attempt, arrives=False)
            self.underway.append((number, message.attempt, ghost))
            return
        self.witness.judge(message.id, words, self.now)
        fate = self.lot.choice(["accepted", "again", "never", "lost", "lost after all", "crash"])
        call = Call(message.id, message.attempt, arrives=fate in {"accepted", "lost", "crash"})
        self.witness.calls.append(call)
        attempt = message.attempt
        match fate:
            case "accepted":
                sent = RecordSent(
                    outbound_message_id=number,
                    attempt=attempt,
                    wamid=f"w{self._number}",
                    wamid_digest=f"{self._number:064x}",
                )
                self.do(sent, SYSTEM)
            case "again":
                call.may_be_repeated = True
                self.do(
                    RecordAttemptFailure(
                        outbound_message_id=number,
                        attempt=attempt,
                        code=131016,
                        words="away",
                        due_at=self.now + timedelta(seconds=self.lot.choice([1, 60])),
                        is_spent=self.lot.random() < 0.5,
                    ),
                    SYSTEM,
                )
            case "never":
                fail = RecordFailure(
                    outbound_message_id=number, attempt=attempt, code=131026, words="no"
                )
                self.do(fail, SYSTEM)
            case "crash":
                self.underway.append((number, attempt, call))
            case _:
                self._doubt(number, attempt, "no_answer_in_time")

    def _recover(self) -> None:
        """Another process takes the lane over and finds attempts without an outcome."""
        for number, attempt, _ in self.underway:
            self._doubt(number, attempt, "sender_died")
        self.underway.clear()

    def _doubt(self, number: OutboundMessageId, attempt: int, cause: str) -> None:
        self.do(RecordInDoubt(outbound_message_id=number, attempt=attempt, cause=cause), SYSTEM)

    def _status(self) -> None:
        """Meta reports about any call, in any order, again and again; the echo may be missing."""
        if not self.witness.calls:
            return
        call = self.lot.choice(self.witness.calls)
        words = self.lot.choice(sorted(LEFT)) if call.arrives else "failed"
        status = MessageStatusReceived(
            tenant_id=TENANT,
            sender_number_id=SENDER_ID,
            wamid_digest="d" * 64,
            status=words,
            outbound_message_id=OutboundMessageId(call.message),
            attempt=self.lot.choice([call.attempt, call.attempt, None]),
        )
        self.react(self._record(uuid5(TENANT, f"status {self._number}"), 1, status, SYSTEM))

    def _settle(self) -> None:
        for message in self._messages():
            if message.state is not DeliveryState.IN_DOUBT:
                continue
            decision = self.lot.choice(list(DoubtDecision))
            author = self.lot.choice([LAWYER, LAWYER, SYSTEM])
            command = SettleDoubt(
                outbound_message_id=OutboundMessageId(message.id), decision=decision
            )
            if self.do(command, author):
                assert author is LAWYER, "a doubt settled by a part of the system"
                if decision is DoubtDecision.SEND_AGAIN:
                    self._allow_repetition(message)

    def _tend(self) -> None:
        tenant = self.load(Tenant, TENANT)
        for message in self._messages():
            if message.state is DeliveryState.IN_DOUBT:
                action = tenant.sending_rules.action_for(message.requested.purpose)
                by = tenant.sending_rules_by
                command = TendDoubt(
                    outbound_message_id=OutboundMessageId(message.id),
                    attempt=message.attempt,
                    action=action,
                    decided_by=by,
                )
                self.do(command, SYSTEM)
                if self.load(OutboundMessage, message.id).state is DeliveryState.REQUESTED:
                    assert by is not None, "sent again although nobody allowed it"
                    assert by.is_human, "sent again although nobody allowed it"
                    self._allow_repetition(message)

    def _allow_repetition(self, message: OutboundMessage) -> None:
        for call in self.witness.calls:
            if call.message == message.id:
                call.may_be_repeated = True

    def _cancel_or_move(self) -> None:
        for message in self._messages():
            number = OutboundMessageId(message.id)
            if self.lot.random() < 0.5:
                if self.do(CancelOutbound(outbound_message_id=number), LAWYER):
                    self.witness.cancelled.add(message.id)
                continue
            send_at = self.now + timedelta(hours=self.lot.choice([1, 8]))
            if self.do(RescheduleOutbound(outbound_message_id=number, send_at=send_at), LAWYER):
                self.witness.not_before[message.id] = send_at

    def _time_passes(self) -> None:
        self.now += timedelta(seconds=self.lot.choice([1, 70, 1200, 3 * 3600, 26 * 3600]))

    def _messages(self) -> Iterator[OutboundMessage]:
        return iter([m for m in self.aggregates.values() if isinstance(m, OutboundMessage)])


_CHANCES: Final[dict[Callable[[World], None], float]] = {
    World._inbound: 3,
    World._consent: 4,
    World._withdraw: 0.5,
    World._opt_out: 0.5,
    World._opt_in: 2,
    World._close: 0.5,
    World._reopen: 2,
    World._firm_stops_or_goes_on: 2,
    World._change_rules: 1,
    World._write: 6,
    World._lane: 8,
    World._recover: 2,
    World._status: 4,
    World._settle: 2,
    World._tend: 2,
    World._cancel_or_move: 1,
    World._time_passes: 3,
}
_STEPS: Final = list(_CHANCES)
_WEIGHTS: Final = list(_CHANCES.values())
