"""Random bytes of the operating system, fetched in blocks: a system call per nonce is too slow."""

import os
import threading
from typing import Final

_BLOCK_BYTES: Final = 4096
_lock = threading.Lock()
_block = b""
_used = 0


def random_bytes(count: int) -> bytes:
    """`count` bytes from `os.urandom`, never given out twice, not even to a forked process."""
    global _block, _used  # noqa: PLW0603 - one supply per process is the point
    if count > _BLOCK_BYTES:
        return os.urandom(count)
    with _lock:
        start, end = _used, _used + count
        if end > len(_block):
            _block = os.urandom(_BLOCK_BYTES)
            start, end = 0, count
        _used = end
        return _block[start:end]


def _forget_block() -> None:
    """A forked process shares what its parent fetched, and must not use it."""
    global _block, _used, _lock  # noqa: PLW0603
    _lock = threading.Lock()
    _block = b""
    _used = 0


os.register_at_fork(after_in_child=_forget_block)
