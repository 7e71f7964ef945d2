"""The Resumable Upload API over HTTP: sessions of an app, their bytes, the handle at the end."""

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from infrastructure.simulator.errors import GraphError, unknown_object
from infrastructure.simulator.graph_access import TOKEN_INVALID, GraphCall
from infrastructure.simulator.graph_messages import drop_connection
from infrastructure.simulator.samples import SampleStore, UploadSession


async def begin(call: GraphCall) -> Response:
    """``POST /<APP_ID>/uploads?file_name=…&file_length=…&file_type=…``."""
    if call.node_id not in call.simulator.accounts.apps or call.node_id != call.token.app_id:
        raise unknown_object(call.node_id)
    query = call.request.query_params
    session = call.simulator.samples.begin(
        call.node_id, query.get("file_length", ""), query.get("file_type", "")
    )
    return call.answer({"id": session.full_id})


async def describe(call: GraphCall) -> Response:
    """``GET /<UPLOAD_SESSION>``: how many bytes of the file have come."""
    session = _session(call)
    return call.answer({"id": session.full_id, "file_offset": session.received})


async def transfer(call: GraphCall) -> Response:
    """``POST /<UPLOAD_SESSION>``: the bytes from ``file_offset`` on; what came in counts."""
    session, samples = _session(call), call.simulator.samples
    samples.require_place(session, call.request.headers.get("file_offset", ""))
    if call.simulator.faults.take("upload_cut_short"):
        return await _cut_short(call.request, samples, session)
    try:
        async for piece in call.request.stream():
            samples.take(session, len(piece))
    except ClientDisconnect:
        return Response()
    return call.answer({"h": samples.finish(session)})


def _session(call: GraphCall) -> UploadSession:
    scheme = call.request.headers.get("authorization", "").partition(" ")[0]
    if scheme.lower() != "oauth":
        raise GraphError(TOKEN_INVALID, "A session takes the header Authorization: OAuth <token>.")
    signature = call.request.query_params.get("sig", "")
    return call.simulator.samples.session(call.node_id, signature, call.token.app_id)


async def _cut_short(request: Request, samples: SampleStore, session: UploadSession) -> Response:
    """Take the first half of what is missing, then break the connection off."""
    missing = (session.length - session.received) // 2
    async for piece in request.stream():
        size = min(len(piece), missing)
        samples.take(session, size)
        missing -= size
        if missing == 0:
            break
    return await drop_connection(request)
