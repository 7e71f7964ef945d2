"""Media over HTTP: upload, description, download, deletion."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from infrastructure.simulator.configuration import MESSAGING
from infrastructure.simulator.errors import GraphError, unknown_object
from infrastructure.simulator.graph_access import (
    PERMISSION_DENIED,
    GraphCall,
    authenticate,
    error_answer,
)
from infrastructure.simulator.graph_messages import slowly
from infrastructure.simulator.media import Medium, bare_type
from infrastructure.simulator.multipart import read_form
from infrastructure.simulator.simulator import Simulator


async def upload(call: GraphCall) -> Response:
    """``POST /<PHONE_NUMBER_ID>/media``."""
    number = call.number(MESSAGING)
    form = read_form(call.request.headers.get("content-type", ""), await call.request.body())
    product, file, kind = form.get("messaging_product"), form.get("file"), form.get("type")
    if product is None or product.content != b"whatsapp":
        raise GraphError(100, "The parameter messaging_product is required: 'whatsapp'.")
    if file is None or file.filename is None:
        raise GraphError(100, "The parameter file is required, with a file name.")
    declared = kind.content.decode("utf-8", "replace") if kind is not None else None
    mime_type = file.mime_type or declared
    if mime_type is None:
        raise GraphError(100, "The MIME type is missing: set type or the file's content type.")
    medium = call.simulator.media.upload(number.phone_number_id, mime_type, file.content)
    return call.answer({"id": medium.media_id})


async def describe(call: GraphCall) -> Response:
    """``GET /<MEDIA_ID>``: a fresh download address."""
    medium = _owned(call)
    return call.answer(call.simulator.media.description(medium, call.simulator.public_url))


async def delete(call: GraphCall) -> Response:
    """``DELETE /<MEDIA_ID>``."""
    medium = _owned(call)
    call.simulator.media.delete(medium.media_id)
    return call.answer({"success": True})


def _owned(call: GraphCall) -> Medium:
    medium = call.simulator.media.get(call.node_id)
    number = call.simulator.accounts.numbers[medium.phone_number_id]
    if not call.reaches(number.waba_id):
        raise unknown_object(call.node_id)
    call.need(MESSAGING, PERMISSION_DENIED)
    asked = call.request.query_params.get("phone_number_id")
    if asked is not None and asked != medium.phone_number_id:
        raise GraphError(100, "The media does not belong to the phone_number_id of the query.")
    return medium


async def download(simulator: Simulator, request: Request) -> Response:
    """The bytes behind a download address: needs the token, works for five minutes."""
    try:
        token = authenticate(simulator, request)
    except GraphError as error:
        return error_answer(simulator, error)
    query = request.query_params
    medium = simulator.media.by_address(
        query.get("mid", ""), query.get("ext", ""), query.get("hash", "")
    )
    if medium is None or simulator.faults.take("media_missing"):
        return Response(status_code=404)
    waba_id = simulator.accounts.numbers[medium.phone_number_id].waba_id
    if token.wabas is not None and waba_id not in token.wabas:
        return Response(status_code=404)
    if "redirected" not in query and simulator.faults.take("media_redirect"):
        return RedirectResponse(str(request.url.include_query_params(redirected="1")), 302)
    return _content(simulator, medium)


def _content(simulator: Simulator, medium: Medium) -> Response:
    response = Response(medium.content, media_type=bare_type(medium.mime_type))
    if simulator.faults.take("media_short_body"):
        return _cut_short(medium)
    if slow := simulator.faults.take("media_slow_body"):
        return slowly(response, slow.seconds)
    return response


def _cut_short(medium: Medium) -> Response:
    """Announces the whole length and ends after half of it."""
    half = medium.content[: len(medium.content) // 2]
    return StreamingResponse(
        iter([half]),
        media_type=bare_type(medium.mime_type),
        headers={"content-length": str(len(medium.content))},
    )
