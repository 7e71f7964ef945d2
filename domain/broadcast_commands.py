"""The commands on a broadcast, from its draft to its end."""

from typing import ClassVar, Final

from domain.aggregate import Aggregate, Command, CommandContext
from domain.broadcast import (
    OVER,
    SENDING,
    Audience,
    Broadcast,
    BroadcastApproved,
    BroadcastCancelled,
    BroadcastCompleted,
    BroadcastContent,
    BroadcastDrafted,
    BroadcastNotReady,
    BroadcastPaused,
    BroadcastPlanFailed,
    BroadcastPlanned,
    BroadcastPlanRequested,
    BroadcastProgressed,
    BroadcastReleased,
    BroadcastResumed,
    BroadcastRevised,
    BroadcastState,
    BroadcastWithdrawn,
    ForecastLine,
    PlanChanged,
    ReasonCount,
    StateCount,
)
from domain.broadcast_list import check_list
from domain.broadcast_words import check_words
from domain.contact_labels import check_labels
from domain.errors import AlreadyExists, HumanRequired, InvalidInput
from domain.identity import BroadcastId, BroadcastPlanId, PlanRequestId, SenderNumberId, TenantId
from domain.limits import NAME_CHARACTERS_MAX, REASON_CHARACTERS_MAX, require_pattern, require_text
from domain.scopes import Scope

_BEFORE_APPROVAL: Final = frozenset({BroadcastState.DRAFT, BroadcastState.PLANNED})


class BroadcastCommand(Command, frozen=True, kw_only=True):
    """The base of the commands on a broadcast."""

    AGGREGATE: ClassVar[type[Aggregate]] = Broadcast
    STREAM: ClassVar[str] = "broadcast_id"

    broadcast_id: BroadcastId


class WriteBroadcast(BroadcastCommand, frozen=True, kw_only=True):
    """What the commands have in common by which a broadcast begins."""

    tenant_id: TenantId
    sender_number_id: SenderNumberId
    audience: Audience
    content: BroadcastContent

    def execute(self, broadcast: Broadcast, _context: CommandContext) -> None:
        """Raise AlreadyExists for a known id, InvalidInput for audience or words."""
        if broadcast.exists:
            raise AlreadyExists("There is a broadcast with this id already.")
        _check(self.audience, self.content)
        broadcast.record(
            BroadcastDrafted(
                tenant_id=self.tenant_id,
                broadcast_id=self.broadcast_id,
                sender_number_id=self.sender_number_id,
                audience=self.audience,
                content=self.content,
            )
        )


class DraftBroadcast(WriteBroadcast, frozen=True, kw_only=True):
    """Write a broadcast: for whom it is, from which number, and its words."""

    SCOPE = Scope.BROADCASTS_WRITE


class ReviseBroadcast(BroadcastCommand, frozen=True, kw_only=True):
    """Change audience or words of a broadcast that nobody approved yet. Its plan is dropped."""

    SCOPE = Scope.BROADCASTS_WRITE

    tenant_id: TenantId
    audience: Audience
    content: BroadcastContent

    def execute(self, broadcast: Broadcast, _context: CommandContext) -> None:
        """Raise BroadcastNotReady after the approval, InvalidInput for audience or words."""
        _require(broadcast, _BEFORE_APPROVAL)
        _check(self.audience, self.content)
        if (broadcast.audience, broadcast.content) != (self.audience, self.content):
            broadcast.record(
                BroadcastRevised(
                    tenant_id=self.tenant_id,
                    broadcast_id=self.broadcast_id,
                    audience=self.audience,
                    content=self.content,
                )
            )


class ProposeBroadcast(WriteBroadcast, frozen=True, kw_only=True):
    """Write a broadcast and ask for its plan at once: it then waits for a person of the firm."""

    SCOPE = Scope.BROADCASTS_PROPOSE

    request_id: PlanRequestId

    def execute(self, broadcast: Broadcast, context: CommandContext) -> None:
        """Raise AlreadyExists for a known id, InvalidInput for audience or words."""
        super().execute(broadcast, context)
        broadcast.record(
            BroadcastPlanRequested(broadcast_id=self.broadcast_id, request_id=self.request_id)
        )


def _check(audience: Audience, content: BroadcastContent) -> None:
    listed = audience.listed
    if listed is None:
        check_labels(audience.labels, ("audience", "labels"))
    elif audience.labels:
        raise InvalidInput(
            "An audience is either a list or chosen by labels, not both.",
            field=("audience", "labels"),
        )
    else:
        check_list(listed, ("audience", "listed"))
    if audience.excluded_labels:
        check_labels(audience.excluded_labels, ("audience", "excluded_labels"))
    require_text(content.title, ("content", "title"), characters_max=NAME_CHARACTERS_MAX)
    check_words(content.words, listed.variables if listed else (), ("content", "words"))


