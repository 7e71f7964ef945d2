"""A WhatsApp number of the firm (sender number): which account it belongs to and how it is reached.

App secret, verify token and access token never stand in an event: they are kept encrypted by the
vault and named here by a fingerprint.
"""

from datetime import datetime
from typing import ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from domain.aggregate import Aggregate, Command, CommandContext
from domain.circuit import CircuitKind
from domain.errors import AlreadyExists, InvalidInput
from domain.event import Erased, Event, PersonalEvent, Sealed
from domain.identity import ContactId, SenderNumberId, StreamId, TenantId
from domain.limits import REASON_CHARACTERS_MAX, require_pattern, require_text
from domain.scopes import Scope
from domain.sender_notice import AnySenderNotice, ImportNotice
from domain.sender_standing import (
    STANDING_EVENTS,
    SenderNumberDailyLimitChanged,
    SenderNumberThroughputChanged,
    Standing,
    StandingEvent,
)
from domain.template_notice import AnyTemplateNotice


class SenderNumberAdded(Event, frozen=True, kw_only=True):
    """A number was connected to the firm.

    `app` names the Meta app that signs its webhooks, `app_fingerprints` the app secrets (at most
    two, during rotation) whose signatures are accepted for it. `display_phone` is the firm's own
    public number.
    """

    TOPIC: ClassVar[str] = "sender_number.added.v1"

    sender_number_id: SenderNumberId
    waba_id: str
    phone_number_id: str
    display_phone: str
    app: str
    app_fingerprints: tuple[str, ...]
    access_token_fingerprint: str
    graph_url: str | None = None


class SenderNumberCredentialsChanged(Event, frozen=True, kw_only=True):
    """Secrets of the number were rotated."""

    TOPIC: ClassVar[str] = "sender_number.credentials_changed.v1"

    sender_number_id: SenderNumberId
    app: str
    app_fingerprints: tuple[str, ...]
    access_token_fingerprint: str
    graph_url: str | None = None


class SenderNumberPaused(Event, frozen=True, kw_only=True):
    """Nothing is sent from the number until it is resumed."""

    TOPIC: ClassVar[str] = "sender_number.paused.v1"

    sender_number_id: SenderNumberId
    reason: str


class SenderNumberResumed(Event, frozen=True, kw_only=True):
    """The number may send again."""

    TOPIC: ClassVar[str] = "sender_number.resumed.v1"

    sender_number_id: SenderNumberId


class SenderCircuitOpened(Event, frozen=True, kw_only=True):
    """Calls for the number failed; nothing is sent until a probe succeeds. Nobody has to resume it.

    `circuit` tells whether the number or its access token is meant. `cause` is a stable word or a
    code of Meta, `words` and `next_step` say it to a person. The first probe is at `retry_at`.
    """

    TOPIC: ClassVar[str] = "sender_number.circuit_opened.v1"

    sender_number_id: SenderNumberId
    circuit: CircuitKind
    cause: str
    words: str
    next_step: str
    retry_at: datetime


class SenderCircuitClosed(Event, frozen=True, kw_only=True):
    """A probe succeeded: the number sends again, in order, by itself."""

    TOPIC: ClassVar[str] = "sender_number.circuit_closed.v1"

    sender_number_id: SenderNumberId


class SenderLimitsSet(Event, frozen=True, kw_only=True):
    """Messages per second that Meta allows the number, and the firm's own lower choice."""

    TOPIC: ClassVar[str] = "sender_number.limits_set.v1"

    sender_number_id: SenderNumberId
    level_per_second: int
    chosen_per_second: int | None = None


class NoticeContent(msgspec.Struct, frozen=True, kw_only=True, tag="notice"):
    """What Meta told, as JSON in Meta's shape. Some notices name people.

    `about` is the same in the words of the domain where templates follow it, `sender` where a
    sender number or a contact does.
    """

    value: str
    about: AnyTemplateNotice | None = None
    sender: AnySenderNotice | None = None


class SenderNumberNoticed(PersonalEvent, frozen=True, kw_only=True):
    """Meta told something about a number or its account.

    `field` is the webhook field, `part` the array whose item this is (if any), `word` Meta's word
    for what happened. `sender_number_ids` are the numbers that it concerns: one, or all of the
    account; `contact_id` the contact, if it is about one; `import_progress` how far the import of
    the history is, if it is about that. The firm itself is the data subject of the content.
    """

    TOPIC: ClassVar[str] = "sender_number.noticed.v1"
    CONTENT: ClassVar[type] = NoticeContent
    SUBJECT: ClassVar[str] = "tenant_id"

    tenant_id: TenantId
    field: str
    waba_id: str | None = None
    part: str | None = None
    word: str | None = None
    is_recognised: bool = True
    sender_number_id: SenderNumberId | None = None
    sender_number_ids: tuple[SenderNumberId, ...] = ()
    contact_id: ContactId | None = None
    import_progress: ImportNotice | None = None
    content: NoticeContent | Sealed | Erased | UnsetType = UNSET


