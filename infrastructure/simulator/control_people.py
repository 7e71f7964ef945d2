"""People over the control interface: create them, let them act, look into their chat."""

from typing import Any

from infrastructure.simulator import control_messages as control
from infrastructure.simulator.configuration import PersonConfig
from infrastructure.simulator.control_call import Answering, ControlCall
from infrastructure.simulator.people import Person


async def _add_person(call: ControlCall) -> control.PersonView:
    return _view(call, call.simulator.people.add(await call.body(PersonConfig)))


async def _people(call: ControlCall) -> list[control.PersonView]:
    return [_view(call, person) for person in call.simulator.people.everybody()]


async def _person(call: ControlCall) -> control.PersonView:
    return _view(call, call.person())


async def _inbox(call: ControlCall) -> Any:
    return call.person().inbox


async def _say(call: ControlCall) -> control.Written:
    wish = await call.body(control.Say)
    wamid = call.simulator.say(
        call.person(), wish.text, phone_number_id=wish.phone_number_id, reply_to=wish.reply_to
    )
    return control.Written(wamid=wamid)


async def _press(call: ControlCall) -> control.Written:
    wish = await call.body(control.Press)
    wamid = call.simulator.press(call.person(), choice_id=wish.choice_id, title=wish.title)
    return control.Written(wamid=wamid)


async def _send_file(call: ControlCall) -> control.Written:
    wish = await call.body(control.SendFile)
    optional = {
        "caption": wish.caption,
        "filename": wish.filename,
        "voice": wish.voice if wish.kind == "audio" else None,
        "animated": False if wish.kind == "sticker" else None,
    }
    wamid = call.simulator.inbound.send_file(
        call.person(),
        call.simulator.accounts.number_or_only(wish.phone_number_id),
        wish.kind,
        wish.mime_type,
        wish.content,
        {name: value for name, value in optional.items() if value is not None},
        call.simulator.public_url,
    )
    return control.Written(wamid=wamid)


async def _send_content(call: ControlCall) -> control.Written:
    wish = await call.body(control.SendContent)
    number = call.simulator.accounts.number_or_only(wish.phone_number_id)
    wamid = call.simulator.inbound.write(
        call.person(), number, wish.type, wish.content, context=wish.context
    )
    return control.Written(wamid=wamid)


async def _read(call: ControlCall) -> control.Counted:
    wish = await call.body(control.Read)
    wamids = frozenset(wish.wamids) if wish.wamids is not None else None
    return control.Counted(count=call.simulator.statuses.read(call.person(), wamids))


async def _change_phone(call: ControlCall) -> control.PersonView:
    wish = await call.body(control.ChangePhone)
    call.simulator.inbound.change_number(call.person(), wish.phone)
    return _view(call, call.person())


async def _change_device(call: ControlCall) -> control.PersonView:
    call.simulator.inbound.change_device(call.person())
    return _view(call, call.person())


async def _presence(call: ControlCall) -> control.PersonView:
    wish = await call.body(control.Presence)
    call.simulator.statuses.set_online(call.person(), online=wish.online)
    return _view(call, call.person())


def _view(call: ControlCall, person: Person) -> control.PersonView:
    """What is told about a person."""
    wabas = iter(call.simulator.accounts.wabas.values())
    first = next(wabas, None)
    portfolio = first.portfolio_id if first is not None else ""
    return control.PersonView(
        key=person.key,
        name=person.name,
        phone=f"+{person.digits}",
        wa_id=person.wa_id,
        user_id=call.simulator.people.bsuid(person, portfolio),
        username=person.username,
        online=person.online,
        identity_key_hash=person.identity_hash,
        unread=sum(message.read_at is None for message in person.inbox),
    )


PEOPLE_ROUTES: tuple[tuple[str, str, Answering], ...] = (
    ("GET", "/simulator/people", _people),
    ("POST", "/simulator/people", _add_person),
    ("GET", "/simulator/people/{person}", _person),
    ("GET", "/simulator/people/{person}/inbox", _inbox),
    ("POST", "/simulator/people/{person}/say", _say),
    ("POST", "/simulator/people/{person}/press", _press),
    ("POST", "/simulator/people/{person}/file", _send_file),
    ("POST", "/simulator/people/{person}/content", _send_content),
    ("POST", "/simulator/people/{person}/read", _read),
    ("POST", "/simulator/people/{person}/phone", _change_phone),
    ("POST", "/simulator/people/{person}/device", _change_device),
    ("POST", "/simulator/people/{person}/presence", _presence),
)
