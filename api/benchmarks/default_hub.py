"""A hub that is measured: as it comes, whatever is set outside."""

import os
from collections.abc import Mapping

from infrastructure.settings import PREFIX


def default_environment(**settings: str) -> Mapping[str, str]:
    """Settings for a measured hub: these, and the default for everything else.

    An empty variable means the default, so nothing that is set for this process reaches the hub.
    """
    inherited = {name: "" for name in os.environ if name.startswith(PREFIX)}
    return inherited | settings
