"""What holds after which stage. The tally is what the first stage read; no stage can put another in its place."""

from __future__ import annotations

import polars as pl

from ecrecon.base.moment import Moment
from ecrecon.base.tally import Tally
from ecrecon.booking import Vouchers
from ecrecon.booking.sales.goods import cost_proof
from ecrecon.judging.payouts import Paid
from ecrecon.judging.proof import (
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
    prove_told,
    prove_variances,
)
from ecrecon.judging.proof.conservation import (
    PROOF,
    Proved,
    Row,
    documents_read,
    due_read,
    file_totals,
    group_currencies,
    orders_read,
    prove,
    refunds_read,
)
from ecrecon.judging.proof.files import same_rows
from ecrecon.judging.receipt.judge import Judged
from ecrecon.judging.ties import Tied
from ecrecon.pipeline.values import (
    Booked,
    Coverage,
    Dated,
    Differences,
    Disposed,
    FeesJudged,
    Findings,
    GoodsVerdicts,
    Layouts,
    Ledger,
    OrderBooks,
    Proof,
    Sales,
    Stated,
)
from ecrecon.report.model import Report
from ecrecon.statements.proof import prove_receivables, prove_sales, prove_statements


def _counted(rows: list[Row]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=PROOF, orient="row")


def files_hold_what_was_read(dated: Dated, tally: Tally) -> None:
    """Every input holds the rows that were read.

    Orders, after-sales and goods are held to the tally again when the books are made of them: what a stage before that
    changes is still changed then.
    """
    prove_files(dated.inputs, tally, ())


def the_ledger_holds_every_line(ledger: Ledger, tally: Tally) -> pl.DataFrame:
    """Per file, the ledger holds every line that was read, once and unchanged."""
    return _counted(prove_ledger(ledger.lines, ledger.sources, tally))


def covered_days_are_those_of_the_files(ledger: Ledger, coverage: Coverage) -> None:
    """An account covers the days that its files speak for."""
    prove_covered(coverage.days, ledger.sources)


def books_hold_every_order(layouts: Layouts, ledger: Ledger, books: OrderBooks, tally: Tally) -> pl.DataFrame:
    """Per file, orders, order lines, after-sales and goods read = kept + told again by newer files."""
    summed = {p.id for p in layouts.profiles if p.receivable.sums_rows}
    return _counted(prove_books(books.books, books.records, ledger.sources, tally, summed))


def judged_is_what_was_given(ledger: Ledger, books: OrderBooks, judged: Judged, moment: Moment) -> None:
    """The components of a group add up to its difference; lines, orders and documents are those of ledger and books."""
    prove_judged(judged, ledger.lines, books.books, moment)


def goods_verdicts_are_of_this_run(books: OrderBooks, judged: Judged, goods: GoodsVerdicts) -> None:
    """Every verdict on goods names an order or record of the run."""
    if goods.judged is not None:
        prove_goods(goods.judged, judged, books.records)


def ties_hold_every_line_of_both_views(judged: Judged, tied: Tied, moment: Moment) -> None:
    """Groups of both views add up to the lines that they tie."""
    prove_tied(tied, judged.lines, moment)


def payouts_hold_every_withdrawal(ledger: Ledger, judged: Judged, paid: Paid, moment: Moment) -> None:
    """Withdrawals = arrived + on the way + missing."""
    prove_paid(paid, judged.lines, ledger.sources, moment)


def one_disposition_each(judged: Judged, disposed: Disposed) -> None:
    """Every line, order and document that was judged has one disposition."""
    prove_dispositions(disposed.lines, disposed.orders, disposed.documents, judged)


def every_cent_is_conserved(
    tally: Tally, ledger: Ledger, books: OrderBooks, judged: Judged, disposed: Disposed
) -> pl.DataFrame:
    """Conservation (a) to (d): what the files held = what every disposition holds; else exit 70, nothing written."""
    return prove(
        Proved(
            lines=disposed.lines,
            orders=disposed.orders,
            documents=disposed.documents,
            groups=judged.groups,
            components=judged.components,
            file_totals=file_totals(tally, ledger.sources),
            currencies=group_currencies(judged),
            orders_read=orders_read(tally, books.books.orders),
            due_read=due_read(judged),
            documents_read=documents_read(tally, ledger.sources),
            refunds_read=refunds_read(books.books.refunds),
        )
    )


def every_difference_is_told_once(
    judged: Judged, findings: Findings, fees: FeesJudged, paid: Paid, differences: Differences
) -> None:
    """One variance row per component and finding, in this month or another; open items are those of groups and payouts."""
    prove_told(differences.every, differences.variances, differences.elsewhere)
    prove_variances(differences.variances, differences.elsewhere, judged, fees.components, pl.concat(findings.frames))
    prove_open_items(differences.open_items, judged, paid.open_items)


def counted_lines_are_those_of_the_month(disposed: Disposed, differences: Differences, moment: Moment) -> None:
    """The lines that are summed up are those of the month."""
    prove_counted(differences.counted, disposed.lines, moment)


def receivables_close_at_what_is_owed(judged: Judged, disposed: Disposed, sales: Sales, moment: Moment) -> None:
    """What is booked of a group closes at what was due less what came; revenue and returns are its movements."""
    month = pl.col("day").is_between(moment.start, moment.end)
    lost = disposed.lines.select("disposition", "day", "amount_minor").filter(
        pl.col("disposition") == "unreferenced", month
    )
    prove_receivables(
        pl.concat([sales.receivables, sales.fake_receivables]),
        judged.groups,
        judged.principal.filter(pl.col("fate").is_null()),
        int(lost["amount_minor"].sum()),
        moment,
    )
    prove_sales(sales.events, sales.receivables)


def statements_move_as_the_accounts(
    disposed: Disposed, sales: Sales, booked: Booked, made: Vouchers, stated: Stated, moment: Moment
) -> None:
    """Ledgers and daily cash move as the accounts, receivables close as those of the orders, balances as the vouchers."""
    prove_accounts(stated.accounts, disposed.lines, moment)
    prove_statements(stated.statements, stated.accounts, sales.receivables, made.vouchers, booked.lines)


def every_printed_cost_has_a_fate(ledger: Ledger, books: OrderBooks, sales: Sales) -> pl.DataFrame:
    """Costs that a file prints = what newer files tell again + every fate of its rows."""
    return cost_proof(books.records, sales.costed, [source.path for source in ledger.sources])


def the_report_holds_the_run(
    disposed: Disposed,
    differences: Differences,
    made: Vouchers,
    stated: Stated,
    tied: Tied,
    paid: Paid,
    proof: Proof,
    report: Report,
) -> None:
    """The report holds the frames of the run, each row of them, and its sums are theirs."""
    for name, held, own in (
        ("lines", report.lines, disposed.lines), ("variances", report.variances, differences.variances),
        ("open items", report.open_items, differences.open_items), ("vouchers", report.vouchers, made.vouchers),
        ("voucher trace", report.voucher_trace, made.trace), ("accounts", report.accounts, stated.accounts),
        ("tieouts", report.tieouts, tied.totals), ("payouts", report.payouts, paid.totals),
        ("proof", report.conservation, proof.rows),
    ):  # fmt: skip
        same_rows("report", name, held, own, held.columns)
    prove_overviews(report.shops, report.fees, differences.counted, differences.variances)
    prove_matches(report.matches, disposed.lines, disposed.documents)
    key = ["source_id", "source_line", "order_id", "sub_order_id"]
    own = disposed.orders.sort(key, nulls_last=True)
    same_rows("report", "orders", report.orders.sort(key, nulls_last=True), own, report.orders.columns)
