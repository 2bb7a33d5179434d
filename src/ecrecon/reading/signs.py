"""Red entries: a sign that runs against its column or its direction word takes an entry back, or means nothing.

The file itself decides: first the running balance, then the printed totals. What neither decides is read by the stated
default and told (F11 of kind review). Nothing here knows cells or profiles: amounts in, flips out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from ecrecon.reading.balance import check_chain


@dataclass(frozen=True)
class Side:
    """A printed total over some rows: `rows` Boolean, `total` minor units, `signed` False where only its size counts."""

    rows: pl.Series
    total: int
    signed: bool = False


@dataclass(frozen=True)
class Evidence:
    """What the file prints beside the amounts. `balance` Int64 and `time`, one per row, null where not printed; `owner`
    String: rows of one running balance; `totals`: printed sums."""

    balance: pl.Series
    time: pl.Series
    owner: pl.Series
    totals: Sequence[Side] = ()


@dataclass(frozen=True)
class Signs:
    """Per row, Boolean: `flipped`, the default reading is wrong; `open`, neither balance nor totals decide."""

    flipped: pl.Series
    open: pl.Series


def usual_sign(amount: pl.Series, declared: Literal["minus", "plus", "any"] = "any") -> int:
    """-1 where the filled cells of a column are printed negative, 1 where positive: as declared, else as most are.

    A column of one sign alone has that sign, whatever is declared. As many of each: positive, as most files print.
    """
    minus, plus = int((amount < 0).sum()), int((amount > 0).sum())
    if not minus or not plus:
        return -1 if minus else 1
    if declared != "any":
        return -1 if declared == "minus" else 1
    return -1 if minus > plus else 1


def settle_signs(amount: pl.Series, doubtful: pl.Series, evidence: Evidence) -> Signs:
    """Decide the `doubtful` rows of `amount` (signed minor units as read by default): as they are, or the other way."""
    nothing = pl.Series([False], dtype=pl.Boolean).new_from_index(0, len(amount))
    doubtful = (doubtful & (amount != 0)).fill_null(value=False)
    if not doubtful.any():
        return Signs(nothing, nothing)
    flipped, left = nothing, doubtful
    if evidence.balance.null_count() < len(amount):
        frame = _rows(amount, doubtful, evidence)
        if _breaks(amount, evidence) == 0:  # nearly every file: all but the rows at its start are proved
            left = doubtful & _at_the_start(frame, evidence.time)
        else:
            flipped, left = _by_neighbour(frame, evidence.time)
            flipped, left = _by_chain(amount, flipped, left, evidence)
    for side in evidence.totals:
        flipped, left = _by_total(amount, flipped, left, side)
    return Signs(flipped, left)


def _rows(amount: pl.Series, doubtful: pl.Series, evidence: Evidence) -> pl.DataFrame:
    return pl.DataFrame({"amount": amount, "balance": evidence.balance, "owner": evidence.owner, "doubtful": doubtful})


def _at_the_start(rows: pl.DataFrame, time: pl.Series) -> pl.Series:
    """Rows up to the oldest balance of their account: what it was before them is not printed."""
    known = pl.col("balance").is_not_null().cast(pl.Int64)
    earlier = known.cum_sum(reverse=not _runs_forward(rows, time)).over("owner") - known
    return rows.select((earlier == 0).alias("start"))["start"]


def _by_neighbour(rows: pl.DataFrame, time: pl.Series) -> tuple[pl.Series, pl.Series]:
    """(flipped, still open) by the balance of the row before, in the order in which the sure rows of the file roll."""
    before = pl.col("balance").shift(1 if _runs_forward(rows, time) else -1).over("owner")
    told = rows.with_columns(before=before).select(
        "doubtful",
        as_read=(pl.col("balance") - pl.col("amount") == pl.col("before")).fill_null(value=False),
        other=(pl.col("balance") + pl.col("amount") == pl.col("before")).fill_null(value=False),
    )
    answer = told.select(
        flipped=pl.col("doubtful") & pl.col("other"), left=pl.col("doubtful") & ~pl.col("as_read") & ~pl.col("other")
    )
    return answer["flipped"], answer["left"]


def _runs_forward(rows: pl.DataFrame, time: pl.Series) -> bool:
    """True where the file runs from old to new: by its first and last time, else by the rows that roll."""
    known = time.drop_nulls()
    if len(known) and known[0] != known[-1]:
        return bool(known[0] < known[-1])
    step = pl.col("balance") - pl.col("amount")
    reach = (pl.col("balance") + pl.col("amount"), step)
    sides = {"up": pl.col("balance").shift(1).over("owner"), "down": pl.col("balance").shift(-1).over("owner")}
    scores = rows.select(
        *((~pl.col("doubtful") & (step == before)).sum().alias(f"{name}_sure") for name, before in sides.items()),
        *(
            pl.any_horizontal(*((one == before) & pl.col("doubtful") for one in reach)).sum().alias(f"{name}_any")
            for name, before in sides.items()
        ),
    ).row(0, named=True)
    for kind in ("sure", "any"):
        if scores[f"up_{kind}"] != scores[f"down_{kind}"]:
            return bool(scores[f"up_{kind}"] > scores[f"down_{kind}"])
    return True


def _by_chain(
    amount: pl.Series, flipped: pl.Series, left: pl.Series, evidence: Evidence
) -> tuple[pl.Series, pl.Series]:
    """All that is left as read, or all of it the other way: the reading whose balance rolls everywhere."""
    if not left.any():
        return flipped, left
    as_read = _breaks(_applied(amount, flipped), evidence)
    other = _breaks(_applied(amount, flipped | left), evidence)
    if as_read == other or min(as_read, other):
        return flipped, left
    return (flipped | left if other == 0 else flipped), left & False


def _breaks(amount: pl.Series, evidence: Evidence) -> int:
    line = pl.Series(range(len(amount)), dtype=pl.Int64)
    count = 0
    for owner in evidence.owner.unique().sort():  # accounts in one file: few by nature
        mine = evidence.owner == owner
        columns = (amount, evidence.balance, evidence.time, line)
        count += check_chain(*(column.filter(mine) for column in columns)).breaks
    return count


def _by_total(amount: pl.Series, flipped: pl.Series, left: pl.Series, side: Side) -> tuple[pl.Series, pl.Series]:
    """The reading that gives the printed total, where only one of the two does."""
    mine = left & side.rows
    if not mine.any():
        return flipped, left
    held = [_holds(_applied(amount, told), side) for told in (flipped, flipped | mine)]
    if held[0] == held[1]:
        return flipped, left
    return (flipped | mine if held[1] else flipped), left & ~mine


def _holds(amount: pl.Series, side: Side) -> bool:
    found = int(amount.filter(side.rows).sum())
    return found == side.total or (not side.signed and abs(found) == abs(side.total))


def _applied(amount: pl.Series, flipped: pl.Series) -> pl.Series:
    return amount.zip_with(~flipped, -amount)
