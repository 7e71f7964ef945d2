"""Made-up consultations: the events of a contact from the first message to the read reply.

The same seed gives the same stories but for the ids of events, so that measurements compare like
with like.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID

from domain.assessment import AssessmentPurpose, AssessmentRationale, AssessmentRecorded
from domain.contact import (
    ConsentGranted,
    ConsentPurpose,
    ConsentText,
    ContactDetails,
    ContactIdentified,
    ContactIdentity,
    IdentityKind,
)
from domain.conversation import ConversationAssigned, ConversationStarted
from domain.delivery_state import DeliveryState
from domain.draft import DraftApproved, DraftContent, DraftSuggested
from domain.event import Event, EventRecord
from domain.identity import (
    ContactId,
    EventId,
    MemberId,
    MessageId,
    SenderNumberId,
    StreamId,
    TenantId,
    assessment_id_after,
    conversation_id_of,
    draft_id_after,
    intake_session_id_of,
    outbound_id_after,
)
from domain.inbound_message import InboundMessageContent, MessageReceived
from domain.intake import (
    IntakeAnswer,
    IntakeCompleted,
    IntakeConsentGiven,
    IntakeQuestionAnswered,
    IntakeQuestionAsked,
    IntakeStarted,
)
from domain.message_content import TextContent
from domain.outbound_body import TextBody
from domain.outbound_message import (
    Approval,
    ApprovalKind,
    MessagePurpose,
    MetaMessageId,
    OutboundAttemptStarted,
    OutboundContent,
    OutboundRequested,
    OutboundSent,
    OutboundStatusUpdated,
)
from domain.provenance import Actor, ActorKind
from infrastructure.unique_ids import new_event_id

_BEGINNING: Final = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
_QUESTION: Final = (
    "selamat pagi saya ingin bertanya tentang masalah tanah warisan keluarga yang belum dibagi "
    "sertifikat masih atas nama almarhum ayah dan kakak saya sudah menjual sebagian tanpa izin "
    "apakah bisa digugat dan berapa lama prosesnya mohon penjelasan terima kasih"
)
_WORDS: Final = tuple(_QUESTION.split())
_SYSTEM: Final = Actor(ActorKind.SYSTEM, "policies")
_META: Final = Actor(ActorKind.META, "whatsapp")
_ASSISTANT: Final = Actor(ActorKind.ASSISTANT, "assistant")
_QUESTIONS: Final = ("deadline_or_date", "full_name", "opposing_party", "key_facts")


class Firm:
    """A firm whose contacts' stories are told one after the other."""

    def __init__(self, tenant_id: TenantId, *, seed: int = 1) -> None:
        self.tenant_id = tenant_id
        self.random = Random(seed)  # noqa: S311 - reproducible, nothing secret
        self.sender_number_id = SenderNumberId(self.identifier())
        self.member_id = MemberId(self.identifier())
        self.moment = _BEGINNING

    def identifier(self) -> UUID:
        """A new id."""
        return UUID(int=self.random.getrandbits(128), version=4)

    def text(self, words: int) -> str:
        """Some words."""
        return " ".join(self.random.choices(_WORDS, k=words))

    def consultation(self) -> list[EventRecord]:
        """The events of one more contact, in the order in which they would be stored."""
        return _Consultation(self).events()


