"""Orders, order lines, after-sales and records of goods against the rows that were read of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import polars as pl

from ecrecon.base.errors import InvariantError
from ecrecon.base.sources import Source
from ecrecon.base.tally import Tally, added, book_marks
from ecrecon.judging.proof.conservation import Row, proof_row
from ecrecon.judging.proof.files import none_of, once_each
from ecrecon.ledger.order_books import Books
from ecrecon.matching.goods_records import Records

SPOT = ["source_id", "source_line"]


def prove_books(
    books: Books, records: Records, sources: Sequence[Source], tally: Tally, summed: Collection[str]
) -> list[Row]:
    """(books) what is kept was read, as it was read, each key once and from its newest file; no key is missing.

    `summed`: profiles whose orders stand on several rows: their amounts are the sum of the rows. Returns one row per kind:
    rows read; rows kept + rows of older files, of the same order, or without a number.
    """
    ages = _ages(sources)
    own = books.orders.filter(pl.col("origin") == "platform")
    frames = (
        ("orders", own), ("order_lines", books.order_lines), ("refunds", books.refunds), ("goods", records.rows),
    )  # fmt: skip
    rows: list[Row] = []
    for kind, frame in frames:
        read = tally.books(kind).join(ages, on="source_id", how="left")
        rows.append(_prove(kind, frame, read, sources, summed))
    _prove_stand_ins(books.orders, records)
    return rows


def _ages(sources: Sequence[Source]) -> pl.DataFrame:
    """source_id, age (newest highest), profile."""
    oldest = sorted(range(len(sources)), key=lambda index: sources[index].sort_key)
    age = {index: place for place, index in enumerate(oldest)}
    return pl.DataFrame(
        [(index, age[index], source.profile) for index, source in enumerate(sources)],
        schema={"source_id": pl.Int32, "age": pl.Int32, "profile": pl.String}, orient="row",
    )  # fmt: skip


def _prove(
    kind: str, frame: pl.DataFrame, read: pl.DataFrame, sources: Sequence[Source], summed: Collection[str]
) -> Row:
    kept = frame.select("source_id").hstack(book_marks(frame, kind))
    once_each("books", f"a row of {kind}", kept, SPOT)
    both = kept.join(read, on=SPOT, how="left", suffix="_read", maintain_order="left")
    none_of("books", both.filter(pl.col("age").is_null()).select(SPOT), f"{kind} that no file holds")
    several = pl.col("profile").is_in(sorted(summed)) if kind == "orders" else pl.lit(value=False)
    texts = pl.any_horizontal(pl.col(name) != pl.col(f"{name}_read") for name in ("key", "text"))
    changed = texts | (~several & (pl.col("money") != pl.col("money_read")))
    none_of("books", both.filter(changed).select(SPOT), f"{kind} are not what was read")
    if kind == "orders":
        once_each("books", "an order", kept, ["key"])
        _prove_summed(both.filter(several), read)
    elif kind == "refunds":
        platforms = pl.Series([source.platform for source in sources], dtype=pl.String)
        named = kept.filter("named").with_columns(platform=pl.lit(platforms).gather(pl.col("source_id")))
        once_each("books", "an after-sale", named, ["platform", "key"])
    lost = read.filter("named").join(kept.filter("named"), on="key", how="anti")
    none_of("books", lost.select(SPOT), f"{kind} that were read are not in the books")
    _prove_newest(kind, both, read, kept)
    left = read.height - kept.height
    if left < 0:
        raise InvariantError(f"(books) {kept.height} rows of {kind} instead of at most {read.height}")
    older = read.join(kept, on=SPOT, how="anti").height
    return proof_row("books", None, kind, (read.height, 0), (kept.height + older, 0))


def _prove_newest(kind: str, both: pl.DataFrame, read: pl.DataFrame, kept: pl.DataFrame) -> None:
    """The newest file of a key gave rows; of order lines and records all of its rows."""
    per = ["key", "profile"] if kind == "goods" else ["key"]
    newest = read.filter("named").group_by(per).agg(newest=pl.col("age").max())
    used = both.filter("named").group_by(per).agg(used=pl.col("age").max())
    stale = newest.join(used, on=per, how="left").filter(pl.col("used").ne_missing(pl.col("newest")))
    none_of("books", stale, f"{kind} of an older file stand for newer ones")
    if kind in ("order_lines", "goods"):
        wanted = read.filter("named").join(newest, on=per).filter(pl.col("age") == pl.col("newest"))
        none_of("books", wanted.join(kept, on=SPOT, how="anti").select(SPOT), f"{kind} of the newest file are missing")
    if kind in ("refunds", "goods"):
        nameless = read.filter(~pl.col("named")).join(kept, on=SPOT, how="anti")
        none_of("books", nameless.select(SPOT), f"{kind} without a number are missing")


def _prove_summed(both: pl.DataFrame, read: pl.DataFrame) -> None:
    """An order on several rows of one file bears their sum; one that two files share in pieces is proved by its keys."""
    if both.is_empty():
        return
    per = read.filter(pl.col("key").is_in(both["key"].implode())).group_by("key").agg(
        pl.col("source_id").n_unique().alias("files"), pl.col("money").alias("parts")
    )  # fmt: skip
    single = both.join(per.filter(pl.col("files") == 1), on="key").select(*SPOT, "money", "parts")
    wrong = [
        row for row in single.iter_rows(named=True) if added(pl.Series(row["parts"], dtype=pl.UInt64)) != row["money"]
    ]
    if wrong:
        spot = {name: wrong[0][name] for name in SPOT}
        raise InvariantError(f"(books) {len(wrong)} orders do not bear the sum of their rows, first {spot}")


def _prove_stand_ins(orders: pl.DataFrame, records: Records) -> None:
    """Orders of an ERP lead to records, whose amounts are theirs."""
    erp = orders.filter(pl.col("origin") == "erp")
    if erp.is_empty():
        return
    once_each("books", "an order", orders.select("order_id", "sub_order_id"), ["order_id", "sub_order_id"])
    rows = records.rows.filter(
        "first_file", pl.col("kind") == "orders", pl.col("status").cast(pl.String).ne_missing("replaced")
    )
    sums = rows.group_by("number").agg(
        sum=pl.col("receivable_minor").sum(), most=pl.col("receivable_minor").fill_null(0).abs().sum(),
    )  # fmt: skip
    told = erp.select("order_id", "reading1_cash_minor").join(sums, left_on="order_id", right_on="number", how="left")
    amount = pl.col("reading1_cash_minor")
    wrong = told.filter(amount.is_null() | pl.col("most").is_null() | (amount.abs() > pl.col("most")))
    none_of("books", wrong, "orders of an ERP that its records do not bear")
