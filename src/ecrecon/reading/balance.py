"""The running balance: does it roll from row to row? (docs/reading.md "What a file proves of itself")"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

import polars as pl


@dataclass(frozen=True)
class Chain:
    """`breaks` places where the balance does not roll; the first one: its line, the balance expected and printed."""

    breaks: int
    line: int | None = None
    expected: int | None = None
    printed: int | None = None


def check_chain(amount: pl.Series, balance: pl.Series, time: pl.Series, line: pl.Series) -> Chain:
    """Check `balance[i] = balance[i-1] + amount[i]` over the rows that print a balance, oldest first.

    The file may run either way, as its times tell. The order of rows of the same printed time is not reliable: they are put in the order
    in which their balances roll before a break is declared.
    """
    rows = pl.DataFrame({"amount": amount, "balance": balance, "time": time, "line": line})
    back = rows.reverse()
    first, last = time.drop_nulls().first(), time.drop_nulls().last()
    known = first is not None and last is not None and first != last
    descending = known and bool(first > last)  # type: ignore[operator]
    for run in (rows, back) if not known else (back,) if descending else (rows,):
        if _breaks(run) == 0:
            return Chain(0)
    ordered = (back if descending else rows).sort("time", maintain_order=True, nulls_last=True)
    if _breaks(ordered) == 0:
        return Chain(0)
    return _measure(_rolled(ordered))


@dataclass(frozen=True)
class Ends:
    """Balance before the first and behind the last row of a file, minor units."""

    opening: int
    closing: int


def chain_ends(amount: pl.Series, balance: pl.Series, time: pl.Series) -> Ends | None:
    """The ends of a running balance that rolls, in the order in which it rolls; None where it prints none or breaks."""
    line = pl.int_range(len(amount), eager=True)
    rows = pl.DataFrame({"amount": amount, "balance": balance, "time": time, "line": line})
    back = rows.reverse()
    first, last = time.drop_nulls().first(), time.drop_nulls().last()
    known = first is not None and last is not None and first != last
    descending = known and bool(first > last)  # type: ignore[operator]
    ordered = (back if descending else rows).sort("time", maintain_order=True, nulls_last=True)
    runs = [rows, back] if not known else [back, ordered] if descending else [rows, ordered]
    for run in [*runs, _rolled(ordered)]:
        offsets = _offsets(run)
        if offsets.is_empty():
            return None
        if _breaks(run) == 0:
            opening = int(offsets["opening"][0])
            return Ends(opening, opening + int(run["amount"].sum()))
    return None


def joined(chains: Iterable[Chain]) -> Chain:
    """Several chains as one: all breaks, and where the first of them is."""
    broken = [chain for chain in chains if chain.breaks]
    if not broken:
        return Chain(0)
    first = min(broken, key=lambda chain: chain.line or 0)
    return replace(first, breaks=sum(chain.breaks for chain in broken))


def _offsets(rows: pl.DataFrame) -> pl.DataFrame:
    """`opening` = balance - Σ amounts so far: constant while the balance rolls. Rows without balance are skipped."""
    return rows.with_columns(
        (pl.col("balance") - pl.col("amount").cum_sum()).alias("opening"),
        pl.col("amount").cum_sum().alias("so_far"),
    ).filter(pl.col("balance").is_not_null())


def _breaks(rows: pl.DataFrame) -> int:
    opening = _offsets(rows)["opening"]
    return int((opening != opening.shift(1)).fill_null(value=False).sum())


def _measure(rows: pl.DataFrame) -> Chain:
    known = _offsets(rows)
    broken = known.with_columns(
        (pl.col("opening").shift(1) + pl.col("so_far")).alias("expected"),
        (pl.col("opening") != pl.col("opening").shift(1)).fill_null(value=False).alias("broken"),
    ).filter("broken")
    if broken.is_empty():
        return Chain(0)
    first = broken.row(0, named=True)
    return Chain(broken.height, first["line"], first["expected"], first["balance"])


def _rolled(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of one printed time, wherever a break touches them, in the order in which their balances roll."""
    opening = pl.col("balance") - pl.col("amount").cum_sum()
    marked = rows.with_columns(
        (opening != opening.shift(1)).fill_null(value=False).alias("broken"),
        pl.col("time").rle_id().alias("run"),
    ).with_row_index("place")
    touched = (
        marked.group_by("run").agg(pl.col("broken").any(), pl.len()).filter(pl.col("broken") & (pl.col("len") > 1))
    )
    order = list(range(marked.height))
    closes = marked["balance"].to_list()
    groups = marked.join(touched.select("run"), on="run", how="semi", maintain_order="left")
    for _, group in groups.group_by("run", maintain_order=True):  # few by nature: only runs that a break touches
        places = group["place"].to_list()
        edges = list(zip(group["amount"].to_list(), group["balance"].to_list(), strict=True))
        before = closes[order[places[0] - 1]] if places[0] else None
        rolled = rolling_order(edges, before)
        if rolled is not None:
            order[places[0] : places[-1] + 1] = [places[i] for i in rolled]
    return rows[order]


def rolling_order(edges: list[tuple[int, int | None]], before: int | None) -> list[int] | None:
    """Order of (amount, balance) rows in which each balance is the last one plus the amount; None if there is none.

    Each row is an edge from `balance - amount` to `balance`; the order is an Eulerian trail, found in linear time.
    """
    leaving: dict[int, list[int]] = defaultdict(list)
    degree: dict[int, int] = defaultdict(int)
    for index, (amount, balance) in reversed(list(enumerate(edges))):
        if balance is None:
            return None
        leaving[balance - amount].append(index)
        degree[balance - amount] += 1
        degree[balance] -= 1
    surplus = [node for node, count in degree.items() if count > 0]
    first_amount, first_balance = edges[0]
    for start in (before, *surplus[:1], (first_balance or 0) - first_amount):
        if start is None or start not in leaving:
            continue
        trail = _trail({node: list(out) for node, out in leaving.items()}, edges, start)
        if len(trail) == len(edges) and _rolls(edges, trail):
            return trail
    return None


def _trail(leaving: dict[int, list[int]], edges: list[tuple[int, int | None]], start: int) -> list[int]:
    """Hierholzer's algorithm on the edges, from `start`."""
    stack: list[tuple[int, int | None]] = [(start, None)]
    trail: list[int] = []
    while stack:
        node, via = stack[-1]
        if leaving.get(node):
            index = leaving[node].pop()
            target = edges[index][1]
            stack.append((target if target is not None else node, index))
        else:
            stack.pop()
            if via is not None:
                trail.append(via)
    return trail[::-1]


def _rolls(edges: list[tuple[int, int | None]], trail: list[int]) -> bool:
    balances = [edges[i][1] for i in trail]
    amounts = [edges[i][0] for i in trail]
    return all(
        now == (last or 0) + amount for last, now, amount in zip(balances, balances[1:], amounts[1:], strict=False)
    )
