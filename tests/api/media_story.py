"""A file in a conversation of a firm, kept as the worker keeps it."""

from typing import Any
from uuid import UUID

import msgspec

from domain.identity import MediaId, MessageId, TenantId, media_fetch_id_after, media_id_of
from domain.inbound_message import InboundMessageContent, MessageReceived
from domain.media_commands import DeleteMedia, RefuseMedia, StoreMedia
from domain.message_content import MediaContent
from domain.ports.media_inspector import Verdict
from domain.provenance import Actor, ActorKind, Provenance
from domain.scopes import MEDIA_SCOPES, Scope
from infrastructure.media.object_store import ObjectStore, object_name
from infrastructure.media.scanner import Scanner
from infrastructure.media.workshop import Taken, Workshop
from infrastructure.unique_ids import new_event_id, new_id
from tests.api.firm import Consultation, Firm

FILE = """
    query($c: ID!) { conversation(id: $c) { timeline(last: 1) { nodes { ... on InboundMessage {
      media { id kind state contentType sizeBytes fileName contentState
        failure failureMessage failureNextStep
        link { path expiresAt } previews { name width height link { path } } }
    } } } } }
"""


MEDIA_FIELDS: dict[str, tuple[Scope, str, tuple[str | int, ...]]] = {
    "InboundMessage.media": (
        Scope.CONVERSATIONS_READ,
        (
            "query($c: ID!) { conversation(id: $c) { timeline { nodes { ... on InboundMessage "
            "{ media { id } } } } } }"
        ),
        ("conversation", "timeline", "nodes", 0, "media"),
    ),
    "OutboundMessage.media": (
        Scope.CONVERSATIONS_READ,
        (
            "query($c: ID!) { conversation(id: $c) { timeline { nodes { ... on OutboundMessage "
            "{ media { id } } } } } }"
        ),
        ("conversation", "timeline", "nodes", 0, "media"),
    ),
    "EchoedMessage.media": (
        Scope.CONVERSATIONS_READ,
        (
            "query($c: ID!) { conversation(id: $c) { timeline { nodes { ... on EchoedMessage "
            "{ media { id } } } } } }"
        ),
        ("conversation", "timeline", "nodes", 0, "media"),
    ),
    "MessageContent.file": (
        Scope.CONVERSATIONS_READ,
        (
            "query($c: ID!) { conversation(id: $c) { timeline { nodes { ... on OutboundMessage "
            "{ content { file { id } } } } } } }"
        ),
        ("conversation", "timeline", "nodes", 0, "content", "file"),
    ),
}
"""The guarded fields that lead to files."""

MEDIA_COMMANDS = {
    "retryMedia": (Scope.MEDIA_RETRY, 'mediaId: "x"'),
    "placeLegalHold": (Scope.HOLDS_MANAGE, 'contactId: "x", reason: "r"'),
    "releaseLegalHold": (Scope.HOLDS_MANAGE, 'contactId: "x"'),
}
"""The mutations on files, with the scope of each and an input."""


class MediaStory:
    """A contact of a firm sends files."""

    def __init__(self, firm: Firm, story: Consultation) -> None:
        self.firm = firm
        self.story = story
        self.objects = ObjectStore("", firm.stack.store.settings.home)
        self.kept_at = ""

    def receive(self, *, kind: str = "document", name: str | None = None) -> MessageReceived:
        """A message with a file comes in; the file is only announced."""
        body = MediaContent(media=kind, media_id="100", filename=name)  # type: ignore[arg-type]
        message = MessageReceived(
            message_id=MessageId(new_id()),
            conversation_id=self.story.conversation_id,
            contact_id=self.story.contact_id,
            sender_number_id=self.firm.sender_number_id,
            kind=kind,
            envelope_order=0,
            content=InboundMessageContent(wamid=f"wamid.{new_id()}", body=body),
        )
        self.firm.append_next(message.message_id, message)
        self._seen()
        return message

    def keep(
        self, content: bytes, *, kind: str = "document", name: str | None = None
    ) -> MessageReceived:
        """A message with a file comes in, and the file is kept."""
        message = self.receive(kind=kind, name=name)
        media_id = media_id_of(message.message_id)
        home = self.firm.stack.store.settings.home
        workshop = Workshop(home, Scanner(None), self.objects)
        with workshop.bench(self.firm.tenant_id, media_id) as bench:
            writer = bench.writer()
            writer.write(content)
            writer.finish()
            kept = bench.keep(Taken(len(content), "0" * 64), declared_type=None, name=name)
        assert kept.inspection.is_clean
        key = kept.content.file_key
        self.kept_at = object_name(self.firm.tenant_id, media_id, "original", key)
        self._handle(
            StoreMedia(
                **self._common(message),
                kind=kind,
                content_type=kept.inspection.content_type,
                size_bytes=kept.size,
                file_digest="digest",
                scanners=kept.inspection.scanners,
                previews=kept.previews,
                file=kept.content,
            )
        )
        return message

    def refuse(self, message: MessageReceived, verdict: Verdict, reason: str) -> None:
        self._handle(RefuseMedia(**self._common(message), verdict=verdict, reason=reason))

    def delete(self, message: MessageReceived) -> None:
        media_id = media_id_of(message.message_id)
        self._handle(DeleteMedia(media_id=media_id, reason="retention_ended"))

    def shown(self, token: str, conversation: str) -> Any:
        """The newest file of the conversation, as the API shows it."""
        data = self.firm.stack.data(token, FILE, {"c": conversation})
        return data["conversation"]["timeline"]["nodes"][0]["media"]

    def _common(self, message: MessageReceived) -> dict[str, Any]:
        return {
            "media_id": MediaId(media_id_of(message.message_id)),
            "fetch_id": media_fetch_id_after(new_event_id()),
            "message_id": message.message_id,
            "conversation_id": message.conversation_id,
            "contact_id": message.contact_id,
        }

    def _handle(self, command: Any) -> None:
        provenance = Provenance(
            tenant_id=TenantId(UUID(str(self.firm.tenant_id))),
            actor=Actor(kind=ActorKind.SYSTEM, id="media"),
            correlation_id=new_id(),
        )
        self.firm.stack.store.hub.handle(command, provenance, MEDIA_SCOPES)
        self._seen()

    def _seen(self) -> None:
        self.firm.stack.wait_until_seen(self.firm.tenant_id)


def opened_events(story: MediaStory, message: MessageReceived) -> list[Any]:
    """Which parts of a file were opened, and by whom."""
    store = story.firm.stack.store
    records = store.journal.load(story.firm.tenant_id, media_id_of(message.message_id))
    return [
        (record.actor.id, msgspec.structs.asdict(record.event)["part"])
        for record in records
        if record.topic == "media.opened.v1"
    ]
