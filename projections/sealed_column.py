"""Personal content in a read model: ciphertext, opened by the reader as long as a key exists."""

import msgspec

from domain.event import Event, PersonalEvent, Sealed

_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Sealed)


def sealed_column(event: Event) -> bytes | None:
    """Return the event's sealed content for a column `…_sealed`; None where the event has none.

    Raises TypeError for content that is not sealed: plain content must never reach a read model.
    """
    content = event.content if isinstance(event, PersonalEvent) else msgspec.UNSET
    if content is msgspec.UNSET:
        return None
    if not isinstance(content, Sealed):
        raise TypeError(
            f"{type(event).__name__} came to a read model with its content opened; "
            "read events for read models without opening them."
        )
    return _ENCODER.encode(content)


def sealed_of(column: bytes) -> Sealed:
    """Return the ciphertext that a column `…_sealed` holds, for `Vault.open`."""
    return _DECODER.decode(column)
