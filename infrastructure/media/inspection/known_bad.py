"""Harmful content that is known by itself: byte patterns and digests of whole files.

This is no virus scanner with a feed of signatures; that is what clamd is connected for.
"""

import hashlib
from collections.abc import Iterator
from importlib import resources
from typing import BinaryIO, Final

from infrastructure.media.inspection.findings import infected

READ_BYTES: Final = 256 * 1024

# Written in two halves, so that no scanner takes this file for the test virus itself.
EICAR: Final = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}" + rb"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The test file on which all scanners agree (eicar.org)."""

_PATTERNS: Final = ((EICAR, "eicar_test_file"),)
_OVERLAP: Final = max(len(pattern) for pattern, _ in _PATTERNS) - 1


def _denied_digests() -> frozenset[str]:
    text = resources.files(__package__).joinpath("denied_sha256.txt").read_text("ascii")
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return frozenset(line for line in lines if line)


_DENIED: Final = _denied_digests()


class KnownBadSearch:
    """Looks at bytes as they pass, whatever they are cut into."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._tail = b""

    def take(self, data: bytes) -> None:
        """Look at the next bytes. Raises Refusal."""
        self._digest.update(data)
        window = self._tail + data
        for pattern, reason in _PATTERNS:
            if pattern in window:
                raise infected(reason)
        self._tail = window[-_OVERLAP:]

    def finish(self) -> None:
        """Compare the digest of everything. Raises Refusal."""
        if self._digest.hexdigest() in _DENIED:
            raise infected("denied_digest")


def search_all(stream: BinaryIO) -> None:
    """Look through a whole stream from its beginning. Raises Refusal."""
    search = KnownBadSearch()
    for data in blocks(stream):
        search.take(data)
    search.finish()


def blocks(stream: BinaryIO) -> Iterator[bytes]:
    """Yield a stream from its beginning to its end."""
    stream.seek(0)
    while data := stream.read(READ_BYTES):
        yield data
