"""Keeps the present simulator and its scenarios, and replaces both on a reset."""

import msgspec

from infrastructure.simulator.configuration import SimulatorConfig
from infrastructure.simulator.player import ScenarioPlayer
from infrastructure.simulator.simulator import Simulator


class SimulatorHost:
    """What a server serves: one simulator at a time."""

    def __init__(self, config: SimulatorConfig) -> None:
        self.simulator = Simulator(config)
        self.player = ScenarioPlayer(self.simulator)

    def start(self, public_url: str) -> None:
        """Let time pass. ``public_url`` is the address of this server, without a path."""
        self.simulator.public_url = self.simulator.config.public_url or public_url
        self.simulator.start()

    async def close(self) -> None:
        """Stop scenarios, timeline and connections."""
        await self.player.close()
        await self.simulator.close()

    async def reset(
        self, config: SimulatorConfig | None, seed: int | None, *, keep_callbacks: bool
    ) -> None:
        """Begin anew from the present or another configuration, maybe with another seed.

        Raises ConfigurationInvalid, and then changes nothing.
        """
        old = self.simulator
        wanted = config if config is not None else old.config
        if seed is not None:
            wanted = msgspec.structs.replace(wanted, seed=seed)
        new = Simulator(wanted)
        await self.close()
        self.simulator = new
        self.player = ScenarioPlayer(new)
        if keep_callbacks:
            for app_id, app in new.accounts.apps.items():
                names_its_own = config is not None and app.callback is not None
                if app_id in old.accounts.apps and not names_its_own:
                    app.callback = old.accounts.apps[app_id].callback
        self.start(old.public_url)
