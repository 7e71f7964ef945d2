"""`hub up`: everything on this machine."""

import os

import typer

from api.cli.output import load_settings
from api.cli.run import CommandFailedError
from infrastructure.running_servers import running_servers
from infrastructure.supervision.child import hub_command
from infrastructure.supervision.readiness import port_problem
from infrastructure.supervision.supervisor import PROCESSES, Supervisor

app = typer.Typer()


@app.command()
def up() -> None:
    """Run everything on this machine until Ctrl-C.

    Starts the embedded PostgreSQL and Redis unless HUB_DATABASE_URL and HUB_REDIS_URL are set,
    brings the database up to date, then runs serve, follow, two workers and the scheduler.
    """
    settings = load_settings()
    problem = port_problem(settings.host, settings.port)
    if problem:
        raise CommandFailedError(problem)
    with running_servers(settings, stop_at_once=True):
        supervisor = Supervisor(os.environ)
        status = supervisor.run_once(hub_command("migrate", "migrate"))
        if status != 0:
            raise CommandFailedError("The database could not be brought up to date, see above.")
        supervisor.run(PROCESSES, settings.host, settings.port)
