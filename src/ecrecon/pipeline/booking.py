"""Stages that turn the reconciled month into the books: receivables, sales, vouchers."""

from __future__ import annotations

import polars as pl

from ecrecon.checks import overview
from ecrecon.checks.receipt.judge import Judged
from ecrecon.pipeline.state import State
from ecrecon.posting import make_vouchers
from ecrecon.posting.sales import Moments, receivables, sales_events, vat_rates

_UNSET = "unset"


def post(state: State) -> None:
    """Receivable of every order, sales of the month, vouchers of sales and money."""
    assert state.judged is not None and state.lines is not None and state.moment is not None
    workspace, moment = state.settings.workspace, state.moment
    point = workspace.posting.policy.get("revenue_point", _UNSET)
    state.receivables = receivables(
        _groups(state.judged),
        state.judged.principal.filter(pl.col("fate").is_null()),
        state.judged.documents.filter("counts", pl.col("group_id").is_not_null()),
        Moments(moment.start, moment.end, moment.as_of),
        "confirmed" if point == _UNSET else point,
        _unreferenced(state),
    )
    rate, of_shops = vat_rates(workspace, moment.end)
    state.sales = sales_events(state.receivables, rate, of_shops)
    dispositions = state.lines.select("line_id", "disposition")
    lines = overview.booked_lines(state.judged, moment).join(
        dispositions, on="line_id", how="left", maintain_order="left"
    )
    state.vouchers = make_vouchers(
        lines, state.sources, workspace, moment.period, workspace.posting.policy, sales=state.sales
    )


def _unreferenced(state: State) -> pl.DataFrame:
    """Principal lines without any order, with the shop they count for."""
    assert state.judged is not None and state.lines is not None
    lost = state.lines.filter(pl.col("disposition") == "unreferenced").select("line_id")
    lines = state.judged.lines.join(lost, on="line_id", how="semi", maintain_order="left")
    return overview.with_order_shop(state.judged, lines).with_columns(platform="order_platform", shop="order_shop")


def _groups(judged: Judged) -> pl.DataFrame:
    """Settlement groups with currency and the place of their first order row."""
    first = judged.orders.group_by("group_id", maintain_order=True).agg(
        pl.col("currency").cast(pl.String).first(), pl.col("source_id", "source_line").first()
    )
    return judged.groups.drop("currency", "source_id", "source_line", strict=False).join(
        first, on="group_id", how="left", maintain_order="left"
    )
