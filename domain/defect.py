"""A defect of the hub as an operator sees it: where it happened, never with what."""

from typing import Final

import msgspec

DEFECTS_MAX: Final = 3
"""After so many failures of the hub's own code a thing is given up (commissioning documents)."""

DEFECT_CAUSE: Final = "defect"
"""The stable reason of what was given up because of the hub's own code."""


class Defect(msgspec.Struct, frozen=True, kw_only=True):
    """An error of the hub's own code.

    `digest` is the same for equal faults, whatever they were about and in whichever line they stand
    after an upgrade; `error` is the class of the error, `frames` the last places of the hub's own
    code that it passed, the innermost last. The words of the error are not kept: they may quote
    content.
    """

    digest: str
    error: str
    frames: tuple[str, ...] = ()
