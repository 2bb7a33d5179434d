"""Orders that the end of a file cuts: their rows stand in two parts of one export.

Order files are snapshots, the newest one counts per order. That is right for another download, and loses rows where an
export comes in several files or sheets and one order begins in the first and ends in the second.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import polars as pl

from ecrecon.base.sources import Parsed, Source

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
