"""Waiting until what was just stored can be seen."""

import asyncio
from time import monotonic
from typing import Final

from api.reading import ReadModels
from api.stream_position import stream_position
from domain.identity import TenantId

_PAUSE_FIRST_S: Final = 0.003
_PAUSE_MAX_S: Final = 0.05


class ReadModelHorizon:
    """How far the read models of firms are."""

    def __init__(self, read_models: ReadModels) -> None:
        self._read_models = read_models

    async def reached(self, tenant_id: TenantId, seq: int, timeout_s: float) -> bool:
        """Wait until all read models include the firm's position `seq`; False if too long."""
        deadline = monotonic() + timeout_s
        pause = _PAUSE_FIRST_S
        while await self._read_models.read(tenant_id, stream_position) < seq:
            if monotonic() + pause > deadline:
                return False
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, _PAUSE_MAX_S)
        return True
