"""`alerts.csv`: what reached a limit of `[alerts]` in ecrecon.toml. Without limits there is no alert."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from ecrecon.base.money import limit_minor, rate_scaled
from ecrecon.base.schema import Schema
from ecrecon.base.texts import tr
from ecrecon.report import labels
from ecrecon.report.labels import DEFAULT_CURRENCY, grouped, money_expr, shown, text
from ecrecon.report.model import Report
from ecrecon.report.todo import URGENT

ALERTS: Schema = {
    "rule": pl.String, "platform": pl.String, "shop": pl.String, "account": pl.String, "order_id": pl.String,
    "variance_id": pl.String, "value": pl.String, "limit": pl.String, "currency": pl.String, "text": pl.String,
}  # fmt: skip
"""`rule`: a key of `[alerts]`. `value` and `limit` in the unit of the rule: an amount, days, or a share."""
ALERT_COLUMNS: tuple[str, ...] = tuple(ALERTS)

_Row = dict[str, str | None]


def alerts(report: Report) -> pl.DataFrame:
    """Frame ALERTS, sorted by rule as declared, then shop, account, order, variance."""
    limits = report.settings.get("alerts")
    found: list[_Row] = []
    for rule, find in _RULES.items():
        limit = limits.get(rule) if isinstance(limits, Mapping) else None
        if limit is not None:
            rows = [{"rule": rule, "limit": str(limit), **row} for row in find(report, str(limit))]
            found += sorted(rows, key=_place)
    return pl.DataFrame(found, schema=dict(ALERTS))


def _place(row: _Row) -> tuple[str, ...]:
    return tuple(row.get(name) or "" for name in ("platform", "shop", "account", "order_id", "variance_id"))


def _minor(limit: str, currency: str | None) -> int:
    return limit_minor(limit, currency or DEFAULT_CURRENCY)


def _variances(report: Report, limit: str) -> list[_Row]:
    urgent = report.variances.filter(pl.col("kind").cast(pl.String).is_in(URGENT)).with_columns(
        money=money_expr().abs()
    )
    rows: list[_Row] = []
    for (currency,), part in urgent.group_by("currency", maintain_order=True):
        word = str(currency) if currency else DEFAULT_CURRENCY
        for row in part.filter(pl.col("money") >= _minor(limit, word)).iter_rows(named=True):
            name = labels.type_name(row["code"])
            rows.append({
                **{key: row[key] for key in ("platform", "shop", "account", "order_id", "variance_id")},
                "value": text(row["money"], word), "currency": word,
                "text": f"{name} {grouped(row['money'], word)}",
            })  # fmt: skip
    return rows


def _shops(report: Report, limit: str) -> list[_Row]:
    breaks = report.variances.filter(pl.col("kind").cast(pl.String) == "break", pl.col("shop").is_not_null())
    sums = breaks.group_by("platform", "shop", "currency").agg(money_expr().abs().sum().alias("money"), pl.len())
    rows: list[_Row] = []
    for platform, shop, currency, money, count in sums.iter_rows():
        if money >= _minor(limit, currency):
            word = currency or DEFAULT_CURRENCY
            said = tr(f"{count} 项差异共 {grouped(money, word)}", f"{count} differences, {grouped(money, word)} in all")
            rows.append(
                {"platform": platform, "shop": shop, "value": text(money, word), "currency": word, "text": said}
            )
    return rows


def _overdue(report: Report, limit: str) -> list[_Row]:
    late = (pl.lit(report.as_of.date()) - pl.col("expected_by")).dt.total_days()
    items = report.open_items.filter(pl.col("state") == "overdue").with_columns(days=late)
    rows: list[_Row] = []
    for row in items.filter(pl.col("days") >= int(limit)).iter_rows(named=True):
        money = shown(row["open_minor"] or 0, row["currency"])
        said = tr(f"应于 {row['expected_by']} 到账，未收 {money}", f"expected by {row['expected_by']}, open {money}")
        keys = {key: row[key] for key in ("platform", "shop", "account", "order_id", "currency")}
        rows.append({**keys, "value": str(row["days"]), "text": said})
    return rows


def _refunds(report: Report, limit: str) -> list[_Row]:
    """Compared as integers: refunds x denominator >= receipts x numerator."""
    numerator, denominator = rate_scaled(limit)
    rows: list[_Row] = []
    for row in report.shops.filter(pl.col("received_minor") > 0).iter_rows(named=True):
        refunded, received = -(row["refunded_minor"] or 0), row["received_minor"]
        if refunded * denominator >= received * numerator:
            share = f"{(refunded * 20_000 + received) // (2 * received) / 10_000:.4f}"
            currency = row["currency"] or DEFAULT_CURRENCY
            amounts = f"{shown(refunded, currency)} / {shown(received, currency)}"
            said = tr(f"退款 / 收款 {amounts}", f"refunds / receipts {amounts}")
            keys = {"platform": row["platform"], "shop": row["shop"], "currency": currency}
            rows.append({**keys, "value": share, "text": said})
    return rows


def _missing(report: Report, limit: str) -> list[_Row]:
    lacking = report.coverage.filter(pl.col("missing_days") >= int(limit))
    return [
        {
            "platform": row["platform"], "shop": row["shop"], "account": row["account"] or row["account_kind"],
            "value": str(row["missing_days"]), "text": tr(f"账单缺 {row['missing']}", f"no bill for {row['missing']}"),
        }
        for row in lacking.iter_rows(named=True)
    ]  # fmt: skip


_RULES: dict[str, Callable[[Report, str], list[_Row]]] = {
    "variance": _variances, "shop": _shops, "overdue_days": _overdue, "refund_rate": _refunds, "missing_days": _missing,
}  # fmt: skip
