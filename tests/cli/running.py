"""Running the command line as a person does: in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from infrastructure.checkout import CHECKOUT


class Ran(NamedTuple):
    """What a command left behind."""

    status: int
    output: str
    error: str

    def json(self) -> Any:
        return json.loads(self.output)


def hub(*arguments: str, home: Path, **environment: str) -> Ran:
    """Runs `hub ARGUMENTS` with a home and nothing else set, unless given as variables."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    done = subprocess.run(
        [sys.executable, "-m", "api", *arguments],
        cwd=CHECKOUT,
        env={**inherited, "HUB_HOME": str(home), "COLUMNS": "200", **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)
