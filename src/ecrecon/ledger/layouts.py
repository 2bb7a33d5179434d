"""Two layouts of one account and view hold the same day: the same money twice, or two parts of it?

The same rule as for two files of one layout (docs/decisions.md, "Parts and downloads"), with the evidence that layouts share:
numbers, balances, seconds and days, and the sums under them; their rows are cut differently.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

import polars as pl

from ecrecon.base.money import decimal_text, exponent
from ecrecon.base.sources import Source, finding
from ecrecon.base.texts import tr
from ecrecon.ledger.views import View

_NUMBERS = ("txn_id", "biz_txn_id", "order_id", "sub_order_id", "refund_id", "payout_batch_id")
_PAIR = ["account", "view", "part", "best", "profile"]
_WEIGHTS = {"balance": 6, "number": 3, "day": 3, "second": 2}
"""What an equal sum under a token proves. One number or the whole of a day is enough between layouts that are declared to
show the same money; one equal amount in the same second may be chance."""


class Held(Enum):
    """What the layout of higher rank is to the one that counts."""

    SAME = "same"
    JOINED = "joined"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class EqualViews:
    """`lost`: line_id of lines that only witness, as the layout that counts holds their money. `findings`: F10 of what
    differs (review) or cannot be told (stop). `joined`: (source_id that counts, source_id) taken as parts."""

    lost: pl.DataFrame
    findings: list[pl.DataFrame]
    joined: list[tuple[int, int]]


def equal_views(lines: pl.DataFrame, sources: Sequence[Source], views: Mapping[str, View]) -> EqualViews:
    """Per account, view, part and day the layout of the lowest rank counts, where the others are shown to hold the same
    money. Layouts of the same rank complement each other, and so do parts. `lines`: LEDGER without bases.

    A loop over pairs of layouts of an account, which are few.
    """
    nothing = EqualViews(pl.DataFrame(schema={"line_id": pl.Int64}), [], [])
    mine = _contested(lines, sources, views)
    if mine.is_empty():
        return nothing
    tokens = _tokens(mine)
    lost, findings, joined = [nothing.lost], [], []
    for key, rows in sorted(
        mine.filter("behind").partition_by(_PAIR, as_dict=True).items(), key=lambda one: str(one[0])
    ):
        account, view, part, best, _ = key
        same = (pl.col("account") == account) & (pl.col("view") == view) & (pl.col("part") == part)
        first = mine.filter(same & (pl.col("profile") == best) & pl.col("day").is_in(rows["day"].unique().implode()))
        reading, held = _read(rows, first, tokens)
        if reading is Held.JOINED:
            joined.append((int(first["source_id"].min()), int(rows["source_id"].min())))  # type: ignore[arg-type]
            continue
        findings += _told(reading, rows, first, held, sources)
        if reading is Held.SAME:
            lost.append(rows.select("line_id"))
    return EqualViews(pl.concat(lost).unique().sort("line_id"), findings, joined)


def _contested(lines: pl.DataFrame, sources: Sequence[Source], views: Mapping[str, View]) -> pl.DataFrame:
    """Live lines of days on which layouts of different rank speak for an account and view; `behind`: not those of the
    lowest rank; `best`: a layout of the lowest rank on the day."""
    seen = {(s.account, s.view, s.profile) for s in sources if s.kind in ("bill", "bank") and s.view != "witness"}
    pairs = [(account, view) for account, view, _ in seen]
    several = sorted({str(account) for account, view in pairs if pairs.count((account, view)) > 1})
    known = [views.get(s.profile or "") for s in sources]
    facts = pl.DataFrame(
        {
            "source_id": list(range(len(sources))),
            "profile": [s.profile or "" for s in sources],
            "rank": [0 if view is None else view.rank for view in known],
            "part": ["" if view is None else view.part for view in known],
        },
        schema={"source_id": pl.Int32, "profile": pl.String, "rank": pl.Int32, "part": pl.String},
    )
    columns = [
        "line_id",
        "source_id",
        "account",
        "view",
        "day",
        "amount_minor",
        "balance_minor",
        "occurred_at",
        *_NUMBERS,
    ]
    rows = (
        lines.filter(
            pl.col("account").cast(pl.String).is_in(several) & pl.col("fate").is_null() & pl.col("day").is_not_null()
        )
        .select(columns)
        .with_columns(pl.col("account", "view").cast(pl.String))
        .join(facts, on="source_id", maintain_order="left")
    )
    day = ["account", "view", "part", "day"]
    lowest = pl.col("rank") == pl.col("rank").min().over(day)
    return rows.with_columns(
        behind=~lowest,
        best=pl.col("profile").filter(lowest).min().over(day),
        mixed=pl.col("rank").n_unique().over(day) > 1,
    ).filter("mixed")


def _tokens(mine: pl.DataFrame) -> pl.DataFrame:
    """line_id, profile, kind, token, amount_minor: what each line may share with a line of another layout."""
    kept = ["line_id", "profile", "amount_minor"]
    numbers = [mine.select(*kept, kind=pl.lit("number"), token=pl.col(name).cast(pl.String)) for name in _NUMBERS]
    clock = pl.col("occurred_at").dt.time() != pl.time(0)
    seconds = pl.when(clock).then(pl.col("occurred_at").dt.strftime("%Y-%m-%d %H:%M:%S"))
    others = {
        "balance": pl.format("{}={}", pl.col("balance_minor"), pl.col("amount_minor")),
        "second": pl.format("{}={}", seconds, pl.col("amount_minor")),
        "day": pl.col("day").cast(pl.String),
    }
    parts = [*numbers, *(mine.select(*kept, kind=pl.lit(kind), token=token) for kind, token in others.items())]
    return pl.concat(parts).drop_nulls("token").unique(["line_id", "kind", "token"], maintain_order=True)


def _read(rows: pl.DataFrame, first: pl.DataFrame, tokens: pl.DataFrame) -> tuple[Held, pl.DataFrame]:
    """(Held, line_id of `rows` whose money stands in `first`)."""
    key = ["kind", "token"]
    mine = tokens.join(rows.select("line_id"), on="line_id", how="semi")
    theirs = tokens.join(first.select("line_id"), on="line_id", how="semi")
    sums = [part.group_by(key).agg(pl.col("amount_minor").sum(), n=pl.len()) for part in (mine, theirs)]
    both = (
        sums[0].join(sums[1], on=key, suffix="_first").filter((pl.col("kind") != "day") | (pl.col("amount_minor") != 0))
    )
    equal = both.filter(pl.col("amount_minor") == pl.col("amount_minor_first"))
    held = mine.join(equal, on=key, how="semi").select("line_id").unique().sort("line_id")
    weight = int(equal.select(pl.col("kind").replace_strict(_WEIGHTS, return_dtype=pl.Int64).sum()).item() or 0)
    shared = both.filter(pl.col("kind") == "number")
    if not held.height:
        return (Held.UNCLEAR if shared.height else Held.JOINED), held
    named = mine.join(shared, on=key, how="semi").select("line_id")
    alike = pl.concat([held, named]).unique().height
    same = weight >= _WEIGHTS["number"] and 2 * held.height >= rows.height and 3 * alike >= 2 * rows.height
    return (Held.SAME if same else Held.UNCLEAR), held


def _told(
    reading: Held, rows: pl.DataFrame, first: pl.DataFrame, held: pl.DataFrame, sources: Sequence[Source]
) -> list[pl.DataFrame]:
    """F10: what the layout that counts lacks (review), or both readings with their sums (stop)."""
    older, newer = sources[int(rows["source_id"].min())], sources[int(first["source_id"].min())]  # type: ignore[arg-type]
    places = exponent(older.currency or "CNY")
    more = rows.join(held, on="line_id", how="anti")
    mine, theirs, lacking = (int(frame["amount_minor"].sum()) for frame in (rows, first, more))
    once, parts, rest = (decimal_text(minor, places) for minor in (theirs, theirs + mine, lacking))
    days = rows["day"].cast(pl.String).sort()
    span = f"{days[0]}..{days[-1]}"
    if reading is Held.SAME:
        if more.is_empty():
            return []
        told = finding(
            "F10",
            older.path,
            text=tr(
                f"{span}：{more.height} 行 {rest} 只在此文件中",
                f"{span}: {more.height} lines, {rest}, in this file only",
            ),
            expected=newer.path,
            expected_minor=theirs,
            actual_minor=theirs + lacking,
            hint=tr(
                f"与 {newer.path} 是同一账户的两种账单，多数金额相同，已采用后者；这 {more.height} 行没有计入，请在平台上核对",
                f"{newer.path} shows the same account in another layout, most of the money is the same and it counts; these "
                f"{more.height} lines do not: look them up on the platform",
            ),
        )
        return [told]
    told = finding(
        "F10",
        older.path,
        kind="stop",
        text=tr(
            f"{span}：若与另一种账单是同一笔钱，净额 {once}；若是两部分，净额 {parts}",
            f"{span}: net {once} if another layout shows the same money, {parts} if they are parts",
        ),
        expected_minor=theirs,
        actual_minor=theirs + mine,
        hint=tr(
            f"{older.path} 与 {newer.path} 是同一账户的两种账单，都有 {span} 的流水（{rows.height} 行和 {first.height} 行，"
            f"能对上的 {held.height} 行），无法判断是不是同一笔钱。若是，净额 {once}；若是两部分，净额 {parts}（本次按此计）。"
            "请只保留其中一种账单，或重新下载完整的一份",
            f"{older.path} and {newer.path} show one account in two layouts, both hold {span} ({rows.height} and {first.height} "
            f"lines, {held.height} agree): the same money, net {once}, or two parts of it, net {parts} (counted so in this run)? "
            "Keep one of the layouts, or download one whole file",
        ),
    )
    return [told]
