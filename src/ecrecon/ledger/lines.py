"""All bill lines of a run in one frame, with what each file-level rule decided about them, and those that answer for orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from ecrecon.base.categories import role_expr
from ecrecon.base.platforms import copies_deposit
from ecrecon.base.schema import CAT, FINDINGS, LINES, VIEW, check, conform, empty
from ecrecon.base.sources import Parsed, Source, finding
from ecrecon.base.texts import tr
from ecrecon.ledger.coverage import order_days
from ecrecon.ledger.days import CONTENT, replace_days
from ecrecon.ledger.layouts import equal_views
from ecrecon.ledger.views import BASES, GRAINS, View, choose_bases, order_grains

# Settlements that stand net of their fees (views of grain `none`) never answer for an order by themselves.


def without_net_receipts(lines: pl.DataFrame, sources: Sequence[Source], views: Mapping[str, View]) -> pl.DataFrame:
    """`lines` (LEDGER) with `in_order` false for order money of views of grain `none` that names an order.

    Where a view whose lines name orders covers the day, that view says what was settled, and what it lacks is left in:
    there the money has no explanation. Elsewhere the order waits for its bill (F12); net of fees it would look short.
    An advance is not net: it counts until its settlement comes.
    """
    nameless = {name for name, view in views.items() if GRAINS[view.grain] == "none"}
    net = [index for index, source in enumerate(sources) if source.profile in nameless]
    order = ["account", "order_id", "sub_order_id"]
    suspects = lines.filter(
        pl.col("source_id").is_in(net), pl.col("in_order"), role_expr() == "principal",
        pl.any_horizontal(pl.col("order_id", "sub_order_id").is_not_null()),
    ).select("line_id", pl.col("account").cast(pl.String), *order[1:], "day", "category")  # fmt: skip
    if suspects.is_empty():
        return lines
    spoken = order_days(sources, order_grains(views))
    lost = suspects.join(spoken, on=["account", "day"], how="anti")
    settled = lost.filter(pl.col("category") != "advance")
    waiting = lost.join(settled, on=order, how="anti", nulls_equal=True)["line_id"]
    hidden = lost.filter(~pl.col("line_id").is_in(waiting.implode()))["line_id"]
    return lines.with_columns(in_order=pl.col("in_order") & ~pl.col("line_id").is_in(hidden.implode()))


# The bill lines that answer for orders: the basis, cut at as-of, with copies between pockets taken out.


def in_order_basis() -> pl.Expr:
    """Lines that answer for orders: live, and of the order basis."""
    return pl.col("fate").is_null() & pl.col("in_order")


def basis_lines(lines: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """Schema LEDGER -> the same rows with `role` and `fate` also for lines after as-of and copies of deposit refunds."""
    counted = pl.col("fate").is_null() | (pl.col("fate") == "account_level")
    frame = lines.with_columns(
        role_expr().alias("role"),
        pl.when(counted & (pl.col("occurred_at") > as_of)).then(pl.lit("after_as_of")).otherwise("fate").alias("fate"),
    )
    copies = _deposit_copies(frame)
    if copies.is_empty():
        return frame
    return frame.with_columns(
        pl.when(pl.col("line_id").is_in(copies.implode())).then(pl.lit("account_level")).otherwise("fate").alias("fate")
    )


def _deposit_copies(frame: pl.DataFrame) -> pl.Series:
    """Lines of a wallet that repeat a refund line of the deposit account, as their business code says: paired one to one by order
    and amount, in order of time; the deposit account's line counts (docs/matching.md "Receivable")."""
    refunds = frame.filter(
        in_order_basis() & (pl.col("category") == "refund") & pl.col("order_id").is_not_null()
    ).select("line_id", "account", "order_id", "amount_minor", "occurred_at", "platform", "raw_desc")
    is_deposit = pl.col("account").cast(pl.String).str.ends_with(":deposit")
    key = ["order_id", "amount_minor"]
    numbered = pl.int_range(pl.len()).over(key, order_by=["occurred_at", "line_id"]).alias("nth")
    deposit = refunds.filter(is_deposit).with_columns(numbered)
    copied = copies_deposit(pl.col("platform"), pl.col("raw_desc"))
    wallet = refunds.filter(~is_deposit & copied).with_columns(numbered)
    return wallet.join(deposit, on=[*key, "nth"], how="semi").sort("line_id")["line_id"]


# All bill lines of a run in one frame, with what each file-level rule decided about them.

LEDGER = {**LINES, "day": pl.Date, "fate": pl.String, **BASES}
"""Schema LINES plus `day` (local date of occurred_at), `fate` (null, or the disposition that a file-level rule already
decided: duplicate, superseded, pending, void, witness (in no basis), after_as_of) and the bases a live line is in."""


@dataclass(frozen=True)
class Ledger:
    """`lines`: schema LEDGER. `sources`: with notes. `findings`: F08, F09, F10."""

    lines: pl.DataFrame
    sources: list[Source]
    findings: list[pl.DataFrame]


