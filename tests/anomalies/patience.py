"""A member's screen that does what the hub asks for while the store is away: it tries again."""

from collections.abc import Mapping
from typing import Any, Final

from domain.scopes import Role
from infrastructure.simulator.screen import Screen, ScreenRefused
from tests.journeys.desk import Desk
from tests.journeys.stage import Firm, Stage
from tests.journeys.waiting import eventually

_AWAY: Final = "STORE_UNAVAILABLE"


class PatientScreen(Screen):
    """Repeats what was refused because the store was away; commands keep their key."""

    async def ask(
        self, document: str, variables: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """The data of a query or mutation, once the store answers again."""

        async def attempt() -> dict[str, Any] | None:
            try:
                return await super(PatientScreen, self).ask(document, variables)
            except ScreenRefused as refusal:
                if _AWAY not in str(refusal):
                    raise
                return None

        return await eventually(attempt, "the store answers again")


class PatientDesk(Desk):
    """A member who is not put off by a moment without the store."""

    def __init__(self, stage: Stage, firm: Firm, role: Role = Role.LAWYER) -> None:
        super().__init__(stage, firm, role)
        self.screen = PatientScreen(stage.base_url, firm.tokens[role])
