"""A sample of any message type, made from its annotations."""

from datetime import UTC, datetime, time
from typing import Any, TypeVar
from uuid import UUID, uuid5

from msgspec import inspect

Sample = TypeVar("Sample")

_ORIGIN = UUID("5f0f7a5e-0000-7000-8000-000000000001")


def sample_of(kind: type[Sample], /, **values: Any) -> Sample:
    """An instance of `kind` with every field filled in; `values` are taken as they are."""
    described = inspect.type_info(kind)
    assert isinstance(described, inspect.StructType)
    made = {field.name: _value(field.type, field.name) for field in described.fields}
    return kind(**(made | values))


def _value(kind: inspect.Type, name: str) -> Any:
    plain: dict[type[inspect.Type], Any] = {
        inspect.StrType: name,
        inspect.IntType: 1,
        inspect.FloatType: 0.5,
        inspect.BoolType: True,
        inspect.BytesType: b"bytes",
        inspect.UUIDType: uuid5(_ORIGIN, name),
        inspect.DateTimeType: datetime(2026, 11, 20, 9, tzinfo=UTC),
        inspect.TimeType: time(21, 0),
    }
    match kind:
        case inspect.EnumType():
            return next(iter(kind.cls))
        case inspect.StructType():
            return sample_of(kind.cls)
        case inspect.VarTupleType():
            return (_value(kind.item_type, name),)
        case inspect.DictType():
            return {_value(kind.key_type, name): _value(kind.value_type, name)}
        case inspect.UnionType():
            return _value(kind.types[0], name)
        case _:
            return plain[type(kind)]
