"""The standing clock moves only when told, and everything on the way happens in order."""

import asyncio

import pytest

from infrastructure.simulator.clock import SimulatorClock


async def test_entries_happen_in_the_order_of_their_time_while_the_clock_is_advanced() -> None:
    clock = SimulatorClock("virtual", 100.0, 1.0)
    seen: list[tuple[str, float]] = []

    async def note(name: str) -> None:
        await asyncio.sleep(0)
        seen.append((name, clock.now()))

    clock.after(5, lambda: note("second"))
    clock.after(2, lambda: note("first"))
    clock.after(9, lambda: note("later"))
    await clock.advance(6)

    assert seen == [("first", 102.0), ("second", 105.0)]
    assert clock.now() == 106.0
    await clock.advance(3)
    assert seen[-1] == ("later", 109.0)


async def test_what_an_entry_plans_inside_the_advance_happens_in_it() -> None:
    clock = SimulatorClock("virtual", 0.0, 1.0)
    seen: list[float] = []

    async def again() -> None:
        seen.append(clock.now())
        if clock.now() < 3:
            clock.after(1, again)

    clock.after(1, again)
    await clock.advance(10)

    assert seen == [1.0, 2.0, 3.0]


async def test_something_due_now_happens_without_an_advance() -> None:
    clock = SimulatorClock("virtual", 0.0, 1.0)
    seen: list[float] = []

    async def note() -> None:
        seen.append(clock.now())

    clock.after(0, note)
    await clock.settle()

    assert seen == [0.0]


async def test_a_sleeper_wakes_when_its_time_has_come() -> None:
    clock = SimulatorClock("virtual", 0.0, 1.0)
    sleeper = asyncio.create_task(clock.sleep(5))
    await clock.advance(4.9)
    assert not sleeper.done()
    await clock.advance(0.1)
    await asyncio.wait_for(sleeper, 60)


async def test_a_real_clock_runs_at_its_speed_and_can_jump() -> None:
    clock = SimulatorClock("real", 1000.0, 1000.0)
    clock.start()
    woken: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    async def wake() -> None:
        woken.set_result(clock.now())

    clock.after(50, wake)
    assert await asyncio.wait_for(woken, 60) >= 1050
    assert await clock.advance(10_000) >= 11_000
    await clock.close()


@pytest.mark.parametrize("turns", range(6))
async def test_a_real_clock_that_is_told_of_something_new_closes_all_the_same(turns: int) -> None:
    clock = SimulatorClock("real", 1000.0, 1.0)

    async def never() -> None:
        raise AssertionError

    clock.after(2000, never)
    clock.start()
    for _ in range(10):
        await asyncio.sleep(0)
    clock.after(1000, never)
    for _ in range(turns):
        await asyncio.sleep(0)
    closing = asyncio.create_task(clock.close())
    done, _ = await asyncio.wait([closing], timeout=5)
    assert done == {closing}


async def test_a_failing_entry_is_kept_as_a_failure_and_stops_nothing() -> None:
    clock = SimulatorClock("virtual", 0.0, 1.0)
    seen: list[str] = []

    async def fail() -> None:
        raise RuntimeError("broken")

    async def work() -> None:
        seen.append("done")

    clock.after(1, fail)
    clock.after(2, work)
    await clock.advance(3)

    assert seen == ["done"]
    assert [str(failure) for failure in clock.failures] == ["broken"]
