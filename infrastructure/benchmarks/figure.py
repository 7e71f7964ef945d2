"""One line of `hub bench`."""

from typing import Self

import msgspec


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured, against what, and what it must be.

    `figure` is in `unit`; `baseline` says what it is compared with and what that reached in the
    same run. `target` is what is wished for, `must` what is required; `ok` says whether it is met.
    """

    name: str
    figure: float
    unit: str
    baseline: str
    target: float
    must: float
    ok: bool

    @classmethod
    def at_least(
        cls, name: str, figure: float, unit: str, *, baseline: str, target: float, must: float
    ) -> Self:
        """A figure that must not be smaller than `must`."""
        return cls(
            name=name,
            figure=round(figure, 3),
            unit=unit,
            baseline=baseline,
            target=target,
            must=must,
            ok=figure >= must,
        )

    @classmethod
    def at_most(
        cls, name: str, figure: float, unit: str, *, baseline: str, target: float, must: float
    ) -> Self:
        """A figure that must not be larger than `must`."""
        return cls(
            name=name,
            figure=round(figure, 3),
            unit=unit,
            baseline=baseline,
            target=target,
            must=must,
            ok=figure <= must,
        )