def build_ledger(parsed: Sequence[Parsed], views: Mapping[str, View], identity: Mapping[str, Sequence[str]]) -> Ledger:
    """Put the bills of `parsed` together; position in `parsed` is the source_id.

    `views`: profile id -> its look at the money; of equal views the lower rank counts on a day. `identity`: profile id
    -> fields that make a ledger line unique.
    """
    sources = [item.source for item in parsed]
    parts = [_with_source(item, index) for index, item in enumerate(parsed) if item.source.kind in ("bill", "bank")]
    frames = [part for part in parts if part is not None]
    if not frames:
        return Ledger(conform(empty(LINES), LEDGER), sources, [])
    lines = pl.concat(frames, rechunk=True).with_row_index("line_id").with_columns(pl.col("line_id").cast(pl.Int64))
    lines = conform(lines, LINES).with_columns(
        pl.col("occurred_at").dt.date().alias("day"),
        pl.when(pl.col("view") == "witness")
        .then(pl.lit("witness"))
        .when(pl.col("settle_status").is_in(["void", "pending"]))
        .then(pl.col("settle_status").cast(pl.String))
        .alias("fate"),
    )
    replaced = replace_days(lines, sources, identity)
    lines = _mark(lines, replaced.lines, ["line_id"], "superseded")
    lines, doubled = _drop_repeats(lines, sources, identity)
    layouts = equal_views(lines, sources, views)
    lines = _mark(lines, layouts.lost, ["line_id"], "witness")
    lines = without_net_receipts(choose_bases(lines, sources, views), sources, views)
    findings = [*replaced.findings, *doubled, *layouts.findings, *_repeated_lists(parsed)]
    return Ledger(check(lines, LEDGER, "ledger"), _with_parts_named(replaced.sources, layouts.joined), findings)


def _with_source(item: Parsed, index: int) -> pl.DataFrame | None:
    if item.frame is None or item.frame.is_empty():
        return None
    source = item.source
    return item.frame.with_columns(
        pl.lit(index, dtype=pl.Int32).alias("source_id"),
        pl.lit(source.platform).cast(CAT).alias("platform"),
        pl.lit(source.shop).cast(CAT).alias("shop"),
        pl.lit(source.account).cast(CAT).alias("account"),
        pl.lit(source.view).cast(VIEW).alias("view"),
    )


def _mark(lines: pl.DataFrame, keys: pl.DataFrame, on: list[str], fate: str) -> pl.DataFrame:
    """Set `fate` where it is still open and the row's keys are in `keys`."""
    if keys.is_empty():
        return lines
    wanted = lines.select("line_id", "fate", *[c for c in on if c != "line_id"])
    hit = wanted.join(keys, on=on, how="semi").filter(pl.col("fate").is_null())
    return lines.with_columns(
        pl.when(pl.col("line_id").is_in(hit["line_id"].implode())).then(pl.lit(fate)).otherwise("fate").alias("fate")
    )


def _drop_repeats(
    lines: pl.DataFrame, sources: Sequence[Source], identity: Mapping[str, Sequence[str]]
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """F09: the same ledger id with the same content inside one account and layout; the first stays. Only for bills with
    ids. Two layouts of one account (a ledger and its copy with balances) print the same ids: they are views, no repeats."""
    with_id = [i for i, s in enumerate(sources) if s.profile in identity]
    layout = pl.Series([s.profile or "" for s in sources], dtype=pl.String)
    candidates = lines.filter(
        pl.col("source_id").is_in(with_id) & pl.col("fate").is_null() & pl.col("txn_id").is_not_null()
    )
    if candidates["txn_id"].n_unique() == candidates.height:
        return lines, []
    candidates = candidates.with_columns(layout=pl.lit(layout).gather(pl.col("source_id")))
    repeats = candidates.filter(pl.struct("account", "layout", "txn_id").is_duplicated()).with_columns(
        pl.int_range(pl.len()).over("account", "layout", *CONTENT, order_by="line_id").alias("copy")
    )
    repeats = repeats.filter(pl.col("copy") > 0).sort("line_id")
    paths = pl.Series([s.path for s in sources], dtype=pl.String)
    told = repeats.select(
        "source_line",
        code=pl.lit("F09"),
        source_path=pl.lit(paths).gather(pl.col("source_id")),
        text=pl.col("txn_id"),
        actual_minor=pl.col("amount_minor"),
        hint=pl.lit(
            tr("同一流水号出现多次且内容相同，只计一次", "the same ledger id with the same content; counted once")
        ),
    )  # in one frame: a file may repeat each of its rows
    findings = [] if told.is_empty() else [conform(told, FINDINGS)]
    return _mark(lines, repeats.select("line_id"), ["line_id"], "duplicate"), findings


def _with_parts_named(sources: Sequence[Source], joined: Sequence[tuple[int, int]]) -> list[Source]:
    """`sources` with a note on each that was taken together with a file of another layout."""
    result = list(sources)
    for counted, index in joined:
        other = sources[counted].path
        note = tr(
            f"与 {other} 是同一账户的两种账单，没有共同的流水，合并计入",
            f"another layout of the account of {other}, without a common movement: both count",
        )
        result[index] = replace(result[index], notes=(*result[index].notes, note))
    return result


def _repeated_lists(parsed: Sequence[Parsed]) -> list[pl.DataFrame]:
    """F08 for order, goods and after-sale files: the same rows as an earlier file of the same layout."""
    seen: dict[tuple[str | None, int, int], str] = {}
    found = []
    for item in parsed:
        if item.source.kind not in ("orders", "order_lines", "refunds", "shipments") or item.frame is None:
            continue
        rows = item.frame.drop("source_line", strict=False).cast(
            {c: pl.String for c, t in item.frame.schema.items() if t == CAT}
        )
        digest = int(rows.hash_rows(seed=11).sort().hash(7).sum() or 0)
        key = (item.source.profile, rows.height, digest)
        if rows.height and key in seen:
            found.append(
                finding(
                    "F08",
                    item.source.path,
                    text=seen[key],
                    hint=tr(f"与 {seen[key]} 内容相同，只计一次", f"same rows as {seen[key]}; counted once"),
                )
            )
        else:
            seen[key] = item.source.path
    return found
