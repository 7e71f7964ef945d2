"""The private control interface under ``/simulator``: JSON over HTTP on the same port."""

from typing import Any

import msgspec
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from infrastructure.simulator import control_messages as control
from infrastructure.simulator.configuration import ConfigurationInvalid
from infrastructure.simulator.control_accounts import ACCOUNT_ROUTES
from infrastructure.simulator.control_call import Answering, ControlCall
from infrastructure.simulator.control_people import PEOPLE_ROUTES
from infrastructure.simulator.errors import GraphError
from infrastructure.simulator.faults import FaultRule
from infrastructure.simulator.host import SimulatorHost
from infrastructure.simulator.inbound import InboundRefused
from infrastructure.simulator.people import PersonInvalid, PersonUnknown
from infrastructure.simulator.scenario import (
    ScenarioInvalid,
    parse_scenario,
    scenario_names,
    shipped_scenario,
)

_BAD_REQUEST = 400
_NOT_FOUND = 404
_CONFLICT = 409
_ALL_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_LONG_POLL_SECONDS_MAX = 60.0


def control_routes(host: SimulatorHost) -> list[BaseRoute]:
    """All routes below ``/simulator``."""

    def route(method: str, path: str, answering: Answering) -> Route:
        async def endpoint(request: HttpRequest) -> Response:
            try:
                return _json(await answering(ControlCall(host, request)))
            except (PersonUnknown, KeyError) as error:
                return _refused(_NOT_FOUND, str(error.args[0]))
            except (InboundRefused, PersonInvalid, ConfigurationInvalid) as error:
                return _refused(_CONFLICT, str(error))
            except (msgspec.DecodeError, ScenarioInvalid, GraphError) as error:
                return _refused(_BAD_REQUEST, str(error))

        return Route(path, endpoint, methods=[method])

    async def unknown(request: HttpRequest) -> Response:
        return _refused(
            _NOT_FOUND, f"The control interface has no {request.method} {request.url.path}."
        )

    return [
        *(route(method, path, answering) for method, path, answering in _ROUTES),
        Route("/simulator/{rest:path}", unknown, methods=_ALL_METHODS),
    ]


