"""What only the accountant can say (README.md "ecrecon.toml"): asked at a terminal, given by options elsewhere."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import typer

from ecrecon.base.errors import ConfigError
from ecrecon.base.texts import tr
from ecrecon.issuing.targets.chart import TITLES, read_chart, standard_of


class Standard(StrEnum):
    """`--standard`."""

    sbe = "sbe"
    asbe = "asbe"


class VatStatus(StrEnum):
    """`--vat-status`."""

    general = "general"
    small = "small"


class RevenuePoint(StrEnum):
    """`--revenue-point`."""

    confirmed = "confirmed"
    shipped = "shipped"
    settled = "settled"
    none = "none"


WordT = TypeVar("WordT", bound=StrEnum)


@dataclass(frozen=True)
class Answers:
    """None: not answered; nothing is guessed."""

    standard: Standard | None = None
    vat_status: VatStatus | None = None
    revenue_point: RevenuePoint | None = None
    chart: Path | None = None

    @property
    def missing(self) -> list[str]:
        """Keys that vouchers need and that have no answer."""
        return [name for name in ("standard", "vat_status", "revenue_point") if getattr(self, name) is None]


def ask(given: Answers) -> Answers:
    """Ask for what `given` lacks, where a person sits at the terminal; Enter leaves a question open."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return given
    standard, status, point = given.standard, given.vat_status, given.revenue_point
    if given.missing:
        typer.echo(
            tr("回车跳过，以后可在 ecrecon.toml 里写。", "Enter skips; ecrecon.toml can say it later."), err=True
        )
    if standard is None:
        told = {
            Standard.sbe: tr("小企业会计准则", "small enterprises"),
            Standard.asbe: tr("企业会计准则", "enterprises"),
        }
        standard = _choose(tr("会计准则", "accounting standard"), told)
    if status is None:
        words = {
            VatStatus.general: tr("一般纳税人", "general taxpayer"),
            VatStatus.small: tr("小规模纳税人", "small-scale taxpayer"),
        }
        status = _choose(tr("增值税纳税人身份", "VAT status"), words)
    if point is None:
        points = {
            RevenuePoint.confirmed: tr("买家确认收货时", "when the buyer confirms"),
            RevenuePoint.shipped: tr("发货时", "when goods are shipped"),
            RevenuePoint.settled: tr("货款到账时", "when the money comes"),
            RevenuePoint.none: tr("收入由别处记账", "revenue is booked elsewhere"),
        }
        point = _choose(tr("何时确认收入", "when is a sale revenue"), points)
    return Answers(standard, status, point, given.chart if given.chart is not None else _chart())


def _choose(title: str, words: dict[WordT, str]) -> WordT | None:
    """One of `words`, named by its number or its key; None where the person skips."""
    keys = list(words)
    typer.echo(title, err=True)
    for number, key in enumerate(keys, start=1):
        typer.echo(f"  {number}. {key}  {words[key]}", err=True)
    while True:
        text = _prompt(tr("请选择", "choose"))
        if not text:
            return None
        found = next((key for number, key in enumerate(keys, start=1) if text in (str(number), key)), None)
        if found is not None:
            return found
        typer.echo(tr(f"请输入 1 到 {len(keys)}", f"type 1 to {len(keys)}"), err=True)


def _chart() -> Path | None:
    while True:
        text = _prompt(tr("科目表文件（CSV 或 XLSX，可跳过）", "chart of accounts (CSV or XLSX, may be skipped)"))
        path = Path(text.strip().strip("\"'")).expanduser()
        if not text or path.is_file():
            return path if text else None
        typer.echo(tr(f"找不到 {path}", f"no such file: {path}"), err=True)


def _prompt(title: str) -> str:
    try:
        return str(typer.prompt(title, default="", show_default=False, err=True)).strip()
    except typer.Abort:
        raise KeyboardInterrupt from None


def check_chart(answers: Answers) -> Answers:
    """The chart must be readable, and of the standard that was named; it answers that question where nobody did.

    Raises ConfigError otherwise: 5001 and 4001 are different accounts in the two standards.
    """
    if answers.chart is None:
        return answers
    found = standard_of(read_chart(answers.chart))
    if found is None:
        return answers
    if found.standard == "old" or (answers.standard is not None and found.standard != answers.standard):
        raise ConfigError(
            tr(f"{answers.chart.name} 是{TITLES[found.standard][0]}的科目表（{found.told}）",
               f"{answers.chart.name} is a chart of {TITLES[found.standard][1]} ({found.told})"),
            tr("改正 --standard，或换科目表", "mend --standard, or give the other chart"),
        )  # fmt: skip
    return replace(answers, standard=Standard(found.standard))
