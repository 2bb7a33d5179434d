"""Bills cut into parts, with overlaps and second downloads, as people find them in their folders."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise

import polars as pl

from ecrecon.base.schema import LINES, conform
from ecrecon.base.sources import Parsed, Source
from ecrecon.ledger.days import replace_days


@dataclass(frozen=True)
class Cut:
    """Files that together hold what one file held. `clean`: no line stands in two of them."""

    files: list[tuple[pl.DataFrame, str]]
    clean: bool


def whole_rows(frame: pl.DataFrame, first: int, last: int) -> pl.DataFrame:
    """Lines of the file's rows from position `first` up to `last`, not included: a row is never cut in two."""
    places = frame["source_line"].rank("dense").cast(pl.Int64) - 1
    return frame.filter(pl.Series(places.is_between(first, last - 1)))


def cut(frame: pl.DataFrame, dice: random.Random) -> Cut:
    """Two to four parts at random places; some overlap the one before, some are there twice."""
    rows = frame["source_line"].n_unique()
    places = sorted(dice.sample(range(1, rows), min(rows - 1, dice.randint(1, 3))))
    edges = [0, *places, rows]
    files, clean = [], True
    for n, (first, last) in enumerate(pairwise(edges)):
        back = dice.randint(1, first) if first and dice.random() < 0.35 else 0
        clean = clean and not back
        files.append((whole_rows(frame, first - back, last), f"part{n}.csv"))
    if dice.random() < 0.4:
        n = dice.randrange(len(files))
        files.append((files[n][0], f"part{n} (1).csv"))
        clean = False
    dice.shuffle(files)
    return Cut(files, clean)


def with_twins(frame: pl.DataFrame, dice: random.Random) -> pl.DataFrame:
    """Some rows twice, one below the other, as equal charges without a number are."""
    rows = frame["source_line"].unique().sort().to_list()
    doubled = dice.sample(rows, max(1, len(rows) // 5))
    again = frame.filter(pl.col("source_line").is_in(doubled)).with_columns(copy=pl.lit(1))
    both = pl.concat([frame.with_columns(copy=pl.lit(0)), again]).sort("source_line", "copy", maintain_order=True)
    line = pl.struct("source_line", "copy").rank("dense").cast(pl.Int32)
    # the balance behind a line is not that behind its twin: without one nothing tells the twins apart
    return both.with_columns(source_line=line, balance_minor=pl.lit(None, dtype=pl.Int64)).drop("copy")


def twin_files(parts: Cut) -> bool:
    """True where two parts hold exactly the same rows without being one download: nobody could tell."""
    seen = [frame.drop("source_line").sort(pl.all()) for frame, path in parts.files if "(1)" not in path]
    return any(one.equals(other) for n, one in enumerate(seen) for other in seen[:n])


def as_source(source: Source, frame: pl.DataFrame, path: str) -> Source:
    """The record of a part: times and coverage are its own, what is printed around the rows is the whole file's."""
    times = frame["occurred_at"].drop_nulls()
    first, last = times.min(), times.max()
    known = isinstance(first, type(source.latest_at)) and first is not None
    ranges = source.coverage
    if not source.printed_range and known:
        ranges = ((first.date().replace(day=1), last.date()),)  # type: ignore[union-attr]
    return replace(source, path=path, sha256=path, coverage=ranges, latest_at=last, first=first, last=last, account="a")


def lines_of(files: list[tuple[pl.DataFrame, Source]]) -> pl.DataFrame:
    """LINES plus `day`; position of the file is the source_id."""
    parts = [frame.with_columns(source_id=pl.lit(n, dtype=pl.Int32)) for n, (frame, _) in enumerate(files)]
    lines = pl.concat(parts).with_row_index("line_id").with_columns(pl.col("line_id").cast(pl.Int64))
    return conform(lines, LINES).with_columns(day=pl.col("occurred_at").dt.date())


def reconcile(parsed: Parsed, parts: Cut, identity: dict[str, list[str]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(lines that count, findings of kind stop) of the parts."""
    files = [(frame, as_source(parsed.source, frame, path)) for frame, path in parts.files if not frame.is_empty()]
    lines = lines_of(files)
    told = replace_days(lines, [source for _, source in files], identity)
    left = lines.join(told.lines, on="line_id", how="anti")
    stops = [f.filter(pl.col("kind") == "stop") for f in told.findings]
    return left, pl.concat(stops) if stops else pl.DataFrame()


def grown(frame: pl.DataFrame, rows: int = 9) -> pl.DataFrame:
    """A short sample several times over: other orders and numbers on later days, the balance going on."""
    frame = frame.filter(pl.col("occurred_at").is_not_null())
    have = frame["source_line"].n_unique()
    if not have or have >= rows:
        return frame
    net, step = int(frame["amount_minor"].sum()), int(frame["source_line"].max() or 0)  # type: ignore[call-overload]
    clock = pl.col("occurred_at").dt.time() != pl.time(0)
    later = pl.when(clock).then(timedelta(seconds=37)).otherwise(timedelta())
    copies = []
    for n in range(-(-rows // have)):
        ids = [pl.concat_str(pl.col(c), pl.lit(f"{n}")).alias(c) for c in ("txn_id", "biz_txn_id", "order_id")]
        copies.append(
            frame.with_columns(
                *ids,
                pl.col("occurred_at") + timedelta(days=n // 2) + later * n,
                pl.col("source_line") + n * step,
                pl.col("balance_minor") + n * net,
            )
        )
    return pl.concat(copies)
