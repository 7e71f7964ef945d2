"""A firm with one contact who writes, for stories that run over several policies."""

from typing import Any
from uuid import UUID, uuid5

from domain.contact import Contact, ContactDetails, ContactIdentity, IdentityKind
from domain.contact_commands import IdentifyContact
from domain.identity import (
    ContactId,
    MessageId,
    SenderNumberId,
    conversation_id_of,
    intake_session_id_of,
)
from domain.inbound_message import InboundMessageContent, MessageReceived, ReceiveMessage
from domain.intake_flow import PublishIntakeFlow
from domain.intake_session import IntakeSession
from domain.message_content import ButtonReplyContent, MessageContent, TextContent
from domain.outbound_body import ButtonsBody
from domain.outbound_message import OutboundMessage, OutboundRequested
from domain.provenance import Actor, ActorKind
from domain.sender_number import AddSenderNumber
from domain.standard_intake import standard_intake
from domain.template_sync import RecordTemplateSync, TemplateSyncRequested
from domain.tenant import CreateTenant
from tests.domain.given import OPERATOR, TENANT, Firm

CONTACT_ID = ContactId(UUID("33333333-0000-7000-8000-000000000003"))
SENDER_ID = SenderNumberId(UUID("44444444-0000-7000-8000-000000000004"))
CONVERSATION_ID = conversation_id_of(CONTACT_ID, SENDER_ID)
SESSION_ID = intake_session_id_of(CONVERSATION_ID)
META = Actor(kind=ActorKind.META, id="webhook")


class Story(Firm):
    """A firm that published the standard intake, and Siti, who writes to it."""

    def __init__(self, *, published: bool = True) -> None:
        super().__init__()
        self._written = 0
        self.handle(CreateTenant(tenant_id=TENANT, name="Kantor Hukum Melati"), by=OPERATOR)
        self.handle(
            AddSenderNumber(
                sender_number_id=SENDER_ID,
                waba_id="100",
                phone_number_id="200",
                display_phone="+62 21 5550 1234",
                app="melati",
                app_fingerprints=("abc",),
                access_token_fingerprint="def",
            ),
            by=OPERATOR,
        )
        if published:
            self.publish()
        self._read_templates()
        identity = ContactIdentity(kind=IdentityKind.PHONE, value="+6281234567890")
        self.handle(
            IdentifyContact(
                contact_id=CONTACT_ID,
                details=ContactDetails(identities=(identity,), profile_name="Siti"),
            ),
            by=META,
        )

    def _read_templates(self) -> None:
        """The templates of a new number are read before the story begins."""
        self.run_policies()
        for sync in self.happened(TemplateSyncRequested):
            command = RecordTemplateSync(sync_id=sync.sync_id, listed=0, changed=0, gone=0)
            self.handle(command, by=OPERATOR)
        self.effects.clear()

    def publish(self, *, version: int = 1) -> None:
        flow = standard_intake(version=version)
        self.handle(PublishIntakeFlow(tenant_id=TENANT, flow=flow), by=OPERATOR)

    def writes(self, content: str | MessageContent, **facts: Any) -> MessageReceived:
        """The contact writes; everything that follows from it happens."""
        self._written += 1
        self.clock.advance(seconds=30)
        body = TextContent(body=content) if isinstance(content, str) else content
        message = MessageReceived(
            message_id=MessageId(uuid5(CONTACT_ID, str(self._written))),
            conversation_id=CONVERSATION_ID,
            contact_id=CONTACT_ID,
            sender_number_id=SENDER_ID,
            kind="text",
            envelope_order=0,
            content=InboundMessageContent(wamid=f"wamid.{self._written}", body=body),
            **facts,
        )
        self.handle(ReceiveMessage(message=message), by=META)
        self.run_policies()
        return message

    def taps(self, title: str) -> MessageReceived:
        """The contact taps a quick reply of the last message that has one of this title."""
        for words in reversed(self.requested()):
            body = words.content.body
            if isinstance(body, ButtonsBody):
                for button in body.buttons:
                    if button.title == title:
                        return self.writes(ButtonReplyContent(title=title, reply_id=button.id))
        raise AssertionError(f"No message offers {title!r}.")

    def requested(self) -> list[Any]:
        """All that was asked to be sent, oldest first."""
        return self.happened(OutboundRequested)

    def last_words(self) -> str:
        words: str = self.requested()[-1].content.body.text
        return words

    @property
    def session(self) -> IntakeSession:
        return self.load(IntakeSession, SESSION_ID)  # type: ignore[no-any-return]

    @property
    def contact(self) -> Contact:
        return self.load(Contact, CONTACT_ID)  # type: ignore[no-any-return]

    def outbound(self, requested: OutboundRequested) -> OutboundMessage:
        return self.load(OutboundMessage, requested.outbound_message_id)  # type: ignore[no-any-return]

    def completes_the_intake(self) -> None:
        self.writes("Selamat pagi, saya mau konsultasi soal sewa ruko")
        self.taps("Setuju")
        self.taps("Tidak")
        for answer in ("Siti Rahmawati", "PT Sewa", "Bandung", "Sewa diputus", "Ada", "Ganti rugi"):
            self.writes(answer)
        self.writes("Besok pagi")
