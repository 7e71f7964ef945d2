"""The table of jobs: what a doorbell in Redis may run."""

from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple

from domain.dead_letter import DeadLetterKind
from domain.effects import (
    AssessMessage,
    FetchMedia,
    PlanRecipients,
    PrepareFile,
    ReleaseBroadcast,
    ShowReadReceipt,
    SubmitTemplateToMeta,
    SuggestDraft,
    SyncTemplates,
    WithdrawBroadcast,
)
from jobs.assess_message import assess_message, fail_assessment
from jobs.delete_due_media import DELETE_LIMIT_S, delete_due_media
from jobs.drain_sender import drain_sender
from jobs.fetch_media import fail_media, fetch_media, media_of
from jobs.follow_broadcast import follow_broadcast
from jobs.outbound.host import LIMIT_S
from jobs.plan_broadcast import fail_plan, plan_recipients
from jobs.prepare_file import give_file_up, message_of, prepare_file
from jobs.queues import QueueName
from jobs.release_broadcast import give_release_up, release_broadcast
from jobs.runtime import JobRuntime, run_job
from jobs.show_read_receipt import fail_read_receipt, show_read_receipt
from jobs.submit_template import fail_submission, submit_template
from jobs.suggest_draft import fail_suggestion, suggest_draft
from jobs.sync_templates import fail_sync, sync_templates
from jobs.tend_outbound import LIMIT_S as TEND_LIMIT_S
from jobs.tend_outbound import tend_outbound
from jobs.withdraw_broadcast import give_withdrawal_up, withdraw_broadcast
from jobs.work_items import WorkKind, perform_work_item

BULK_LIMIT_S: Final = 40
"""Longest run of work on a whole broadcast."""

ASSISTANT_LIMIT_S: Final = 30
"""Longest run of one question to the assistant (commissioning documents)."""

ACCOUNT_LIMIT_S: Final = 40
"""Longest run of one piece of work on an account at Meta."""

MEDIA_LIMIT_S: Final = 240
"""Longest run for one file: 100 MB over a slow line, two scanners, and the object store."""

WORK_KINDS: Final = {
    PlanRecipients.NAME: WorkKind(
        plan_recipients, fail_plan, QueueName.BULK, DeadLetterKind.BROADCAST
    ),
    ReleaseBroadcast.NAME: WorkKind(
        release_broadcast, give_release_up, QueueName.BULK, DeadLetterKind.BROADCAST
    ),
    WithdrawBroadcast.NAME: WorkKind(
        withdraw_broadcast, give_withdrawal_up, QueueName.BULK, DeadLetterKind.BROADCAST
    ),
    AssessMessage.NAME: WorkKind(assess_message, fail_assessment),
    SuggestDraft.NAME: WorkKind(suggest_draft, fail_suggestion, letter=DeadLetterKind.DRAFT),
    SubmitTemplateToMeta.NAME: WorkKind(
        submit_template, fail_submission, QueueName.OUTBOUND, DeadLetterKind.TEMPLATE
    ),
    SyncTemplates.NAME: WorkKind(
        sync_templates,
        fail_sync,
        QueueName.OUTBOUND,
        DeadLetterKind.TEMPLATE,
        # The next sync comes by itself.
        is_missed=False,
    ),
    ShowReadReceipt.NAME: WorkKind(
        show_read_receipt,
        fail_read_receipt,
        QueueName.OUTBOUND,
        DeadLetterKind.RECEIPT,
        is_missed=False,
    ),
    FetchMedia.NAME: WorkKind(
        fetch_media,
        fail_media,
        QueueName.MEDIA,
        DeadLetterKind.MEDIA,
        letter_id=media_of,
    ),
    PrepareFile.NAME: WorkKind(
        prepare_file,
        give_file_up,
        QueueName.MEDIA,
        DeadLetterKind.MESSAGE,
        letter_id=message_of,
        # The message itself is given up then, and tells.
        is_missed=False,
    ),
}
"""Effects, and how they are carried out."""


class JobEntry(NamedTuple):
    """A job: its queue, what it does with the runtime and its ids, and its time limit."""

    queue: QueueName
    function: Callable[..., None]
    limit_s: int
    contract_queue: str


JOBS: Final = {
    "drain_sender": JobEntry(QueueName.OUTBOUND, drain_sender, LIMIT_S, "wa.outgoing.command"),
    "perform_bulk_work": JobEntry(
        QueueName.BULK, partial(perform_work_item, WORK_KINDS), BULK_LIMIT_S, "wa.broadcast"
    ),
    "follow_broadcast": JobEntry(QueueName.BULK, follow_broadcast, BULK_LIMIT_S, "wa.broadcast"),
    "tend_outbound": JobEntry(
        QueueName.OUTBOUND, tend_outbound, TEND_LIMIT_S, "wa.outgoing.command"
    ),
    "perform_work_item": JobEntry(
        QueueName.ASSIST, partial(perform_work_item, WORK_KINDS), ASSISTANT_LIMIT_S, "wa.ai"
    ),
    "perform_account_work": JobEntry(
        QueueName.OUTBOUND, partial(perform_work_item, WORK_KINDS), ACCOUNT_LIMIT_S, "wa.account"
    ),
    "delete_due_media": JobEntry(
        QueueName.MEDIA, delete_due_media, DELETE_LIMIT_S, "wa.media.processing"
    ),
    "perform_media_item": JobEntry(
        QueueName.MEDIA,
        partial(perform_work_item, WORK_KINDS),
        MEDIA_LIMIT_S,
        "wa.media.processing",
    ),
}
"""Every job by the name under which it stands in Redis."""


WORK_JOBS: Final = {
    QueueName.BULK: "perform_bulk_work",
    QueueName.ASSIST: "perform_work_item",
    QueueName.OUTBOUND: "perform_account_work",
    QueueName.MEDIA: "perform_media_item",
}
"""The job that does a piece of work, by the queue of its kind."""

WORK_QUEUES: Final = tuple(JOBS[name].contract_queue for name in WORK_JOBS.values())
"""The queues of the event contract that work items wait in."""


def contract_queue_of(kind: str) -> str:
    """Return the queue of the event contract that work of a kind waits in."""
    return JOBS[WORK_JOBS[WORK_KINDS[kind].queue]].contract_queue


def allowed_jobs(runtime: JobRuntime, queue: QueueName) -> dict[str, Callable[..., None]]:
    """The functions that a worker of `queue` may run, each bound to its runtime."""
    return {
        name: partial(_run, entry, name, runtime)
        for name, entry in JOBS.items()
        if entry.queue is queue
    }


def _run(entry: JobEntry, name: str, runtime: JobRuntime, tenant_id: str, *ids: str) -> None:
    run_job(
        entry.function,
        runtime,
        job=name,
        queue=entry.contract_queue,
        tenant_id=tenant_id,
        arguments=ids,
    )
