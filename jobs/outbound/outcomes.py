"""Keep what became of attempts: each outcome an event, many of them in one commit.

The outcome of a call is a fact and is kept whoever holds the lane by now.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from domain.attempt_needs import LOST_FILE_CODES, USER_ID_REFUSED
from domain.errors import HubError, StoreUnavailable
from domain.event import EventRecord
from domain.outbound_commands import (
    OutboundCommand,
    RecordAttemptFailure,
    RecordFailure,
    RecordInDoubt,
    RecordSent,
)
from domain.ports.journal import AppendOutcome, AppendRequest
from domain.ports.vault import VaultUnavailable
from domain.ports.whatsapp import SendAccepted, SendOutcomeUnknown, SendRefused, UnknownCause
from domain.scopes import DELIVERY_SCOPES
from infrastructure.failpoints import failpoint
from infrastructure.postgres.append_call import EncodedRequest
from infrastructure.postgres.sealing import encode_requests
from infrastructure.telemetry.defects import defect_of
from infrastructure.telemetry.metrics import DEFECTS, SENDS
from jobs.outbound.attempts import Attempt, Progress
from jobs.retry import ATTEMPTS_MAX, next_attempt_at
from jobs.runtime import SendRuntime

log = logging.getLogger(__name__)

LONGEST_WAIT_S: Final = 3600
"""How far the growing wait after a refusal grows. Meta's own wish may be longer."""

GATHERING_S: Final = 0.05
"""The least time between two groups of outcomes that are kept, as long as there are not many."""

MANY: Final = 10
"""As many outcomes are kept at once: more would keep the calls waiting for the processor."""

PATIENCE_S: Final = 30.0
"""How long an outcome waits for a store that is away, before the attempt is left without one."""

_PAUSE_S: Final = 0.25


class NotCalled(NamedTuple):
    """The attempt was committed and certainly not called: the lane was lost, or it has to wait.

    It is made again `after_s` seconds later and counts towards nothing.
    """

    words: str
    after_s: float = 0.0


CallOutcome = SendAccepted | SendRefused | SendOutcomeUnknown | NotCalled


class Settled(NamedTuple):
    """What the outcome means for the lane, and from which position on the outbox shows it."""

    progress: Progress
    position: int