def _json(content: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")


def _refused(status: int, sentence: str) -> Response:
    return _json(control.ControlFailure(error=sentence), status)


async def _health(call: ControlCall) -> control.Health:
    failures = [repr(failure) for failure in call.simulator.clock.failures]
    return control.Health(status="ok", seed=call.simulator.config.seed, failures=failures)


async def _configuration(call: ControlCall) -> Any:
    return call.simulator.config


async def _reset(call: ControlCall) -> control.Health:
    wish = await call.body(control.Reset)
    await call.host.reset(wish.config, wish.seed, keep_callbacks=wish.keep_callbacks)
    return control.Health(status="ok", seed=call.host.simulator.config.seed, failures=[])


# --- webhooks, clock, faults ----------------------------------------------------------------


async def _inject(call: ControlCall) -> control.Injected:
    wish = await call.body(control.Inject)
    person = call.simulator.people.get(wish.person) if wish.person is not None else None
    number = call.simulator.accounts.number_or_only(wish.phone_number_id)
    return control.Injected(update_ids=call.simulator.inbound.inject(wish.sample, person, number))


async def _post_bytes(call: ControlCall) -> control.AnswerView:
    wish = await call.body(control.PostBytes)
    app_id = wish.app_id or next(iter(call.simulator.accounts.apps), "")
    answer = await call.simulator.webhooks.post_bytes(app_id, wish.content, wish.signed)
    return control.AnswerView(status=answer.status, error=answer.error, text=answer.text)


async def _redeliver(call: ControlCall) -> control.Counted:
    wish = await call.body(control.Redeliver)
    await call.simulator.redeliver(wish.update_ids, wish.grouping)
    return control.Counted(count=len(wish.update_ids))


async def _webhooks(call: ControlCall) -> control.WebhookList:
    after = call.query_number("after", 0)
    deliveries = list(call.simulator.journal.deliveries)
    return control.WebhookList(
        deliveries=[each for each in deliveries if each.delivery_id > after],
        updates=call.simulator.webhooks.states(),
        outstanding=call.simulator.webhooks.outstanding(),
    )


async def _outstanding(call: ControlCall) -> control.Counted:
    return control.Counted(count=call.simulator.webhooks.outstanding())


async def _clock(call: ControlCall) -> control.ClockView:
    clock = call.simulator.clock
    return control.ClockView(mode=clock.mode, now=clock.now(), speed=clock.speed)


async def _advance(call: ControlCall) -> control.ClockView:
    wish = await call.body(control.Advance)
    if wish.seconds < 0:
        raise ConfigurationInvalid("Time does not run backwards: seconds must be 0 or more.")
    await call.simulator.clock.advance(wish.seconds)
    return await _clock(call)


async def _settle(call: ControlCall) -> control.ClockView:
    await call.simulator.clock.settle()
    return await _clock(call)


async def _faults(call: ControlCall) -> list[FaultRule]:
    return call.simulator.faults.in_force()


async def _add_fault(call: ControlCall) -> list[FaultRule]:
    call.simulator.faults.add(await call.body(FaultRule))
    return call.simulator.faults.in_force()


async def _clear_faults(call: ControlCall) -> list[FaultRule]:
    call.simulator.faults.clear()
    return []


# --- ground truth ---------------------------------------------------------------------------


async def _sends(call: ControlCall) -> control.SendList:
    after = int(call.query_number("after", 0))
    sends = [record for record in call.simulator.journal.sends if record.sequence > after]
    return control.SendList(sends=sends)


async def _reads(call: ControlCall) -> control.ReadList:
    return control.ReadList(reads=list(call.simulator.journal.reads))


async def _inbound(call: ControlCall) -> control.InboundList:
    return control.InboundList(inbound=list(call.simulator.journal.inbound))


async def _journal(call: ControlCall) -> Any:
    return call.simulator.canonical_journal()


async def _changes(call: ControlCall) -> control.ChangeView:
    after = int(call.query_number("after", -1))
    seconds = min(call.query_number("seconds", 0.0), _LONG_POLL_SECONDS_MAX)
    return control.ChangeView(changes=await call.simulator.journal.wait_beyond(after, seconds))


# --- scenarios ------------------------------------------------------------------------------


async def _start_scenario(call: ControlCall) -> Any:
    wish = await call.body(control.StartScenario)
    if (wish.name is None) == (wish.text is None):
        raise ScenarioInvalid(
            f"Give either a name or a text. Names: {', '.join(scenario_names())}."
        )
    text = wish.text if wish.text is not None else shipped_scenario(str(wish.name))
    scenario = parse_scenario(text, wish.variables)
    return call.host.player.start(scenario, wish.phone_number_id)


async def _scenarios(call: ControlCall) -> Any:
    return call.host.player.all()


async def _scenario(call: ControlCall) -> Any:
    return call.host.player.progress(call.path("run_id"))


_ROUTES: tuple[tuple[str, str, Answering], ...] = (
    *PEOPLE_ROUTES,
    *ACCOUNT_ROUTES,
    ("GET", "/simulator/health", _health),
    ("GET", "/simulator/configuration", _configuration),
    ("POST", "/simulator/reset", _reset),
    ("GET", "/simulator/clock", _clock),
    ("POST", "/simulator/clock/advance", _advance),
    ("POST", "/simulator/clock/settle", _settle),
    ("GET", "/simulator/faults", _faults),
    ("POST", "/simulator/faults", _add_fault),
    ("DELETE", "/simulator/faults", _clear_faults),
    ("GET", "/simulator/sends", _sends),
    ("GET", "/simulator/reads", _reads),
    ("GET", "/simulator/inbound", _inbound),
    ("GET", "/simulator/journal", _journal),
    ("GET", "/simulator/changes", _changes),
    ("GET", "/simulator/webhooks", _webhooks),
    ("GET", "/simulator/webhooks/outstanding", _outstanding),
    ("POST", "/simulator/webhooks/inject", _inject),
    ("POST", "/simulator/webhooks/post", _post_bytes),
    ("POST", "/simulator/webhooks/redeliver", _redeliver),
    ("GET", "/simulator/scenarios", _scenarios),
    ("POST", "/simulator/scenarios", _start_scenario),
    ("GET", "/simulator/scenarios/{run_id}", _scenario),
)
