"""A firm for tests: set up by an operator's commands, with stories told by events."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from domain.assessment import AssessmentPurpose, AssessmentRationale, AssessmentRecorded
from domain.broadcast import (
    Audience,
    BroadcastContent,
    BroadcastDrafted,
    BroadcastPlanned,
    BroadcastPlanRequested,
    ForecastLine,
    ReasonCount,
)
from domain.broadcast_recipient import BroadcastRecipientPlanned, RecipientContent
from domain.broadcast_words import TextWords
from domain.contact import (
    ConsentGranted,
    ConsentPurpose,
    ConsentText,
    ContactDetails,
    ContactIdentified,
    ContactIdentity,
    IdentityKind,
    OptedOut,
)
from domain.conversation import ConversationStarted
from domain.draft import DraftContent, DraftSuggested
from domain.event import Event, EventRecord
from domain.identity import (
    AssessmentId,
    BroadcastId,
    BroadcastPlanId,
    ContactId,
    ConversationId,
    DraftId,
    EventId,
    MemberId,
    MessageId,
    PlanRequestId,
    SenderNumberId,
    StreamId,
    TemplateId,
    TenantId,
    broadcast_recipient_id_of,
    conversation_id_of,
    outbound_id_after,
    template_id_of,
)
from domain.inbound_message import InboundMessageContent, MessageReceived
from domain.intake import IntakeAnswer, IntakeConsentGiven, IntakeStarted
from domain.message_content import TextContent
from domain.outbound_body import TextBody
from domain.provenance import Actor, ActorKind, Provenance
from domain.scopes import POLICY_SCOPES, Role
from domain.template import TemplateQuality, TemplateStatus
from domain.template_components import ParameterFormat, TemplateCategory, TemplateComponents
from domain.template_reports import NoteTemplateListing, TemplateReport
from infrastructure.firm_setup import FirmSetup, SenderSecrets
from infrastructure.unique_ids import new_event_id, new_id
from tests.api.stack import Stack

APP_SECRET = "an app secret that only tests use"
VERIFY_TOKEN = "a verify token that only tests use"
_SYSTEM = Actor(ActorKind.SYSTEM, "policies")
_ASSISTANT = Actor(ActorKind.ASSISTANT, "assistant")


class Consultation(NamedTuple):
    """What a story is about."""

    contact_id: ContactId
    conversation_id: ConversationId
    message_id: MessageId
    session_id: UUID
    draft_id: DraftId
    text: str
    phone: str
    name: str


class Firm:
    """A firm with a number, a member of each role, and tokens by role."""

    def __init__(self, stack: Stack, name: str) -> None:
        self.stack = stack
        self.name = name
        self.setup = FirmSetup(stack.store, "tests")
        self.tenant_id: TenantId = self.setup.create_tenant(name)
        self.app = f"app-{new_id().hex[:12]}"
        self.waba_id = str(new_id().int)[-15:]
        self.phone_number_id = str(new_id().int)[-15:]
        self.sender_number_id: SenderNumberId = self.setup.add_sender_number(
            self.tenant_id,
            waba_id=self.waba_id,
            phone_number_id=self.phone_number_id,
            display_phone="+622129001234",
            secrets=SenderSecrets(APP_SECRET, VERIFY_TOKEN, "an access token"),
            app=self.app,
        )
        self.members: dict[Role, MemberId] = {}
        self.tokens: dict[Role, str] = {}
        for role in Role:
            self.members[role] = self.setup.add_member(
                self.tenant_id, name=f"{role} of {name}", email=f"{role}@firm.test", role=role
            )
            issued = self.setup.issue_token(self.tenant_id, self.members[role], ttl_days=1)
            self.tokens[role] = issued.token
        self._versions: Counter[UUID] = Counter()
        self.moment = datetime.now(UTC) - timedelta(hours=1)
        stack.wait_until_seen(self.tenant_id)

    @property
    def lawyer(self) -> str:
        return self.tokens[Role.LAWYER]

    def consultation(
        self, text: str = "Selamat pagi, rumah saya digugat.", *, urgency: str = "high"
    ) -> Consultation:
        """A contact writes, consents, is assessed, and a draft waits for the lawyer."""
        contact_id = ContactId(new_id())
        conversation_id = conversation_id_of(contact_id, self.sender_number_id)
        story = Consultation(
            contact_id=contact_id,
            conversation_id=conversation_id,
            message_id=MessageId(new_id()),
            session_id=new_id(),
            draft_id=DraftId(new_id()),
            text=text,
            phone=f"+62812{str(contact_id.int)[-8:]}",
            name=f"Klien {contact_id.hex[-6:]}",
        )
        self.stack.append(self._events(story, urgency))
        self.stack.wait_until_seen(self.tenant_id)
        return story

    def hear(self, story: Consultation, text: str) -> EventRecord:
        """The contact of a story writes again."""
        record = self._received(story, MessageId(new_id()), text)
        self.stack.append([record])
        return record

    def append_next(self, stream_id: UUID, event: Event) -> None:
        """Let something happen to a stream, whatever happened to it before."""
        version = len(self.stack.store.journal.load(self.tenant_id, stream_id))
        self._versions[stream_id] = version
        self.stack.append([self._record(stream_id, event, _SYSTEM)])

    def report(self, command: TemplateReport) -> None:
        """Meta tells something about a template."""
        provenance = Provenance(
            tenant_id=self.tenant_id,
            actor=Actor(ActorKind.META, "whatsapp"),
            correlation_id=new_id(),
        )
        self.stack.store.hub.handle(command, provenance, POLICY_SCOPES)
        self.stack.wait_until_seen(self.tenant_id)

    def template(
        self,
        name: str,
        components: TemplateComponents,
        status: TemplateStatus = TemplateStatus.APPROVED,
        category: TemplateCategory = TemplateCategory.UTILITY,
    ) -> TemplateId:
        """A template of the firm's account."""
        template_id = template_id_of(self.tenant_id, self.waba_id, name, "id")
        self.report(
            NoteTemplateListing(
                template_id=template_id,
                tenant_id=self.tenant_id,
                waba_id=self.waba_id,
                name=name,
                language="id",
                meta_template_id="7",
                reported_at=datetime.now(UTC) - timedelta(minutes=1),
                status=status,
                quality=TemplateQuality.GREEN,
                category=category,
                components=components,
                parameter_format=ParameterFormat.POSITIONAL,
            )
        )
        return template_id

    def broadcast(self, story: Consultation, *, writes_first: int | None = None) -> BroadcastId:
        """A broadcast to the contact of a story, planned and waiting for its approval."""
        broadcast_id = BroadcastId(new_id())
        plan_id, request_id = BroadcastPlanId(new_id()), PlanRequestId(new_id())
        recipient_id = broadcast_recipient_id_of(plan_id, story.contact_id)
        body = TextBody(text=f"Yth. {story.name}, kantor tutup pada hari Senin.")
        events: list[tuple[UUID, Event]] = [
            (
                broadcast_id,
                BroadcastDrafted(
                    tenant_id=self.tenant_id,
                    broadcast_id=broadcast_id,
                    sender_number_id=self.sender_number_id,
                    audience=Audience(labels=("klien-aktif",)),
                    content=BroadcastContent(
                        title="Libur", words=TextWords(text="Yth. {contact_name}, kantor tutup.")
                    ),
                ),
            ),
            (
                broadcast_id,
                BroadcastPlanRequested(broadcast_id=broadcast_id, request_id=request_id),
            ),
            (
                recipient_id,
                BroadcastRecipientPlanned(
                    recipient_id=recipient_id,
                    broadcast_id=broadcast_id,
                    plan_id=plan_id,
                    contact_id=story.contact_id,
                    conversation_id=story.conversation_id,
                    outbound_message_id=outbound_id_after(recipient_id),
                    body_digest="a digest",
                    content=RecipientContent(body=body),
                ),
            ),
            (
                broadcast_id,
                BroadcastPlanned(
                    broadcast_id=broadcast_id,
                    request_id=request_id,
                    plan_id=plan_id,
                    plan_digest="a digest of the plan",
                    recipients=1,
                    excluded=(ReasonCount(reason="contact_opted_out", contacts=2),),
                    forecast=(ForecastLine(country="ID", category="service", messages=1),),
                    writes_first=writes_first,
                ),
            ),
        ]
        member = Actor(ActorKind.MEMBER, str(self.members[Role.LAWYER]))
        self.stack.append([self._record(stream, event, member) for stream, event in events])
        self.stack.wait_until_seen(self.tenant_id)
        return broadcast_id

    def opt_out(self, story: Consultation) -> None:
        """The contact of a story asks for no more messages."""
        contact = Actor(ActorKind.CONTACT, str(story.contact_id))
        self.stack.append(
            [self._record(story.contact_id, OptedOut(contact_id=story.contact_id), contact)]
        )
        self.stack.wait_until_seen(self.tenant_id)

    def _events(self, story: Consultation, urgency: str) -> list[EventRecord]:
        contact = Actor(ActorKind.CONTACT, str(story.contact_id))
        identity = ContactIdentity(kind=IdentityKind.PHONE, value=story.phone)
        details = ContactDetails(identities=(identity,), profile_name=story.name)
        common: dict[str, Any] = {
            "conversation_id": story.conversation_id,
            "contact_id": story.contact_id,
        }
        session = {**common, "session_id": story.session_id, "flow_version": 1}
        assessment_id = AssessmentId(new_id())
        return [
            self._record(
                story.contact_id,
                ContactIdentified(contact_id=story.contact_id, content=details),
                contact,
            ),
            self._received(story, story.message_id, story.text),
            self._record(
                story.conversation_id,
                ConversationStarted(
                    **common,
                    sender_number_id=self.sender_number_id,
                    first_message_id=story.message_id,
                ),
                _SYSTEM,
            ),
            self._record(
                story.session_id, IntakeStarted(**session, message_id=story.message_id), _SYSTEM
            ),
            self._record(
                story.session_id,
                IntakeConsentGiven(
                    **session,
                    message_id=story.message_id,
                    first_message_id=story.message_id,
                    content=IntakeAnswer(text="Ya, setuju"),
                ),
                contact,
            ),
            self._record(
                story.contact_id,
                ConsentGranted(
                    contact_id=story.contact_id,
                    purposes=(ConsentPurpose.INTAKE, ConsentPurpose.ASSISTANCE),
                    flow_version=1,
                    language="id",
                    message_id=story.message_id,
                    content=ConsentText(question="Apakah Anda setuju?", answer="Ya, setuju"),
                ),
                _SYSTEM,
            ),
            self._record(
                assessment_id,
                AssessmentRecorded(
                    **common,
                    assessment_id=assessment_id,
                    message_id=story.message_id,
                    purpose=AssessmentPurpose.REVIEW,
                    intent="land_property",
                    urgency=urgency,
                    complexity="moderate",
                    estimated_minutes=35,
                    confidence=0.8,
                    language="id",
                    model="local-1",
                    content=AssessmentRationale(rationale="A claim over a house was received."),
                ),
                _ASSISTANT,
            ),
            self.suggestion(story, story.draft_id, assessment_id=assessment_id),
        ]

    def suggestion(
        self,
        story: Consultation,
        draft_id: DraftId,
        *,
        assessment_id: AssessmentId | None = None,
        text: str = "Terima kasih, kami pelajari gugatannya.",
    ) -> EventRecord:
        """The assistant suggests a reply."""
        return self._record(
            draft_id,
            DraftSuggested(
                draft_id=draft_id,
                conversation_id=story.conversation_id,
                contact_id=story.contact_id,
                message_id=story.message_id,
                assessment_id=assessment_id,
                model="local-1",
                confidence=0.7,
                content=DraftContent(body=TextBody(text=text), reasons=("A claim was received.",)),
            ),
            _ASSISTANT,
        )

    def _received(self, story: Consultation, message_id: MessageId, text: str) -> EventRecord:
        event = MessageReceived(
            message_id=message_id,
            conversation_id=story.conversation_id,
            contact_id=story.contact_id,
            sender_number_id=self.sender_number_id,
            kind="text",
            envelope_order=0,
            content=InboundMessageContent(
                wamid=f"wamid.{message_id.hex}", body=TextContent(body=text)
            ),
        )
        return self._record(message_id, event, Actor(ActorKind.CONTACT, str(story.contact_id)))

    def _record(self, stream_id: UUID, event: Event, actor: Actor) -> EventRecord:
        self.moment += timedelta(seconds=1)
        self._versions[stream_id] += 1
        event_id: EventId = new_event_id()
        return EventRecord(
            event_id=event_id,
            tenant_id=self.tenant_id,
            stream_id=StreamId(stream_id),
            stream_version=self._versions[stream_id],
            event=event,
            actor=actor,
            correlation_id=event_id,
            occurred_at=self.moment,
            traceparent=f"00-{event_id.hex}-{event_id.hex[:16]}-01",
        )
