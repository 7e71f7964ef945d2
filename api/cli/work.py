"""`hub work`: one worker process for one queue."""

from enum import StrEnum
from typing import Annotated

import typer

from api.cli.output import load_settings


class Queue(StrEnum):
    """The queues by name; those of `jobs.queues`, which is loaded only when a worker runs."""

    OUTBOUND = "outbound"
    ASSIST = "assist"
    MEDIA = "media"
    BULK = "bulk"


app = typer.Typer()


@app.command()
def work(
    *,
    queue: Annotated[Queue, typer.Option(help="The queue to work on.")],
    tenant: Annotated[
        str | None,
        typer.Option(
            help="Send for this firm alone, which has a queue of its own (outbound only)."
        ),
    ] = None,
) -> None:
    """Work on one queue until stopped; the job under way is finished first."""
    import threading

    from infrastructure.running_servers import running_servers
    from infrastructure.telemetry.metrics_folder import use_metrics_folder

    settings = load_settings()
    use_metrics_folder(settings.home)
    from api.cli.operator import parse_id
    from domain.identity import TenantId
    from infrastructure.lasting_memory import keep_what_is_loaded
    from infrastructure.telemetry.logs import configure_logging
    from infrastructure.telemetry.tracing import configure_tracing
    from jobs.queues import QueueName
    from jobs.wiring import worker_runtime
    from jobs.worker import run_worker

    configure_logging(f"work-{queue}", settings.log_level)
    configure_tracing(f"work-{queue}", settings.otlp_endpoint)
    name = QueueName(queue.value)
    if tenant is not None and name is not QueueName.OUTBOUND:
        raise typer.BadParameter("Only messages have queues of firms: --queue outbound.")
    firm = None if tenant is None else TenantId(parse_id(tenant, "firm"))
    stopped = threading.Event()
    with (
        running_servers(settings) as servers,
        worker_runtime(
            settings,
            servers.database_url,
            servers.redis_url,
            name,
            is_stopped=stopped.is_set,
            firm=firm,
        ) as runtime,
    ):
        keep_what_is_loaded()
        run_worker(runtime, name, stopped, firm=firm)
