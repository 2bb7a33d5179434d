"""Later stages: orders against money, conservation, vouchers, and the frozen report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields

import polars as pl

from ecrecon import __version__
from ecrecon.checks import overview
from ecrecon.checks.bill.coverage import order_days
from ecrecon.checks.bill.views import order_grains
from ecrecon.checks.conservation import Proved, prove
from ecrecon.checks.fee_case import judge_fees
from ecrecon.checks.goods import GoodsCase, goods_rows, judge_goods
from ecrecon.checks.levels import conflict_rows, raw_type_rows
from ecrecon.checks.period import of_other_months
from ecrecon.checks.proof import prove_told
from ecrecon.checks.proof.read import (
    documents_read,
    due_read,
    file_totals,
    group_currencies,
    orders_read,
    refunds_read,
)
from ecrecon.checks.receipt import rows as receipt_rows
from ecrecon.checks.receipt.case import Case
from ecrecon.checks.receipt.dispositions import document_dispositions, line_dispositions, order_dispositions
from ecrecon.checks.receipt.judge import judge
from ecrecon.checks.receipt.open_items import open_items, sort_items
from ecrecon.checks.rows import complete, finding_rows
from ecrecon.checks.set_aside import kept_rows, set_aside
from ecrecon.checks.unchecked import unchecked
from ecrecon.errors import ExitCode
from ecrecon.messages import tr
from ecrecon.money import minor_from_text
from ecrecon.pipeline.accounts import account_checks, account_notes, days_of_accounts
from ecrecon.pipeline.in_force import config_digest, settings_in_force
from ecrecon.pipeline.reading import damaged_order_shops, doubtful_lines, unread_order_shops
from ecrecon.pipeline.state import State
from ecrecon.profiles import Profile, Reading
from ecrecon.report import model
from ecrecon.schema import MATCHES, VARIANCE_ROWS, conform


def judge_orders(state: State) -> None:
    """Checks `receipt` and `refund`."""
    settings = state.settings
    workspace = settings.workspace
    if settings.tolerance is not None:
        tolerances = workspace.tolerances.model_copy(update={"group": settings.tolerance})
        assert minor_from_text(settings.tolerance) is not None
        workspace = workspace.model_copy(update={"tolerances": tolerances})
    assert state.ledger is not None and state.books is not None
    assert state.covered is not None and state.moment is not None
    case = Case(
        lines=state.ledger,
        books=state.books,
        parsed=state.parsed,
        covered=order_days(state.sources, order_grains(state.views)),
        workspace=workspace,
        moment=state.moment,
        readings=readings_of(state.profiles),
        payment_profiles=frozenset(p.id for p in state.profiles if p.profile.grain == "payment"),
        named_accounts=state.named_accounts,
        damaged_order_shops=damaged_order_shops(state),
        unread_order_shops=unread_order_shops(state),
        doubtful_lines=doubtful_lines(state),
    )
    state.extra["case"] = case
    state.judged = judge(case)
    state.findings = [*state.findings, *state.judged.findings]


def check_fees(state: State) -> None:
    """Check `fee`: agreed rates and returns."""
    assert state.judged is not None and state.moment is not None
    case: Case = state.extra["case"]
    state.fee_components = judge_fees(case, state.judged)


def readings_of(profiles: Sequence[Profile]) -> dict[str, list[Reading]]:
    """Profile id -> its readings. An ERP's were chosen row by row when it was read: one is left."""
    return {
        p.id: p.receivable.reading[:1] if p.profile.origin == "erp" else p.receivable.reading
        for p in profiles
        if p.receivable.reading
    }


def check_goods(state: State) -> None:
    """Check `goods`: sold, recorded, shipped, returned; only with an ERP or shipment file."""
    assert state.judged is not None and state.moment is not None
    assert state.books is not None and state.goods_records is not None
    if state.goods_records.rows.is_empty():
        return
    case = GoodsCase(
        judged=state.judged,
        records=state.goods_records,
        order_lines=state.books.order_lines,
        workspace=state.settings.workspace,
        moment=state.moment,
    )
    state.goods = judge_goods(case)


