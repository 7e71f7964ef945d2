"""The firm (`tenant` in code): its name, time zone and whether it may work."""

from typing import ClassVar

from domain.aggregate import Aggregate, Command, CommandContext
from domain.errors import AlreadyExists
from domain.event import Event, EventRecord
from domain.identity import TenantId
from domain.limits import (
    NAME_CHARACTERS_MAX,
    REASON_CHARACTERS_MAX,
    require_pattern,
    require_text,
)
from domain.provenance import Actor
from domain.scopes import Scope
from domain.sending_rules import SendingRules


class TenantCreated(Event, frozen=True, kw_only=True):
    """A firm was set up. The name of a firm is not personal content."""

    TOPIC: ClassVar[str] = "tenant.created.v1"

    tenant_id: TenantId
    name: str
    time_zone: str = "Asia/Jakarta"
    language: str = "id"


class TenantSuspended(Event, frozen=True, kw_only=True):
    """The firm was suspended: nothing is sent until it is resumed, yet everything is received."""

    TOPIC: ClassVar[str] = "tenant.suspended.v1"

    tenant_id: TenantId
    reason: str


class TenantResumed(Event, frozen=True, kw_only=True):
    """The suspension ended."""

    TOPIC: ClassVar[str] = "tenant.resumed.v1"

    tenant_id: TenantId


class ReceiptsSet(Event, frozen=True, kw_only=True):
    """The firm decided whether contacts see that it reads and writes."""

    TOPIC: ClassVar[str] = "tenant.receipts_set.v1"

    tenant_id: TenantId
    read_receipts: bool
    typing: bool
    reason: str


class SendingRulesChanged(Event, frozen=True, kw_only=True):
    """A person of the firm decided how it sends: quiet hours, life of approvals, doubts."""

    TOPIC: ClassVar[str] = "tenant.sending_rules_changed.v1"

    tenant_id: TenantId
    rules: SendingRules


class TenantQueueChosen(Event, frozen=True, kw_only=True):
    """The firm's messages are served by workers of its own, or again by the shared ones."""

    TOPIC: ClassVar[str] = "tenant.queue_chosen.v1"

    tenant_id: TenantId
    is_own: bool


class MediaRetentionSet(Event, frozen=True, kw_only=True):
    """A person of the firm decided how long files of intakes are kept that went nowhere.

    `days` is None where the period of the hub counts again.
    """

    TOPIC: ClassVar[str] = "tenant.media_retention_set.v1"

    tenant_id: TenantId
    days: int | None
    reason: str


class Tenant(Aggregate):
    """The firm as its events have made it."""

    NOUN = "firm"
    EVENTS = (
        TenantCreated,
        TenantSuspended,
        TenantResumed,
        ReceiptsSet,
        SendingRulesChanged,
        TenantQueueChosen,
        MediaRetentionSet,
    )

    name: str = ""
    time_zone: str = "Asia/Jakarta"
    language: str = "id"
    is_suspended: bool = False
    has_own_queue: bool = False
    shows_read_receipts: bool = True
    shows_typing: bool = True
    sending_rules: SendingRules = SendingRules()
    sending_rules_by: Actor | None = None
    """The person who set the rules; None while nobody has."""

    media_retention_days: int | None = None
    """How long files of intakes are kept that went nowhere; None: as long as the hub says."""

    def apply(self, event: Event) -> None:
        """Change the state by `event`."""
        match event:
            case TenantCreated():
                self.name = event.name
                self.time_zone = event.time_zone
                self.language = event.language
            case TenantSuspended():
                self.is_suspended = True
            case TenantResumed():
                self.is_suspended = False
            case ReceiptsSet():
                self.shows_read_receipts = event.read_receipts
                self.shows_typing = event.typing
            case SendingRulesChanged():
                self.sending_rules = event.rules
            case TenantQueueChosen():
                self.has_own_queue = event.is_own
            case MediaRetentionSet():
                self.media_retention_days = event.days

    def note_envelope(self, record: EventRecord) -> None:
        """Keep who set the rules."""
        if isinstance(record.event, SendingRulesChanged):
            self.sending_rules_by = record.actor


class CreateTenant(Command, frozen=True, kw_only=True):
    """Set a firm up."""

    SCOPE = Scope.TENANTS_MANAGE
    AGGREGATE = Tenant
    STREAM = "tenant_id"

    tenant_id: TenantId
    name: str
    time_zone: str = "Asia/Jakarta"
    language: str = "id"

    def execute(self, tenant: Tenant, _context: CommandContext) -> None:
        """Raise InvalidInput for a value out of its limits, AlreadyExists for a known id."""
        if tenant.exists:
            raise AlreadyExists("There is a firm with this id already.")
        require_text(self.name, ("name",), characters_max=NAME_CHARACTERS_MAX)
        require_pattern(
            self.time_zone,
            ("time_zone",),
            r"[A-Za-z_]+(/[A-Za-z0-9_+\-]+)*",
            "the name of a time zone, such as Asia/Jakarta",
        )
        require_pattern(
            self.language, ("language",), r"[a-z]{2}", "a language of two letters, such as id"
        )
        tenant.record(
            TenantCreated(
                tenant_id=self.tenant_id,
                name=self.name.strip(),
                time_zone=self.time_zone,
                language=self.language,
            )
        )


class SuspendTenant(Command, frozen=True, kw_only=True):
    """Stop everything that would be sent for the firm."""

    SCOPE = Scope.TENANTS_MANAGE
    AGGREGATE = Tenant
    STREAM = "tenant_id"

    tenant_id: TenantId
    reason: str

    def execute(self, tenant: Tenant, _context: CommandContext) -> None:
        """Suspend; a suspended firm stays as it is."""
        tenant.must_exist()
        require_text(self.reason, ("reason",), characters_max=REASON_CHARACTERS_MAX)
        if not tenant.is_suspended:
            tenant.record(TenantSuspended(tenant_id=self.tenant_id, reason=self.reason))


class ResumeTenant(Command, frozen=True, kw_only=True):
    """End the suspension."""

    SCOPE = Scope.TENANTS_MANAGE
    AGGREGATE = Tenant
    STREAM = "tenant_id"

    tenant_id: TenantId

    def execute(self, tenant: Tenant, _context: CommandContext) -> None:
        """Resume; a firm that is not suspended stays as it is."""
        tenant.must_exist()
        if tenant.is_suspended:
            tenant.record(TenantResumed(tenant_id=self.tenant_id))
