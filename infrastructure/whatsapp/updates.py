"""What a notification reports, in our words: a list of updates in the order of the envelope.

Everything here can name a person: phone numbers, names, and ids of messages (a `wamid` contains a
phone number). Representations therefore show the type only.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from domain.echoed_message import EchoOrigin
from domain.inbound_message import Arrival
from domain.message_content import MessageContent, MessageContext, MessageFault, Personal


class ContactIdentity(Personal, frozen=True):
    """What a notification says about who somebody is. Each part may be missing.

    `phone` is digits with country code as Meta wrote them; `alternative_phone` is the number of the
    contact record where that is written in another way (Brazil, Mexico, Argentina). `user_id` is
    the business-scoped user id. `username` and `profile_name` (cut at 64 and 256 characters) are
    for display only and never identify anybody.
    """

    phone: str | None = None
    alternative_phone: str | None = None
    user_id: str | None = None
    parent_user_id: str | None = None
    username: str | None = None
    profile_name: str | None = None
    identity_key_hash: str | None = None

    @property
    def is_known(self) -> bool:
        """Whether there is anything to recognise the person by."""
        return bool(self.phone or self.user_id or self.parent_user_id)


class InboundMessage(Personal, frozen=True):
    """A message that a contact wrote. `kind` is Meta's message type.

    `provider_time` is missing where Meta's timestamp makes no sense. `raw` is there where the
    content is a placeholder, or an edit with one inside: a notification with this message alone,
    which can be normalised again. `completes` marks the file of an imported message that was
    announced before under the same id.
    """

    phone_number_id: str
    waba_id: str | None
    wamid: str
    sender: ContactIdentity
    provider_time: datetime | None
    kind: str
    content: MessageContent
    context: MessageContext
    group_id: str | None = None
    raw: bytes | None = None
    arrival: Arrival = Arrival.DIRECT
    completes: bool = False

    @property
    def is_understood(self) -> bool:
        """Whether the content is more than a placeholder."""
        return self.raw is None


class EchoedMessage(Personal, frozen=True):
    """A message that the firm wrote elsewhere. Members as those of `InboundMessage`.

    `receiver` is the contact that it went to.
    """

    phone_number_id: str
    waba_id: str | None
    wamid: str
    receiver: ContactIdentity
    origin: EchoOrigin
    provider_time: datetime | None
    kind: str
    content: MessageContent
    context: MessageContext
    raw: bytes | None = None
    arrival: Arrival = Arrival.DIRECT
    completes: bool = False

    @property
    def is_understood(self) -> bool:
        """Whether the content is more than a placeholder."""
        return self.raw is None


class CallStep(Personal, frozen=True):
    """A step of a call. `wacid` is Meta's id of the call, `value` JSON in Meta's shape.

    `by_contact` says who called, `outcome` and `duration_s` how it ended, where that is told.
    """

    phone_number_id: str
    waba_id: str | None
    wacid: str
    person: ContactIdentity
    step: str
    provider_time: datetime | None
    value: bytes
    by_contact: bool | None = None
    outcome: str | None = None
    duration_s: int | None = None


class StatusPricing(Personal, frozen=True):
    """What Meta says about the price of a message. Decide by `type` and `category`."""

    type: str | None = None
    category: str | None = None
    model: str | None = None
    billable: bool | None = None


class StatusConversation(Personal, frozen=True):
    """The free entry point window that a message belongs to."""

    id: str | None = None
    origin: str | None = None
    expires_at: datetime | None = None


class MessageStatus(Personal, frozen=True):
    """What became of a message of ours. `status` is Meta's word in lower case, known or not.

    `participant` tells the members of a group apart: their phone digits, else their user id.
    """

    phone_number_id: str
    waba_id: str | None
    wamid: str
    status: str
    provider_time: datetime | None
    recipient: ContactIdentity
    group_id: str | None = None
    participant: str | None = None
    callback_data: str | None = None
    pricing: StatusPricing | None = None
    conversation: StatusConversation | None = None
    errors: tuple[MessageFault, ...] = ()


class IdentityChangeKind(StrEnum):
    """How a contact became somebody else to us."""

    NUMBER_CHANGED = "user_changed_number"
    USER_ID_CHANGED = "user_changed_user_id"
    IDENTITY_KEY_CHANGED = "customer_identity_changed"


class SystemIdentityChange(Personal, frozen=True):
    """WhatsApp's notice that a contact has a new number, a new user id or a new device.

    `before` and `after` hold what identifies the contact on either side of the change; after a
    change of the identity key both name the same person and `after` holds the new hash.
    `acknowledged` concerns the identity key only.
    """

    phone_number_id: str
    waba_id: str | None
    wamid: str
    change: IdentityChangeKind
    before: ContactIdentity
    after: ContactIdentity
    provider_time: datetime | None
    body: str | None = None
    acknowledged: bool | None = None


class Notice(Personal, frozen=True):
    """Anything else that Meta reports: about templates, numbers, accounts, groups, calls, imports.

    `field` is the webhook field; `part` names the array whose item this is (a notice per item), or
    is None where the field has one value. `value` is JSON in Meta's shape, for an item with that
    item alone. `event` is Meta's word for what happened, if there is one. `is_recognised` is False
    for fields and parts that are not in the reference. `waba_id` is None where the entry belongs to
    a business portfolio. `person` is the contact that an item is about, if it names one.
    """

    field: str
    part: str | None
    entry_id: str
    waba_id: str | None
    phone_number_id: str | None
    entry_time: datetime | None
    provider_time: datetime | None
    event: str | None
    value: bytes
    content_hash: str
    is_recognised: bool
    person: ContactIdentity | None = None


class UnreadablePart(Personal, frozen=True):
    """A part of a notification that is kept because nobody can tell yet what it means.

    `place` is the path in the envelope, `reason` a stable word. `raw` is a notification with this
    part alone, or the whole body where not even the envelope can be read.
    """

    place: str
    reason: str
    raw: bytes
    content_hash: str
    waba_id: str | None = None
    phone_number_id: str | None = None


Update: TypeAlias = (
    InboundMessage
    | EchoedMessage
    | CallStep
    | MessageStatus
    | SystemIdentityChange
    | Notice
    | UnreadablePart
)


class NormalisedNotification(Personal, frozen=True):
    """The updates of one notification and how many parts of it say nothing, by reason."""

    updates: tuple[Update, ...]
    ignored: Mapping[str, int]