LEVEL_PER_SECOND = 80
"""Messages per second that Meta allows a number unless it says otherwise."""

APP_SECRETS_MAX = 2
"""How many app secrets of a number may be valid at once: the old and the new one of a rotation."""


class SenderNumber(Aggregate):
    """The sender number as its events have made it."""

    NOUN = "sender number"
    EVENTS = (
        SenderNumberAdded,
        SenderNumberCredentialsChanged,
        SenderNumberPaused,
        SenderNumberResumed,
        SenderCircuitOpened,
        SenderCircuitClosed,
        *STANDING_EVENTS,
        SenderLimitsSet,
    )

    waba_id: str = ""
    phone_number_id: str = ""
    display_phone: str = ""
    app: str = ""
    app_fingerprints: tuple[str, ...] = ()
    access_token_fingerprint: str = ""
    graph_url: str | None = None
    is_paused: bool = False
    standing: Standing = Standing()
    """What Meta last said about the number."""
    circuit: SenderCircuitOpened | None = None
    """The circuit that is open, if one is."""
    level_per_second: int = LEVEL_PER_SECOND
    chosen_per_second: int | None = None
    daily_recipients_max: int | None = None

    def apply(self, event: Event) -> None:
        """Change the state by `event`."""
        match event:
            case SenderNumberAdded():
                self.waba_id = event.waba_id
                self.phone_number_id = event.phone_number_id
                self.display_phone = event.display_phone
                self._take_credentials(event)
            case SenderNumberCredentialsChanged():
                self._take_credentials(event)
            case SenderNumberPaused():
                self.is_paused = True
            case SenderNumberResumed():
                self.is_paused = False
            case SenderCircuitOpened():
                self.circuit = event
            case SenderLimitsSet():
                self.level_per_second = event.level_per_second
                self.chosen_per_second = event.chosen_per_second
            case SenderCircuitClosed():
                self.circuit = None
            case _ if isinstance(event, StandingEvent):
                self.standing = self.standing.with_word(event)
                self._take_limits(event)

    def _take_limits(self, event: Event) -> None:
        match event:
            case SenderNumberThroughputChanged():
                self.level_per_second = event.messages_per_second
            case SenderNumberDailyLimitChanged():
                limit = event.recipients_max
                self.daily_recipients_max = None if limit < 0 else limit

    def _take_credentials(self, event: SenderNumberAdded | SenderNumberCredentialsChanged) -> None:
        self.app = event.app
        self.app_fingerprints = event.app_fingerprints
        self.access_token_fingerprint = event.access_token_fingerprint
        self.graph_url = event.graph_url


class AccountNotice(Aggregate):
    """A notice of Meta about an account or a number: a stream of its own with one event."""

    NOUN = "notice"
    EVENTS = (SenderNumberNoticed,)

    noticed: SenderNumberNoticed | None = None

    def apply(self, event: Event) -> None:
        """Change the state by `event`."""
        if isinstance(event, SenderNumberNoticed):
            self.noticed = event


class AddSenderNumber(Command, frozen=True, kw_only=True):
    """Connect a number to the firm."""

    SCOPE = Scope.SENDERS_MANAGE
    AGGREGATE = SenderNumber
    STREAM = "sender_number_id"

    sender_number_id: SenderNumberId
    waba_id: str
    phone_number_id: str
    display_phone: str
    app: str
    app_fingerprints: tuple[str, ...]
    access_token_fingerprint: str
    graph_url: str | None = None

    def execute(self, number: SenderNumber, _context: CommandContext) -> None:
        """Raise InvalidInput for a value out of its limits, AlreadyExists for a known id."""
        if number.exists:
            raise AlreadyExists("There is a sender number with this id already.")
        digits = "the digits that Meta's business manager shows"
        require_pattern(self.waba_id, ("waba_id",), r"[0-9]{1,32}", digits)
        require_pattern(self.phone_number_id, ("phone_number_id",), r"[0-9]{1,32}", digits)
        require_pattern(
            self.display_phone,
            ("display_phone",),
            r"\+[0-9](?:[ \-]?[0-9]){6,14}",
            "a phone number with + and country code, such as +62 21 5550 1234",
        )
        _check_credentials(self)
        number.record(
            SenderNumberAdded(
                sender_number_id=self.sender_number_id,
                waba_id=self.waba_id,
                phone_number_id=self.phone_number_id,
                display_phone=self.display_phone,
                app=self.app,
                app_fingerprints=self.app_fingerprints,
                access_token_fingerprint=self.access_token_fingerprint,
                graph_url=self.graph_url,
            )
        )


