"""What speaks against booking a run: stops, accounts that are not proved, missing days, totals that differ.

`summary.json` lists it under `vouchers.obstacles`; `ecrecon vouchers` refuses to export while anything stands there.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from ecrecon.base.variances import BY_CODE
from ecrecon.report.amounts import money_expr, text
from ecrecon.report.model import Report

Json = dict[str, Any]

STOP, TOTAL, UNPROVED, MISSING = "stop", "control_total", "account_unproved", "days_missing"
REASONS = (STOP, TOTAL, UNPROVED, MISSING)
_OF_CODE = {"F05": TOTAL, "F06": UNPROVED, "T01": UNPROVED, "M02": UNPROVED, "F07": MISSING, "F12": MISSING}
_STANDING = ("stop", "break", "review")
MOST_FILES = 5


def obstacles(report: Report) -> list[Json]:
    """One row per reason, type, shop, account and currency, in the order of REASONS. `files`: the first files concerned.

    An account is unproved where its printed balance does not roll (F06, `balance_ok`) or its settlement does not explain
    its movements (T01, M02); one that prints no balance is not.
    """
    told = _from_variances(report)
    files = {file.rpartition(":")[0] or file for row in told if row["reason"] == TOTAL for file in row["files"]}
    files |= {file for row in told if row["reason"] == TOTAL for file in row["files"]}
    accounts = {row["account"] for row in told if row["reason"] == UNPROVED}
    told += [row for row in _from_totals(report) if row["files"][0] not in files]
    told += [row for row in _from_accounts(report) if row["account"] not in accounts]
    shown = [{**row, "files": row["files"][:MOST_FILES]} for row in told]
    return sorted(shown, key=lambda row: (REASONS.index(row["reason"]), *(str(row[key] or "") for key in _KEYS)))


_KEYS = ("code", "platform", "shop", "account", "currency")


def _from_variances(report: Report) -> list[Json]:
    """Few rows by nature: types times accounts."""
    code = pl.col("code").cast(pl.String)
    counted = report.variances.filter(
        (pl.col("kind") == "stop") | (code.is_in(list(_OF_CODE)) & pl.col("kind").cast(pl.String).is_in(_STANDING))
    )
    groups = (
        counted.with_columns(
            code.alias("code"),
            pl.when(pl.col("kind") == "stop").then(pl.lit(STOP)).otherwise(code.replace(_OF_CODE)).alias("reason"),
            money_expr().alias("minor"),
        )
        .group_by("reason", *_KEYS)
        .agg(pl.len().alias("count"), pl.col("minor").sum(), pl.col("sources").drop_nulls())
        .sort("reason", *_KEYS, nulls_last=True)
    )
    return [
        _row(
            row["reason"], row["code"], row["platform"], row["shop"], row["account"],
            files=sorted({file for told in row["sources"] for file in told.split(";")} - {""}),
            count=row["count"], currency=row["currency"], minor=row["minor"],
        )
        for row in groups.iter_rows(named=True)
    ]  # fmt: skip


def _from_totals(report: Report) -> list[Json]:
    """Printed totals that differ, also where the difference is told in a milder way than F05."""
    return [
        _row(TOTAL, "F05", source.platform, source.shop, source.account, files=[source.path], count=1)
        for source in report.sources
        if any(not control.ok for control in source.control)
    ]


def _from_accounts(report: Report) -> list[Json]:
    broken = report.accounts.filter(~pl.col("balance_ok"))
    return [
        _row(UNPROVED, "F06", row["platform"], row["shop"], row["account"], currency=row["currency"], count=1)
        for row in broken.iter_rows(named=True)
    ]


def _row(
    reason: str, code: str, platform: str | None, shop: str | None, account: str | None, *,
    count: int, files: list[str] | None = None, currency: str | None = None, minor: int = 0,
) -> Json:  # fmt: skip
    return {
        "reason": reason, "code": code, "type": BY_CODE[code].name, "platform": platform, "shop": shop, "account": account,
        "count": count, "currency": currency, "amount": text(minor, currency), "files": files or [],
    }  # fmt: skip
