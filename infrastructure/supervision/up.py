"""Running a whole hub on this machine."""

import os
import sys
from collections.abc import MutableMapping
from typing import Final

from infrastructure.embedded.errors import EmbeddedServerError
from infrastructure.running_servers import running_servers
from infrastructure.settings import Settings, SettingsError
from infrastructure.supervision.child import hub_command
from infrastructure.supervision.parent import end_with_parent
from infrastructure.supervision.readiness import port_problem
from infrastructure.supervision.supervisor import PROCESSES, Supervisor
from infrastructure.telemetry.metrics_folder import use_metrics_folder

EXIT_FAILED: Final = 1
EXIT_USAGE: Final = 2


class HubNotStartedError(RuntimeError):
    """A hub could not be started; the message says why and what to do next."""


def run_hub(settings: Settings, environment: MutableMapping[str, str]) -> None:
    """Starts servers and processes, and keeps them running until SIGTERM or SIGINT.

    Raises HubNotStartedError when the port is taken or the database cannot be brought up to date,
    EmbeddedServerError when a server does not start.
    """
    problem = port_problem(settings.host, settings.port)
    if problem:
        raise HubNotStartedError(problem)
    with running_servers(settings, stop_at_once=True):
        use_metrics_folder(settings.home, clean=True)
        supervisor = Supervisor(environment)
        if supervisor.run_once(hub_command("migrate", "migrate")) != 0:
            raise HubNotStartedError("The database could not be brought up to date, see above.")
        supervisor.run(PROCESSES, settings.host, settings.port)


def main() -> None:
    """`hub up` without the libraries of the command line: the process stays, and stays small."""
    end_with_parent()
    try:
        run_hub(Settings.from_environment(os.environ), os.environ)
    except SettingsError as error:
        _fail(error, EXIT_USAGE)
    except (HubNotStartedError, EmbeddedServerError) as error:
        _fail(error, EXIT_FAILED)
    except KeyboardInterrupt:  # before the supervisor listens to signals
        sys.exit(130)


def _fail(error: Exception, status: int) -> None:
    sys.stderr.write(f"hub: {error}\n")
    sys.exit(status)
