"""Running a command: what its exit status says and how its failure is told.

0 means done, 1 failed, 2 used in a wrong way (including a setting that cannot be read).
"""

import os
import sys
from typing import Final

from infrastructure.embedded.errors import EmbeddedServerError
from infrastructure.settings import SettingsError
from infrastructure.supervision.parent import end_with_parent

EXIT_FAILED: Final = 1
EXIT_USAGE: Final = 2


class CommandFailedError(Exception):
    """A command could not do what it was asked; the message says why and what to do next."""


_UNREACHABLE: Final = {
    "psycopg": ("OperationalError", "PostgreSQL cannot be used"),
    "psycopg_pool": ("PoolTimeout", "PostgreSQL gave no connection in time"),
    "redis.exceptions": ("ConnectionError", "Redis cannot be reached"),
}
"""Failures of stores that need no traceback, by module so that none of them has to be imported."""


def run() -> None:
    """Runs the command line and ends the process with the status of the command."""
    from api.cli import app

    end_with_parent()
    try:
        app(prog_name="hub")
    except SettingsError as error:
        _tell(str(error), EXIT_USAGE)
    except (CommandFailedError, EmbeddedServerError) as error:
        _tell(str(error), EXIT_FAILED)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXIT_FAILED)
    except Exception as error:
        explanation = _explanation(error)
        if explanation is None:
            raise
        _tell(explanation, EXIT_FAILED)


def _explanation(error: Exception) -> str | None:
    from domain.errors import HubError

    if isinstance(error, HubError):
        return f"{error.message} ({error.code}). {error.next_step}"
    for module, (name, sentence) in _UNREACHABLE.items():
        kind = getattr(sys.modules.get(module), name, None)
        if kind is not None and isinstance(error, kind):
            return f"{sentence}: {error}. Run `hub doctor` to see what is wrong."
    return None


def _tell(message: str, status: int) -> None:
    sys.stderr.write(f"hub: {message}\n")
    sys.exit(status)
