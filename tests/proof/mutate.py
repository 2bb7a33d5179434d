"""Drops, doubles and alters a row of a frame; puts a frame back into the value it came from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

import polars as pl

Mutation = Callable[[pl.DataFrame], pl.DataFrame]


def drop(frame: pl.DataFrame) -> pl.DataFrame:
    """Without its middle row."""
    middle = frame.height // 2
    return pl.concat([frame.head(middle), frame.slice(middle + 1)])


def double(frame: pl.DataFrame) -> pl.DataFrame:
    """With its middle row twice."""
    middle = frame.height // 2
    return pl.concat([frame.head(middle + 1), frame.slice(middle)])


def alter(frame: pl.DataFrame) -> pl.DataFrame:
    """One cent more in one row and one less in the next, else another text or number in one row."""
    rows = pl.int_range(pl.len())
    middle = frame.height // 2
    for name, dtype in frame.schema.items():
        filled = frame[name].drop_nulls()
        if name.endswith("_minor") and dtype == pl.Int64 and len(filled) >= 1:
            known = frame[name].is_not_null().arg_true()
            up, down = int(known[0]), int(known[-1])
            step = pl.when(rows == up).then(1).when(rows == down).then(-1).otherwise(0)
            if up == down:
                step = pl.when(rows == up).then(1).otherwise(0)
            return frame.with_columns((pl.col(name) + step).alias(name))
    for name, dtype in frame.schema.items():
        if dtype == pl.String:
            other = pl.when(rows == middle).then(pl.concat_str(pl.col(name).fill_null(""), pl.lit("x")))
            return frame.with_columns(other.otherwise(name).alias(name))
        if dtype.is_integer():
            return frame.with_columns(pl.when(rows == middle).then(pl.col(name) + 1).otherwise(name).alias(name))
    return frame.reverse() if frame.height > 1 and not frame.equals(frame.reverse()) else frame.clear()


MUTATIONS: dict[str, Mutation] = {"drop": drop, "double": double, "alter": alter}


def put(value: Any, path: str, frame: pl.DataFrame) -> Any:
    """`value` with `frame` at `path` (as `pipeline.chain.frames_of` names it)."""
    if not path:
        return frame
    if path.startswith("."):
        assert is_dataclass(value)
        name = max((f.name for f in fields(value) if _leads(path[1:], f.name)), key=len)
        return replace(value, **{name: put(getattr(value, name), path[1 + len(name) :], frame)})  # type: ignore[type-var]
    key, _, rest = path[1:].partition("]")
    if isinstance(value, Mapping):
        return {k: put(v, rest, frame) if str(k) == key else v for k, v in value.items()}
    return type(value)(put(v, rest, frame) if str(i) == key else v for i, v in enumerate(value))


def _leads(path: str, name: str) -> bool:
    return path.startswith(name) and (len(path) == len(name) or path[len(name)] in ".[")
