"""The error of the embedded servers, with the end of the log that explains it."""

from pathlib import Path
from typing import Final

LOG_TAIL_LINES: Final = 12
_LINE_BYTES: Final = 700


class EmbeddedServerError(RuntimeError):
    """An embedded server cannot be used; the message says why and what to do next."""


def log_tail(path: Path, lines_max: int = LOG_TAIL_LINES) -> str:
    """The last lines of a log, indented for an error message; a missing log says so."""
    try:
        with path.open("rb") as log:
            log.seek(max(0, path.stat().st_size - lines_max * _LINE_BYTES))
            lines = log.read().decode(errors="replace").splitlines()[-lines_max:]
    except OSError:
        return f"  (no log at {path})"
    shown = "\n".join(f"  {line}" for line in lines) or "  (empty)"
    return f"End of {path}:\n{shown}"
