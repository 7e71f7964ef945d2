"""Messages that the firm wrote outside of the hub."""

import strawberry

from api.graphql.access import described, guarded
from api.graphql.content import ContentState, MessageContent, content_state, inbound_content, shown
from api.graphql.context import Info
from api.graphql.conversation_message import ConversationMessage, message_arrival
from api.graphql.enums import EchoOrigin, MessageArrival
from api.graphql.media import MediaFile
from api.graphql.node import NOT_LOADED, Maybe, related
from api.reading import Opened
from domain.echoed_message import MessageEchoed
from domain.scopes import Scope


@strawberry.type(
    description="A message that the firm wrote outside of the hub: in the WhatsApp Business app, "
    "or by another app. Nobody approved it here."
)
class EchoedMessage(ConversationMessage):
    """A message that Meta echoed."""

    words: strawberry.Private[Opened]
    loaded_media: strawberry.Private[Maybe[MediaFile]] = NOT_LOADED

    @guarded(Scope.CONVERSATIONS_READ, "The file that came with the message; null if none did.")
    def media(self, info: Info) -> MediaFile | None:
        """The photo, video, recording, document or sticker."""
        return related(self.loaded_media, info, "MediaOfMessage", self.announced_media_key)

    @described("The words; null where `contentState` is not VISIBLE.")
    def content(self, info: Info) -> MessageContent | None:
        """The words, if they may be seen."""
        return shown(info, self.words, inbound_content)

    @described("Whether the words are shown.")
    def content_state(self, info: Info) -> ContentState:
        """Why the words are shown or not."""
        return content_state(info, self.words)

    @described("Where it was written.")
    def origin(self) -> EchoOrigin:
        """The phone app or another app."""
        facts = self.event_facts
        return EchoOrigin(facts.origin.value if isinstance(facts, MessageEchoed) else "other_app")

    @described("How it came to the hub.")
    def arrival(self) -> MessageArrival:
        """Directly, or imported."""
        return message_arrival(self.event_facts)

    @described("Whether the hub understands this kind of message.")
    def is_understood(self) -> bool:
        """False for a message that is kept as it came."""
        facts = self.event_facts
        return facts.understood if isinstance(facts, MessageEchoed) else True
