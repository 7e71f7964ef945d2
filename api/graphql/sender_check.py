"""A step of connecting a number, as Meta's answers decide it."""

from enum import Enum

import strawberry

from infrastructure.diagnosis.finding import Finding


@strawberry.enum(description="How a step of connecting a number went.")
class StepState(Enum):
    """The states of a step."""

    OK = strawberry.enum_value("ok", description="Nothing is missing.")
    WARNING = strawberry.enum_value("warning", description="It works, but somebody should know.")
    WRONG = strawberry.enum_value("wrong", description="It does not work until it is mended.")


@strawberry.type(description="What Meta was asked about a number, and what follows.")
class SenderCheck:
    """A finding."""

    name: str = strawberry.field(description="What was asked about, as a stable word.")
    state: StepState = strawberry.field(description="How it went.")
    found: str = strawberry.field(description="What was found, in words for a person.")
    next_step: str = strawberry.field(description="What to do about it; empty for nothing.")


def sender_check(finding: Finding) -> SenderCheck:
    """Return a finding as a step."""
    return SenderCheck(
        name=finding.name,
        state=StepState(finding.state.value),
        found=finding.found,
        next_step=finding.mend,
    )
