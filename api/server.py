"""The HTTP server process."""

import logging
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from infrastructure.settings import Settings

SHUTDOWN_S_MAX: Final = 5
"""Requests under way get so long to finish; sockets are closed with 1012 and resume elsewhere."""


def run_server(application: ASGIApp, settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT.

    Neither requests nor WebSocket addresses are logged: the handshake of the gateway carries a
    token in its address.
    """
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    uvicorn.Server(server_config(application, settings)).run()


def server_config(application: ASGIApp, settings: Settings) -> uvicorn.Config:
    """Return how the server is run, with the limits of the settings."""
    return uvicorn.Config(
        application,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=settings.websocket_message_bytes_max,
        ws_per_message_deflate=False,
        access_log=False,
        log_config=None,
        proxy_headers=False,  # nothing here asks where a connection came from
        server_header=False,
        date_header=False,
        lifespan="on",
        timeout_graceful_shutdown=SHUTDOWN_S_MAX,
    )
