"""Records of goods from all our own files: what the words of an ERP mean, and which platform order each record names."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import polars as pl
from pydantic import BaseModel, ConfigDict

from ecrecon.base.schema import PARSED_GOODS, TIME, Schema, conform
from ecrecon.base.sources import Parsed
from ecrecon.base.validation import shipped_settings
from ecrecon.ledger.order_books import as_one_file, cut_orders
from ecrecon.matching import KeyRule, cascade
from ecrecon.matching.order_groups import SEPARATORS, SHORTEST, SUFFIXED

# What the words of an ERP mean: configs/matching/goods.toml and `[goods]` of the workspace.


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PlatformWord(_Table):
    """A text inside a shop's name and the platform it stands for."""

    word: str
    platform: str


class Words(_Table):
    """The whole of goods.toml."""

    free_types: list[str]
    offline_types: list[str]
    exempt: list[str]
    returned_days: int
    unseen_days: int
    ship_days: int
    confirm_days: int
    platforms: list[PlatformWord]


@cache
def load_words() -> Words:
    """Read the shipped words; raise ConfigError when they do not fit."""
    return shipped_settings("matching/goods.toml", Words)


def holds(column: str, texts: list[str]) -> pl.Expr:
    """Boolean, never null: the text of `column` contains one of `texts`."""
    if not texts:
        return pl.lit(value=False)
    return pl.col(column).cast(pl.String).str.contains_any(texts).fill_null(value=False)


def platform_of(name: str | None) -> str | None:
    """The platform that a shop's name tells."""
    return next((p.platform for p in load_words().platforms if name and p.word in name), None)


# Records of goods from all our own files, and which platform order each one names.

RECORDS: Schema = {
    "row_id": pl.Int64, "source_id": pl.Int32, "kind": pl.String, "listed_by": pl.String, "profile": pl.String,
    "record": pl.String, "number": pl.String, "first_file": pl.Boolean, "snapshot_at": TIME,
    "printed_cost_minor": pl.Int64, **PARSED_GOODS,
}  # fmt: skip
"""One row per line. `record`: the ERP's own order number, else the platform's. `number`: the platform numbers of the
whole record, joined with commas. `first_file`: the row is of the file whose amounts count for its record (an ERP order
may stand in an order list and in a list of shipments). `snapshot_at`: latest time in the file. `printed_cost`: of the
whole row, null where it prints none; a list of prices by article prints no cost of goods sold."""

PRINTED_COSTS: Schema = {
    "source_id": pl.Int32, "currency": pl.String, "rows": pl.Int64, "cost_minor": pl.Int64, "older_rows": pl.Int64,
    "older_minor": pl.Int64,
}  # fmt: skip
"""Per file what its rows print as cost, and the part of it in records that a newer file of the same layout tells again."""

LINKS: Schema = {"row_id": pl.Int64, "part": pl.String, "target": pl.String, "rule_id": pl.String}


_ITEM = ("order_id", "sub_order_id", "waybill", "sku", "title", "quantity", "amount_minor", "unit_cost_minor")
"""What tells the rows of one record apart."""


@dataclass(frozen=True)
class Records:
    """`rows`: RECORDS sorted by row_id. `links`: LINKS, which platform orders a row names, by which rule; `ambiguous`
    the same for numbers that several orders fit; `parts`: row_id, part, every number that a row prints. `costs`:
    PRINTED_COSTS of the files as they were read."""

    rows: pl.DataFrame
    links: pl.DataFrame
    ambiguous: pl.DataFrame
    parts: pl.DataFrame
    costs: pl.DataFrame


def gather(
    parsed: Sequence[Parsed],
    ranks: Mapping[str, int],
    orders: pl.DataFrame,
    order_lines: pl.DataFrame,
    repeated: Collection[str] = (),
) -> Records:
    """Stack the files and match them to `orders` (order_id, sub_order_id); position in `parsed` is the source_id.

    Per layout and record the newest file counts as a whole: equal rows inside one file are real (batches of stock). A
    record that the end of a file cuts is of both files. `repeated`: profiles whose rows repeat the amount of the record.
    """
    stacked = _stack(parsed)
    cut = cut_orders(stacked, "record", _ITEM, parsed)
    read = _amount_once(as_one_file(stacked, "record", cut), cut, repeated)
    rows = _numbered(_newest(read, ranks))
    parts = _parts(rows)
    links, ambiguous = _match(parts, orders, order_lines)
    return Records(rows, links, ambiguous, parts.select("row_id", "part"), _printed_costs(read))


