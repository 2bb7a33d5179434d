"""One fact as the bytes of a Parquet file: the frame, and in its metadata everything else that was read.

The digest of all bytes stands inside, in a place that counts as zeros while it is made out: a byte that was changed, cut off
or added shows. Any tool reads the frame; the record is JSON under the key `ecrecon`.
"""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass
from typing import Any

import polars as pl

from ecrecon.base.schema import (
    FINDINGS,
    PARSED_GOODS,
    PARSED_LINES,
    PARSED_ORDER_LINES,
    PARSED_ORDERS,
    PARSED_REFUNDS,
    empty,
)
from ecrecon.base.sources import Parsed, Source
from ecrecon.store.codec import plain, record

KEY = "ecrecon"
_SEAL = "ecrecon-sha256"
_MARK = b"sealed:"
_ZEROS = b"0" * 64
FRAMES = {
    "bill": PARSED_LINES, "orders": PARSED_ORDERS, "goods": PARSED_GOODS, "order_lines": PARSED_ORDER_LINES,
    "refunds": PARSED_REFUNDS,
}  # fmt: skip
"""Side of a source -> the schema that its frame is of."""


class DamagedFactError(Exception):
    """A file that is no fact, or not the one that its name says."""


@dataclass(frozen=True)
class Label:
    """Which part of which file: the digest of the whole file, what its reading depended on (`version.stamp`), and which of
    `parts` tables and refusals (from 1) this one is."""

    sha256: str
    stamp: str
    part: int = 1
    parts: int = 1
    locked: bool = False


def packed(label: Label, item: Parsed) -> bytes:
    """The fact of one part. Raises TypeError for a source that cannot be told in JSON."""
    told = {
        "label": plain(label),
        "source": plain(item.source),
        "findings": [list(row) for row in item.findings.iter_rows()],  # few: capped where they are collected
        "frame": item.frame is not None,
        "rows": 0 if item.frame is None else item.frame.height,
    }
    stream = io.BytesIO()
    metadata = {KEY: json.dumps(told, ensure_ascii=False, sort_keys=True), _SEAL: (_MARK + _ZEROS).decode()}
    frame = pl.DataFrame() if item.frame is None else item.frame
    frame.write_parquet(stream, compression="zstd", compression_level=1, metadata=metadata)
    data = stream.getvalue()
    place = _seal_of(data)
    return data[:place] + hashlib.sha256(data).hexdigest().encode() + data[place + len(_ZEROS) :]


def unpacked(data: bytes, label: Label | None = None) -> tuple[Label, Parsed]:
    """What `packed` was given. Raises DamagedFactError where a byte is another one, or the fact is not that of `label`."""
    _check_seal(data)
    try:
        told = json.loads(pl.read_parquet_metadata(io.BytesIO(data))[KEY])
        found, source = record(Label, told["label"]), record(Source, told["source"])
        findings = _findings(told["findings"])
        frame = pl.read_parquet(io.BytesIO(data), use_statistics=False) if told["frame"] else None
    except (ValueError, TypeError, KeyError, pl.exceptions.PolarsError, OSError, RecursionError) as error:
        raise DamagedFactError(f"{type(error).__name__}") from None
    if label is not None and found != label:
        raise DamagedFactError("the fact of another file")
    if frame is not None:
        _check_frame(frame, source, told["rows"])
    return found, Parsed(source, frame, findings)


def _findings(rows: list[list[Any]]) -> pl.DataFrame:
    """The usual file has none."""
    return pl.DataFrame(rows, schema=dict(FINDINGS), orient="row") if rows else empty(FINDINGS)


def _seal_of(data: bytes) -> int:
    """Where the digest stands. The footer is at the end, so a cell that holds the same words lies before it."""
    place = data.rfind(_MARK)
    if place < 0:
        raise DamagedFactError("no seal")
    return place + len(_MARK)


def _check_seal(data: bytes) -> None:
    place = _seal_of(data)
    digest = hashlib.sha256(data[:place])
    digest.update(_ZEROS)
    digest.update(data[place + len(_ZEROS) :])
    if digest.hexdigest().encode() != data[place : place + len(_ZEROS)]:
        raise DamagedFactError("a byte was changed")


def _check_frame(frame: pl.DataFrame, source: Source, rows: int) -> None:
    """A frame whose columns are not those of its kind, or with rows more or less than were written."""
    schema = FRAMES.get(source.side, {})
    known = all(name in schema and dtype == schema[name] for name, dtype in frame.schema.items())
    if frame.height != rows or not known:
        raise DamagedFactError("not the columns or rows of its kind")
