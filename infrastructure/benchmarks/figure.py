"""One line of `hub bench`."""

from typing import Literal, Self

import msgspec


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured, against what, and what it must be.

    `figure` is in `unit`; `baseline` says what it is compared with and what that reached in the
    same run. `target` is what is wished for, `must` what is required; `ok` says whether the figure
    is what is required.
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

    @property
    def sign(self) -> Literal["≥", "≤"]:
        """Whether more is better, or less. A target is never easier to reach than what must be."""
        return "≥" if self.target > self.must else "≤"

    @property
    def reached(self) -> Literal["target", "must", "missed"]:
        """The most that was reached."""
        if not self.ok:
            return "missed"
        beyond = self.figure - self.target if self.sign == "≥" else self.target - self.figure
        return "target" if beyond >= 0 else "must"