class ChangeSenderNumberCredentials(Command, frozen=True, kw_only=True):
    """Rotate secrets of a number: name the fingerprints that are valid from now on."""

    SCOPE = Scope.SENDERS_MANAGE
    AGGREGATE = SenderNumber
    STREAM = "sender_number_id"

    sender_number_id: SenderNumberId
    app: str
    app_fingerprints: tuple[str, ...]
    access_token_fingerprint: str
    graph_url: str | None = None

    def execute(self, number: SenderNumber, _context: CommandContext) -> None:
        """Raise InvalidInput for a value out of its limits; the same values change nothing."""
        number.must_exist()
        _check_credentials(self)
        new = (self.app, self.app_fingerprints, self.access_token_fingerprint, self.graph_url)
        if new != (
            number.app,
            number.app_fingerprints,
            number.access_token_fingerprint,
            number.graph_url,
        ):
            number.record(
                SenderNumberCredentialsChanged(
                    sender_number_id=self.sender_number_id,
                    app=self.app,
                    app_fingerprints=self.app_fingerprints,
                    access_token_fingerprint=self.access_token_fingerprint,
                    graph_url=self.graph_url,
                )
            )


def _check_credentials(command: AddSenderNumber | ChangeSenderNumberCredentials) -> None:
    require_pattern(
        command.app, ("app",), r"[a-z0-9][a-z0-9-]{0,62}", "lower-case letters, digits and hyphens"
    )
    if not 1 <= len(command.app_fingerprints) <= APP_SECRETS_MAX:
        raise InvalidInput(
            f"A number needs 1 to {APP_SECRETS_MAX} app secrets.",
            field=("app_fingerprints",),
            hint="Give the app secret of the Meta app; during a rotation the old and the new one.",
        )
    for place, fingerprint in enumerate(command.app_fingerprints):
        require_text(fingerprint, ("app_fingerprints", str(place)), characters_max=128)
    require_text(
        command.access_token_fingerprint, ("access_token_fingerprint",), characters_max=128
    )
    if command.graph_url is not None:
        require_pattern(
            command.graph_url, ("graph_url",), r"https?://\S{1,500}", "an address with http(s)://"
        )


class PauseSenderNumber(Command, frozen=True, kw_only=True):
    """Send nothing from the number until it is resumed."""

    SCOPE = Scope.SENDERS_MANAGE
    AGGREGATE = SenderNumber
    STREAM = "sender_number_id"

    sender_number_id: SenderNumberId
    reason: str

    def execute(self, number: SenderNumber, _context: CommandContext) -> None:
        """Pause; a paused number stays as it is."""
        number.must_exist()
        require_text(self.reason, ("reason",), characters_max=REASON_CHARACTERS_MAX)
        if not number.is_paused:
            number.record(
                SenderNumberPaused(sender_number_id=self.sender_number_id, reason=self.reason)
            )


class ResumeSenderNumber(Command, frozen=True, kw_only=True):
    """Let the number send again."""

    SCOPE = Scope.SENDERS_MANAGE
    AGGREGATE = SenderNumber
    STREAM = "sender_number_id"

    sender_number_id: SenderNumberId

    def execute(self, number: SenderNumber, _context: CommandContext) -> None:
        """Resume; a number that is not paused stays as it is."""
        number.must_exist()
        if number.is_paused:
            number.record(SenderNumberResumed(sender_number_id=self.sender_number_id))


class NoteNotice(Command, frozen=True, kw_only=True):
    """Record a notice of Meta. A redelivery meets the unique key of its stream."""

    SCOPE = Scope.MESSAGES_INGEST
    AGGREGATE = AccountNotice
    STREAM = "notice_id"
    FIRST_ONLY = True

    notice_id: StreamId
    notice: SenderNumberNoticed

    def execute(self, notice: AccountNotice, _context: CommandContext) -> None:
        """Record the one event of the stream."""
        notice.record(self.notice)
