"""`hub simulator`: a stand-in for Meta's Graph API on this machine."""

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.output import AsJson, print_facts, print_json
from api.cli.run import CommandFailedError

if TYPE_CHECKING:
    import uvicorn

    from infrastructure.simulator import SimulatorConfig
    from infrastructure.simulator.host import SimulatorHost
    from infrastructure.simulator.scenario import Scenario

app = typer.Typer()


@app.command()
def simulator(
    *,
    port: Annotated[int, typer.Option(help="TCP port on 127.0.0.1; 0 takes a free one.")] = 8800,
    seed: Annotated[int | None, typer.Option(help="Equal seeds give equal runs.")] = None,
    callback: Annotated[
        str | None, typer.Option(help="Where webhooks go, the hub's /webhooks/whatsapp.")
    ] = None,
    verify_token: Annotated[
        str | None, typer.Option(help="What the handshake shows to the hub.")
    ] = None,
    app_secret: Annotated[str | None, typer.Option(help="Key that signs the webhooks.")] = None,
    access_token: Annotated[str | None, typer.Option(help="Token that sends need.")] = None,
    waba: Annotated[str | None, typer.Option(help="Id of the WhatsApp account.")] = None,
    phone_number_id: Annotated[str | None, typer.Option(help="Id of the sender number.")] = None,
    display_phone: Annotated[str | None, typer.Option(help="The sender number, +62….")] = None,
    speed: Annotated[
        float | None, typer.Option(help="How much faster than real time the clock runs.")
    ] = None,
    scenario: Annotated[
        str | None, typer.Option(help="Dialogue that a scripted person begins at once.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="A .toml or .json file with the whole configuration.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run a simulated WhatsApp until Ctrl-C: people, Graph API, signed webhooks, faults.

    Prints the addresses and keys that a hub needs. Details: docs/simulator.md.
    """
    from infrastructure.simulator import ConfigurationInvalid, SimulatorNotStarted
    from infrastructure.simulator.scenario import (
        ScenarioInvalid,
        parse_scenario,
        shipped_scenario,
    )

    wishes = {
        "seed": seed,
        "callback": callback,
        "verify_token": verify_token,
        "app_secret": app_secret,
        "access_token": access_token,
        "waba": waba,
        "phone_number_id": phone_number_id,
        "display_phone": display_phone,
        "speed": speed,
    }
    try:
        configuration = _configuration(config, wishes)
        script = parse_scenario(shipped_scenario(scenario)) if scenario is not None else None
        _run(configuration, port, script, as_json=as_json)
    except (ConfigurationInvalid, ScenarioInvalid, SimulatorNotStarted) as error:
        raise CommandFailedError(str(error)) from error


def _configuration(path: Path | None, wishes: dict[str, Any]) -> "SimulatorConfig":
    """The file's configuration or the default one, with the options laid over its first account."""
    from infrastructure.simulator import SimulatorConfig, load_configuration
    from infrastructure.simulator.adjustment import adjusted

    base = load_configuration(path) if path is not None else SimulatorConfig()
    return adjusted(base, {name: wish for name, wish in wishes.items() if wish is not None})


def _run(
    configuration: "SimulatorConfig",
    port: int,
    script: "Scenario | None",
    *,
    as_json: bool,
) -> None:
    from infrastructure.simulator.server import bound_socket, serve, url_of

    listener = bound_socket(port)

    def ready(_server: "uvicorn.Server", host: "SimulatorHost") -> None:
        facts = _facts(configuration, url_of(listener))
        if as_json:
            print_json(facts)
        else:
            print_facts(facts, as_json=False)
            print("Ctrl-C stops it.")
        # Whoever started this process reads the lines while it runs on.
        sys.stdout.flush()
        if script is not None:
            host.player.start(script)

    asyncio.run(serve(configuration, listener, on_ready=ready))


def _facts(configuration: "SimulatorConfig", url: str) -> dict[str, Any]:
    """What a hub must be told to use this simulator."""
    facts: dict[str, Any] = {
        "graph_url": url,
        "control_url": f"{url}/simulator",
        "seed": configuration.seed,
    }
    for app_config in configuration.apps[:1]:
        facts["app_secret"] = app_config.app_secret
        facts["verify_token"] = app_config.verify_token
        facts["callback"] = app_config.callback_url
    for waba in configuration.wabas[:1]:
        facts["waba"] = waba.waba_id
        for number in waba.phone_numbers[:1]:
            facts["phone_number_id"] = number.phone_number_id
            facts["display_phone"] = number.display_phone_number
    for token in configuration.tokens[:1]:
        facts["access_token"] = token.token
    return facts
