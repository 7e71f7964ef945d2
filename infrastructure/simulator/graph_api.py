"""The Graph API's paths. What a bare id means is decided by whose id it is."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from infrastructure.simulator import (
    graph_accounts,
    graph_media,
    graph_messages,
    graph_numbers,
    graph_samples,
)
from infrastructure.simulator.errors import GraphError, unknown_object
from infrastructure.simulator.graph_access import (
    GraphCall,
    Handler,
    authenticate,
    check_version,
    error_answer,
    graph_endpoint,
)
from infrastructure.simulator.media import DOWNLOAD_PATH
from infrastructure.simulator.samples import SESSION_PREFIX
from infrastructure.simulator.simulator import Simulator

SimulatorOf = Callable[[Request], Simulator]

_EDGES: tuple[tuple[str, str, Handler], ...] = (
    ("POST", "messages", graph_messages.messages),
    ("POST", "media", graph_media.upload),
    ("POST", "uploads", graph_samples.begin),
    ("GET", "settings", graph_numbers.read_settings),
    ("POST", "settings", graph_numbers.write_settings),
    ("POST", "register", graph_numbers.register),
    ("POST", "deregister", graph_numbers.deregister),
    ("POST", "request_code", graph_numbers.request_code),
    ("GET", "block_users", graph_numbers.list_blocked),
    ("POST", "block_users", graph_numbers.block),
    ("DELETE", "block_users", graph_numbers.unblock),
    ("GET", "phone_numbers", graph_accounts.list_numbers),
    ("GET", "subscribed_apps", graph_accounts.list_subscriptions),
    ("POST", "subscribed_apps", graph_accounts.subscribe),
    ("DELETE", "subscribed_apps", graph_accounts.unsubscribe),
    ("GET", "message_templates", graph_accounts.list_templates),
    ("POST", "message_templates", graph_accounts.create_template),
    ("DELETE", "message_templates", graph_accounts.delete_template),
    ("POST", "unpause", graph_accounts.unpause_template),
)


async def _get_node(call: GraphCall) -> Response:
    accounts, node_id = call.simulator.accounts, call.node_id
    if node_id in accounts.numbers:
        return await graph_numbers.describe(call)
    if node_id in accounts.wabas:
        return await graph_accounts.describe_waba(call)
    if call.simulator.templates.has(node_id):
        return await graph_accounts.describe_template(call)
    if node_id.startswith(SESSION_PREFIX):
        return await graph_samples.describe(call)
    return await graph_media.describe(call)


async def _post_node(call: GraphCall) -> Response:
    if call.simulator.templates.has(call.node_id):
        return await graph_accounts.edit_template(call)
    if call.node_id.startswith(SESSION_PREFIX):
        return await graph_samples.transfer(call)
    return await graph_numbers.update(call)


def graph_routes(simulator_of: SimulatorOf) -> list[Route]:
    """All routes of the Graph API and of media downloads."""

    async def download(request: Request) -> Response:
        return await graph_media.download(simulator_of(request), request)

    async def unknown(request: Request) -> Response:
        simulator = simulator_of(request)
        try:
            check_version(str(request.path_params["version"]))
            authenticate(simulator, request)
        except GraphError as error:
            return error_answer(simulator, error)
        return error_answer(simulator, unknown_object(str(request.path_params["rest"])))

    def route(method: str, path: str, handler: Handler) -> Route:
        return Route(path, graph_endpoint(simulator_of, handler), methods=[method])

    node = "/{version:str}/{node:str}"
    return [
        Route(DOWNLOAD_PATH, download, methods=["GET"]),
        route("GET", "/{version:str}/debug_token", graph_accounts.debug_token),
        *(route(method, f"{node}/{edge}", handler) for method, edge, handler in _EDGES),
        route("GET", node, _get_node),
        route("POST", node, _post_node),
        route("DELETE", node, graph_media.delete),
        Route(
            "/{version:str}/{rest:path}", unknown, methods=["GET", "POST", "DELETE", "PUT", "PATCH"]
        ),
    ]