def _printed_costs(read: pl.DataFrame) -> pl.DataFrame:
    """Frame PRINTED_COSTS, sorted."""
    cost, older = pl.col("printed_cost_minor"), ~_is_newest()
    sums = read.filter(cost.is_not_null()).with_columns(older=older).group_by("source_id").agg(
        pl.col("currency").cast(pl.String).drop_nulls().min(), rows=pl.len().cast(pl.Int64), cost_minor=cost.sum(),
        older_rows=pl.col("older").sum().cast(pl.Int64), older_minor=cost.filter("older").sum(),
    )  # fmt: skip
    return conform(sums, PRINTED_COSTS).sort("source_id")


def _is_newest() -> pl.Expr:
    """Whether a row is of the newest file of its layout that holds its record; rows without any number all are."""
    newest = pl.col("age") == pl.col("age").max().over("profile", "record")
    return pl.col("record").is_null() | newest


def _stack(parsed: Sequence[Parsed]) -> pl.DataFrame:
    age = {
        index: place for place, (index, _) in enumerate(sorted(enumerate(parsed), key=lambda p: p[1].source.sort_key))
    }
    schema = {**RECORDS, "age": pl.Int32}
    frames = [
        conform(
            item.frame.with_columns(
                pl.lit(index, dtype=pl.Int32).alias("source_id"),
                pl.lit(item.source.kind).alias("kind"),
                pl.lit(item.source.listed_by).alias("listed_by"),
                pl.lit(item.source.profile).alias("profile"),
                pl.lit(item.source.exported_at or item.source.latest_at).cast(TIME).alias("snapshot_at"),
                pl.lit(age[index], dtype=pl.Int32).alias("age"),
            ),
            schema,
        )
        for index, item in enumerate(parsed)
        if item.source.of_goods and item.frame is not None and not item.frame.is_empty()
    ]
    frame = pl.concat(frames) if frames else pl.DataFrame(schema=schema)
    named = frame.with_columns(record=pl.coalesce("erp_order_id", "order_id", "sub_order_id"))
    printed = pl.coalesce("cost_minor", pl.col("unit_cost_minor") * pl.col("quantity").fill_null(1))
    sold = (pl.col("kind") != "cost") | pl.col("record").is_not_null()
    return named.with_columns(printed_cost_minor=pl.when(sold).then(printed))


def _amount_once(rows: pl.DataFrame, cut: pl.DataFrame, repeated: Collection[str]) -> pl.DataFrame:
    """The amount of a record in two pieces stands in each, read file by file: the largest counts, the others are 0."""
    units = cut.filter(pl.col("profile").is_in(sorted(repeated))).select("profile", record="unit").unique()
    if units.is_empty():
        return rows
    sums = rows.join(units, on=["profile", "record"], how="semi").group_by("profile", "record", "source_id").agg(
        pl.col("receivable_minor").sum().alias("sum")
    )  # fmt: skip
    best = sums.sort("sum", "source_id").unique(["profile", "record"], keep="last").rename({"source_id": "of"})
    marked = rows.join(best.drop("sum"), on=["profile", "record"], how="left", maintain_order="left")
    other = (
        pl.col("of").is_not_null() & (pl.col("of") != pl.col("source_id")) & pl.col("receivable_minor").is_not_null()
    )
    amount = pl.when(other).then(pl.lit(0, dtype=pl.Int64)).otherwise("receivable_minor")
    return marked.with_columns(receivable_minor=amount).drop("of")