def dispose(state: State) -> None:
    """One disposition for every line, order and document; conservation proved."""
    judged = state.judged
    assert judged is not None and state.tally is not None and state.books is not None
    state.lines = judged.lines.with_columns(line_dispositions(judged))
    state.orders = order_dispositions(judged)
    state.documents = judged.documents.with_columns(document_dispositions(judged))
    proved = prove(
        Proved(
            lines=state.lines,
            orders=state.orders,
            documents=state.documents,
            groups=judged.groups,
            components=judged.components,
            file_totals=file_totals(state.tally, state.sources),
            currencies=group_currencies(judged),
            orders_read=orders_read(state.tally, state.books.orders),
            due_read=due_read(judged),
            documents_read=documents_read(state.tally, state.sources),
            refunds_read=refunds_read(state.books.refunds),
        )
    )
    state.proof = proved if state.proof is None else pl.concat([state.proof, proved])


def tell(state: State) -> None:
    """Variance rows and open items."""
    judged, moment = state.judged, state.moment
    assert judged is not None and moment is not None and state.orders is not None and state.fee_components is not None
    case: Case = state.extra["case"]
    spots = receipt_rows.located(judged.components, judged, state.sources)
    fee_spots = receipt_rows.located(state.fee_components, judged, state.sources, judged.lines)
    state.counted = overview.counted_lines(judged, moment)
    named = [s.name for s in case.workspace.shops]
    assert state.claims is not None and state.tied is not None and state.paid is not None
    rows = [
        receipt_rows.component_rows(spots, judged),
        receipt_rows.component_rows(fee_spots, judged),
        receipt_rows.line_rows(judged, state.sources),
        receipt_rows.shop_rows(judged, spots, state.orders, moment, case.workspace),
        raw_type_rows(state.counted),
        conflict_rows(judged, state.claims, named),
        receipt_rows.fake_order_rows(state.orders, judged, case.workspace),
        *([goods_rows(state.goods, state.sources)] if state.goods is not None else []),
        state.tied.rows,
        state.paid.rows,
        finding_rows(state.findings, state.sources),
    ]
    every = pl.concat([conform(r, VARIANCE_ROWS) for r in rows])
    state.variances, state.elsewhere = complete(every, moment), of_other_months(every, moment)
    prove_told(every, state.variances, state.elsewhere)
    state.open_items = sort_items(pl.concat([open_items(spots, judged.groups, moment), state.paid.open_items]))


def freeze(state: State) -> None:
    """Build the report object."""
    judged, moment = state.judged, state.moment
    assert judged is not None and moment is not None and state.vouchers is not None and state.variances is not None
    assert (
        state.lines is not None and state.orders is not None and state.counted is not None and state.covered is not None
    )
    assert state.tied is not None and state.paid is not None and state.tally is not None
    assert state.books is not None and state.goods_records is not None
    settings = settings_in_force(state)
    coverage = conform(days_of_accounts(state), model.COVERAGE)
    left = unchecked(state.variances, coverage, state.sources)
    state.report = model.Report(
        version=__version__,
        period=moment.period,
        as_of=moment.as_of.replace(microsecond=0),
        config_digest=config_digest(settings),
        exit_code=int(exit_code(state.variances, left, state.settings.fail_on)),
        settings=settings,
        sources=tuple(state.sources),
        checks=_checks(state),
        voucher_problems=tuple(state.vouchers.problems),
        notes=tuple(_notes(state)),
        findings=pl.concat(state.findings),
        accounts=conform(state.accounts, model.ACCOUNTS),  # type: ignore[arg-type]
        conservation=conform(state.proof, model.CONSERVATION),  # type: ignore[arg-type]
        variances=state.variances,
        open_items=state.open_items,  # type: ignore[arg-type]
        lines=conform(state.lines, model.REPORT_LINES),
        orders=conform(_report_orders(state.orders), model.REPORT_ORDERS),
        matches=_matches(state),
        vouchers=state.vouchers.vouchers,
        voucher_trace=state.vouchers.trace,
        shops=conform(
            overview.shop_overview(judged, state.counted, state.orders, state.variances, left, moment), model.SHOPS
        ),
        fees=conform(overview.fee_overview(state.counted), model.FEES),
        books=_books(state),
        opening=conform(overview.opening_overview(state.orders, judged.groups, moment), model.OPENING),
        tieouts=conform(state.tied.totals, model.TIEOUTS),
        payouts=conform(state.paid.totals, model.PAYOUTS),
        coverage=coverage,
        unchecked=left,
        set_aside=set_aside(state.sources, state.tally, kept_rows(state.books, state.goods_records)),
        previous={month.period: month.digest for month in state.history.months} if state.history else {},
    )


