"""Which bill lines and orders stand behind each voucher line, and which files behind each voucher."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import polars as pl

from ecrecon.base.schema import CAT, VOUCHERS, Schema, check, conform
from ecrecon.base.sources import Source
from ecrecon.booking.legs import Cells
from ecrecon.booking.vouchers.entries import digest
from ecrecon.settings.workspace import Workspace

PLACES: Schema = {"line_id": pl.Int64, "voucher": CAT, "counter_account": CAT, "counter_role": CAT}


def trace_lines(cells: Cells, entries: pl.DataFrame) -> pl.DataFrame:
    """Two rows per line, own and counter leg, sorted by (line_id, seq): VOUCHER_TRACE plus `entry`; a third row where
    input VAT is taken out.

    No sort of the big frame: lines stand in line_id order, and each is repeated in place.
    """
    placed = (
        entries.filter(~pl.col("tax")).select("own", "entry", "cell").explode("cell").drop_nulls("cell").sort("cell")
    )
    by_cell = pl.DataFrame(
        {"own": placed.filter(pl.col("own"))["entry"], "counter": placed.filter(~pl.col("own"))["entry"]}
    ).select(
        pl.min_horizontal("own", "counter").alias("first"),
        pl.max_horizontal("own", "counter").alias("second"),
        pl.when(pl.col("own") < pl.col("counter")).then(1).otherwise(-1).cast(pl.Int64).alias("sign"),
    )
    repeat = pl.int_range(0, 2 * cells.lines.height, dtype=pl.UInt32, eager=True) // 2
    doubled = cells.lines.select(pl.all().gather(repeat))
    is_second = pl.int_range(0, pl.len()) % 2 == 1
    first, second, sign = (pl.lit(by_cell[name]).gather(pl.col("cell")) for name in by_cell.columns)
    both = doubled.with_columns(
        pl.when(is_second).then(second).otherwise(first).alias("entry"),
        (pl.col("amount_minor") * sign * pl.when(is_second).then(-1).otherwise(1)).alias("amount_minor"),
    )
    if cells.taxes.height:
        both = _with_taxes(both, cells.taxes, entries)
    told = both.with_columns(
        pl.lit(entries[name]).gather(pl.col("entry")).alias(name) for name in ("voucher_id", "seq")
    )
    return (told.sort("line_id", "seq") if cells.taxes.height else told).drop("cell")


def _with_taxes(both: pl.DataFrame, taxes: pl.DataFrame, entries: pl.DataFrame) -> pl.DataFrame:
    """The tax leaves the counter leg of its line and gets a row of its own."""
    counter = ~pl.lit(entries["own"]).gather(pl.col("entry"))
    less = both.join(
        taxes.select("line_id", "tax_minor"), on="line_id", how="left", maintain_order="left"
    ).with_columns(pl.col("amount_minor") + pl.when(counter).then(pl.col("tax_minor").fill_null(0)).otherwise(0))
    of_cell = entries.filter("tax").select("entry", "cell").explode("cell")
    own = taxes.join(of_cell, on="cell", how="left").with_columns(amount_minor=-pl.col("tax_minor"))
    return pl.concat([less.drop("tax_minor"), conform(own, less.drop("tax_minor").schema)])


def balance_trace(entries: pl.DataFrame, legs: pl.DataFrame | None) -> pl.DataFrame:
    """Trace rows of entries made from balances: one each, no bill line, order or file behind it."""
    events = [] if legs is None else legs["event"].unique().to_list()
    made = entries.filter(pl.col("event").is_in(events))
    return made.select(
        "entry", "voucher_id", "seq", line_id=None, source_id=None, source_line=None, order_id=None,
        amount_minor=pl.col("debit_minor") - pl.col("credit_minor"),
    )  # fmt: skip


def places_of(cells: Cells, entries: pl.DataFrame, word: str) -> pl.DataFrame:
    """Frame PLACES: which voucher a line is in, and its other leg, decided on cells."""
    legs = (
        entries.filter(~pl.col("tax"))
        .select("own", "number", "account_code", "account_name", "account_role", "cell")
        .explode("cell")
        .drop_nulls("cell")
    )
    by_cell = legs.filter(~pl.col("own")).select(
        "cell",
        voucher=pl.format("{}-{}", pl.lit(word), "number").cast(CAT),
        counter_account=pl.concat_str("account_code", pl.lit(" "), "account_name").cast(CAT),
        counter_role=pl.col("account_role").cast(CAT),
    )
    placed = cells.lines.select("line_id", "cell").join(by_cell, on="cell", how="left", maintain_order="left")
    return conform(placed, PLACES)


def with_files(
    entries: pl.DataFrame, cells: Cells, orders: pl.DataFrame, sources: Sequence[Source], workspace: Workspace
) -> pl.DataFrame:
    """Entries as schema.VOUCHERS: files behind each voucher counted and hashed, word and preparer.

    orders: trace rows of the orders (voucher_id, source_id). A digest is taken once per set of files: few.
    """
    of_cell = entries.filter("own").select("voucher_id", "cell").explode("cell").drop_nulls("cell")
    of_lines = (
        cells.lines.select("cell", "source_id").unique().join(of_cell, on="cell").select("voucher_id", "source_id")
    )
    shas = pl.lit(pl.Series([source.sha256 for source in sources], dtype=pl.String))
    found = (
        pl.concat([of_lines, orders.select("voucher_id", pl.col("source_id").cast(of_lines.schema["source_id"]))])
        .with_columns(sha=shas.gather(pl.col("source_id")))
        .select("voucher_id", "sha").unique().sort("voucher_id", "sha")
        .group_by("voucher_id").agg(pl.len().cast(pl.Int32).alias("attachments"), pl.col("sha").str.join("\n"))
    )  # fmt: skip
    sets = found["sha"].unique().to_list()
    hashes = [hashlib.sha256(text.encode()).hexdigest() for text in sets]
    table = found.join(pl.DataFrame({"sha": sets, "source_hash": hashes}, schema=_HASHES), on="sha", how="left")
    batch = "B" + digest("\n".join(sorted({s.sha256 for s in sources if s.readable})))
    full = entries.join(table, on="voucher_id", how="left", maintain_order="left").with_columns(
        pl.col("event_name").alias("event"), pl.lit(workspace.posting.word).alias("word"),
        pl.lit(workspace.posting.preparer).alias("preparer"), pl.lit(batch).alias("batch_id"),
        pl.col("attachments").fill_null(0),
    )  # fmt: skip
    return check(conform(full, VOUCHERS).sort("number", "seq").rechunk(), VOUCHERS, "vouchers")


_HASHES: Schema = {"sha": pl.String, "source_hash": pl.String}
