"""The promise, verified on every run: nothing lost, nothing twice; its left side is what was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from ecrecon.base.errors import InvariantError
from ecrecon.base.sources import Source
from ecrecon.base.tally import Tally
from ecrecon.judging.receipt.judge import Judged

# The promise, verified on every run: nothing lost, nothing twice (docs/matching.md "Dispositions").

PROOF = {
    "law": pl.String, "account": pl.String, "item": pl.String, "expected_count": pl.Int64, "actual_count": pl.Int64,
    "expected_minor": pl.Int64, "actual_minor": pl.Int64, "ok": pl.Boolean, "currency": pl.String,
}  # fmt: skip
"""`currency` of the money: null where a row only counts, or where the account tells it. A row that says of which parts the
row before it is made holds only what there is: `expected_*` and `ok` are null."""


@dataclass(frozen=True)
class Proved:
    """Frames with dispositions. `lines`: account, view, disposition, amount_minor, source_id, category, in_order,
    in_money, tie_id. `orders`: due_cash_minor,
    due_platform_minor, disposition. `documents`: disposition, amount_minor. `groups`: group_id, difference_minor.
    `components`: group_id, kind, amount_minor. `file_totals`: account, lines, minor of what was read. `currencies`: group_id,
    currency. `orders_read`, `documents_read`: how many the files give, each key once; `due_read`, `refunds_read`: count
    and money of them per currency."""

    lines: pl.DataFrame
    orders: pl.DataFrame
    documents: pl.DataFrame
    groups: pl.DataFrame
    components: pl.DataFrame
    file_totals: pl.DataFrame
    currencies: pl.DataFrame
    orders_read: int
    due_read: Mapping[str | None, tuple[int, int]]
    documents_read: int
    refunds_read: Mapping[str | None, tuple[int, int]]


def prove(given: Proved) -> pl.DataFrame:
    """Return the proof (frame PROOF); raise InvariantError naming the first law that does not hold."""
    rows = [*_lines(given), *_views(given), *_orders(given), *_documents(given), *_groups(given)]
    proof = pl.DataFrame(rows, schema=PROOF, orient="row")
    broken = proof.filter(~pl.col("ok"))
    if not broken.is_empty():
        raise InvariantError(f"conservation is broken: {broken.rows(named=True)[0]}")
    return proof


Row = tuple[str, str | None, str | None, int | None, int, int | None, int, bool | None, str | None]


def proof_row(
    law: str,
    account: str | None,
    item: str | None,
    expected: tuple[int, int],
    actual: tuple[int, int],
    currency: str | None = None,
) -> Row:
    """One row of PROOF: counts and money that should be, and those that are."""
    return (law, account, item, expected[0], actual[0], expected[1], actual[1], expected == actual, currency)


def part_row(law: str, account: str | None, item: str, actual: tuple[int, int], currency: str | None = None) -> Row:
    """One row of PROOF that says a part of a total: nothing is expected of it alone."""
    return (law, account, item, None, actual[0], None, actual[1], None, currency)


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
    rows += [part_row("a", a, d, (n, m)) for a, d, n, m in detail.iter_rows()]
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


def _by_currency(frame: pl.DataFrame, item: str, minor: pl.Expr) -> dict[str | None, list[tuple[str, int, int]]]:
    """Currency -> (item, count, money), sorted; rows without an item are left out."""
    by = (
        frame.group_by(pl.col("currency", item).cast(pl.String))
        .agg(pl.len().cast(pl.Int64).alias("n"), minor.sum().alias("minor"))
        .filter(pl.col(item).is_not_null())
        .sort("currency", item, nulls_last=True)
    )
    told: dict[str | None, list[tuple[str, int, int]]] = {}
    for currency, name, n, total in by.iter_rows():
        told.setdefault(currency, []).append((name, n, total))
    return told


def _each_once(
    law: str, frame: pl.DataFrame, minor: pl.Expr, read_count: int, read: Mapping[str | None, tuple[int, int]]
) -> list[Row]:
    """Every row has one disposition: their number is what was read; counts and money of each currency add up by themselves."""
    told = _by_currency(frame, "disposition", minor)
    sums = {c: (sum(n for _, n, _ in rows), sum(m for _, _, m in rows)) for c, rows in told.items()}
    currencies = sorted({*sums, *read}, key=str)
    if len(currencies) == 1:
        (only,) = currencies
        found = sums.get(only, (0, 0))
        rows = [proof_row(law, None, None, (read_count, read.get(only, (0, 0))[1]), found, only)]
    else:  # the files tell how many there are, not how many of each currency
        rows = [proof_row(law, None, None, (read_count, 0), (sum(n for n, _ in sums.values()), 0))]
        rows += [proof_row(law, None, None, read.get(c, (0, 0)), sums.get(c, (0, 0)), c) for c in currencies]
    return rows + [part_row(law, None, d, (n, m), c) for c in sorted(told, key=str) for d, n, m in told[c]]


def _orders(given: Proved) -> list[Row]:
    """(b) every order row has one disposition; the due sums add up."""
    due = pl.col("due_cash_minor").fill_null(0) + pl.col("due_platform_minor").fill_null(0)
    return _each_once("b", given.orders, due, given.orders_read, given.due_read)


def _documents(given: Proved) -> list[Row]:
    """(b2) every refund document has one disposition."""
    return _each_once("b2", given.documents, pl.col("amount_minor"), given.documents_read, given.refunds_read)


def _groups(given: Proved) -> list[Row]:
    """(c) each group's difference = Σ its components; (d) Σ components by kind = Σ differences."""
    sums = given.components.group_by("group_id").agg(pl.col("amount_minor").sum().alias("found"))
    both = given.groups.select("group_id", "difference_minor").join(sums, on="group_id", how="left")
    wrong = both.filter(pl.col("difference_minor").fill_null(0) != pl.col("found").fill_null(0))
    if not wrong.is_empty():
        raise InvariantError(f"(c) components do not add up in {wrong.height} groups, first: {wrong.row(0)}")
    named = both.join(given.currencies, on="group_id", how="left", maintain_order="left")
    parts = given.components.join(given.currencies, on="group_id", how="left", maintain_order="left")
    kinds = _by_currency(parts, "kind", pl.col("amount_minor"))
    rows: list[Row] = []
    of_groups = named.group_by("currency").agg(
        pl.len().cast(pl.Int64), pl.col("difference_minor").fill_null(0).sum(), pl.col("found").fill_null(0).sum()
    )
    for currency, n, total, found in of_groups.sort("currency", nulls_last=True).iter_rows():
        rows.append(proof_row("c", None, None, (n, total), (n, found), currency))
        own = kinds.get(currency, [])
        count, minor = sum(n for _, n, _ in own), sum(m for _, _, m in own)
        rows.append(proof_row("d", None, None, (count, total), (count, minor), currency))
        rows += [part_row("d", None, k, (n, m), currency) for k, n, m in own]
    if not rows:
        rows = [proof_row("c", None, None, (0, 0), (0, 0)), proof_row("d", None, None, (0, 0), (0, 0))]
    return rows


