"""A bounded memory of opened keys that forgets after a while."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from typing import Generic, TypeVar

Name = TypeVar("Name", bound=Hashable)
Value = TypeVar("Value")


class KeyCache(Generic[Name, Value]):
    """At most `capacity` entries, none older than `ttl_s` seconds; the least used go first."""

    def __init__(
        self, *, capacity: int, ttl_s: float, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._capacity = capacity
        self._ttl_s = ttl_s
        self._now = now
        self._entries: OrderedDict[Name, tuple[float, Value]] = OrderedDict()
        self._lock = threading.Lock()
        self._swept_at = now()

    def one(self, name: Name) -> Value | None:
        """The entry under a name, if it is known."""
        with self._lock:
            entry = self._entries.get(name)
            if entry is None:
                return None
            if entry[0] < self._now() - self._ttl_s:
                del self._entries[name]
                return None
            self._entries.move_to_end(name)
            return entry[1]

    def get(self, names: Iterable[Name]) -> dict[Name, Value]:
        """The entries that are known among `names`."""
        oldest = self._now() - self._ttl_s
        found: dict[Name, Value] = {}
        with self._lock:
            for name in names:
                entry = self._entries.get(name)
                if entry is None:
                    continue
                if entry[0] < oldest:
                    del self._entries[name]
                    continue
                self._entries.move_to_end(name)
                found[name] = entry[1]
        return found

    def put(self, entries: dict[Name, Value]) -> None:
        """Remember `entries`; an entry that is there keeps its age."""
        now = self._now()
        with self._lock:
            if now - self._swept_at > self._ttl_s:
                self._sweep(now)
            for name, value in entries.items():
                self._entries.setdefault(name, (now, value))
            while len(self._entries) > self._capacity:
                self._entries.popitem(last=False)

    def _sweep(self, now: float) -> None:
        """Forget what is too old: it may be asked for never again."""
        self._swept_at = now
        for name in [name for name, (at, _) in self._entries.items() if at < now - self._ttl_s]:
            del self._entries[name]

    def drop(self, belongs: Callable[[Name, Value], bool]) -> None:
        """Forget the entries that `belongs` is true for."""
        with self._lock:
            for name in [
                name for name, (_, value) in self._entries.items() if belongs(name, value)
            ]:
                del self._entries[name]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()

    def __len__(self) -> int:
        return len(self._entries)
