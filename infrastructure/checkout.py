"""The checkout that the hub runs from, and how a further process finds it."""

import os
from pathlib import Path
from typing import Final

CHECKOUT: Final = Path(__file__).resolve().parents[1]


def python_path() -> str:
    """`PYTHONPATH` for a process that imports the packages of the hub from any folder."""
    inherited = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    others = [path for path in inherited if path and Path(path) != CHECKOUT]
    return os.pathsep.join([str(CHECKOUT), *others])
