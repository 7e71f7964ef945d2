"""The table of jobs: what a doorbell in Redis may run."""

from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple

from domain.effects import AssessMessage, SuggestDraft
from jobs.assess_message import assess_message, fail_assessment
from jobs.drain_sender import drain_sender
from jobs.outbound.host import LIMIT_S
from jobs.queues import QueueName
from jobs.runtime import AssistRuntime, SendRuntime, run_job
from jobs.suggest_draft import fail_suggestion, suggest_draft
from jobs.work_items import WorkKind, perform_work_item

ASSISTANT_LIMIT_S: Final = 30
"""Longest run of one question to the assistant (commissioning documents)."""

WORK_KINDS: Final = {
    AssessMessage.NAME: WorkKind(perform=assess_message, give_up=fail_assessment),
    SuggestDraft.NAME: WorkKind(perform=suggest_draft, give_up=fail_suggestion),
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
    "perform_work_item": JobEntry(
        QueueName.ASSIST, partial(perform_work_item, WORK_KINDS), ASSISTANT_LIMIT_S, "wa.ai"
    ),
}
"""Every job by the name under which it stands in Redis."""


def allowed_jobs(
    runtime: AssistRuntime | SendRuntime, queue: QueueName
) -> dict[str, Callable[..., None]]:
    """The functions that a worker of `queue` may run, each bound to its runtime."""
    return {
        name: partial(_run, entry, name, runtime)
        for name, entry in JOBS.items()
        if entry.queue is queue
    }


def _run(
    entry: JobEntry, name: str, runtime: AssistRuntime | SendRuntime, tenant_id: str, *ids: str
) -> None:
    run_job(
        entry.function,
        runtime,
        job=name,
        queue=entry.contract_queue,
        tenant_id=tenant_id,
        arguments=ids,
    )
