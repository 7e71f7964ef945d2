"""`hub schedule`: rings for due work, sweeps, keeps the house."""

import signal
import threading

import typer

from api.cli.output import load_settings

app = typer.Typer()


@app.command()
def schedule() -> None:
    """Ring for due work until stopped. Several may run; one at a time works."""
    from infrastructure.running_servers import running_servers
    from infrastructure.telemetry.metrics_folder import use_metrics_folder

    settings = load_settings()
    use_metrics_folder(settings.home)
    from infrastructure.lasting_memory import keep_what_is_loaded
    from infrastructure.telemetry.logs import configure_logging
    from jobs.schedule import run_schedule
    from jobs.wiring import schedule_runtime

    configure_logging("schedule", settings.log_level)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopped.set())
    with (
        running_servers(settings) as servers,
        schedule_runtime(settings, servers.database_url, servers.redis_url) as runtime,
    ):
        keep_what_is_loaded()
        run_schedule(runtime, stopped.is_set)
