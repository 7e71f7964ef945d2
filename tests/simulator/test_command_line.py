"""``hub simulator``: starts, tells how to reach it, stops; its configuration."""

import asyncio
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from infrastructure.simulator import (
    ConfigurationInvalid,
    PersonConfig,
    Simulator,
    SimulatorClient,
    SimulatorConfig,
    SimulatorNotStarted,
    load_configuration,
    running_simulator,
)
from infrastructure.simulator.adjustment import adjusted

COMMAND = [sys.executable, "-m", "api", "simulator"]


async def test_the_command_serves_until_it_is_told_to_stop() -> None:
    options = ["--port", "0", "--seed", "7", "--waba", "11", "--app-secret", "s", "--json"]
    process = await asyncio.create_subprocess_exec(*COMMAND, *options, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        facts = json.loads(await asyncio.wait_for(process.stdout.readuntil(b"}\n"), 60))
        async with SimulatorClient(facts["graph_url"]) as sim:
            assert (await sim.health()).seed == 7
            assert (await sim.configuration()).wabas[0].waba_id == "11"
        assert facts["app_secret"] == "s"
    finally:
        process.terminate()
        await asyncio.wait_for(process.wait(), 60)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--scenario", "nix"], "There is no scenario"),
        (["--config", "/no/such/file.toml"], "Cannot read"),
        (["--speed", "0"], "speed must be greater"),
    ],
)
def test_the_command_says_what_is_wrong_and_exits_1(options: list[str], sentence: str) -> None:
    done = subprocess.run(
        [*COMMAND, "--port", "0", *options],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ},
    )

    assert done.returncode == 1
    assert sentence in done.stderr


async def test_a_taken_port_is_named() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SimulatorNotStarted, match=f"127.0.0.1:{port}"):
            async with running_simulator(port=port):
                pass


def test_a_configuration_is_read_from_toml_and_json(tmp_path: Path) -> None:
    toml = tmp_path / "a.toml"
    toml.write_text(
        'seed = 5\n[clock]\nmode = "virtual"\n[[people]]\nname = "R"\nphone = "+62812"\n'
    )
    configuration = load_configuration(toml)
    as_json = tmp_path / "a.json"
    as_json.write_text('{"seed": 5, "clock": {"mode": "virtual"}}')

    assert (configuration.seed, configuration.clock.mode) == (5, "virtual")
    assert configuration.people[0].name == "R"
    assert load_configuration(as_json).seed == 5


def test_a_configured_person_without_international_number_is_refused() -> None:
    config = SimulatorConfig(people=(PersonConfig(name="Ratna", phone="0812"),))

    with pytest.raises(ConfigurationInvalid, match="The person 'Ratna'"):
        Simulator(config)


@pytest.mark.parametrize("content", ["seed = 'x'", "colour = 1", "seed ="])
def test_a_file_that_is_no_configuration_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.toml"
    path.write_text(content)

    with pytest.raises(ConfigurationInvalid, match="no simulator configuration"):
        load_configuration(path)


def test_options_are_laid_over_the_first_app_account_number_and_token() -> None:
    changed = adjusted(
        SimulatorConfig(),
        {
            "seed": 9,
            "callback": "http://127.0.0.1:8000/webhooks/whatsapp",
            "access_token": "t",
            "display_phone": "+6221",
            "speed": 5.0,
        },
    )

    assert (changed.seed, changed.clock.speed) == (9, 5.0)
    assert changed.apps[0].callback_url == "http://127.0.0.1:8000/webhooks/whatsapp"
    assert changed.apps[0].app_secret == SimulatorConfig().apps[0].app_secret
    assert changed.tokens[0].token == "t"
    assert changed.wabas[0].phone_numbers[0].display_phone_number == "+6221"
    with pytest.raises(ConfigurationInvalid, match="at least one app"):
        adjusted(SimulatorConfig(apps=()), {})
