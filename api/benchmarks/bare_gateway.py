"""The least that a gateway can be: a Starlette handler that checks the signature and answers 200.

`python -m api.benchmarks.bare_gateway PORT` serves it as the hub serves its own gateway. It is what
`hub bench webhook` compares with, and stores nothing.
"""

import hashlib
import hmac
import sys
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.benchmarks.notifications import APP_SECRET, PATH
from api.server import run_server
from infrastructure.settings import Settings
from infrastructure.supervision.parent import end_with_parent

_KEY: Final = APP_SECRET.encode()


async def take(request: Request) -> Response:
    """Answer 200 if the signature fits the body."""
    body = await request.body()
    expected = "sha256=" + hmac.new(_KEY, body, hashlib.sha256).hexdigest()
    given = request.headers.get("x-hub-signature-256", "")
    return Response(status_code=200 if hmac.compare_digest(given, expected) else 401)


async def ready(_request: Request) -> Response:
    """Answer that there is nothing to wait for."""
    return Response()


def bare_gateway() -> Starlette:
    """The application."""
    return Starlette(routes=[Route(PATH, take, methods=["POST"]), Route("/readyz", ready)])


if __name__ == "__main__":
    end_with_parent()
    run_server(bare_gateway(), Settings(port=int(sys.argv[1])))
