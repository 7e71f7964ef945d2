"""A sample of any message type, made from its annotations."""

from typing import Any, TypeVar
from uuid import UUID, uuid5

import msgspec
from msgspec import inspect

Sample = TypeVar("Sample")

_ORIGIN = UUID("5f0f7a5e-0000-7000-8000-000000000001")


def sample_of(kind: type[Sample], **values: Any) -> Sample:
    """An instance of `kind` with every field filled in, except those given."""
    fields = {
        field.name: values.get(field.encode_name, _MISSING)
        for field in inspect.type_info(kind).fields  # type: ignore[attr-defined]
    }
    hints = {field.name: field.type for field in inspect.type_info(kind).fields}  # type: ignore[attr-defined]
    made = {
        name: _value(hints[name], name) if value is _MISSING else value
        for name, value in fields.items()
    }
    return kind(**made)


_MISSING = object()


def _value(kind: inspect.Type, name: str) -> Any:
    plain = {
        inspect.StrType: name,
        inspect.IntType: 1,
        inspect.FloatType: 0.5,
        inspect.BoolType: True,
        inspect.BytesType: b"bytes",
        inspect.UUIDType: uuid5(_ORIGIN, name),
        inspect.DecimalType: 1,
    }
    if type(kind) in plain:
        return plain[type(kind)]
    match kind:
        case inspect.DateTimeType():
            return msgspec.convert("2026-11-20T09:00:00Z", type=__import__("datetime").datetime)
        case inspect.EnumType():
            return next(iter(kind.cls))
        case inspect.StructType():
            return sample_of(kind.cls)
        case inspect.VarTupleType():
            return (_value(kind.item_type, name),)
        case inspect.LiteralType():
            return kind.values[0]
        case inspect.UnionType():
            return _value(kind.types[0], name)
        case inspect.Metadata():
            return _value(kind.type, name)
    raise AssertionError(f"No sample for {kind} ({name}).")
