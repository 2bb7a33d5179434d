"""Frozen records as plain JSON values and back, by the types that their fields declare."""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

Record = TypeVar("Record")


def plain(value: object) -> Any:
    """`value` in words of JSON: records as objects, tuples as lists, a time as its text and the name of its zone."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    if isinstance(value, datetime):
        zone = value.tzinfo
        if zone is not None and not isinstance(zone, ZoneInfo):
            raise TypeError(f"no named zone: {value!r}")
        return [value.replace(tzinfo=None).isoformat(), zone.key if zone else None, value.fold]
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, str | int):
        return value
    raise TypeError(f"no plain value: {type(value).__name__}")


def record(made: type[Record], told: Any) -> Record:
    """The record of type `made` that `plain` told. Raises ValueError, TypeError or KeyError where it does not fit."""
    return cast(Record, _maker(cast(Any, made))(told))


@cache
def _maker(wanted: Any) -> Callable[[Any], Any]:
    """A function from plain values to values of the type `wanted`, found once per type."""
    origin = get_origin(wanted)
    if origin in (Union, types.UnionType):
        (inner,) = (one for one in get_args(wanted) if one is not type(None))
        make = _maker(inner)
        return lambda told: None if told is None else make(told)
    if origin is Literal:
        return lambda told: _one_of(get_args(wanted), told)
    if origin is tuple:
        return _tuple_maker(get_args(wanted))
    if wanted is datetime:
        return _moment
    if wanted is date:
        return date.fromisoformat
    if is_dataclass(wanted):
        hints = get_type_hints(wanted)
        makers = {field.name: _maker(hints[field.name]) for field in fields(wanted)}
        return lambda told: cast(Any, wanted)(**{name: make(told[name]) for name, make in makers.items()})
    return lambda told: _of_type(wanted, told)


def _tuple_maker(parts: tuple[Any, ...]) -> Callable[[Any], Any]:
    if len(parts) == 2 and parts[1] is ...:
        make = _maker(parts[0])
        return lambda told: tuple(make(one) for one in told)
    makers = [_maker(part) for part in parts]
    return lambda told: tuple(make(one) for make, one in zip(makers, told, strict=True))


def _moment(told: Any) -> datetime:
    text, zone, fold = told
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone) if zone else None, fold=fold)


def _one_of(words: tuple[Any, ...], told: Any) -> Any:
    if told not in words:
        raise ValueError(f"{told!r} is none of {words}")
    return told


def _of_type(wanted: type, told: Any) -> Any:
    if type(told) is not wanted:
        raise TypeError(f"{told!r} is no {wanted.__name__}")
    return told