def _newest(frame: pl.DataFrame, ranks: Mapping[str, int]) -> pl.DataFrame:
    """Per (layout, record) the rows of the newest file; rows without any number all stay."""
    kept = frame.filter(_is_newest())
    rank = pl.col("profile").replace_strict(dict(ranks), default=0, return_dtype=pl.Int32)
    lists_orders = pl.when(pl.col("kind") == "orders").then(pl.lit("0")).otherwise(pl.lit("1"))
    place = pl.concat_str(lists_orders, rank.cast(pl.String).str.zfill(6), "profile", separator=" ")
    first = pl.col("record").is_null() | (place == place.min().over("record"))
    kept = kept.with_columns(first_file=first & (pl.col("kind") != "cost")).drop("age")
    return kept.sort("source_id", "source_line").with_columns(row_id=pl.int_range(pl.len(), dtype=pl.Int64))


def _numbered(rows: pl.DataFrame) -> pl.DataFrame:
    """Add `number`: sorted platform numbers of the record."""
    parts = _parts(rows).select("row_id", "part", "listed").join(rows.select("row_id", "record"), on="row_id")
    numbers = (
        parts.filter("listed").select("record", "part").unique().sort("record", "part")
        .group_by("record", maintain_order=True).agg(number=pl.col("part").str.join(","))
    )  # fmt: skip
    named = rows.drop("number").join(numbers, on="record", how="left", maintain_order="left")
    return conform(named, RECORDS)


def _parts(rows: pl.DataFrame) -> pl.DataFrame:
    """row_id, part, sub_order_id, listed: one row per number of the printed list; rows without a number have part null."""
    split = rows.select(
        "row_id", "sub_order_id", part=pl.col("order_id").str.replace_all(SEPARATORS, ",").str.split(",")
    ).explode("part")
    part = pl.col("part").str.strip_chars()
    cleaned = split.with_columns(part=pl.when(part != "").then(part)).unique(maintain_order=True)
    return cleaned.with_columns(listed=pl.col("part").is_not_null(), several=pl.len().over("row_id") > 1)


def _match(parts: pl.DataFrame, orders: pl.DataFrame, order_lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The match plan, strict first. Each number of a list is matched by itself."""
    numbered = parts.with_row_index("place").with_columns(
        pl.col("place").cast(pl.Int64),
        bare=_bare(pl.col("part")),
        own_sub=pl.when(~pl.col("several")).then("sub_order_id"),
    )
    known = orders.select(key="order_id", target="order_id").unique()
    subs = pl.concat(
        [
            frame.filter(pl.col("sub_order_id").is_not_null(), pl.col("order_id").is_not_null()).select(
                key="sub_order_id", target="order_id"
            )
            for frame in (orders, order_lines)
        ]
    ).unique()
    suffixed = known.with_columns(key=_bare(pl.col("key"))).filter(pl.col("key").is_not_null())
    rules = [
        KeyRule("goods.order_id", "part", known),
        KeyRule("goods.order_id_is_sub_order", "part", subs),
        KeyRule("goods.sub_order_id", "own_sub", subs),
        KeyRule("goods.sub_order_is_order", "own_sub", known),
        KeyRule("goods.order_id_suffix", "bare", known),
        KeyRule("goods.platform_id_suffix", "part", suffixed),
    ]
    keyed = numbered.select("part", "bare", "own_sub", row_id="place")
    hits, doubtful = cascade(keyed, rules)
    places = numbered.select("place", "row_id", "part", "several")
    return _named(hits, places), _named(doubtful.join(hits, on="row_id", how="anti"), places)


def _named(hits: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """Back from places to rows; a number out of a list says so in its rule."""
    found = hits.rename({"row_id": "place"}).join(places, on="place")
    listed = pl.when(pl.col("several") & (pl.col("rule_id") == "goods.order_id")).then(pl.lit("goods.order_id_in_list"))
    return conform(found.with_columns(rule_id=listed.otherwise("rule_id")), LINKS).sort("row_id", "part", "target")


def _bare(number: pl.Expr) -> pl.Expr:
    """The number without what ERPs append to split, repeated or reissued orders."""
    base = number.str.extract(SUFFIXED, 1)
    return pl.when(base.str.len_chars() >= SHORTEST).then(base)
