"""What a process has loaded when it begins its work stays for good."""

import gc
from collections.abc import Iterator

import msgspec


def keep_what_is_loaded() -> None:
    """Call this once, when everything is imported and before threads decode anything.

    Types are made known (`know_struct_types`), and the collector of garbage leaves out what is
    there by now: a search through all that a process has imported takes 60 to 90 ms, in which
    nothing else goes on, and a busy process does it every second.
    """
    know_struct_types()
    gc.collect()
    gc.freeze()


def know_struct_types() -> None:
    """Have msgspec look at every struct that is defined by now; about 0.15 s for all of a hub.

    msgspec looks at a struct when it first decodes one, and shows the result to other threads while
    it is still at it. Two threads that meet a struct for the first time at the same moment then
    crash the process (seen with 0.22.0; `tests/store/test_struct_types.py` shows it).
    """
    for struct in set(_subclasses(msgspec.Struct)):
        try:
            msgspec.json.Decoder(struct)
        except TypeError:
            # Such a struct is never decoded, and msgspec refuses it in the same way each time.
            continue


def _subclasses(parent: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    for child in parent.__subclasses__():
        yield child
        yield from _subclasses(child)
