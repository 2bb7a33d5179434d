"""Orders, order lines and after-sale documents of all exports: the newest snapshot of each counts, also of orders that a file cuts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import polars as pl

from ecrecon.base.schema import (
    BASIS,
    CAT,
    ORDER_LINES,
    ORIGIN,
    PARSED_ORDERS,
    READINGS,
    REFUNDS,
    STATUSES,
    TIME,
    Schema,
    conform,
)
from ecrecon.base.sources import Parsed, Source, finding
from ecrecon.base.texts import tr

# Orders that the end of a file cuts: their rows stand in two parts of one export.

CUT = {"older": pl.Int32, "newer": pl.Int32, "profile": pl.String, "unit": pl.String}
"""`unit`: the number of the order (or record) whose rows the source `newer` goes on with."""


def cut_orders(rows: pl.DataFrame, unit: str, item: Collection[str], parsed: Sequence[Parsed]) -> pl.DataFrame:
    """Frame CUT: orders with rows in two files of one layout that are pieces, not two snapshots.

    `rows`: source_id, source_line, profile, age (newest highest), column `unit` and the columns `item`, which tell the
    rows of one order apart. A piece is the last order of one file and the first of the other, the only one that both
    hold, and they share none of its rows; in one container equal rows are two of a kind.
    """
    named = rows.filter(pl.col(unit).is_not_null()).select(
        "source_id", "source_line", "profile", "age", unit=pl.col(unit),
        item=pl.struct(sorted(item)).hash(11),
    )  # fmt: skip
    files = named.select("source_id", "profile", "age", "unit").unique()
    if files.select(pl.struct("profile", "unit").is_duplicated().any()).item() is not True:
        return pl.DataFrame(schema=CUT)
    both = files.join(files, on=["profile", "unit"], suffix="_newer").filter(pl.col("age") < pl.col("age_newer"))
    pairs = both.select("profile", "unit", older="source_id", newer="source_id_newer").filter(
        pl.len().over("older", "newer") == 1
    )
    pairs = _running_on(pairs, named)
    items = named.select("source_id", "unit", "item").unique()
    equal = (
        pairs.join(items, left_on=["older", "unit"], right_on=["source_id", "unit"])
        .join(items, left_on=["newer", "unit", "item"], right_on=["source_id", "unit", "item"], how="semi")
        .select("older", "newer", "unit")
    )
    apart = pairs.join(equal, on=["older", "newer", "unit"], how="anti")
    found = pl.concat([pairs.filter(_together(pairs, [p.source for p in parsed])), apart]).select(list(CUT)).unique()
    return found.sort("older", "newer", "unit").cast(CUT)  # type: ignore[arg-type]


def _running_on(pairs: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """Pairs whose order is the last of one file and the first of the other; not two files of this one order."""
    ends = (
        named.sort("source_id", "source_line").group_by("source_id", maintain_order=True)
        .agg(first=pl.col("unit").first(), last=pl.col("unit").last(), only=pl.col("unit").n_unique() == 1)
    )  # fmt: skip
    known = pairs.join(ends, left_on="older", right_on="source_id").join(
        ends, left_on="newer", right_on="source_id", suffix="_newer"
    )
    forth = (pl.col("last") == pl.col("unit")) & (pl.col("first_newer") == pl.col("unit"))
    back = (pl.col("first") == pl.col("unit")) & (pl.col("last_newer") == pl.col("unit"))
    return known.filter(forth | back, ~(pl.col("only") & pl.col("only_newer"))).select(pairs.columns)


def _together(pairs: pl.DataFrame, sources: Sequence[Source]) -> pl.Series:
    """True for pairs of sheets of one workbook and of files out of one archive."""
    kept = [
        sources[older].path == sources[newer].path or (_archive(sources[older]) == _archive(sources[newer]) != "")
        for older, newer in pairs.select("older", "newer").iter_rows()  # few: pairs that share the order at their ends
    ]
    return pl.Series(kept, dtype=pl.Boolean)


def _archive(source: Source) -> str:
    return source.path.rpartition("!/")[0]


def as_one_file(rows: pl.DataFrame, unit: str, cut: pl.DataFrame) -> pl.DataFrame:
    """`rows` where the pieces of an order are as old as its newest piece: no snapshot replaces the other."""
    if cut.is_empty():
        return rows
    ages = rows.select(newer="source_id", newest="age").unique()
    newest = cut.join(ages, on="newer").group_by("older", "unit").agg(pl.col("newest").max())
    keyed = rows.join(
        newest, left_on=["source_id", unit], right_on=["older", "unit"], how="left", maintain_order="left"
    )
    return keyed.with_columns(age=pl.coalesce("newest", "age")).drop("newest")


# Orders, order lines and after-sale documents of all exports: the newest snapshot of each counts.

BOOK_ORDERS: Schema = {"platform": CAT, "source_id": pl.Int32, "snapshot_at": TIME, "profile": pl.String,
               "origin": ORIGIN, "receivable_basis": BASIS, "has_paid_column": pl.Boolean, "open_at": TIME, **PARSED_ORDERS}  # fmt: skip
"""`origin`: the platform's own export, or an ERP where there is none. `receivable_basis`: how far the amount can be
trusted; `platform` except for orders of an ERP. `open_at`: when an older export last showed an order that is closed now
in another state."""


@dataclass(frozen=True)
class Books:
    """`orders`: BOOK_ORDERS, one row per (order_id, sub_order_id), sorted; `order_lines`, `refunds` likewise newest."""

    orders: pl.DataFrame
    order_lines: pl.DataFrame
    refunds: pl.DataFrame
    findings: list[pl.DataFrame]


def build_books(parsed: Sequence[Parsed], summed: Collection[str] = (), repeated: Collection[str] = ()) -> Books:
    """Merge all exports; position in `parsed` is the source_id. F13 where a newer snapshot shows an earlier status.

    `summed`: profiles whose orders stand on several rows of one file: the amounts of its rows add up. `repeated`: those
    of them whose rows repeat the amount of the order, or print it on one row. An order that the end of a file cuts is
    put together again.
    """
    age = {index: position for position, (index, _) in enumerate(_oldest_first(parsed))}
    stacked = _stack(parsed, "orders", BOOK_ORDERS, age)
    several = stacked.filter(pl.col("profile").is_in(sorted(summed)))
    cut = cut_orders(several, "order_id", ("sub_order_id", *_MONEY), parsed)
    latest, findings = _newest_orders(_whole_again(_add_rows(stacked, summed), cut, repeated), parsed)
    lines = _stack(parsed, "order_lines", ORDER_LINES, age)
    refunds = _stack(parsed, "refunds", REFUNDS, age)
    lines = _one_export(lines, parsed)
    lines = (
        lines.filter(pl.col("age") == pl.col("age").max().over("order_id"))
        .drop("age")
        .sort("order_id", "sub_order_id", "source_id", "source_line", nulls_last=True)
    )
    refunds = _newest(refunds, ["platform", "refund_id"]).sort(
        "order_id", "refund_id", "source_id", "source_line", nulls_last=True
    )
    return Books(latest, lines, refunds, findings)


_MONEY = (
    *(f"reading{n}_{part}_minor" for n in range(1, READINGS + 1) for part in ("cash", "platform")),
    "merchant_discount_minor",
)


def _one_export(lines: pl.DataFrame, parsed: Sequence[Parsed]) -> pl.DataFrame:
    """Order lines with the pieces of an order that lies in two parts of an export as old as each other."""
    profiles = pl.Series([item.source.profile or "" for item in parsed], dtype=pl.String)
    named = lines.with_columns(profile=pl.lit(profiles).gather(pl.col("source_id")))
    cut = cut_orders(named, "order_id", ("sub_order_id", "goods_id", "sku", "title", "amount_minor"), parsed)
    return as_one_file(lines, "order_id", cut)


def _whole_again(orders: pl.DataFrame, cut: pl.DataFrame, repeated: Collection[str]) -> pl.DataFrame:
    """Orders cut by the end of a file: the amounts of the older piece go to the newer one and leave the older."""
    if cut.is_empty():
        return orders
    key = ["order_id", "sub_order_id"]
    ages = orders.select("source_id", "age").unique()
    # an order in more than two parts: every piece gives its amounts to the newest
    newest = cut.join(ages, left_on="newer", right_on="source_id").sort("age").unique(["older", "unit"], keep="last")
    pieces = orders.select("source_id", *key, *_MONEY).join(
        newest.select("unit", "newer", source_id="older"),
        left_on=["source_id", "order_id"],
        right_on=["source_id", "unit"],
    )
    given = pieces.group_by(*key, source_id="newer").agg(
        pl.lit(value=True).alias("given"),
        *[pl.col(c).sum().alias(f"add_{c}") for c in _MONEY],
        *[pl.col(c).max().alias(f"max_{c}") for c in _MONEY],
    )
    both = orders.join(given, on=[*key, "source_id"], how="left", nulls_equal=True, maintain_order="left")
    once = pl.col("profile").is_in(sorted(repeated))
    has = pl.col("given").is_not_null()
    merged = [
        pl.when(has & once).then(pl.max_horizontal(c, f"max_{c}"))
        .when(has & (pl.col(c).is_not_null() | pl.col(f"max_{c}").is_not_null()))
        .then(pl.col(c).fill_null(0) + pl.col(f"add_{c}"))
        .otherwise(pl.col(c)).alias(c)
        for c in _MONEY
    ]  # fmt: skip
    whole = both.with_columns(merged).select(orders.columns)
    return whole.join(
        pieces.select(*key, "source_id"), on=[*key, "source_id"], how="anti", nulls_equal=True, maintain_order="left"
    )


def _oldest_first(parsed: Sequence[Parsed]) -> list[tuple[int, Parsed]]:
    return sorted(enumerate(parsed), key=lambda pair: pair[1].source.sort_key)


def _stack(parsed: Sequence[Parsed], kind: str, schema: Schema, age: dict[int, int]) -> pl.DataFrame:
    frames = []
    for index, item in enumerate(parsed):
        source = item.source
        if source.kind != kind or source.of_goods or item.frame is None or item.frame.is_empty():
            continue
        extra = [
            pl.lit(source.platform).cast(CAT).alias("platform"),
            pl.lit(index, dtype=pl.Int32).alias("source_id"),
            pl.lit(source.exported_at or source.latest_at).cast(TIME).alias("snapshot_at"),
            pl.lit(source.profile).alias("profile"),
            pl.lit("platform").alias("origin"),
            pl.lit("platform").alias("receivable_basis"),
            pl.lit("paid_at" in source.columns_present).alias("has_paid_column"),
            pl.lit(age[index], dtype=pl.Int32).alias("age"),
        ]
        if kind == "order_lines":
            extra.append(pl.lit(source.shop).cast(CAT).alias("shop"))
        frame = item.frame.with_columns(extra)
        if kind == "refunds":
            # a printed shop name is not the name the run uses; the file's shop was decided when it was placed
            frame = frame.with_columns(pl.lit(source.shop).cast(CAT).alias("shop"))
        frames.append(conform(frame, {**schema, "age": pl.Int32}))
    if not frames:
        return pl.DataFrame(schema={**schema, "age": pl.Int32})
    return pl.concat(frames)


def _newest(frame: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """Per key the row of the newest file, inside one file the last row; rows without a key id all stay."""
    keyed = frame.filter(pl.col(key[-1]).is_not_null())
    kept = keyed.sort("age", "source_line").unique(key, keep="last", maintain_order=True)
    return pl.concat([kept, frame.filter(pl.col(key[-1]).is_null())]).drop("age")


def _newest_orders(orders: pl.DataFrame, parsed: Sequence[Parsed]) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    key = ["order_id", "sub_order_id"]
    orders = orders.filter(pl.col("order_id").is_not_null())
    ordered = orders.sort(*key, "age", "source_line", nulls_last=True)
    if orders.select(pl.struct(key).is_duplicated().any()).item():
        findings = _backward(ordered, parsed)
        closed = pl.col("status") == "closed"
        seen = ordered.filter(~closed).group_by(key).agg(seen=pl.col("snapshot_at").max())
        newest = ordered.unique(key, keep="last", maintain_order=True)
        told = newest.join(seen, on=key, how="left", nulls_equal=True, maintain_order="left")
        ordered = told.with_columns(open_at=pl.when(closed).then("seen")).drop("seen")
    else:
        findings = []
    return ordered.drop("age"), findings


def _add_rows(orders: pl.DataFrame, summed: Collection[str]) -> pl.DataFrame:
    """Rows of one order in one file become one row: amounts add up (a repeated one stands on the first row only)."""
    several = orders.filter(pl.col("profile").is_in(sorted(summed)))
    if several.is_empty():
        return orders
    key = ["source_id", "order_id", "sub_order_id"]
    total = [pl.when(pl.col(c).count().over(key) > 0).then(pl.col(c).sum().over(key)).alias(c) for c in _MONEY]
    latest = [pl.col(c).max().over(key) for c in ("paid_at", "shipped_at", "finished_at")]
    ordered = several.sort("source_id", "source_line")
    merged = ordered.with_columns(*total, *latest).unique(key, keep="first", maintain_order=True)
    nameless = ordered.filter(pl.col("order_id").is_null())
    rest = orders.filter(~pl.col("profile").is_in(sorted(summed)))
    return pl.concat([rest, merged.filter(pl.col("order_id").is_not_null()), nameless])


def _backward(ordered: pl.DataFrame, parsed: Sequence[Parsed]) -> list[pl.DataFrame]:
    """F13: a status that runs backwards between two snapshots of one order."""
    rank = {status: position for position, status in enumerate(STATUSES)}
    steps = ordered.with_columns(
        pl.col("status").cast(pl.String).replace_strict(rank, default=None, return_dtype=pl.Int8).alias("rank")
    ).with_columns(
        pl.col("rank").shift(1).over("order_id", "sub_order_id").alias("before"),
        pl.col("raw_status").cast(pl.String).shift(1).over("order_id", "sub_order_id").alias("old_status"),
    )
    back = steps.filter(pl.col("rank") < pl.col("before"))
    return [
        finding(
            "F13",
            parsed[row["source_id"]].source.path,
            line=row["source_line"],
            column="order_id",
            text=row["order_id"],
            expected=row["old_status"],
            hint=tr(
                f"较新的订单文件显示“{row['raw_status']}”，较旧的显示“{row['old_status']}”，请确认哪个文件较新",
                f"the newer order file says {row['raw_status']!r}, the older one {row['old_status']!r}; which is newer?",
            ),
        )
        for row in back.select("source_id", "source_line", "order_id", "old_status", "raw_status").iter_rows(named=True)
    ]
