"""Orders against money, fees, goods, settlements and payouts; then one disposition for everything, and what differs."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ecrecon.base.moment import Moment
from ecrecon.base.money import minor_from_text
from ecrecon.base.schema import VARIANCE_ROWS, conform
from ecrecon.judging import overview
from ecrecon.judging.fees import judge_fees
from ecrecon.judging.goods_check import GoodsCase, goods_rows, judge_goods
from ecrecon.judging.payouts import Paid, check_payouts
from ecrecon.judging.receipt import rows as receipt_rows
from ecrecon.judging.receipt.case import Case
from ecrecon.judging.receipt.dispositions import (
    document_dispositions,
    line_dispositions,
    open_items,
    order_dispositions,
    sort_items,
)
from ecrecon.judging.receipt.judge import Judged, judge
from ecrecon.judging.ties import Tied, check_ties
from ecrecon.judging.variance_rows import complete, conflict_rows, finding_rows, of_other_months, raw_type_rows
from ecrecon.ledger.coverage import order_days
from ecrecon.ledger.views import order_grains
from ecrecon.pipeline.intake import damaged_order_shops, doubtful_lines, unread_order_shops
from ecrecon.pipeline.settings import RunSettings
from ecrecon.pipeline.values import (
    Coverage,
    Differences,
    Disposed,
    FeesJudged,
    Findings,
    GoodsVerdicts,
    Layouts,
    Ledger,
    OrderBooks,
    Ownership,
)
from ecrecon.settings.profiles import Profile, Reading
from ecrecon.settings.workspace import Workspace


def judge_orders(
    settings: RunSettings,
    layouts: Layouts,
    ledger: Ledger,
    books: OrderBooks,
    ownership: Ownership,
    moment: Moment,
) -> tuple[Case, Judged, Findings]:
    """Checks `receipt` and `refund`."""
    case = Case(
        lines=ledger.lines,
        books=books.books,
        parsed=books.inputs,
        covered=order_days(ledger.sources, order_grains(ledger.views)),
        workspace=_with_tolerance(settings),
        moment=moment,
        readings=readings_of(layouts.profiles),
        payment_profiles=frozenset(p.id for p in layouts.profiles if p.profile.grain == "payment"),
        named_accounts=ownership.named_accounts,
        damaged_order_shops=damaged_order_shops(books.findings, ledger.sources),
        unread_order_shops=unread_order_shops(layouts, ledger.sources),
        doubtful_lines=doubtful_lines(books.findings, ledger),
    )
    judged = judge(case)
    return case, judged, Findings((*books.findings, *judged.findings))


def _with_tolerance(settings: RunSettings) -> Workspace:
    """The workspace with the tolerance of the command line, where one was given."""
    workspace = settings.workspace
    if settings.tolerance is None:
        return workspace
    assert minor_from_text(settings.tolerance) is not None
    tolerances = workspace.tolerances.model_copy(update={"group": settings.tolerance})
    return workspace.model_copy(update={"tolerances": tolerances})


def readings_of(profiles: Sequence[Profile]) -> dict[str, list[Reading]]:
    """Profile id -> its readings. An ERP's were chosen row by row when it was read: one is left."""
    return {
        p.id: p.receivable.reading[:1] if p.profile.origin == "erp" else p.receivable.reading
        for p in profiles
        if p.receivable.reading
    }


def check_fees(case: Case, judged: Judged) -> FeesJudged:
    """Check `fee`: agreed rates and returns."""
    return FeesJudged(judge_fees(case, judged))


def check_goods(settings: RunSettings, books: OrderBooks, judged: Judged, moment: Moment) -> GoodsVerdicts:
    """Check `goods`: sold, recorded, shipped, returned; only with an ERP or shipment file."""
    if books.records.rows.is_empty():
        return GoodsVerdicts(None)
    case = GoodsCase(
        judged=judged,
        records=books.records,
        order_lines=books.books.order_lines,
        workspace=settings.workspace,
        moment=moment,
    )
    return GoodsVerdicts(judge_goods(case))


def tie_views(settings: RunSettings, ledger: Ledger, judged: Judged, moment: Moment) -> Tied:
    """Check `tieout`: settlement detail against movements."""
    tolerance = settings.workspace.tolerances.minor("batch")
    return check_ties(judged.lines, ledger.sources, ledger.views, moment, tolerance)


def follow_payouts(
    settings: RunSettings, ledger: Ledger, coverage: Coverage, ownership: Ownership, judged: Judged, moment: Moment
) -> Paid:
    """Check `payout`: withdrawals against the bank."""
    return check_payouts(
        judged.lines, ledger.sources, coverage.days, settings.workspace, ownership.named_accounts, moment
    )


def dispose(judged: Judged) -> Disposed:
    """One disposition for every line, order and document."""
    return Disposed(
        lines=judged.lines.with_columns(line_dispositions(judged)),
        orders=order_dispositions(judged),
        documents=judged.documents.with_columns(document_dispositions(judged)),
    )


def tell(
    *,
    case: Case,
    judged: Judged,
    findings: Findings,
    ledger: Ledger,
    ownership: Ownership,
    fees: FeesJudged,
    goods: GoodsVerdicts,
    tied: Tied,
    paid: Paid,
    disposed: Disposed,
    moment: Moment,
) -> Differences:
    """Variance rows and open items."""
    sources = ledger.sources
    spots = receipt_rows.located(judged.components, judged, sources)
    fee_spots = receipt_rows.located(fees.components, judged, sources, judged.lines)
    counted = overview.counted_lines(judged, moment)
    rows = [
        receipt_rows.component_rows(spots, judged),
        receipt_rows.component_rows(fee_spots, judged),
        receipt_rows.line_rows(judged, sources),
        receipt_rows.shop_rows(judged, spots, disposed.orders, moment, case.workspace),
        raw_type_rows(counted),
        conflict_rows(judged, ownership.claims, [s.name for s in case.workspace.shops]),
        receipt_rows.fake_order_rows(disposed.orders, judged, case.workspace),
        *([goods_rows(goods.judged, sources)] if goods.judged is not None else []),
        tied.rows,
        paid.rows,
        finding_rows(findings.frames, sources),
    ]
    every = pl.concat([conform(r, VARIANCE_ROWS) for r in rows])
    return Differences(
        counted=counted,
        every=every,
        variances=complete(every, moment),
        elsewhere=of_other_months(every, moment),
        open_items=sort_items(pl.concat([open_items(spots, judged.groups, moment), paid.open_items])),
    )