class _Consultation:
    def __init__(self, firm: Firm) -> None:
        self._firm = firm
        self._contact_id = ContactId(firm.identifier())
        self._conversation_id = conversation_id_of(self._contact_id, firm.sender_number_id)
        self._session_id = intake_session_id_of(self._conversation_id)
        self._contact = Actor(ActorKind.CONTACT, str(self._contact_id))
        self._member = Actor(ActorKind.MEMBER, str(firm.member_id))
        self._versions: Counter[UUID] = Counter()
        self._records: list[EventRecord] = []

    def events(self) -> list[EventRecord]:
        first = self._begin()
        self._say("consent_question", MessagePurpose.CONSENT_QUESTION)
        self._consent(first)
        for key in _QUESTIONS:
            self._ask(key)
        self._complete()
        self._review()
        return self._records

    def _add(self, stream_id: UUID, event: Event, actor: Actor) -> EventRecord:
        self._firm.moment += timedelta(seconds=self._firm.random.randint(1, 40))
        self._versions[stream_id] += 1
        event_id = new_event_id()
        before = self._records[-1] if self._records else None
        record = EventRecord(
            event_id=event_id,
            tenant_id=self._firm.tenant_id,
            stream_id=StreamId(stream_id),
            stream_version=self._versions[stream_id],
            event=event,
            actor=actor,
            correlation_id=before.correlation_id if before is not None else event_id,
            occurred_at=self._firm.moment,
            causation_id=before.event_id if before is not None else None,
            traceparent=f"00-{event_id.hex}-{event_id.hex[:16]}-01",
        )
        self._records.append(record)
        return record

    def _begin(self) -> MessageId:
        firm = self._firm
        phone = f"+62812{firm.random.randint(10_000_000, 99_999_999)}"
        identity = ContactIdentity(kind=IdentityKind.PHONE, value=phone)
        details = ContactDetails(identities=(identity,), profile_name=firm.text(2).title())
        identified = ContactIdentified(contact_id=self._contact_id, content=details)
        self._add(self._contact_id, identified, self._contact)
        message_id = self._hear(60)
        started = ConversationStarted(
            conversation_id=self._conversation_id,
            contact_id=self._contact_id,
            sender_number_id=firm.sender_number_id,
            first_message_id=message_id,
        )
        self._add(self._conversation_id, started, _SYSTEM)
        intake = IntakeStarted(
            session_id=self._session_id,
            conversation_id=self._conversation_id,
            contact_id=self._contact_id,
            message_id=message_id,
            flow_version=1,
        )
        self._add(self._session_id, intake, _SYSTEM)
        return message_id

    def _hear(self, words: int) -> MessageId:
        message_id = MessageId(self._firm.identifier())
        received = MessageReceived(
            message_id=message_id,
            conversation_id=self._conversation_id,
            contact_id=self._contact_id,
            sender_number_id=self._firm.sender_number_id,
            kind="text",
            envelope_order=self._firm.random.randint(0, 2),
            content=InboundMessageContent(
                wamid=f"wamid.{message_id.hex}", body=TextContent(body=self._firm.text(words))
            ),
        )
        self._add(message_id, received, self._contact)
        return message_id

    def _ask(self, key: str) -> None:
        asked = IntakeQuestionAsked(
            session_id=self._session_id,
            conversation_id=self._conversation_id,
            contact_id=self._contact_id,
            question_key=key,
            topic=key,
            flow_version=1,
        )
        self._add(self._session_id, asked, _SYSTEM)
        self._say(key, MessagePurpose.INTAKE_QUESTION)
        message_id = self._hear(12)
        answered = IntakeQuestionAnswered(
            session_id=self._session_id,
            conversation_id=self._conversation_id,
            contact_id=self._contact_id,
            message_id=message_id,
            question_key=key,
            topic=key,
            content=IntakeAnswer(text=self._firm.text(12)),
        )
        self._add(self._session_id, answered, self._contact)

    def _consent(self, first: MessageId) -> None:
        message_id = self._hear(1)
        given = IntakeConsentGiven(
            session_id=self._session_id,
            conversation_id=self._conversation_id,
            contact_id=self._contact_id,
            message_id=message_id,
            first_message_id=first,
            flow_version=1,
            content=IntakeAnswer(text="Ya, setuju"),
        )
        event_id = self._add(self._session_id, given, self._contact).event_id
        granted = ConsentGranted(
            contact_id=self._contact_id,
            purposes=(ConsentPurpose.INTAKE, ConsentPurpose.ASSISTANCE),
            flow_version=1,
            language="id",
            message_id=message_id,
            content=ConsentText(question=self._firm.text(20), answer="Ya, setuju"),
        )
        self._add(self._contact_id, granted, _SYSTEM)
        self._assess(event_id, first, AssessmentPurpose.TRIAGE)

    def _complete(self) -> None:
        completed = IntakeCompleted(
            session_id=self._session_id,
            conversation_id=self._conversation_id,
            contact_id=self._contact_id,
            message_id=MessageId(self._firm.identifier()),
            flow_version=1,
        )
        self._add(self._session_id, completed, _SYSTEM)

    def _assess(self, event_id: EventId, message_id: MessageId, purpose: AssessmentPurpose) -> UUID:
        assessment_id = assessment_id_after(event_id)
        recorded = AssessmentRecorded(
            assessment_id=assessment_id,
            conversation_id=self._conversation_id,
            contact_id=self._contact_id,
            message_id=message_id,
            purpose=purpose,
            intent="inheritance",
            urgency=self._firm.random.choice(("emergency", "high", "normal", "low")),
            complexity="moderate",
            estimated_minutes=35,
            confidence=0.83,
            language="id",
            model="local-1",
            content=AssessmentRationale(rationale=self._firm.text(18)),
        )
        self._add(assessment_id, recorded, _ASSISTANT)
        return assessment_id

    def _review(self) -> None:
        completed = self._records[-1].event_id
        message_id = MessageId(self._firm.identifier())
        assessment_id = assessment_id_after(completed)
        self._assess(completed, message_id, AssessmentPurpose.REVIEW)
        draft_id = draft_id_after(assessment_id)
        body = TextBody(text=self._firm.text(60))
        suggested = DraftSuggested(
            draft_id=draft_id,
            conversation_id=self._conversation_id,
            contact_id=self._contact_id,
            message_id=message_id,
            assessment_id=assessment_id,
            model="local-1",
            confidence=0.74,
            content=DraftContent(body=body, reasons=(self._firm.text(8),)),
        )
        self._add(draft_id, suggested, _ASSISTANT)
        assigned = ConversationAssigned(
            conversation_id=self._conversation_id, member_id=self._firm.member_id
        )
        self._add(self._conversation_id, assigned, self._member)
        approved = DraftApproved(
            draft_id=draft_id,
            conversation_id=self._conversation_id,
            contact_id=self._contact_id,
            member_id=self._firm.member_id,
            body_digest=f"{self._firm.random.getrandbits(256):064x}",
            edited=True,
            content=DraftContent(body=body),
        )
        self._add(draft_id, approved, self._member)
        self._send(draft_id, ApprovalKind.DRAFT, body, MessagePurpose.REPLY)

    def _say(self, key: str, purpose: MessagePurpose) -> None:
        reference = self._firm.identifier()
        body = TextBody(text=f"{key}: {self._firm.text(20)}")
        self._send(reference, ApprovalKind.PUBLISHED_TEXT, body, purpose)

    def _send(
        self, reference: UUID, kind: ApprovalKind, body: TextBody, purpose: MessagePurpose
    ) -> None:
        outbound_id = outbound_id_after(reference)
        digest = f"{self._firm.random.getrandbits(256):064x}"
        before = self._records[-1]
        requested = OutboundRequested(
            outbound_message_id=outbound_id,
            conversation_id=self._conversation_id,
            contact_id=self._contact_id,
            sender_number_id=self._firm.sender_number_id,
            purpose=purpose,
            priority=3,
            approval=Approval(
                kind=kind,
                reference=reference,
                event_id=before.event_id,
                approved_by=self._member,
                approved_at=before.occurred_at,
                body_digest=digest,
            ),
            content=OutboundContent(body=body),
        )
        self._add(outbound_id, requested, _SYSTEM)
        started = OutboundAttemptStarted(
            outbound_message_id=outbound_id,
            attempt=1,
            callback_data=f"{outbound_id}.1",
            body_digest=digest,
        )
        self._add(outbound_id, started, _SYSTEM)
        sent = OutboundSent(
            outbound_message_id=outbound_id,
            conversation_id=self._conversation_id,
            contact_id=self._contact_id,
            attempt=1,
            wamid_digest=f"{self._firm.random.getrandbits(256):064x}",
            content=MetaMessageId(wamid=f"wamid.{outbound_id.hex}"),
        )
        self._add(outbound_id, sent, _META)
        for state in (DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ):
            updated = OutboundStatusUpdated(
                outbound_message_id=outbound_id,
                conversation_id=self._conversation_id,
                contact_id=self._contact_id,
                status=state.value,
                state=state,
                provider_time=self._firm.moment + timedelta(seconds=2),
                status_event_id=new_event_id(),
            )
            self._add(outbound_id, updated, _META)
