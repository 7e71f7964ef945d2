"""`hub follow`: the inbox into events, events into reactions and read models."""

import signal
import threading

import typer

from api.cli.output import load_settings

app = typer.Typer()


@app.command()
def follow() -> None:
    """Follow until stopped. Several processes share the work and take over from each other."""
    from infrastructure.running_servers import running_servers
    from infrastructure.telemetry.metrics_folder import use_metrics_folder

    settings = load_settings()
    use_metrics_folder(settings.home)
    from infrastructure.lasting_memory import keep_what_is_loaded
    from infrastructure.telemetry.logs import configure_logging
    from infrastructure.telemetry.tracing import configure_tracing
    from jobs.wiring import follower_host

    configure_logging("follow", settings.log_level)
    configure_tracing("follow", settings.otlp_endpoint)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopped.set())
    with (
        running_servers(settings) as servers,
        follower_host(settings, servers.database_url, servers.redis_url) as host,
    ):
        keep_what_is_loaded()
        host.start()
        stopped.wait()
        host.stop()
