"""Rows of files that made no record of their own, each with the reason that the run had (frame SET_ASIDE of the report).

A bill line always stands in the ledger with its disposition; these are the other rows: titles, totals, notes, empty rows, and
rows of orders, after-sales and records whose number another row answers for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from ecrecon.base.sources import Source
from ecrecon.base.tally import Tally
from ecrecon.ledger.order_books import Books
from ecrecon.matching.goods_records import Records

REASONS = (
    "above", "header", "blank", "trailer", "total", "remark", "note", "dropped", "unread", "beyond", "same_record",
    "newer_file", "no_number",
)  # fmt: skip
"""`above`: before the header. `dropped`: a rule of the layout. `unread`: only columns that nobody reads are filled. `beyond`: the
file ends before (`source_line` is the first line that it does not have, `last_line` null). `same_record`, `newer_file`: the
record of its number stands at `kept_*`, in the same file or in another. `no_number`: no number to keep it by."""
_ROW = ("source_id", "source_line", "last_line", "reason", "kept_source_id", "kept_line")
_SPOT = ["source_id", "source_line"]


def kept_rows(books: Books, records: Records) -> dict[str, pl.DataFrame]:
    """Kind of the tally -> the rows that are records: source_id, source_line."""
    own = books.orders.filter(pl.col("origin") == "platform")
    frames = {"orders": own, "order_lines": books.order_lines, "refunds": books.refunds, "goods": records.rows}
    return {kind: frame.select(_SPOT) for kind, frame in frames.items()}


def set_aside(sources: Sequence[Source], tally: Tally, kept: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Frame SET_ASIDE, sorted. `kept`: as of `kept_rows`."""
    spans = [(index, *span, None, None) for index, source in enumerate(sources) for span in _around(source)]
    schema = dict.fromkeys(_ROW, pl.Int32) | {"reason": pl.String}
    frames = [pl.DataFrame(spans, schema=schema, orient="row")]
    frames += [_repeated(tally.books(kind), rows).select(_ROW) for kind, rows in kept.items()]
    return pl.concat(frames).sort(_ROW, nulls_last=True).rechunk()


def _around(source: Source) -> Iterator[tuple[int, int | None, str]]:
    """(first line, last line, reason) of a table's rows that are no data. Few by nature: ranges, not rows."""
    census, header = source.census, source.header_line
    if census is None or header is None:
        return
    if header > 1:
        yield 1, header - 1, "above"
    yield header, header, "header"
    for first, last in census.blank:
        yield first, last, "blank"
    for left in census.left_out:
        for first, last in left.ranges:
            yield first, last, left.reason
    yield (census.last or header) + 1, None, "beyond"


def _repeated(read: pl.DataFrame, kept: pl.DataFrame) -> pl.DataFrame:
    """Rows that were read and are no record, with the record of their number. `read`: tally ROWS; `kept`: spots."""
    if read.height == kept.height:
        return pl.DataFrame(schema=dict.fromkeys(_ROW, pl.Int32) | {"reason": pl.String})
    named = read.join(kept, on=_SPOT, how="semi").filter("named")
    stands = named.sort(_SPOT).unique("key", keep="first", maintain_order=True).select(
        "key", kept_source_id="source_id", kept_line="source_line"
    )  # fmt: skip
    rest = read.join(kept, on=_SPOT, how="anti").with_columns(last_line="source_line")
    other = pl.col("kept_source_id") != pl.col("source_id")
    return rest.join(stands, on="key", how="left").with_columns(
        reason=pl.when(~pl.col("named") | other.is_null()).then(pl.lit("no_number"))
        .when(other).then(pl.lit("newer_file")).otherwise(pl.lit("same_record"))
    )  # fmt: skip
