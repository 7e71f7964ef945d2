"""Whatever is sent, the answer is an acceptance or one of Meta's errors, never a crash."""

import asyncio
import copy
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infrastructure.simulator import PersonConfig, Simulator
from infrastructure.simulator.errors import GraphError
from tests.simulator.configurations import virtual_configuration
from tests.simulator.graph_caller import NUMBER
from tests.simulator.test_send_rules import VALID
from tests.simulator.test_template_sends import NAMED, REMINDER, reminder

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


def places_in(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path to every member and element inside a JSON value."""
    found = [path] if path else []
    if isinstance(value, dict):
        for name, member in value.items():
            found += places_in(member, (*path, name))
    elif isinstance(value, list):
        for index, element in enumerate(value):
            found += places_in(element, (*path, index))
    return found


def with_replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    changed = copy.deepcopy(value)
    parent = changed
    for step in path[:-1]:
        parent = parent[step]
    parent[path[-1]] = new
    return changed


@st.composite
def spoiled_messages(draw: st.DrawFn) -> dict[str, Any]:
    message = {
        "messaging_product": "whatsapp",
        "to": "+6281210004321",
        **draw(st.sampled_from([*VALID, reminder()])),
    }
    for _ in range(draw(st.integers(1, 2))):
        path = draw(st.sampled_from(places_in(message)))
        message = with_replaced(message, path, draw(JSON))
    return message


async def send(message: dict[str, Any]) -> None:
    simulator = Simulator(virtual_configuration())
    simulator.people.add(PersonConfig(name="Ratna", phone="+6281210004321", key="ratna"))
    for template in (REMINDER, NAMED):
        simulator.templates.add(next(iter(simulator.accounts.wabas)), template)
    simulator.say(simulator.people.get("ratna"), "Halo")
    number = simulator.accounts.numbers[NUMBER]
    record = simulator.sending.receive(number, message)
    try:
        await simulator.sending.accept(record, number)
    except GraphError:
        assert record.wamid is None
    else:
        await simulator.clock.advance(6)
        assert record.statuses
    finally:
        failures = list(simulator.clock.failures)
        await simulator.close()
    assert failures == []


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(spoiled_messages())
def test_a_spoiled_message_is_accepted_or_refused_but_breaks_nothing(
    message: dict[str, Any],
) -> None:
    asyncio.run(send(message))
