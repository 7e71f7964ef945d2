"""A worker process: one RQ worker for one queue."""

import threading

from rq import SimpleWorker
from rq.serializers import JSONSerializer

from domain.identity import TenantId
from jobs.queues import AllowListJob, QueueName, open_queue
from jobs.runtime import JobRuntime
from jobs.table import allowed_jobs

WORKER_TTL_S = 30
MAINTENANCE_INTERVAL_S = 60


class _Worker(SimpleWorker):
    """A worker that also tells the job under way to end."""

    stopped: threading.Event

    def handle_warm_shutdown_request(self) -> None:
        self.stopped.set()
        super().handle_warm_shutdown_request()  # type: ignore[no-untyped-call]


def run_worker(
    runtime: JobRuntime,
    queue: QueueName,
    stopped: threading.Event,
    *,
    firm: TenantId | None = None,
) -> None:
    """Work on `queue` until SIGTERM, which sets `stopped`; the job under way is finished first.

    With `firm` on the queue of this firm alone.
    """
    AllowListJob.allowed = allowed_jobs(runtime, queue)
    worker = _Worker(
        [open_queue(queue, runtime.redis, firm=firm)],
        connection=runtime.redis,
        job_class=AllowListJob,
        serializer=JSONSerializer,
        worker_ttl=WORKER_TTL_S,
        maintenance_interval=MAINTENANCE_INTERVAL_S,
        log_job_description=False,
    )
    worker.stopped = stopped
    worker.log_result_lifespan = False
    worker.work(logging_level="WARNING")
