"""`/healthz`, `/readyz` and `/metrics`."""

from collections.abc import Awaitable, Callable
from typing import Final

import orjson
from fastapi import APIRouter, Response

from api.reading import ReadModels
from api.stream_position import SEEN
from domain.errors import HubError
from infrastructure.telemetry.metrics import exposition
from projections.member_directory import MemberDirectory
from projections.projection import Projection
from projections.sender_directory import SenderDirectory
from projections.token_directory import TokenDirectory

OK: Final = "ok"
_METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_DIRECTORIES: Final[tuple[type[Projection], ...]] = (
    TokenDirectory,
    SenderDirectory,
    MemberDirectory,
)
_NEEDED: Final = [unit.name for unit in (*SEEN, *_DIRECTORIES)]
_MISSING_TABLES: Final = """
    SELECT name FROM unnest(%s::text[]) AS name
    WHERE to_regclass('read_model.' || quote_ident(name)) IS NULL
"""

Check = Callable[[], Awaitable[str]]


class Readiness:
    """What this process depends on, each by name.

    Redis is reported and not required: without it only the live stream is slower.
    """

    def __init__(self, read_models: ReadModels, redis_listens: Callable[[], bool]) -> None:
        self._read_models = read_models
        self._redis_listens = redis_listens

    async def look(self) -> tuple[bool, dict[str, str]]:
        """Return whether requests can be served, and the state of each dependency."""
        try:
            rows = await self._read_models.run(
                self._read_models.look_up, _MISSING_TABLES, (_NEEDED,)
            )
        except HubError:
            found = {"postgresql": "does not answer", "read_models": "unknown"}
        else:
            missing = ", ".join(row[0] for row in rows)
            found = {
                "postgresql": OK,
                "read_models": f"not built yet: {missing}" if missing else OK,
            }
        is_ready = all(state == OK for state in found.values())
        found["redis"] = OK if self._redis_listens() else "does not answer; the feed is polled"
        return is_ready, found


def ops_routes(readiness: Readiness) -> APIRouter:
    """Return the routes for operators."""
    router = APIRouter()

    @router.get("/healthz")
    async def healthz() -> Response:
        return _json(200, {"status": OK})

    @router.get("/readyz")
    async def readyz() -> Response:
        is_ready, found = await readiness.look()
        status = "ready" if is_ready else "not ready"
        return _json(200 if is_ready else 503, {"status": status, "dependencies": found})

    @router.get("/metrics")
    def metrics() -> Response:
        return Response(exposition(), media_type=_METRICS_TYPE)

    return router


def _json(status: int, body: dict[str, object]) -> Response:
    headers = {"cache-control": "no-store"}
    return Response(orjson.dumps(body), status, headers, "application/json")
