"""The digest of a traceback: where the hub's own code failed, without a word of what it held."""

import hashlib
import traceback
from pathlib import Path
from typing import Final

from domain.defect import Defect
from infrastructure.checkout import CHECKOUT

FRAMES_MAX: Final = 6
_DIGEST_CHARACTERS: Final = 12
_ROOMS: Final = frozenset({"api", "domain", "infrastructure", "jobs", "projections"})


def defect_of(error: BaseException) -> Defect:
    """What is kept of an error: its class and the places of the hub's own code that it passed.

    Lines count for showing only: the digest is of files and functions, so that equal faults stay
    together when other lines of a file change.
    """
    places = [
        (path, frame.lineno, frame.name)
        for frame in traceback.extract_tb(error.__traceback__)
        if (path := _own(frame.filename)) is not None
    ]
    last = places[-FRAMES_MAX:]
    name = type(error).__qualname__
    told = "\n".join([name, *(f"{path}:{function}" for path, _, function in last)])
    return Defect(
        digest=hashlib.sha256(told.encode()).hexdigest()[:_DIGEST_CHARACTERS],
        error=name,
        frames=tuple(f"{path}:{line} {function}" for path, line, function in last),
    )


def _own(filename: str) -> str | None:
    """The path within the hub's own code, None for everything else."""
    try:
        relative = Path(filename).relative_to(CHECKOUT)
    except ValueError:
        return None
    return relative.as_posix() if relative.parts[0] in _ROOMS else None
