"""The promise, verified on every run: nothing lost, nothing twice (design section 5, conservation (a) to (d))."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from ecrecon.errors import InvariantError

PROOF = {
    "law": pl.String, "account": pl.String, "item": pl.String, "expected_count": pl.Int64, "actual_count": pl.Int64,
    "expected_minor": pl.Int64, "actual_minor": pl.Int64, "ok": pl.Boolean,
}  # fmt: skip


@dataclass(frozen=True)
class Proved:
    """Frames with dispositions. `lines`: account, view, disposition, amount_minor, source_id, category, in_order,
    in_money, tie_id. `orders`: due_cash_minor,
    due_platform_minor, disposition. `documents`: disposition, amount_minor. `groups`: group_id, difference_minor.
    `components`: group_id, kind, amount_minor. `file_totals`: account, lines, minor of what was read. `orders_read` and
    `documents_read`: count and money of the rows that the files give, each key once."""

    lines: pl.DataFrame
    orders: pl.DataFrame
    documents: pl.DataFrame
    groups: pl.DataFrame
    components: pl.DataFrame
    file_totals: pl.DataFrame
    orders_read: tuple[int, int]
    documents_read: tuple[int, int]


def prove(given: Proved) -> pl.DataFrame:
    """Return the proof (frame PROOF); raise InvariantError naming the first law that does not hold."""
    rows = [*_lines(given), *_views(given), *_orders(given), *_documents(given), *_groups(given)]
    proof = pl.DataFrame(rows, schema=PROOF, orient="row")
    broken = proof.filter(~pl.col("ok"))
    if not broken.is_empty():
        raise InvariantError(f"conservation is broken: {broken.rows(named=True)[0]}")
    return proof


Row = tuple[str, str | None, str | None, int, int, int, int, bool]


def proof_row(
    law: str, account: str | None, item: str | None, expected: tuple[int, int], actual: tuple[int, int]
) -> Row:
    """One row of PROOF: counts and money that should be, and those that are."""
    return (law, account, item, expected[0], actual[0], expected[1], actual[1], expected == actual)


def _lines(given: Proved) -> list[Row]:
    """(a) every line has one disposition; per account counts and money add up to the files."""
    if given.lines["disposition"].null_count():
        raise InvariantError(f"(a) {given.lines['disposition'].null_count()} lines have no disposition")
    by = given.lines.group_by(pl.col("account").cast(pl.String), "disposition").agg(
        pl.len().cast(pl.Int64).alias("n"), pl.col("amount_minor").sum().alias("minor")
    )
    files = given.file_totals.group_by("account").agg(pl.col("lines").sum(), pl.col("minor").sum()).sort("account")
    sums = {a: (n, m) for a, n, m in by.group_by("account").agg(pl.col("n").sum(), pl.col("minor").sum()).iter_rows()}
    rows = [proof_row("a", a, None, (n, m), sums.get(a, (0, 0))) for a, n, m in files.iter_rows()]
    detail = by.with_columns(pl.col("disposition").cast(pl.String)).sort("account", "disposition")
    rows += [proof_row("a", a, d, (n, m), (n, m)) for a, d, n, m in detail.iter_rows()]
    return rows


def _views(given: Proved) -> list[Row]:
    """(v) no group of lines that explain each other stands with both views in one basis: a sum of two looks."""
    tied = given.lines.filter(pl.col("tie_id").is_not_null())
    if tied.is_empty():
        return []
    seen = [pl.col("view").filter(pl.col(basis)).n_unique().alias(basis) for basis in ("in_order", "in_money")]
    groups = tied.group_by(pl.col("account").cast(pl.String), "tie_id").agg(
        *seen, money=pl.col("amount_minor").filter(pl.col("in_money")).sum()
    )
    single = (pl.col("in_order") <= 1) & (pl.col("in_money") <= 1)
    told = groups.group_by("account").agg(
        n=pl.len().cast(pl.Int64), ok=single.sum().cast(pl.Int64), money=pl.col("money").sum()
    )
    return [proof_row("v", a, None, (n, m), (ok, m)) for a, n, ok, m in told.sort("account").iter_rows()]


def _orders(given: Proved) -> list[Row]:
    """(b) every order row has one disposition; the due sums add up."""
    frame = given.orders.with_columns(
        due=pl.col("due_cash_minor").fill_null(0) + pl.col("due_platform_minor").fill_null(0)
    )
    by = (
        frame.group_by("disposition")
        .agg(pl.len().cast(pl.Int64).alias("n"), pl.col("due").sum())
        .with_columns(pl.col("disposition").cast(pl.String))
        .filter(pl.col("disposition").is_not_null())
        .sort("disposition")
    )
    found = (int(by["n"].sum()), int(by["due"].sum()))
    return [
        proof_row("b", None, None, given.orders_read, found),
        *(proof_row("b", None, d, (n, m), (n, m)) for d, n, m in by.iter_rows()),
    ]


def _documents(given: Proved) -> list[Row]:
    """(b2) every refund document has one disposition."""
    frame = given.documents
    by = (
        frame.group_by("disposition")
        .agg(pl.len().cast(pl.Int64).alias("n"), pl.col("amount_minor").sum())
        .with_columns(pl.col("disposition").cast(pl.String))
        .sort("disposition")
    )
    found = (int(by["n"].sum()), int(by["amount_minor"].sum()))
    return [
        proof_row("b2", None, None, given.documents_read, found),
        *(proof_row("b2", None, d, (n, m), (n, m)) for d, n, m in by.iter_rows()),
    ]


def _groups(given: Proved) -> list[Row]:
    """(c) each group's difference = Σ its components; (d) Σ components by kind = Σ differences."""
    sums = given.components.group_by("group_id").agg(pl.col("amount_minor").sum().alias("found"))
    both = given.groups.select("group_id", "difference_minor").join(sums, on="group_id", how="left")
    wrong = both.filter(pl.col("difference_minor").fill_null(0) != pl.col("found").fill_null(0))
    if not wrong.is_empty():
        raise InvariantError(f"(c) components do not add up in {wrong.height} groups, first: {wrong.row(0)}")
    total = int(given.groups["difference_minor"].sum())
    kinds = given.components.group_by("kind").agg(pl.len().cast(pl.Int64).alias("n"), pl.col("amount_minor").sum())
    kinds = kinds.with_columns(pl.col("kind").cast(pl.String)).sort("kind")
    found = int(kinds["amount_minor"].sum())
    rows = [proof_row("c", None, None, (both.height, total), (both.height, int(both["found"].fill_null(0).sum())))]
    rows.append(proof_row("d", None, None, (given.components.height, total), (given.components.height, found)))
    return rows + [proof_row("d", None, k, (n, m), (n, m)) for k, n, m in kinds.iter_rows()]