class Outcomes:
    """Gathers the outcomes of one process and keeps them, a group at a time.

    A lone outcome waits for nobody. Where there are many, a group forms for `GATHERING_S`: all who
    follow the events have a share in the cost of a commit, and a reply would wait for them.
    """

    def __init__(self, runtime: SendRuntime) -> None:
        self._runtime = runtime
        self._waiting: list[tuple[Attempt, CallOutcome, asyncio.Future[Settled]]] = []
        self._bell = asyncio.Event()
        self._has_many = asyncio.Event()

    async def keep(self, attempt: Attempt, outcome: CallOutcome) -> Settled:
        """Keep an outcome and wait until it is durable. Raises StoreUnavailable."""
        future: asyncio.Future[Settled] = asyncio.get_running_loop().create_future()
        self._waiting.append((attempt, outcome, future))
        self._bell.set()
        if len(self._waiting) >= MANY:
            self._has_many.set()
        return await future

    async def run(self) -> None:
        """Keep outcomes until cancelled."""
        gathered_at = float("-inf")
        while True:
            await self._bell.wait()
            with contextlib.suppress(TimeoutError):
                wait_s = gathered_at + GATHERING_S - time.monotonic()
                await asyncio.wait_for(self._has_many.wait(), wait_s)
            gathered_at = time.monotonic()
            self._bell.clear()
            self._has_many.clear()
            group, self._waiting = self._waiting, []
            if group:
                await self._keep_group(group)

    async def _keep_group(
        self, group: list[tuple[Attempt, CallOutcome, asyncio.Future[Settled]]]
    ) -> None:
        give_up_at = time.monotonic() + PATIENCE_S
        pairs = [(attempt, outcome) for attempt, outcome, _ in group]
        while True:
            try:
                settled = await self._stored(pairs)
            except (StoreUnavailable, VaultUnavailable) as error:
                if time.monotonic() < give_up_at:
                    await asyncio.sleep(_PAUSE_S)
                    continue
                for _, _, future in group:
                    if not future.done():
                        future.set_exception(error)
                return
            except Exception as error:  # noqa: BLE001 - told apart, each outcome for itself
                await self._keep_apart(group, error)
                return
            for (_, _, future), one in zip(group, settled, strict=True):
                if not future.done():
                    future.set_result(one)
            return

    async def _keep_apart(
        self, group: list[tuple[Attempt, CallOutcome, asyncio.Future[Settled]]], error: Exception
    ) -> None:
        """One outcome that cannot be kept must not take the others of its group with it."""
        if len(group) > 1:
            for one in group:
                await self._keep_group([one])
            return
        ((attempt, outcome, future),) = group
        defect = defect_of(error)
        log.error(
            "An outcome could not be kept; the attempt is in doubt.",
            extra={"reference": str(attempt.message.id), "reason": defect.digest},
            exc_info=error,
        )
        DEFECTS.labels("wa.outgoing.command").inc()
        if getattr(outcome, "defect", None) is None:
            unknown = SendOutcomeUnknown(UnknownCause.DEFECT, defect=defect)
            await self._keep_group([(attempt, unknown, future)])
        elif not future.done():
            # Whoever holds the lane finds an attempt without an outcome.
            future.set_result(Settled(Progress.TRY_LATER, 0))

    async def _stored(self, pairs: Sequence[tuple[Attempt, CallOutcome]]) -> list[Settled]:
        drafts = await asyncio.to_thread(_drafts, self._runtime, pairs)
        failpoint("send.before_outcome_commit")
        appended = await asyncio.gather(
            *(
                self._runtime.writer.append_async(draft.encoded)
                for draft in drafts
                if draft.encoded is not None
            )
        )
        failpoint("send.after_outcome_commit")
        results = iter(appended)
        settled: list[Settled] = []
        for draft in drafts:
            result = None if draft.encoded is None else next(results)
            if result is not None and result.outcome is AppendOutcome.STORED:
                settled.append(Settled(draft.progress, result.places[-1].position))
            else:
                # Something else has happened to the message meanwhile: decide on what is stored.
                again = await asyncio.to_thread(_handle_again, self._runtime, draft)
                settled.append(again)
        return settled


class _Draft(NamedTuple):
    attempt: Attempt
    command: OutboundCommand
    progress: Progress
    encoded: EncodedRequest | None


def _drafts(runtime: SendRuntime, pairs: Sequence[tuple[Attempt, CallOutcome]]) -> list[_Draft]:
    """Decide about outcomes and seal their events."""
    decided = [(attempt, *_command(runtime, attempt, outcome)) for attempt, outcome in pairs]
    records = [_records(runtime, attempt, command) for attempt, command, _ in decided]
    wanted = [AppendRequest(records=each) for each in records if each]
    encoded = iter(encode_requests(runtime.vault, wanted))
    return [
        _Draft(attempt, command, progress, next(encoded) if own else None)
        for (attempt, command, progress), own in zip(decided, records, strict=True)
    ]


def _records(
    runtime: SendRuntime, attempt: Attempt, command: OutboundCommand
) -> tuple[EventRecord, ...]:
    if attempt.message.pending:
        # Decided before, when the store was away: only what is stored by now can tell.
        return ()
    return runtime.hub.decide(command, attempt.message, attempt.provenance, DELIVERY_SCOPES)


def _handle_again(runtime: SendRuntime, draft: _Draft) -> Settled:
    try:
        done = runtime.hub.handle(draft.command, draft.attempt.provenance, DELIVERY_SCOPES)
    except (StoreUnavailable, VaultUnavailable):
        raise
    except HubError as refused:
        # A status or a person was quicker and has settled the message otherwise.
        log.info(
            "An outcome came after the message was settled.",
            extra={"reference": str(draft.attempt.message.id), "reason": refused.code},
        )
        return Settled(Progress.SETTLED, 0)
    position = done.records[-1].position if done.records else 0
    return Settled(draft.progress, position or 0)


