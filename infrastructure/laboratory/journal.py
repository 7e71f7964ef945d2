"""The load generator's own memory: what it sent, and what the hub promised. Ground truth."""

import os
from pathlib import Path


class LoadJournal:
    """Appends lines to a file and has them on disk before it returns."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="ascii")
        self.sent: set[str] = set()
        self.acknowledged: set[str] = set()

    def note_sent(self, wamids: list[str]) -> None:
        """These are about to be sent."""
        self.sent.update(wamids)
        self._write("sent", wamids)

    def note_acknowledged(self, wamids: list[str]) -> None:
        """The hub answered 200 for these."""
        self.acknowledged.update(wamids)
        self._write("acknowledged", wamids)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write(self, what: str, wamids: list[str]) -> None:
        self._file.writelines(f"{what} {wamid}\n" for wamid in wamids)
        self._file.flush()
        os.fdatasync(self._file.fileno())
