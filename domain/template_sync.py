"""Reading all templates of an account from Meta: asked for, then done or failed."""

from typing import ClassVar
from uuid import UUID

from domain.aggregate import Aggregate, Command, CommandContext
from domain.event import Event
from domain.identity import TenantId, derived_id
from domain.limits import REASON_CHARACTERS_MAX, require_text
from domain.scopes import Scope


class TemplateSyncRequested(Event, frozen=True, kw_only=True):
    """The templates of an account are to be read from Meta."""

    TOPIC: ClassVar[str] = "template_sync.requested.v1"

    sync_id: UUID
    waba_id: str


class TemplateSynced(Event, frozen=True, kw_only=True):
    """All templates of an account were read: `listed` there, `gone` not there any more."""

    TOPIC: ClassVar[str] = "template_sync.done.v1"

    sync_id: UUID
    waba_id: str
    listed: int
    changed: int
    gone: int


class TemplateSyncFailed(Event, frozen=True, kw_only=True):
    """The templates could not be read; `words` say why."""

    TOPIC: ClassVar[str] = "template_sync.failed.v1"

    sync_id: UUID
    waba_id: str
    words: str
    code: int | None = None


def sync_id_after(origin: UUID, waba_id: str) -> UUID:
    """Return the one sync of an account that follows from `origin`."""
    return derived_id(origin, "template-sync", waba_id)


def scheduled_sync_id(tenant_id: TenantId, waba_id: str, period: int) -> UUID:
    """Return the one sync of an account in a period of the schedule."""
    return derived_id(tenant_id, "template-sync", waba_id, str(period))


class TemplateSync(Aggregate):
    """One reading of the templates of an account."""

    NOUN = "reading of templates"
    EVENTS = (TemplateSyncRequested, TemplateSynced, TemplateSyncFailed)

    waba_id: str = ""
    is_over: bool = False

    def apply(self, event: Event) -> None:
        """Change the state by `event`."""
        match event:
            case TemplateSyncRequested():
                self.waba_id = event.waba_id
            case TemplateSynced() | TemplateSyncFailed():
                self.is_over = True


class RequestTemplateSync(Command, frozen=True, kw_only=True):
    """Ask for the templates of an account to be read. Asking again changes nothing."""

    SCOPE = Scope.TEMPLATES_SYNC
    AGGREGATE = TemplateSync
    STREAM = "sync_id"

    sync_id: UUID
    waba_id: str

    def execute(self, sync: TemplateSync, _context: CommandContext) -> None:
        """Raise InvalidInput for an account without an id."""
        require_text(self.waba_id, ("waba_id",), characters_max=64)
        if not sync.exists:
            sync.record(TemplateSyncRequested(sync_id=self.sync_id, waba_id=self.waba_id))


class RecordTemplateSync(Command, frozen=True, kw_only=True):
    """Keep that all templates of an account were read."""

    SCOPE = Scope.TEMPLATES_RECORD
    AGGREGATE = TemplateSync
    STREAM = "sync_id"

    sync_id: UUID
    listed: int
    changed: int
    gone: int

    def execute(self, sync: TemplateSync, _context: CommandContext) -> None:
        """Record it once."""
        sync.must_exist()
        if not sync.is_over:
            sync.record(
                TemplateSynced(
                    sync_id=self.sync_id,
                    waba_id=sync.waba_id,
                    listed=self.listed,
                    changed=self.changed,
                    gone=self.gone,
                )
            )


class FailTemplateSync(Command, frozen=True, kw_only=True):
    """Keep that the templates of an account could not be read."""

    SCOPE = Scope.TEMPLATES_RECORD
    AGGREGATE = TemplateSync
    STREAM = "sync_id"

    sync_id: UUID
    words: str
    code: int | None = None

    def execute(self, sync: TemplateSync, _context: CommandContext) -> None:
        """Record it once."""
        sync.must_exist()
        require_text(self.words, ("words",), characters_max=REASON_CHARACTERS_MAX)
        if not sync.is_over:
            sync.record(
                TemplateSyncFailed(
                    sync_id=self.sync_id, waba_id=sync.waba_id, words=self.words, code=self.code
                )
            )
