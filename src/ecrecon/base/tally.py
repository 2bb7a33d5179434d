"""What every file held when it was read: counts and marks that no later stage can touch, and everything is proved against.

A mark is a number made from the content of a row. Marks of rows add up (mod 2^64) to that of a file whatever the order of
rows, so a row that is lost, doubled or altered changes the sum, also where another row makes up for its amount. The mark of
money is linear: that of rows added together is the sum of theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from ecrecon.base.schema import PARSED_GOODS, PARSED_ORDER_LINES, PARSED_ORDERS, PARSED_REFUNDS

_SEED = 20261
_TEXT = 0x9E3779B97F4A7C15
_WORD = 2**64
_FEW = 4096
"""Marks that are added one by one in less time than a query takes."""

LINE_CONTENT: tuple[str, ...] = (
    "source_line", "money_column", "txn_id", "payout_batch_id", "bank_ref", "order_id", "sub_order_id",
    "parent_order_id", "pay_id", "merchant_order_no", "refund_id", "category", "amount_minor", "currency", "occurred_at",
    "settle_status", "balance_minor",
)  # fmt: skip
"""What a line says about money: no later stage may change it."""
KEYS: dict[str, tuple[str, ...]] = {
    "orders": ("order_id", "sub_order_id"), "order_lines": ("order_id",), "refunds": ("refund_id",),
    "goods": ("erp_order_id", "order_id", "sub_order_id"),
}  # fmt: skip
"""What names a row of the books side. The other texts of a row are in its mark."""
UNSTEADY: tuple[str, ...] = (
    "shop",
    "source_line",
    "status",
    "completed_at",
    "paid_at",
    "shipped_at",
    "finished_at",
    "state",
)
"""Columns of the books side that later stages may rightly change: states as of a day, the name of the shop."""
CONTENT: dict[str, tuple[str, ...]] = {
    "orders": tuple(PARSED_ORDERS), "order_lines": tuple(PARSED_ORDER_LINES), "refunds": tuple(PARSED_REFUNDS),
    "goods": tuple(PARSED_GOODS),
}  # fmt: skip
ONCE = ("freight_minor", "buyer_paid_minor")
"""Amounts of an order that its rows repeat: those of its first row hold, where the others add up."""
ROWS = {"source_id": pl.Int32, "source_line": pl.Int32, "key": pl.UInt64, "named": pl.Boolean, "text": pl.UInt64,
        "money": pl.UInt64}  # fmt: skip


def words(frame: pl.DataFrame, columns: Sequence[str], seed: int = _SEED) -> pl.Series:
    """UInt64 per row: the hash of `columns`; closed words count as their numbers."""
    schema = frame.schema  # made anew at each call
    physical = [
        pl.col(name).to_physical() if schema[name] in (pl.Categorical, pl.Enum) else pl.col(name) for name in columns
    ]
    if not columns:
        return pl.repeat(0, frame.height, dtype=pl.UInt64, eager=True)
    return frame.select(physical).hash_rows(seed=seed)


def money(frame: pl.DataFrame, columns: Sequence[str]) -> pl.Series:
    """UInt64 per row: a linear mark of amounts; an empty cell is 0."""
    total = pl.lit(0, dtype=pl.Int128)
    for place, name in enumerate(sorted(columns)):
        total = total + pl.col(name).fill_null(0).cast(pl.Int128) * (2 * place + 1) * 1_000_003
    marks = frame.select(marks=(total % _WORD + _WORD) % _WORD).to_series()
    return (
        marks.cast(pl.UInt64) if len(marks) == frame.height else pl.repeat(0, frame.height, dtype=pl.UInt64, eager=True)
    )


def added(marks: pl.Series) -> int:
    """Σ of marks, mod 2^64; in halves, so that nothing depends on how a sum overflows."""
    if len(marks) <= _FEW:
        return sum(int(mark) for mark in marks.to_list()) % _WORD
    low, high = (marks & 0xFFFFFFFF).sum(), (marks // 2**32).sum()
    return (int(high) * 2**32 + int(low)) % _WORD


@dataclass(frozen=True)
class SourceTally:
    """One file as it was read. `rows` of its frame, `mark` of their content; of a bill `minor`, the sum of its lines; of
    the books side `marks`, one row (ROWS without source_id) per row."""

    path: str
    sha256: str
    kind: str
    rows: int = 0
    mark: int = 0
    minor: int = 0
    marks: pl.DataFrame | None = None


@dataclass(frozen=True)
class Tally:
    """All files in the order of `summary.json` `sources[]`."""

    sources: tuple[SourceTally, ...] = ()

    def books(self, kind: str) -> pl.DataFrame:
        """Frame ROWS of all files of `kind` (orders, order_lines, refunds, goods)."""
        parts = [
            one.marks.select(pl.lit(index, dtype=pl.Int32).alias("source_id"), *list(ROWS)[1:])
            for index, one in enumerate(self.sources)
            if one.kind == kind and one.marks is not None
        ]
        return pl.concat(parts) if parts else pl.DataFrame(schema=ROWS)


def tally_of(path: str, sha256: str, kind: str, frame: pl.DataFrame | None) -> SourceTally:
    """Count what was read of one file. `kind`: `bill`, or the kind of books that the file is (`Source.side`)."""
    if frame is None or kind not in ("bill", *CONTENT):
        return SourceTally(path, sha256, kind)
    if kind == "bill":
        marks = words(frame, LINE_CONTENT)
        return SourceTally(path, sha256, kind, frame.height, added(marks), int(frame["amount_minor"].sum()))
    marks_of = book_marks(frame, kind)
    mark = added(marks_of["key"]) + added(marks_of["text"]) * 3 + added(marks_of["money"]) * 5
    return SourceTally(path, sha256, kind, frame.height, mark % _WORD, 0, marks_of)


def book_marks(frame: pl.DataFrame, kind: str) -> pl.DataFrame:
    """source_line, key, named, text, money per row of a frame of the books side, parsed or merged.

    `named`: the row has the number that it is known by. The amount of a whole ERP order may move between its rows and is
    in no mark of money.
    """
    keys = KEYS.get(kind, ())
    content = [n for n in _columns(frame, kind) if n != "receivable_minor"]
    amounts = [n for n in content if n.endswith("_minor") and n not in ONCE]
    texts = [n for n in content if n not in amounts]
    number = pl.coalesce(keys) if kind == "goods" else pl.col(keys[0])
    named = frame.select(named=number.is_not_null()).to_series()
    record = frame.select(number=number) if kind == "goods" else frame.select(keys)
    return pl.DataFrame({
        "source_line": frame["source_line"], "key": words(record, record.columns, _SEED + 1), "named": named,
        "text": words(frame, texts), "money": money(frame, amounts),
    })  # fmt: skip


def _columns(frame: pl.DataFrame, kind: str) -> list[str]:
    """Content of a row: what it was parsed to, whatever a later frame has added."""
    return [name for name in CONTENT[kind] if name in frame.columns and name not in UNSTEADY]
