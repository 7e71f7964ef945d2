"""Small rules that all checks of a send are made of; each refuses with Meta's error code."""

from collections.abc import Mapping, Sequence
from typing import Any

from infrastructure.simulator.errors import GraphError

MISSING = 131008
INVALID = 131009


def required(parent: Mapping[str, Any], member: str, path: str) -> Any:
    """The member's value; refuses with 131008 when it is absent, null or empty."""
    value = parent.get(member)
    if value is None or value in ("", [], {}):
        raise GraphError(MISSING, f"The parameter {path}['{member}'] is required.")
    return value


def an_object(parent: Mapping[str, Any], member: str, path: str) -> Mapping[str, Any]:
    """A required member that is a JSON object."""
    value = required(parent, member, path)
    if not isinstance(value, Mapping):
        raise GraphError(INVALID, f"The parameter {path}['{member}'] must be a JSON object.")
    return value


def a_list(parent: Mapping[str, Any], member: str, path: str, at_most: int) -> Sequence[Any]:
    """A required member that is a JSON array of a limited length."""
    value = required(parent, member, path)
    if not isinstance(value, list):
        raise GraphError(INVALID, f"The parameter {path}['{member}'] must be a JSON array.")
    if len(value) > at_most:
        raise GraphError(
            INVALID, f"The parameter {path}['{member}'] may have {at_most} elements at most."
        )
    return value


def objects(values: Sequence[Any], path: str) -> list[Mapping[str, Any]]:
    """The elements of an array that must all be JSON objects."""
    if not all(isinstance(value, Mapping) for value in values):
        raise GraphError(INVALID, f"Each element of {path} must be a JSON object.")
    return list(values)


def a_text(parent: Mapping[str, Any], member: str, path: str, at_most: int) -> str:
    """A required text of a limited length."""
    return _limited(required(parent, member, path), member, path, at_most)


def an_optional_text(parent: Mapping[str, Any], member: str, path: str, at_most: int) -> str | None:
    """A text of a limited length that may be absent."""
    if parent.get(member) is None:
        return None
    return _limited(parent[member], member, path, at_most)


def a_number(parent: Mapping[str, Any], member: str, path: str, low: float, high: float) -> float:
    """A required number, also when it is written as a text, inside its limits."""
    value = required(parent, member, path) if parent.get(member) != 0 else 0
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise GraphError(INVALID, f"The parameter {path}['{member}'] must be a number.") from None
    if not low <= number <= high:
        raise GraphError(
            INVALID, f"The parameter {path}['{member}'] must lie between {low} and {high}."
        )
    return number


def one_of(value: object, allowed: Sequence[str], path: str) -> str:
    """A text out of a closed set."""
    if not isinstance(value, str) or value not in allowed:
        raise GraphError(INVALID, f"The parameter {path} must be one of: {', '.join(allowed)}.")
    return value


def _limited(value: object, member: str, path: str, at_most: int) -> str:
    if not isinstance(value, str):
        raise GraphError(INVALID, f"The parameter {path}['{member}'] must be a string.")
    if len(value) > at_most:
        raise GraphError(
            INVALID,
            f"The parameter {path}['{member}'] has {len(value)} characters; {at_most} at most.",
        )
    return value