class PlanBroadcast(BroadcastCommand, frozen=True, kw_only=True):
    """Find out who would get which words. Planning again makes a new plan."""

    SCOPE = Scope.BROADCASTS_WRITE

    request_id: PlanRequestId

    def execute(self, broadcast: Broadcast, _context: CommandContext) -> None:
        """Raise BroadcastNotReady while a plan is being made, and after the approval."""
        if broadcast.exists and broadcast.request_id == self.request_id:
            return
        _require(broadcast, _BEFORE_APPROVAL)
        broadcast.record(
            BroadcastPlanRequested(broadcast_id=self.broadcast_id, request_id=self.request_id)
        )


class RecordPlan(BroadcastCommand, frozen=True, kw_only=True):
    """Keep that all recipients of the plan are stored."""

    SCOPE = Scope.BROADCASTS_RUN

    request_id: PlanRequestId
    plan_id: BroadcastPlanId
    plan_digest: str
    recipients: int
    excluded: tuple[ReasonCount, ...]
    forecast: tuple[ForecastLine, ...]
    writes_first: int | None = None

    def execute(self, broadcast: Broadcast, _context: CommandContext) -> None:
        """Raise BroadcastNotReady unless this plan is being made."""
        _require(broadcast, frozenset({BroadcastState.PLANNING}))
        if broadcast.request_id != self.request_id:
            raise BroadcastNotReady("Another plan is being made.")
        broadcast.record(
            BroadcastPlanned(
                broadcast_id=self.broadcast_id,
                request_id=self.request_id,
                plan_id=self.plan_id,
                plan_digest=self.plan_digest,
                recipients=self.recipients,
                excluded=self.excluded,
                forecast=self.forecast,
                writes_first=self.writes_first,
            )
        )


class FailPlan(BroadcastCommand, frozen=True, kw_only=True):
    """Keep that the plan was not made; also of a plan that nobody waits for any more."""

    SCOPE = Scope.BROADCASTS_RUN

    request_id: PlanRequestId
    reason: str

    def execute(self, broadcast: Broadcast, _context: CommandContext) -> None:
        """Record the failure; a plan that was made stays."""
        broadcast.must_exist()
        require_pattern(self.reason, ("reason",), r"[A-Za-z0-9_]{1,120}", "a stable reason")
        if broadcast.plan is not None and broadcast.plan.request_id == self.request_id:
            return
        broadcast.record(
            BroadcastPlanFailed(
                broadcast_id=self.broadcast_id, request_id=self.request_id, reason=self.reason
            )
        )


class ApproveBroadcast(BroadcastCommand, frozen=True, kw_only=True):
    """Approve the whole: exactly the recipients and words that `plan_digest` stands for."""

    SCOPE = Scope.BROADCASTS_APPROVE

    plan_digest: str

    def execute(self, broadcast: Broadcast, context: CommandContext) -> None:
        """Raise HumanRequired, BroadcastNotReady, PlanChanged, or InvalidInput for nobody."""
        if not context.actor.is_human:
            raise HumanRequired("Words for contacts need the approval of a person of the firm.")
        _require(broadcast, frozenset({BroadcastState.PLANNED}))
        plan = broadcast.plan
        if plan is None or plan.plan_digest != self.plan_digest:
            raise PlanChanged("The digest does not belong to the plan as it stands.")
        if plan.recipients == 0:
            raise InvalidInput(
                "Nobody of the audience may be written to.",
                hint="Look at the reasons in the plan, change the audience and plan again.",
            )
        broadcast.record(
            BroadcastApproved(
                broadcast_id=self.broadcast_id,
                plan_id=plan.plan_id,
                plan_digest=plan.plan_digest,
                recipients=plan.recipients,
            )
        )


class RecordRelease(BroadcastCommand, frozen=True, kw_only=True):
    """Keep that the approved messages were asked for, or that a cancellation came in between."""

    SCOPE = Scope.BROADCASTS_RUN

    plan_id: BroadcastPlanId
    requested: int

    def execute(self, broadcast: Broadcast, _context: CommandContext) -> None:
        """Raise BroadcastNotReady for a plan that was not approved; twice changes nothing."""
        broadcast.must_exist()
        if broadcast.approved is None or broadcast.approved.plan_id != self.plan_id:
            raise BroadcastNotReady("This plan was not approved.")
        if not broadcast.is_released:
            broadcast.record(
                BroadcastReleased(
                    broadcast_id=self.broadcast_id, plan_id=self.plan_id, requested=self.requested
                )
            )


