"""Which laws hold after which stage. The tally is what the first stage read; no stage can put another in its place."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from ecrecon.checks.conservation import PROOF, Row
from ecrecon.checks.proof import (
    prove_accounts,
    prove_books,
    prove_counted,
    prove_covered,
    prove_dispositions,
    prove_files,
    prove_goods,
    prove_judged,
    prove_ledger,
    prove_matches,
    prove_open_items,
    prove_overviews,
    prove_paid,
    prove_tied,
    prove_variances,
)
from ecrecon.checks.proof.broken import same_rows
from ecrecon.errors import InvariantError
from ecrecon.pipeline.state import State
from ecrecon.posting.proof import prove_receivables, prove_sales, prove_statements
from ecrecon.posting.sales import Moments
from ecrecon.tally import Tally

Law = Callable[[State, Tally], list[Row]]


def prove_after(stage: str, state: State, tally: Tally) -> pl.DataFrame:
    """Frame PROOF of what was counted after `stage`; raise InvariantError where a law does not hold."""
    rows = [row for law in LAWS.get(stage, ()) for row in law(state, tally)]
    proof = pl.DataFrame(rows, schema=PROOF, orient="row")
    broken = proof.filter(~pl.col("ok"))
    if broken.height:
        raise InvariantError(f"conservation is broken after {stage}: {broken.row(0, named=True)}")
    return proof


def _files(*released: str) -> Law:
    def law(state: State, tally: Tally) -> list[Row]:
        prove_files(state.parsed, tally, released)
        return []

    return law


def _ledger(state: State, tally: Tally) -> list[Row]:
    assert state.ledger is not None
    return prove_ledger(state.ledger, state.sources, tally)


def _books(state: State, tally: Tally) -> list[Row]:
    assert state.books is not None and state.goods_records is not None
    summed = {p.id for p in state.profiles if p.receivable.sums_rows}
    return prove_books(state.books, state.goods_records, state.sources, tally, summed)


def _judged(state: State, _: Tally) -> list[Row]:
    assert (
        state.judged is not None and state.ledger is not None and state.books is not None and state.moment is not None
    )
    prove_judged(state.judged, state.ledger, state.books, state.moment)
    return []


def _disposed(state: State, _: Tally) -> list[Row]:
    assert state.judged is not None and state.lines is not None and state.orders is not None
    assert state.documents is not None
    prove_dispositions(state.lines, state.orders, state.documents, state.judged)
    return []


def _covered(state: State, _: Tally) -> list[Row]:
    assert state.covered is not None
    prove_covered(state.covered, state.sources)
    return []


def _goods(state: State, _: Tally) -> list[Row]:
    assert state.judged is not None and state.goods_records is not None
    if state.goods is not None:
        prove_goods(state.goods, state.judged, state.goods_records)
    return []


def _tied(state: State, _: Tally) -> list[Row]:
    assert state.judged is not None and state.tied is not None and state.moment is not None
    prove_tied(state.tied, state.judged.lines, state.moment)
    return []


def _paid(state: State, _: Tally) -> list[Row]:
    assert state.judged is not None and state.paid is not None and state.moment is not None
    prove_paid(state.paid, state.judged.lines, state.sources, state.moment)
    return []


def _counted(state: State, _: Tally) -> list[Row]:
    assert state.counted is not None and state.lines is not None and state.moment is not None
    prove_counted(state.counted, state.lines, state.moment)
    return []


def _posted(state: State, _: Tally) -> list[Row]:
    judged, moment, lines = state.judged, state.moment, state.lines
    assert judged is not None and moment is not None and lines is not None and state.sales is not None
    assert state.receivables is not None and state.fake_receivables is not None
    month = pl.col("day").is_between(moment.start, moment.end)
    lost = lines.select("disposition", "day", "amount_minor").filter(pl.col("disposition") == "unreferenced", month)
    prove_receivables(
        pl.concat([state.receivables, state.fake_receivables]),
        judged.groups,
        judged.principal.filter(pl.col("fate").is_null()),
        int(lost["amount_minor"].sum()),
        Moments(moment.start, moment.end, moment.as_of),
    )
    prove_sales(state.sales, state.receivables)
    return []


def _stated(state: State, _: Tally) -> list[Row]:
    assert state.accounts is not None and state.lines is not None and state.moment is not None
    assert state.statements is not None and state.receivables is not None and state.vouchers is not None
    assert state.booked is not None
    prove_accounts(state.accounts, state.lines, state.moment)
    prove_statements(state.statements, state.accounts, state.receivables, state.vouchers.vouchers, state.booked)
    return []


def _told(state: State, _: Tally) -> list[Row]:
    assert state.judged is not None and state.variances is not None and state.open_items is not None
    assert state.fee_components is not None and state.paid is not None and state.elsewhere is not None
    prove_variances(state.variances, state.elsewhere, state.judged, state.fee_components, pl.concat(state.findings))
    prove_open_items(state.open_items, state.judged, state.paid.open_items)
    return []


def _frozen(state: State, _: Tally) -> list[Row]:
    """The report holds the frames of the run, each row of them."""
    report = state.report
    assert report is not None and state.lines is not None and state.orders is not None and state.vouchers is not None
    assert state.tied is not None and state.paid is not None and state.variances is not None
    for name, held, own in (
        ("lines", report.lines, state.lines), ("variances", report.variances, state.variances),
        ("open items", report.open_items, state.open_items), ("vouchers", report.vouchers, state.vouchers.vouchers),
        ("voucher trace", report.voucher_trace, state.vouchers.trace), ("accounts", report.accounts, state.accounts),
        ("tieouts", report.tieouts, state.tied.totals), ("payouts", report.payouts, state.paid.totals),
        ("proof", report.conservation, state.proof),
    ):  # fmt: skip
        assert own is not None
        same_rows("report", name, held, own, held.columns)
    assert state.counted is not None and state.documents is not None
    prove_overviews(report.shops, report.fees, state.counted, state.variances)
    prove_matches(report.matches, state.lines, state.documents)
    key = ["source_id", "source_line", "order_id", "sub_order_id"]
    own = state.orders.sort(key, nulls_last=True)
    same_rows("report", "orders", report.orders.sort(key, nulls_last=True), own, report.orders.columns)
    return []


LAWS: dict[str, tuple[Law, ...]] = {
    "date": (_files(), _ledger),
    "cover": (_covered,),
    "books": (_books,),
    "judge": (_judged,),
    "goods": (_goods,),
    "tieout": (_tied,),
    "payout": (_paid,),
    "dispose": (_disposed,),
    "tell": (_told, _counted),
    "post": (_posted,),
    "state": (_stated,),
    "freeze": (_frozen,),
}
"""The files are held to the tally once, when all bills stand in the ledger; orders, after-sales and goods again when the
books are made of them. What a stage before that changes is still changed then."""
