"""The result of one check."""

from enum import StrEnum

import msgspec


class State(StrEnum):
    """How serious a finding is."""

    OK = "ok"
    WARNING = "warning"
    """The hub runs, but somebody should know."""
    WRONG = "wrong"
    """The hub does not run, or not safely."""


class Finding(msgspec.Struct, frozen=True):
    """What one check found. `mend` is what to do, "" when nothing has to be done."""

    name: str
    state: State
    found: str
    mend: str = ""