class PauseBroadcast(BroadcastCommand, frozen=True, kw_only=True):
    """Send no further message of the broadcast until it is resumed."""

    SCOPE = Scope.BROADCASTS_WRITE

    def execute(self, broadcast: Broadcast, _context: CommandContext) -> None:
        """Raise BroadcastNotReady unless it is being sent; a paused one stays as it is."""
        broadcast.must_exist()
        if broadcast.state is not BroadcastState.PAUSED:
            _require(broadcast, SENDING)
            broadcast.record(BroadcastPaused(broadcast_id=self.broadcast_id))


class ResumeBroadcast(BroadcastCommand, frozen=True, kw_only=True):
    """Go on sending where it was paused."""

    SCOPE = Scope.BROADCASTS_APPROVE

    def execute(self, broadcast: Broadcast, context: CommandContext) -> None:
        """Raise HumanRequired, BroadcastNotReady unless it is paused."""
        if not context.actor.is_human:
            raise HumanRequired("Only a person of the firm lets a broadcast go on.")
        broadcast.must_exist()
        if broadcast.state not in SENDING:
            _require(broadcast, frozenset({BroadcastState.PAUSED}))
            broadcast.record(BroadcastResumed(broadcast_id=self.broadcast_id))


class CancelBroadcast(BroadcastCommand, frozen=True, kw_only=True):
    """End the broadcast for good; what was sent before stays sent."""

    SCOPE = Scope.BROADCASTS_WRITE

    reason: str

    def execute(self, broadcast: Broadcast, _context: CommandContext) -> None:
        """Raise BroadcastNotReady for one that is over, InvalidInput for the reason."""
        broadcast.must_exist()
        require_text(self.reason, ("reason",), characters_max=REASON_CHARACTERS_MAX)
        if broadcast.state in OVER:
            raise BroadcastNotReady(f"The broadcast is {broadcast.state} already.")
        broadcast.record(
            BroadcastCancelled(
                broadcast_id=self.broadcast_id,
                reason=self.reason,
                plan_id=broadcast.approved.plan_id if broadcast.approved else None,
            )
        )


class AbandonBroadcast(BroadcastCommand, frozen=True, kw_only=True):
    """End a broadcast that the hub cannot release (`reason` is a stable code)."""

    SCOPE = Scope.BROADCASTS_RUN

    reason: str

    def execute(self, broadcast: Broadcast, _context: CommandContext) -> None:
        """Record the end; a broadcast that is over stays as it is."""
        broadcast.must_exist()
        require_pattern(self.reason, ("reason",), r"[A-Za-z0-9_]{1,120}", "a stable reason")
        if broadcast.state not in OVER and broadcast.approved is not None:
            broadcast.record(
                BroadcastCancelled(
                    broadcast_id=self.broadcast_id,
                    reason=self.reason,
                    plan_id=broadcast.approved.plan_id,
                )
            )


class RecordWithdrawal(BroadcastCommand, frozen=True, kw_only=True):
    """Keep that no message of the cancelled broadcast waits in the outbox any more."""

    SCOPE = Scope.BROADCASTS_RUN

    plan_id: BroadcastPlanId
    messages: int

    def execute(self, broadcast: Broadcast, _context: CommandContext) -> None:
        """Raise BroadcastNotReady unless it is cancelled; twice changes nothing."""
        _require(broadcast, frozenset({BroadcastState.CANCELLED}))
        if not broadcast.is_withdrawn:
            broadcast.record(
                BroadcastWithdrawn(
                    broadcast_id=self.broadcast_id, plan_id=self.plan_id, messages=self.messages
                )
            )


class NoteProgress(BroadcastCommand, frozen=True, kw_only=True):
    """Keep how far sending has come; with `is_over` no message waits any more."""

    SCOPE = Scope.BROADCASTS_RUN

    counts: tuple[StateCount, ...]
    is_over: bool

    def execute(self, broadcast: Broadcast, _context: CommandContext) -> None:
        """Record the progress, or the end; what is known already changes nothing."""
        broadcast.must_exist()
        if broadcast.state not in {BroadcastState.RUNNING, BroadcastState.PAUSED}:
            return
        if self.is_over and broadcast.is_released:
            broadcast.record(BroadcastCompleted(broadcast_id=self.broadcast_id, counts=self.counts))
        elif self.counts != broadcast.counts:
            broadcast.record(
                BroadcastProgressed(broadcast_id=self.broadcast_id, counts=self.counts)
            )


def _require(broadcast: Broadcast, states: frozenset[BroadcastState]) -> None:
    broadcast.must_exist()
    if broadcast.state not in states:
        raise BroadcastNotReady(f"The broadcast is {broadcast.state}.")