def _command(
    runtime: SendRuntime, attempt: Attempt, outcome: CallOutcome
) -> tuple[OutboundCommand, Progress]:
    """The command that keeps an outcome, and what it means for the lane."""
    outbound_id = attempt.message.requested.outbound_message_id
    match outcome:
        case SendAccepted(wamid=wamid, is_held=is_held):
            digest = runtime.vault.digest(attempt.provenance.tenant_id, "wamid", wamid.encode())
            return RecordSent(
                outbound_message_id=outbound_id,
                attempt=attempt.number,
                wamid=wamid,
                wamid_digest=digest,
                is_held=is_held,
            ), Progress.SETTLED
        case SendOutcomeUnknown():
            return RecordInDoubt(
                outbound_message_id=outbound_id,
                attempt=attempt.number,
                cause=outcome.cause.value,
                defect=outcome.defect,
            ), Progress.SETTLED
        case NotCalled(words=words, after_s=after_s):
            return RecordAttemptFailure(
                outbound_message_id=outbound_id,
                attempt=attempt.number,
                code=None,
                words=words,
                due_at=runtime.clock.now() + timedelta(seconds=after_s),
                is_spent=False,
            ), Progress.TRY_LATER
    return _refused(runtime, attempt, outcome)


def _refused(
    runtime: SendRuntime, attempt: Attempt, refused: SendRefused
) -> tuple[OutboundCommand, Progress]:
    message = attempt.message
    rule = refused.retry
    if _may_be_mended(attempt, refused):
        return RecordAttemptFailure(
            outbound_message_id=message.requested.outbound_message_id,
            attempt=attempt.number,
            code=refused.meta_code,
            words=refused.words,
            due_at=runtime.clock.now(),
            is_spent=False,
        ), Progress.TRY_LATER
    limit = rule.retries_max
    attempts_max = ATTEMPTS_MAX if limit is None else min(ATTEMPTS_MAX, 1 + limit)
    spent = message.spent_attempts + rule.spends_attempt
    if rule.spends_attempt and spent >= attempts_max:
        return RecordFailure(
            outbound_message_id=message.requested.outbound_message_id,
            attempt=attempt.number,
            code=refused.meta_code,
            words=refused.words,
        ), Progress.SETTLED
    return RecordAttemptFailure(
        outbound_message_id=message.requested.outbound_message_id,
        attempt=attempt.number,
        code=refused.meta_code,
        words=refused.words,
        due_at=_again_at(runtime, refused, attempt.number, spent),
        is_spent=rule.spends_attempt,
    ), Progress.TRY_LATER


def _may_be_mended(attempt: Attempt, refused: SendRefused) -> bool:
    """Whether the message goes out at once if it is called otherwise; each way is tried once.

    A file that Meta does not know any more is uploaded again. A kind of message that takes no user
    id is sent to the phone number alone (131062; reference, section 7).
    """
    needs, recipient = attempt.message.needs, attempt.request.recipient
    if refused.meta_code in LOST_FILE_CODES:
        return attempt.request.meta_media_id is not None and not needs.lost_file_ids
    if refused.meta_code == USER_ID_REFUSED:
        return recipient.phone is not None and recipient.user_id is not None and not needs.phone
    return False


def _again_at(runtime: SendRuntime, refused: SendRefused, attempt: int, spent: int) -> datetime:
    """When the next attempt is due, after so many attempts and so many that count."""
    rule, now = refused.retry, runtime.clock.now()
    grown = min(rule.wait_seconds * rule.wait_factor ** min(attempt - 1, 12), LONGEST_WAIT_S)
    wait_s = max(rule.wait_seconds, grown, refused.retry_after_seconds or 0)
    if not rule.spends_attempt:
        return now + timedelta(seconds=wait_s)
    return max(now + timedelta(seconds=wait_s), next_attempt_at(now, spent, runtime.random))


def count(outcome: CallOutcome, progress: Progress) -> None:
    """Count an outcome that was kept."""
    match outcome:
        case SendAccepted():
            SENDS.labels("accepted").inc()
        case SendOutcomeUnknown():
            SENDS.labels("in_doubt").inc()
        case NotCalled():
            SENDS.labels("not_called").inc()
        case _:
            SENDS.labels("again" if progress is Progress.TRY_LATER else "failed").inc()
