"""`hub deliver`: tells the other systems of firms what happens."""

import signal
import threading

import typer

from api.cli.output import load_settings

app = typer.Typer()


@app.command()
def deliver() -> None:
    """Deliver outgoing webhooks until stopped; the calls under way are finished first."""
    from infrastructure.running_servers import running_servers
    from infrastructure.telemetry.metrics_folder import use_metrics_folder

    settings = load_settings()
    use_metrics_folder(settings.home)
    from infrastructure.lasting_memory import keep_what_is_loaded
    from infrastructure.telemetry.logs import configure_logging
    from infrastructure.telemetry.tracing import configure_tracing
    from jobs.webhook_deliverer import run_deliverer
    from jobs.webhook_wiring import webhook_connect, webhook_runtime

    configure_logging("deliver", settings.log_level)
    configure_tracing("deliver", settings.otlp_endpoint)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopped.set())
    with (
        running_servers(settings, redis=False) as servers,
        webhook_runtime(settings, servers.database_url) as runtime,
    ):
        keep_what_is_loaded()
        run_deliverer(runtime, webhook_connect(settings, servers.database_url), stopped.is_set)
