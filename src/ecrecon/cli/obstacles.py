"""What speaks against exporting the vouchers of a run, in sentences; the run's `summary.json` says it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ecrecon.base.errors import ConfigError
from ecrecon.base.texts import tr
from ecrecon.cli.run_folder import SUMMARY, damaged
from ecrecon.report.labels import type_name

MOST = 20
"""Obstacles that are printed; the rest is counted."""


def cleared(folder: Path, summary: dict[str, Any], despite: str | None) -> list[str]:
    """What stands against the export and is overruled by the reason `despite`; nothing where nothing stands.

    Raises ConfigError where something stands and no reason is given, or the run does not say.
    """
    rows = (summary.get("vouchers") or {}).get("obstacles")
    if not isinstance(rows, list):
        raise ConfigError(
            tr(f"{folder / SUMMARY} 没有写明可否导出（vouchers.obstacles）：由旧版本写出",
               f"{folder / SUMMARY} does not say whether vouchers may go out (vouchers.obstacles): an older version wrote it"),
            tr("重新运行 ecrecon match", "run ecrecon match again"),
        )  # fmt: skip
    if despite is not None and not despite.strip():
        raise ConfigError(
            tr("--despite 必须写明原因", "--despite needs a reason"),
            tr('写成 --despite "原因"', 'write --despite "why"'),
        )
    try:
        told = [sentence(row) for row in rows]
    except (KeyError, TypeError, AttributeError) as error:
        raise damaged(folder, SUMMARY, error) from None
    if told and despite is None:
        raise ConfigError(
            tr(f"没有写出文件：本次运行还不能入账，有 {len(told)} 处未解决",
               f"nothing was written: {len(told)} points speak against booking this run")
            + "".join(f"\n  {line}" for line in shortened(told)),
            tr('补齐或改正账单后重新运行 ecrecon match；确要照此入账，用 --despite "原因"，原因会写进导出日志',
               'complete or mend the bills and run ecrecon match again; to book it as it is give --despite "why", which goes into the log'),
        )  # fmt: skip
    return told


def shortened(told: list[str]) -> list[str]:
    """The first sentences, and how many there are besides."""
    rest = len(told) - MOST
    return [*told[:MOST], tr(f"… 另有 {rest} 处", f"… {rest} more")] if rest > 0 else told


def sentence(row: dict[str, Any]) -> str:
    """One obstacle: what it is, where, how much."""
    where = " ".join(str(row[key]) for key in ("shop", "account") if row[key])
    what = {
        "stop": tr("读不全、数字不可信", "not read in full, its figures cannot be trusted"),
        "control_total": tr("账单印的合计与明细不符", "printed totals differ from the lines"),
        "account_unproved": tr("账户没有证明：余额不连续，或结算与流水不符",
                               "the account is not proved: its balance does not roll, or settlement and movements differ"),
        "days_missing": tr("账单缺日或缺账单", "days or bills are missing"),
    }[row["reason"]]  # fmt: skip
    amount = (
        f" {row['amount']} {row['currency'] or ''}".rstrip() if row["amount"] and row["amount"].strip("-0.") else ""
    )
    files = "、".join(row["files"])
    name = type_name(row["code"])
    return f"{where or tr('整个运行', 'the run')}: {what}（{name} ×{row['count']}{amount}）{files}"