# The left side of conservation: what was read, from the tally alone where it counts, each order and document once.


def file_totals(tally: Tally, sources: Sequence[Source]) -> pl.DataFrame:
    """account, lines, minor of each bill as it was read."""
    rows = [
        (source.account, read.rows, read.minor)
        for source, read in zip(sources, tally.sources, strict=True)
        if read.kind == "bill"
    ]
    return pl.DataFrame(rows, schema={"account": pl.String, "lines": pl.Int64, "minor": pl.Int64}, orient="row")


def orders_read(tally: Tally, orders: pl.DataFrame) -> int:
    """Numbers of orders in the files, and sales that only an ERP records."""
    named = tally.books("orders").filter("named")["key"].n_unique()
    stand_ins = orders.filter(pl.col("origin") == "erp").height
    return named + stand_ins


def due_read(judged: Judged) -> dict[str | None, tuple[int, int]]:
    """Per currency: orders, and what the settlement groups are owed for them."""
    due = pl.sum_horizontal(pl.col("due_cash_minor", "due_platform_minor").fill_null(0))
    return _sums(judged.orders.select("currency", minor=due))


def refunds_read(refunds: pl.DataFrame) -> dict[str | None, tuple[int, int]]:
    """Per currency: after-sale documents and their money."""
    return _sums(refunds.select("currency", minor="amount_minor"))


def _sums(frame: pl.DataFrame) -> dict[str | None, tuple[int, int]]:
    sums = frame.group_by(pl.col("currency").cast(pl.String)).agg(pl.len().cast(pl.Int64), pl.col("minor").sum())
    return {currency: (count, minor) for currency, count, minor in sums.iter_rows()}


def group_currencies(judged: Judged) -> pl.DataFrame:
    """group_id, currency: that of its orders, else of its lines, else of its documents."""
    only = _only_currency(judged)
    if only is not None:
        return judged.groups.select("group_id", currency=pl.lit(only))
    parts = [
        frame.filter(pl.col("group_id").is_not_null()).select(
            "group_id", pl.col("currency").cast(pl.String), place=place
        )
        for place, frame in enumerate((judged.orders, judged.principal, judged.lines, judged.documents))
    ]
    named = pl.concat(parts).filter(pl.col("currency").is_not_null()).sort("group_id", "place", maintain_order=True)
    return named.unique("group_id", keep="first", maintain_order=True).select("group_id", "currency")


def _only_currency(judged: Judged) -> str | None:
    """The one currency of everything that was judged; None where there are several, or none."""
    found = {
        str(code)
        for frame in (judged.orders, judged.later_orders, judged.lines, judged.documents)
        for code in frame["currency"].unique()
    }
    return next(iter(found)) if len(found) == 1 and "None" not in found else None


def documents_read(tally: Tally, sources: Sequence[Source]) -> int:
    """Numbers of after-sales in the files (each platform has its own) and those without a number."""
    platforms = pl.Series([source.platform for source in sources], dtype=pl.String)
    read = tally.books("refunds").with_columns(platform=pl.lit(platforms).gather(pl.col("source_id")))
    named = read.filter("named").select("platform", "key").unique().height
    return named + read.filter(~pl.col("named")).height
