"""What a message of a contact says, in the type of its kind: the union `MessageBody`."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, Final

import strawberry

from domain import message_content as domain


@strawberry.type(description="Meta's reason for a fault.")
class MessageFault:
    """A fault that came with a message."""

    code: int | None = strawberry.field(description="Meta's number of the fault.")
    title: str = strawberry.field(description="Meta's words for it.")
    details: str = strawberry.field(description="Meta's explanation; may be empty.")


@strawberry.type(description="A plain text.")
class TextContent:
    """The words of a text."""

    body: str = strawberry.field(description="The text, whole.")


@strawberry.type(description="An announced file: a photo, video, voice message, document, sticker.")
class MediaContent:
    """What the sender declared of a file; it deserves no trust."""

    media: str = strawberry.field(description="image, video, audio, document or sticker.")
    mime_type: str | None = strawberry.field(description="The type that the sender declared.")
    filename: str | None = strawberry.field(description="The name that the sender gave it.")
    caption: str | None = strawberry.field(description="The words beside it.")
    is_voice: bool = strawberry.field(description="Whether it was recorded as a voice message.")
    is_animated: bool = strawberry.field(description="Whether a sticker moves.")


@strawberry.type(description="A place.")
class LocationContent:
    """A place in degrees."""

    latitude: float = strawberry.field(description="Degrees north.")
    longitude: float = strawberry.field(description="Degrees east.")
    name: str | None = strawberry.field(description="The name of the place.")
    address: str | None = strawberry.field(description="Its address.")
    url: str | None = strawberry.field(description="A link that came with it.")


@strawberry.type(description="A contact card; every part of it may be missing.")
class ContactCardContent:
    """A card that somebody shared."""

    name: str | None = strawberry.field(description="The name on the card.")
    phones: list[str] = strawberry.field(description="Phone numbers as written.")
    emails: list[str] = strawberry.field(description="Addresses of mail.")
    addresses: list[str] = strawberry.field(description="Postal addresses.")
    links: list[str] = strawberry.field(description="Addresses in the web.")
    company: str | None = strawberry.field(description="The company on the card.")
    job_title: str | None = strawberry.field(description="The occupation on the card.")
    birthday: str | None = strawberry.field(description="The birthday as written.")


@strawberry.type(description="Contact cards.")
class ContactsContent:
    """One or several cards."""

    cards: list[ContactCardContent] = strawberry.field(description="The cards in their order.")
    is_answer_to_request: bool = strawberry.field(
        description="Whether the sender shares the own number because the firm asked for it."
    )


@strawberry.type(description="A tapped quick reply.")
class ButtonReplyContent:
    """A button of a template or of an interactive message."""

    title: str = strawberry.field(description="The words on the button.")
    reply_id: str | None = strawberry.field(
        description="The id that was sent with the button; the client could change it."
    )
    from_template: bool = strawberry.field(description="Whether it was a button of a template.")


@strawberry.type(description="A chosen row of a list.")
class ListReplyContent:
    """A row of an interactive list."""

    title: str = strawberry.field(description="The words of the row.")
    reply_id: str | None = strawberry.field(
        description="The id that was sent with the row; the client could change it."
    )
    description: str | None = strawberry.field(description="The smaller words of the row.")


@strawberry.type(description="The answers of a filled-in form (a flow).")
class FlowReplyContent:
    """A form that was filled in."""

    name: str | None = strawberry.field(description="The name of the form.")
    body: str | None = strawberry.field(description="What the chat shows of it.")
    answers_json: str = strawberry.field(
        description="The answers as JSON text; the client could change them."
    )


@strawberry.type(description="A postal address given in WhatsApp's address form.")
class AddressReplyContent:
    """An address form that was filled in."""

    body: str | None = strawberry.field(description="What the chat shows of it.")
    answers_json: str = strawberry.field(description="The parts of the address as JSON text.")


@strawberry.type(description="The contact allows or refuses calls.")
class CallPermissionReplyContent:
    """The answer to the question whether the firm may call."""

    accepted: bool = strawberry.field(description="Whether calls are allowed.")
    is_permanent: bool = strawberry.field(description="Whether for ever.")
    expires_at: datetime | None = strawberry.field(description="Until when, if not for ever.")


@strawberry.type(description="A line of an order.")
class OrderItem:
    """A product and how many of it."""

    product_id: str | None = strawberry.field(description="The product in the catalogue.")
    quantity: str | None = strawberry.field(description="How many, as a decimal number.")
    unit_price: str | None = strawberry.field(description="Of one, as a decimal number.")
    currency: str | None = strawberry.field(description="The currency (ISO 4217).")


@strawberry.type(description="An order from a catalogue.")
class OrderContent:
    """What somebody ordered."""

    items: list[OrderItem] = strawberry.field(description="The lines in their order.")
    catalogue_id: str | None = strawberry.field(description="The catalogue.")
    note: str | None = strawberry.field(description="The words beside it.")


@strawberry.type(description="A reaction to a message; `aboutMessage` of the entry says to which.")
class ReactionContent:
    """An emoji, or its removal."""

    emoji: str | None = strawberry.field(
        description="The emoji; null where the earlier reaction is taken back."
    )


@strawberry.type(
    description="A message was deleted by its sender; `aboutMessage` of the entry says which. The "
    "original is kept as evidence."
)
class RevokeContent:
    """A deletion."""

    is_kept: bool = strawberry.field(description="Always true: nothing is deleted here.")


@strawberry.type(description="A new contact opened the chat without writing yet.")
class WelcomeRequestContent:
    """The first sight of a contact."""

    opens_window: bool = strawberry.field(
        description="Always true: the firm may write freely for 24 hours."
    )


@strawberry.type(description="A notice of WhatsApp itself.")
class SystemNoticeContent:
    """What WhatsApp wrote into the chat."""

    system_type: str | None = strawberry.field(description="Meta's word for what happened.")
    body: str | None = strawberry.field(description="WhatsApp's own words.")


@strawberry.type(
    description="Something that WhatsApp showed to the contact but does not hand over."
)
class UnsupportedContent:
    """A message without its content."""

    subtype: str | None = strawberry.field(description="Meta's word for what it was.")
    faults: list[MessageFault] = strawberry.field(description="Meta's reasons.")


@strawberry.type(description="A message of a kind that is not understood yet; kept as it came.")
class PlaceholderContent:
    """A message that waits for a later version of the hub."""

    message_type: str = strawberry.field(description="Meta's word for its kind.")
    reason: str = strawberry.field(description="Why it is not understood: a stable word.")


@strawberry.type(
    description="A new wording of an earlier message; `aboutMessage` of the entry says of which. "
    "The original is kept as evidence."
)
class EditContent:
    """An edit."""

    wording: Annotated["MessageBody", strawberry.lazy("api.graphql.received_body")] = (
        strawberry.field(description="The new wording.")
    )


MessageBody = Annotated[
    TextContent
    | MediaContent
    | LocationContent
    | ContactsContent
    | ButtonReplyContent
    | ListReplyContent
    | FlowReplyContent
    | AddressReplyContent
    | CallPermissionReplyContent
    | OrderContent
    | ReactionContent
    | RevokeContent
    | WelcomeRequestContent
    | SystemNoticeContent
    | UnsupportedContent
    | PlaceholderContent
    | EditContent,
    strawberry.union(
        "MessageBody", description="What a message says, by kind. New kinds may be added."
    ),
]


def message_body(content: domain.MessageContent) -> Any:
    """Return a content in its type of the API."""
    return _BODIES[type(content)](content)


def _card(card: domain.ContactCard) -> ContactCardContent:
    phones = (phone.number or phone.whatsapp_id for phone in card.phones)
    return ContactCardContent(
        name=card.name,
        phones=[phone for phone in phones if phone],
        emails=list(card.emails),
        addresses=list(card.addresses),
        links=list(card.links),
        company=card.organisation,
        job_title=card.job_title,
        birthday=card.birthday,
    )


def _order_item(item: domain.OrderItem) -> OrderItem:
    return OrderItem(
        product_id=item.product_id,
        quantity=None if item.quantity is None else str(item.quantity),
        unit_price=None if item.unit_price is None else str(item.unit_price),
        currency=item.currency,
    )


def _media(content: domain.MediaContent) -> MediaContent:
    return MediaContent(
        media=content.media,
        mime_type=content.mime_type,
        filename=content.filename,
        caption=content.caption,
        is_voice=content.is_voice,
        is_animated=content.is_animated,
    )


def _unsupported(content: domain.UnsupportedContent) -> UnsupportedContent:
    return UnsupportedContent(
        subtype=content.subtype,
        faults=[
            MessageFault(code=fault.code, title=fault.title, details=fault.details)
            for fault in content.faults
        ],
    )


_BODIES: Final[Mapping[type[Any], Callable[[Any], Any]]] = {
    domain.TextContent: lambda one: TextContent(body=one.body),
    domain.MediaContent: _media,
    domain.LocationContent: lambda one: LocationContent(
        latitude=one.latitude,
        longitude=one.longitude,
        name=one.name,
        address=one.address,
        url=one.url,
    ),
    domain.ContactsContent: lambda one: ContactsContent(
        cards=[_card(card) for card in one.cards], is_answer_to_request=one.is_answer_to_request
    ),
    domain.ButtonReplyContent: lambda one: ButtonReplyContent(
        title=one.title, reply_id=one.reply_id, from_template=one.from_template
    ),
    domain.ListReplyContent: lambda one: ListReplyContent(
        title=one.title, reply_id=one.reply_id, description=one.description
    ),
    domain.FlowReplyContent: lambda one: FlowReplyContent(
        name=one.flow_name, body=one.body, answers_json=one.answers_json
    ),
    domain.AddressReplyContent: lambda one: AddressReplyContent(
        body=one.body, answers_json=one.answers_json
    ),
    domain.CallPermissionReplyContent: lambda one: CallPermissionReplyContent(
        accepted=one.accepted, is_permanent=one.is_permanent, expires_at=one.expires_at
    ),
    domain.OrderContent: lambda one: OrderContent(
        items=[_order_item(item) for item in one.items],
        catalogue_id=one.catalogue_id,
        note=one.note,
    ),
    domain.ReactionContent: lambda one: ReactionContent(emoji=one.emoji),
    domain.RevokeContent: lambda _one: RevokeContent(is_kept=True),
    domain.WelcomeRequestContent: lambda _one: WelcomeRequestContent(opens_window=True),
    domain.SystemNoticeContent: lambda one: SystemNoticeContent(
        system_type=one.system_type, body=one.body
    ),
    domain.UnsupportedContent: _unsupported,
    domain.PlaceholderContent: lambda one: PlaceholderContent(
        message_type=one.message_type, reason=one.reason
    ),
    domain.EditContent: lambda one: EditContent(wording=message_body(one.content)),
}
"""Each kind of content -> its type of the API."""
