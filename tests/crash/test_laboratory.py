"""The instruments of the laboratory do what they say."""

import asyncio
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from api.laboratory.course import KILLED_TOGETHER, every_failpoint, planned
from infrastructure.checkout import CHECKOUT
from infrastructure.failpoints import CLOCK, FAILPOINTS, VARIABLE, process_at
from infrastructure.laboratory.faults import FAULTS, Site, signal_one
from infrastructure.laboratory.file_limit import LimitRefused, allow_writing, forbid_writing
from infrastructure.laboratory.network import Network, Weather
from infrastructure.laboratory.orders import Orders
from infrastructure.laboratory.other_system import other_system
from infrastructure.laboratory.processes import MARKS

PASSING = "from infrastructure.failpoints import failpoint; failpoint('send.before_call')"
WRITING = """
import sys
for _ in sys.stdin:
    try:
        with open(sys.argv[1], "ab", buffering=0) as file:
            file.write(b"x")
        print("written", flush=True)
    except OSError:
        print("full", flush=True)
"""
NOW = "from infrastructure.clock import SystemClock; print(SystemClock().now().isoformat())"


def run(program: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """A process that works under the orders of a folder."""
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=CHECKOUT,
        env={VARIABLE: str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_an_order_to_kill_is_carried_out_once_and_where_it_was_given(tmp_path: Path) -> None:
    orders = Orders(tmp_path / "orders")
    orders.kill_at("send.after_call")
    assert run(PASSING, orders.folder).returncode == 0
    assert not orders.is_taken("send.after_call")
    orders.kill_at("send.before_call")
    assert run(PASSING, orders.folder).returncode == -9
    assert orders.is_taken("send.before_call")
    assert run(PASSING, orders.folder).returncode == 0


def test_an_order_stands_until_somebody_meets_it_or_it_is_withdrawn(tmp_path: Path) -> None:
    orders = Orders(tmp_path)
    orders.kill_at("send.after_call")
    orders.kill_at("media.after_keep")
    assert orders.standing() == ["send.after_call", "media.after_keep"]
    orders.withdraw("send.after_call")
    assert orders.standing() == ["media.after_keep"]


def test_a_process_on_a_full_disk_writes_no_file_until_there_is_room_again(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WRITING, str(tmp_path / "file")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        answers = []
        for change in (forbid_writing, allow_writing):
            if not sys.platform.startswith("linux"):
                with pytest.raises(LimitRefused, match="Only Linux"):
                    change(process.pid)
                return
            change(process.pid)
            process.stdin.write("\n")
            process.stdin.flush()
            answers.append(process.stdout.readline().strip())
        process.stdin.close()
    assert answers == ["full", "written"]


def test_another_system_remembers_what_it_took_and_refuses_an_event_once_at_most() -> None:
    with other_system(seed=1) as system, httpx.Client(trust_env=False) as client:
        for number in range(200):
            for body in (b"one", b"one"):
                answer = client.post(system.url, content=body, headers={"webhook-id": str(number)})
                assert answer.status_code in (200, 503)
        client.post(system.url, content=b"other", headers={"webhook-id": "7"})
    taken = system.taken()
    assert len(taken) == 200
    assert {count for event, count in taken.items() if event != "7"} == {1, 2}
    assert system.changed() == {"7"}


def test_an_order_for_a_place_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no failpoint 'send\.sometime'"):
        Orders(tmp_path).kill_at("send.sometime")


def test_every_failpoint_of_the_table_stands_in_the_code() -> None:
    rooms = ("api", "infrastructure", "jobs")
    code = "\n".join(
        path.read_text("utf-8") for room in rooms for path in (CHECKOUT / room).rglob("*.py")
    )
    for name in FAILPOINTS:
        moment = name.rsplit(".", 1)[1]
        own = f'failpoint("{name}")'
        of_followers = f'failpoint(f"follow.{{self.unit.name}}.{moment}")'
        assert own in code or (name.startswith("follow.") and of_followers in code), name


def test_a_clock_in_the_laboratory_can_be_wrong(tmp_path: Path) -> None:
    (tmp_path / CLOCK).write_text("-3600", "ascii")
    shown = datetime.fromisoformat(run(NOW, tmp_path).stdout.strip())
    assert shown < datetime.now(UTC) - timedelta(minutes=50)


def test_a_plan_with_as_many_rounds_as_misfortunes_has_each_of_them() -> None:
    assert {name for (name,) in planned(len(FAULTS), 5)} == set(FAULTS)
    assert planned(40, 5) == planned(40, 5)
    assert planned(40, 5) != planned(40, 6)


def test_a_plan_of_failpoints_has_each_once_and_kills_no_process_twice_in_a_turn() -> None:
    turns = every_failpoint(5)
    assert sorted(name for turn in turns for name in turn) == sorted(
        f"kill at {name}" for name in FAILPOINTS
    )
    for turn in turns:
        processes = [process_at(name.removeprefix("kill at ")) for name in turn]
        assert len(processes) == len(set(processes)) <= KILLED_TOGETHER
    assert {process_at(name) for name in FAILPOINTS} <= set(MARKS)
    assert every_failpoint(5) != every_failpoint(6)


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(100):
        writer.write(data)
    writer.close()


async def test_the_network_carries_cuts_and_swallows_what_is_sent() -> None:
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    network = Network("127.0.0.1", server.sockets[0].getsockname()[1])
    async with server, network.listening() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"one")
        assert await reader.readexactly(3) == b"one"
        network.turn(Weather.HALF_OPEN)
        writer.write(b"two")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.2)
        network.turn(Weather.FAIR)
        assert await is_broken(reader)
        writer.close()
        network.turn(Weather.CUT)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await is_broken(reader)
        writer.close()
        network.turn(Weather.FAIR)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"three")
        assert await reader.readexactly(5) == b"three"
        writer.close()


async def is_broken(reader: asyncio.StreamReader) -> bool:
    try:
        return await asyncio.wait_for(reader.read(1), 10) == b""
    except ConnectionError:
        return True


def test_a_process_that_ends_before_it_is_met_leaves_its_turn_to_another() -> None:
    """Found by `hub crash-test --kills 300 --seed 7`: PostgreSQL's processes come and go."""
    sleeping = [sys.executable, "-c", "input()"]
    with (
        subprocess.Popen([sys.executable, "-c", ""]) as ended,
        subprocess.Popen(sleeping, stdin=subprocess.PIPE) as other,
    ):
        ended.wait()
        turns = iter([ended.pid, other.pid])

        class Place(Site):
            async def process(self, _name: str) -> int:
                return next(turns)

        site = Place.__new__(Place)
        assert asyncio.run(signal_one(site, "postgres", signal.SIGKILL)) == other.pid
        assert other.wait() == -signal.SIGKILL
