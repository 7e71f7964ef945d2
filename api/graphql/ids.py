"""Global ids: opaque for clients, base64 of `Type:uuid` inside."""

import base64
import binascii
from typing import Final
from uuid import UUID

import strawberry

from api.errors import InvalidId

_CHARACTERS_MAX: Final = 120
_DIGITS_MAX: Final = 18


def global_id(type_name: str, key: UUID | int) -> strawberry.ID:
    """Return the id under which clients know a thing."""
    return strawberry.ID(base64.b64encode(f"{type_name}:{key}".encode()).decode("ascii"))


def parsed_id(value: str) -> tuple[str, str]:
    """Return the type and the key that an id stands for. Raises InvalidId."""
    if len(value) <= _CHARACTERS_MAX:
        try:
            text = base64.b64decode(value.encode("ascii"), validate=True).decode("ascii")
        except (binascii.Error, ValueError):
            text = ""
        type_name, separator, key = text.partition(":")
        if separator and key and type_name.isidentifier():
            return type_name, key
    raise InvalidId("The id has not the form of an id of this API.")


def identifier_of(value: str, *type_names: str, field: tuple[str, ...] = ()) -> UUID:
    """Return the identifier of an id that must name one of some types. Raises InvalidId."""
    identifier = uuid_of(_key_of(value, type_names, field))
    if identifier is None:
        raise InvalidId("The id has not the form of an id of this API.", field=field)
    return identifier


def number_of(value: str, *type_names: str, field: tuple[str, ...] = ()) -> int:
    """Return the number of an id that must name one of some types. Raises InvalidId."""
    number = position_number_of(_key_of(value, type_names, field))
    if number is None:
        raise InvalidId("The id has not the form of an id of this API.", field=field)
    return number


def uuid_of(key: str) -> UUID | None:
    """Return the key of an id as a UUID, or None if it is none."""
    try:
        return UUID(key)
    except ValueError:
        return None


def position_number_of(key: str) -> int | None:
    """Return the key of an id as a position, or None if it is none."""
    return int(key) if key.isascii() and key.isdecimal() and len(key) <= _DIGITS_MAX else None


def _key_of(value: str, type_names: tuple[str, ...], field: tuple[str, ...]) -> str:
    try:
        type_name, key = parsed_id(value)
    except InvalidId as error:
        raise InvalidId(error.message, field=field) from error
    if type_name not in type_names:
        raise InvalidId(f"The id is not one of a {' or '.join(type_names)}.", field=field)
    return key
