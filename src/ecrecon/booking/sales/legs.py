"""Legs of the order events: which accounts a sale moves, and which orders stand behind each voucher line."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from ecrecon.base.moment import Month
from ecrecon.booking.currencies import BOOK_CURRENCY
from ecrecon.booking.grain import event_grains, unit_columns
from ecrecon.booking.settings import OF_CATEGORY, Chart, Events, OrderLeg, charge_roles, role_of

LEG_COLUMNS = (
    "cell", "event", "date", "order", "shop", "own", "role", "bill_account", "item", "debit", "tax", "value", "count",
    "currency", "fx_rate", "fc",
)  # fmt: skip
_AMOUNTS: dict[str, pl.Expr] = {
    **{name: pl.col(f"{name}_minor") for name in ("gross", "net", "tax", "cost", "shipped", "subsidy", "goods")},
    "stock": pl.col("cost_minor") - pl.col("shipped_minor"),
}
_ABROAD: dict[str, pl.Expr] = {
    **{name: pl.col(f"{name}_fc") for name in ("gross", "net", "tax", "subsidy")},
    "goods": pl.col("net_fc") - pl.col("subsidy_fc"),
}
"""The same in the currency of the sale; what the goods cost is known in CNY alone."""
_KEYS = ["event", "date", "order", "shop", "role", "debit", "red", "currency", "fx_rate"]


def order_legs(
    sales: pl.DataFrame, events: Events, chosen: Mapping[str, str], period: Month, chart: Chart
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(legs in the shape of `booking.legs.make_legs`, one row per order and leg for the trace).

    sales: frame SALES_EVENTS, amounts in fen, with currency, fx_rate and `gross_fc` … (posting.fx.convert). Event numbers
    follow those of the money events. Legs without an amount (no tax at rate 0) are left out. What the platform pays for
    the buyer is revenue like the rest unless the policy platform_subsidy gives it a role of its own. Under
    `red_same_side` roles marked `red` stay on their normal side.
    The trace rows carry the key of their leg and the signed amount, debit +.
    """
    rows = []
    grains = event_grains(events, chosen)
    red_style, apart = chosen["red_style"], chosen["platform_subsidy"] != "revenue"
    subsidy = pl.col("subsidy_minor").fill_null(0) if apart else pl.lit(0, dtype=pl.Int64)
    sales = sales.with_columns(
        subsidy_minor=subsidy,
        goods_minor=pl.col("net_minor") - subsidy,
        subsidy_fc=pl.col("subsidy_fc") if apart else pl.col("subsidy_fc") * 0,
    )
    for number, event in enumerate(events.order_event, start=len(events.event)):
        units = unit_columns(pl.lit(grains[number]), pl.col("day"), pl.col("order_id"), period)
        mine = sales.filter(pl.col("event") == event.name).with_columns(units)
        if event.dated == "first":
            mine = mine.with_columns(date=pl.lit(period.first))
        for leg in event.leg if mine.height or event.name == "revenue" else ():  # one frame to concatenate at least
            for role, part in _of_role(leg, mine, events, chosen):
                debit = leg.side == "debit"
                turned = event.red and red_style == "opposite_side"
                sign = -1 if event.red and not turned else 1
                account = chart.roles[role]
                if account.red and red_style == "red_same_side" and debit != (account.normal == "debit"):
                    debit, sign = not debit, -sign
                rows.append(
                    part.select(
                        pl.lit(number, dtype=pl.Int64).alias("event"),
                        "date",
                        "order",
                        "shop",
                        pl.lit(role).alias("role"),
                        pl.lit(debit != turned).alias("debit"),
                        *_money(leg.amount, sign),
                        source_id="source_id",
                        source_line="source_line",
                        order_id="order_id",
                    )
                )
    detail = pl.concat(rows).filter(pl.col("value") != 0).with_columns(red=pl.col("value") < 0)
    detail = detail.with_columns(amount_minor=pl.when("debit").then("value").otherwise(-pl.col("value")))
    legs = detail.group_by(_KEYS).agg(pl.col("value", "fc").sum(), pl.len().cast(pl.Int64).alias("count"))
    shaped = legs.with_columns(
        cell=pl.lit(None, dtype=pl.UInt32), own=pl.lit(False), bill_account=pl.lit(None, dtype=pl.String),
        item=pl.lit(None, dtype=pl.String), tax=pl.lit(False),
    ).select(LEG_COLUMNS)  # fmt: skip
    return shaped, detail


def _money(amount: str, sign: int) -> list[pl.Expr]:
    """Expressions value, fc, currency, fx_rate of a leg; an amount that is known in CNY alone is one of CNY."""
    if amount in _ABROAD:
        fc = (sign * _ABROAD[amount]).alias("fc")
        return [(sign * _AMOUNTS[amount]).alias("value"), fc, pl.col("currency"), pl.col("fx_rate")]
    return [
        (sign * _AMOUNTS[amount]).alias("value"), pl.lit(None, dtype=pl.Int64).alias("fc"),
        pl.lit(BOOK_CURRENCY).alias("currency"), pl.lit(None, dtype=pl.String).alias("fx_rate"),
    ]  # fmt: skip


def _of_role(
    leg: OrderLeg, rows: pl.DataFrame, events: Events, chosen: Mapping[str, str]
) -> list[tuple[str, pl.DataFrame]]:
    """Roles of `leg` with the rows that stand in each: one, or those of the categories of the rows."""
    if leg.role != OF_CATEGORY:
        return [(role_of(leg.role, events, chosen), rows)]
    roles = charge_roles(events, chosen)
    named = rows.with_columns(role=pl.col("category").replace_strict(roles, return_dtype=pl.String))
    return [
        (str(role), part.drop("role")) for (role,), part in named.sort("role").group_by("role", maintain_order=True)
    ]


def order_trace(detail: pl.DataFrame, legs: pl.DataFrame, entries: pl.DataFrame) -> pl.DataFrame:
    """Rows of VOUCHER_TRACE plus `entry`: every order behind every voucher line; no bill line (line_id null).

    `legs`: with account_code, account_name, aux, as they were merged into `entries`.
    """
    keys = ["shop", "role", "currency"]
    places = [*(key for key in _KEYS if key != "role"), "account_code", "account_name", "aux"]
    known = legs.select(*keys, "account_code", "account_name", "aux").unique()
    merged = entries.filter(~pl.col("own")).select(*places, "entry", "voucher_id", "seq")
    return (
        detail.join(known, on=keys, how="left", nulls_equal=True, maintain_order="left")
        .join(merged, on=places, how="left", nulls_equal=True, maintain_order="left")
        .select(
            pl.lit(None, dtype=pl.Int64).alias("line_id"), "source_id", "source_line", "order_id", "amount_minor",
            "entry", "voucher_id", "seq",
        )
    )  # fmt: skip
