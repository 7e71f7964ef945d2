"""``POST /<PHONE_NUMBER_ID>/messages``: send, mark as read, and everything that can go wrong."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from infrastructure.simulator.accounts import PhoneNumber
from infrastructure.simulator.configuration import MESSAGING
from infrastructure.simulator.errors import GraphError
from infrastructure.simulator.faults import FaultRule, RequestFault
from infrastructure.simulator.graph_access import GraphCall, error_answer
from infrastructure.simulator.identifiers import recipient_digits
from infrastructure.simulator.journal import SendRecord
from infrastructure.simulator.simulator import Simulator

# Key under which the server offers to cut the connection without an answer.
ABORT_EXTENSION = "simulator.abort_connection"

_SLOW_PIECES = 8


async def messages(call: GraphCall) -> Response:
    """Send a message or mark one as read."""
    number = call.number(MESSAGING)
    body = await call.json_body()
    if "status" in body:
        return _mark_read(call, number, body)
    return await _Send(call, number, body).answer()


def _mark_read(call: GraphCall, number: PhoneNumber, body: dict[str, Any]) -> Response:
    if body.get("messaging_product") != "whatsapp":
        raise GraphError(100, "The parameter messaging_product is required: 'whatsapp'.")
    if body.get("status") != "read":
        raise GraphError(100, "The parameter status must be read.")
    call.simulator.sending.mark_read(number, body)
    return call.answer({"success": True})


class _Send:
    """One send with the faults that hit it."""

    def __init__(self, call: GraphCall, number: PhoneNumber, body: dict[str, Any]) -> None:
        self._call = call
        self._simulator = call.simulator
        self._number = number
        self._record = self._simulator.sending.receive(number, body)
        self._person = _addressee(self._simulator, number, self._record)

    async def answer(self) -> Response:
        record = self._record
        if latency := self._take("latency"):
            await asyncio.sleep(latency.seconds)
        if self._take("drop_before_accepting"):
            record.outcome = "dropped"
            return await self._drop()
        if trouble := self._take("server_error"):
            record.outcome = "server_error"
            return self._answered(Response(status_code=trouble.http_status))
        try:
            content = await self._accept()
        except GraphError as error:
            record.error_code = error.code
            return self._answered(error_answer(self._simulator, error))
        if self._take("drop_after_accepting"):
            return await self._drop()
        if slow := self._take("slow_body"):
            return self._answered(slowly(JSONResponse(content), slow.seconds))
        return self._answered(JSONResponse(content))

    async def _accept(self) -> dict[str, Any]:
        if refusal := self._take("error"):
            raise GraphError(refusal.code)
        return await self._simulator.sending.accept(self._record, self._number)

    def _answered(self, response: Response) -> Response:
        self._record.answered = True
        self._record.http_status = response.status_code
        self._simulator.journal.changed()
        return response

    async def _drop(self) -> Response:
        self._simulator.journal.changed()
        return await drop_connection(self._call.request)

    def _take(self, kind: RequestFault) -> FaultRule | None:
        return self._simulator.faults.take(
            kind, person=self._person, phone_number_id=self._number.phone_number_id
        )


def _addressee(simulator: Simulator, number: PhoneNumber, record: SendRecord) -> str | None:
    """Key of the person that a send is for, so that faults can be limited to somebody."""
    if record.recipient is None:
        return None
    digits = recipient_digits(record.recipient, number.digits)
    person = simulator.people.of_phone(digits) if digits is not None else None
    if person is None:
        portfolio = simulator.accounts.portfolio_of(number.phone_number_id)
        person = simulator.people.of_bsuid(record.recipient, portfolio)
    return person.key if person is not None else None


async def drop_connection(request: Request) -> Response:
    """Cut the connection without a byte of an answer. The returned response is never seen."""
    abort = request.scope.get("extensions", {}).get(ABORT_EXTENSION)
    if abort is None:
        raise ConnectionAbortedError("This server cannot cut connections: use run_server.")
    abort()
    while (await request.receive())["type"] != "http.disconnect":
        continue
    return Response()


def slowly(response: Response, seconds: float) -> Response:
    """The same answer, its body stretched over so many real seconds."""
    content = bytes(response.body)
    size = max(1, -(-len(content) // _SLOW_PIECES))

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(content), size):
            await asyncio.sleep(seconds / _SLOW_PIECES)
            yield content[start : start + size]

    headers = {name: value for name, value in response.headers.items() if name != "content-type"}
    return StreamingResponse(
        pieces(),
        status_code=response.status_code,
        media_type=response.headers.get("content-type"),
        headers=headers,
    )
