"""The way of a webhook past the framework: its layers cost more than the whole answer."""

from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

PATH: Final = "/webhooks/whatsapp"


class WebhookEntrance:
    """Sends requests for `/webhooks/whatsapp` and `/webhooks/whatsapp/{app}` to `gateway` directly.

    Everything else, the lifespan included, goes to `application`. The gateway finds the app in the
    path parameters, as it would behind a router.
    """

    def __init__(self, gateway: ASGIApp, application: ASGIApp) -> None:
        self._gateway = gateway
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one connection on."""
        if scope["type"] == "http":
            path: str = scope["path"]
            if path == PATH:
                await self._gateway(scope, receive, send)
                return
            if path.startswith(f"{PATH}/"):
                scope["path_params"] = {"app": path[len(PATH) + 1 :]}
                await self._gateway(scope, receive, send)
                return
        await self._application(scope, receive, send)