def _books(state: State) -> dict[str, pl.DataFrame]:
    """Ledgers and statements by name."""
    assert state.statements is not None
    frames = {f.name: getattr(state.statements, f.name) for f in fields(state.statements) if f.name != "notes"}
    return {name: frame for name, frame in frames.items() if frame is not None}


def exit_code(variances: pl.DataFrame, left: pl.DataFrame, fail_on: str) -> ExitCode:
    """1 with any `stop`, or anything at the `--fail-on` level; also where what is here could not be checked, but for
    `never` (design section 6). `left`: frame UNCHECKED."""
    if fail_on != "never" and left["fails"].any():
        return ExitCode.VARIANCES
    kinds = set(variances["kind"].cast(pl.String))
    levels = {"break": {"break"}, "new-break": {"break"}, "review": {"break", "review"}, "never": set()}[fail_on]
    return ExitCode.VARIANCES if kinds & (levels | {"stop"}) else ExitCode.OK


def _report_orders(orders: pl.DataFrame) -> pl.DataFrame:
    return orders.sort("source_id", "source_line", "order_id", "sub_order_id", nulls_last=True)


def _matches(state: State) -> pl.DataFrame:
    """One row per bill line and refund document in a group, with the rule that put it there."""
    judged = state.judged
    assert judged is not None
    names = judged.groups.select("group_id", "order_id", "platform", "shop")
    lines = (
        judged.lines.filter(pl.col("group_id").is_not_null())
        .select(
            "group_id",
            "line_id",
            "refund_id",
            "source_id",
            "source_line",
            "category",
            "role",
            "amount_minor",
            "currency",
            "rule_id",
        )
        .join(names, on="group_id", how="left")
    )
    documents = (
        judged.documents.filter(pl.col("group_id").is_not_null(), "counts")
        .select(
            "group_id",
            "refund_id",
            "source_id",
            "source_line",
            pl.col("amount_minor").neg(),
            "currency",
            rule_id=pl.lit("refund.document"),
        )
        .join(names, on="group_id", how="left")
    )
    both = pl.concat([conform(lines, MATCHES), conform(documents, MATCHES)])
    return both.sort("group_id", "line_id", "source_id", "source_line", nulls_last=True)


def _checks(state: State) -> dict[str, dict[str, object]]:
    """Which checks ran on what, and why others did not."""
    assert state.judged is not None and state.variances is not None
    bills = any(s.kind in ("bill", "bank") for s in state.sources)
    orders = not state.judged.orders.is_empty()
    refunds = any(s.kind == "refunds" for s in state.sources)
    both = bills and orders
    missing = "" if both else (tr("没有订单文件", "no order file") if bills else tr("没有账单", "no bill"))
    counts = {str(k): n for k, n in state.variances.group_by("check").len().iter_rows()}

    def state_of(run: bool, reason: str, name: str) -> dict[str, object]:
        return {"state": "run" if run else "not_run", "reason": "" if run else reason, "variances": counts.get(name, 0)}

    accounts = {
        name: state_of(not reason, reason, name) | facts for name, (reason, facts) in account_checks(state).items()
    }
    return {
        "bill": state_of(True, "", "bill"),
        "receipt": state_of(both, missing, "receipt"),
        "refund": state_of(both, missing, "refund") | {"documents": refunds},
        "fee": state_of(bills, tr("没有账单", "no bill"), "fee"),
        "goods": _goods_state(state, state_of),
        **accounts,
    }


def _goods_state(state: State, state_of: Callable[[bool, str, str], dict[str, object]]) -> dict[str, object]:
    """Run where our own records meet orders of the platform; how many records each rule matched."""
    if state.goods is None:
        return state_of(False, tr("没有 ERP 或发货文件", "no ERP or shipment file"), "goods")
    if not any(s.of_platform for s in state.sources):
        return state_of(False, tr("没有平台订单文件", "no order file of a platform"), "goods")
    return state_of(True, "", "goods") | {"matched": state.goods.compared}


def _notes(state: State) -> list[str]:
    """Sentences about the whole run: notes that profiles print."""
    used = {s.profile for s in state.sources}
    printed = [
        f"{p.profile.called}{tr('：', ': ')}{note}" for p in state.profiles if p.id in used for note in p.profile.told
    ]
    books = [*(state.vouchers.notes if state.vouchers else ()), *(state.statements.notes if state.statements else ())]
    return [*account_notes(state), *printed, *books]
