"""RQ as a doorbell: a job names work that stands in PostgreSQL and carries ids only.

Losing Redis loses nothing: the sweep derives every doorbell again from rows that are due. Job ids
carry a time bucket, so a doorbell that rings twice meets itself, and one that died with its worker
blocks nobody for longer than the bucket.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from redis import Redis
from rq import Queue
from rq.exceptions import DuplicateJobError
from rq.job import Job
from rq.serializers import JSONSerializer

FAILURE_KEPT_S: Final = 14 * 24 * 3600
"""How long a failed doorbell stays in its registry. The reason stands in PostgreSQL as well."""


WAITING_KEPT_S: Final = 600
"""How long a doorbell waits for a worker; the sweep rings again long before."""


class QueueName(StrEnum):
    """The queues. A worker process serves one: with more, RQ can lose a job (rq 1716)."""

    OUTBOUND = "outbound"
    ASSIST = "assist"
    MEDIA = "media"
    BULK = "bulk"


class UnknownJob(Exception):
    """A job in Redis names a function that is not in the table of jobs; it is not run."""


class AllowListJob(Job):
    """A job that can only run a function of the table of jobs.

    The JSON serializer alone is no boundary: RQ would import and call any dotted path that it finds
    in Redis.
    """

    allowed: Mapping[str, Callable[..., None]] = {}

    @property
    def func(self) -> Callable[..., None]:
        """The function of the table under the job's name."""
        name = self.func_name
        function = self.allowed.get(name or "")
        if function is None or self.instance is not None:
            raise UnknownJob(
                f"The job {self.id} asks for {name!r}, which is not in the table of jobs. "
                "It was not run; find out who can write to this Redis."
            )
        return function


def queue_name(name: QueueName, firm: UUID | None = None) -> str:
    """What a queue is called in Redis; with `firm` the one of this firm alone."""
    return name.value if firm is None else f"{name.value}-{firm}"


def open_queue(name: QueueName, connection: "Redis", *, firm: UUID | None = None) -> Queue:
    """Return the RQ queue `name`, or that of a firm."""
    return Queue(
        queue_name(name, firm),
        connection=connection,
        job_class=AllowListJob,
        serializer=JSONSerializer,
    )


class Doorbells:
    """Rings for work. A ring that finds the same doorbell already rung does nothing."""

    def __init__(self, connection: "Redis") -> None:
        self._connection = connection
        self._queues: dict[str, Queue] = {}

    def ring(
        self,
        queue: QueueName,
        job: str,
        *ids: UUID | str,
        bucket: int,
        limit_s: int,
        firm: UUID | None = None,
    ) -> bool:
        """Enqueue `job` for `ids`, at most twice per time `bucket`; False if both rings wait.

        The second ring is for a run that has already looked for its last time but is not over.
        `limit_s` is the time after which a run is stopped; with `firm` the workers of this firm are
        rung for. Raises `redis.RedisError` when Redis is
        away.
        """
        arguments = [str(identifier) for identifier in ids]
        own = () if firm is None else ("own",)
        job_id = "-".join([job, *arguments[-2:], *own, str(bucket)]).replace(".", "_")
        rung = self._open(queue, firm)
        return any(
            _enqueue(rung, job, arguments, job_id=candidate, limit_s=limit_s)
            for candidate in (job_id, f"{job_id}-again")
        )

    def has_rung(
        self, queue: QueueName, *, firm: UUID | None = None, other_than: str | None = None
    ) -> bool:
        """Whether a doorbell waits in the queue, for another job than `other_than` if given.

        Raises `redis.RedisError` when Redis is away.
        """
        waiting = self._open(queue, firm).get_job_ids()
        return any(not job_id.startswith(f"{other_than}-") for job_id in waiting)

    def _open(self, queue: QueueName, firm: UUID | None) -> Queue:
        name = queue_name(queue, firm)
        if name not in self._queues:
            self._queues[name] = open_queue(queue, self._connection, firm=firm)
        return self._queues[name]


def _enqueue(queue: Queue, job: str, arguments: list[Any], *, job_id: str, limit_s: int) -> bool:
    try:
        queue.enqueue_call(
            func=job,
            args=arguments,
            timeout=limit_s,
            result_ttl=0,
            failure_ttl=FAILURE_KEPT_S,
            ttl=WAITING_KEPT_S,
            job_id=job_id,
            unique=True,
            description=job,
        )
    except DuplicateJobError:
        return False
    return True
