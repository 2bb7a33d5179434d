"""Parsed files and the ledger of all bill lines against what was read; how a broken law is told."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ecrecon.base.errors import InvariantError
from ecrecon.base.sources import Parsed, Source
from ecrecon.base.tally import LINE_CONTENT, Tally, added, tally_of, words
from ecrecon.judging.proof.conservation import Row, proof_row

# How a broken law is told, and what the laws share.


def none_of(law: str, wrong: pl.DataFrame, what: str) -> None:
    """Raise InvariantError where `wrong` has rows."""
    if wrong.height:
        raise InvariantError(f"({law}) {what}: {wrong.height} rows, first {wrong.row(0, named=True)}")


def same_rows(law: str, what: str, left: pl.DataFrame, right: pl.DataFrame, columns: Sequence[str]) -> None:
    """Raise InvariantError where two frames of the same rows in the same order differ in one of `columns`."""
    if left.height != right.height:
        raise InvariantError(f"({law}) {what}: {left.height} rows instead of {right.height}")
    for name in columns:
        if name in left.columns and name in right.columns and not left[name].equals(right[name], null_equal=True):
            differs = left[name].ne_missing(right[name]) if left[name].dtype == right[name].dtype else None
            spot = "" if differs is None else f", first in row {differs.arg_max()}"
            raise InvariantError(f"({law}) {what}: column {name} is not what it was{spot}")


def once_each(law: str, what: str, frame: pl.DataFrame, keys: Sequence[str]) -> None:
    """Raise InvariantError where a key stands in two rows."""
    if frame.select(keys).is_duplicated().any():
        none_of(law, frame.select(keys).filter(frame.select(keys).is_duplicated()), f"{what} stands twice")


# Parsed files and the ledger of all bill lines against what was read.


def prove_files(parsed: Sequence[Parsed], tally: Tally, released: Sequence[str]) -> None:
    """(read) every file is there in its place, with the rows that were read; frames of `released` sides may be gone."""
    if len(parsed) != len(tally.sources):
        raise InvariantError(f"(read) {len(parsed)} files instead of {len(tally.sources)}")
    for item, read in zip(parsed, tally.sources, strict=True):
        source = item.source
        if (source.path, source.sha256, source.side) != (read.path, read.sha256, read.kind):
            raise InvariantError(f"(read) {read.path} became {source.path} ({source.side} instead of {read.kind})")
        if item.frame is None and (read.kind in released or not read.rows):
            continue
        now = tally_of(source.path, source.sha256, source.side, item.frame)
        if (now.rows, now.mark, now.minor) != (read.rows, read.mark, read.minor):
            raise InvariantError(
                f"(read) {read.path}: {now.rows} rows instead of {read.rows}, or their content changed"
            )


def prove_sums(parsed: Sequence[Parsed]) -> None:
    """(read) the lines of a bill, split by kinds of money, add up to its own rows."""
    for item in parsed:
        source = item.source
        if source.side == "bill" and item.frame is not None and source.income_minor is not None:
            own, lines = source.income_minor + (source.expense_minor or 0), int(item.frame["amount_minor"].sum())
            if own != lines:
                raise InvariantError(f"(read) {source.path}: lines add up to {lines}, the rows of the file to {own}")


def prove_ledger(ledger: pl.DataFrame, sources: Sequence[Source], tally: Tally) -> list[Row]:
    """(read) the ledger holds the lines of every bill, each once, as they were read and under the account of their file.

    Returns one row per account: lines and money read, lines and money in the ledger.
    """
    if ledger["line_id"].n_unique() != ledger.height or ledger["line_id"].null_count():
        raise InvariantError("(read) a line_id stands in two lines")
    marked = ledger.select("source_id", "amount_minor", mark=words(ledger, LINE_CONTENT))
    found = {
        part["source_id"][0]: (part.height, added(part["mark"]), int(part["amount_minor"].sum()))
        for part in marked.partition_by("source_id")
    }
    for index, read in enumerate(tally.sources):
        want = (read.rows, read.mark, read.minor) if read.kind == "bill" else (0, 0, 0)
        got = found.pop(index, (0, 0, 0))
        if want != got:
            raise InvariantError(
                f"(read) {read.path}: {got[0]} lines of {got[2]} in the ledger instead of {want[0]} of {want[2]}, or "
                "their content changed"
            )
    if found:
        raise InvariantError(f"(read) lines of unknown files: {sorted(found, key=str)}")
    _placed(ledger, sources)
    return _by_account(marked, sources, tally)


def _placed(ledger: pl.DataFrame, sources: Sequence[Source]) -> None:
    """Account, platform and view of a line are those of its file, its day that of its time."""
    names = ("platform", "account", "shop", "view")
    known = pl.DataFrame(
        [(index, *(getattr(source, name) for name in names)) for index, source in enumerate(sources)],
        schema={"source_id": pl.Int32, **{f"file_{name}": pl.String for name in names}}, orient="row",
    )  # fmt: skip
    kinds = ledger.group_by("source_id").agg(*[pl.col(name).cast(pl.String).unique() for name in names])
    told = kinds.join(known, on="source_id", how="left")
    own = [
        (pl.col(name).list.len() != 1) | pl.col(name).list.first().ne_missing(pl.col(f"file_{name}")) for name in names
    ]
    none_of(
        "read", told.filter(pl.any_horizontal(own)), "lines stand under another account, shop or view than their file"
    )
    other = ledger.select("line_id", "day", of=pl.col("occurred_at").dt.date()).filter(
        pl.col("day").ne_missing(pl.col("of"))
    )
    none_of("read", other, "the day of a line is not that of its time")


def _by_account(marked: pl.DataFrame, sources: Sequence[Source], tally: Tally) -> list[Row]:
    """Few rows: one per account."""
    read: dict[str, list[int]] = {}
    for source, one in zip(sources, tally.sources, strict=True):
        if one.kind == "bill":
            sums = read.setdefault(str(source.account), [0, 0])
            sums[0], sums[1] = sums[0] + one.rows, sums[1] + one.minor
    accounts = pl.Series([str(source.account) for source in sources], dtype=pl.String)
    now = marked.group_by(account=pl.lit(accounts).gather(pl.col("source_id"))).agg(
        n=pl.len().cast(pl.Int64), minor=pl.col("amount_minor").sum()
    )
    found = {account: (n, minor) for account, n, minor in now.iter_rows()}
    return [
        proof_row("read", account, "lines", (n, minor), found.get(account, (0, 0)))
        for account, (n, minor) in sorted(read.items())
    ]
