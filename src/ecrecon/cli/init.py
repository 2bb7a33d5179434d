"""`ecrecon init`: a workspace to begin with, and what only the accountant can say of it."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from ecrecon.base.errors import ConfigError, EcreconError
from ecrecon.base.texts import tr
from ecrecon.cli.options import LangOption
from ecrecon.cli.terminal import choose_language, say
from ecrecon.disk.durable import refused
from ecrecon.issuing.targets.chart import TITLES, read_chart, standard_of
from ecrecon.pipeline import is_file, is_folder, parse_period
from ecrecon.settings.workspace import FILE_NAME

# What only the accountant can say (README.md "ecrecon.toml"): asked at a terminal, given by options elsewhere.


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


# `ecrecon init`: a workspace to begin with. Every key but the first month may stay as it is.


def command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="文件夹 / folder of the bills")],
    start: Annotated[str | None, typer.Option("--start", help="启用月份 / first month, e.g. 2026-10")] = None,
    standard: Annotated[Standard | None, typer.Option("--standard", help="会计准则 / accounting standard")] = None,
    vat_status: Annotated[VatStatus | None, typer.Option("--vat-status", help="纳税人身份 / VAT status")] = None,
    revenue_point: Annotated[
        RevenuePoint | None, typer.Option("--revenue-point", help="何时确认收入 / when a sale is revenue")
    ] = None,
    chart: Annotated[Path | None, typer.Option("--chart", help="科目表 CSV/XLSX / chart of accounts")] = None,
    lang: LangOption = None,
) -> None:
    """写一个带注释的 ecrecon.toml，从不覆盖 / write a commented ecrecon.toml, never over another."""
    choose_language(lang)
    month = parse_period(start) if start is not None else None
    target = folder / FILE_NAME
    if is_file(target) or is_folder(target):
        raise _there_already(target)
    answers = check_chart(ask(Answers(standard, vat_status, revenue_point, chart)))
    text = workspace_text(month, answers, _beside(answers.chart, folder))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with target.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except FileExistsError:
        raise _there_already(target if target.exists() else folder) from None
    except OSError as error:
        raise refused(target, error, tr("换一个文件夹", "give another folder")) from None
    say(_next_steps(target, start, answers))


def _there_already(where: Path) -> EcreconError:
    return EcreconError(
        tr(f"{where} 已存在，没有改动", f"{where} is there already and was left as it is"),
        tr("直接编辑它，或换一个文件夹", "edit it, or give another folder"),
    )


def _beside(chart: Path | None, folder: Path) -> str | None:
    """The chart as ecrecon.toml names it: relative to itself, with slashes."""
    if chart is None:
        return None
    try:
        return Path(os.path.relpath(chart.resolve(), folder.resolve())).as_posix()
    except ValueError:  # another drive
        return chart.resolve().as_posix()


def _next_steps(target: Path, start: str | None, answers: Answers) -> str:
    lines = [tr(f"已写出 {target}", f"wrote {target}")]
    if start:
        earlier = _months_before(start, 3)
        lines += [
            tr(f"1. 把 {start} 起的账单放进该文件夹", f"1. put the bills from {start} on into this folder"),
            tr(f"2. 订单和售后从 {earlier} 起就要放进来", f"2. orders and after-sales from {earlier} on"),
        ]
    else:
        lines.append(tr("1. 把账单、订单和售后放进该文件夹", "1. put bills, orders and after-sales into this folder"))
    lines.append(f"{len(lines)}. ecrecon match {target.parent}")
    if answers.missing:
        names = "、".join(answers.missing)
        lines.append(
            tr(f"没有回答 {names}：核对照常进行，在 {FILE_NAME} 写上以后才生成凭证",
               f"not answered: {names}. Everything is reconciled; vouchers wait until {FILE_NAME} says it")
        )  # fmt: skip
    return "\n".join(lines)


def _months_before(period: str, number: int) -> str:
    year, month = (int(part) for part in period.split("-"))
    years, month_index = divmod(year * 12 + month - 1 - number, 12)
    return f"{years}-{month_index + 1:02d}"


def workspace_text(start: str | None, answers: Answers, chart: str | None = None) -> str:
    """The text of a new ecrecon.toml. A line that begins with `#` and no blank is a setting to switch on.

    chart: path of the chart of accounts, relative to the file.
    """
    opening = f"date = {start}-01" if start else "#date = 2026-10-01"
    point = answers.revenue_point
    return "\n".join([
        tr("# ecrecon 的设置。每个键都有默认值，删掉哪一行都可以。全部的键见 README。",
           "# Settings of ecrecon. Every key has a default, any line may go. The README names all keys."),
        tr("# 以 # 开头、后面没有空格的行是可选设置：去掉 # 即生效。",
           "# A line that begins with # and no blank is an optional setting: take the # away to use it."),
        "",
        tr('#company = "示例商贸有限公司"', '#company = "Example Trading Ltd."'),
        tr("# 会计准则：sbe 小企业会计准则，asbe 企业会计准则。写了准则和纳税人身份才生成凭证。",
           "# Accounting standard: sbe (small enterprises) or asbe. Vouchers need it and the VAT status."),
        _line("standard", answers.standard, "sbe"),
        _line("vat_status", answers.vat_status, "general").ljust(32)
        + tr("# general 一般纳税人，small 小规模", "# general or small taxpayer"),
        "",
        tr("# 您的科目表（从财务软件导出）：导出凭证时检查科目和辅助核算。",
           "# Your chart of accounts, exported from the accounting program: vouchers are checked against it."),
        "[posting]" if chart else "#[posting]",
        _line("chart", chart, "科目表.xlsx"),
        "",
        tr("# 何时确认收入，必须由会计确认：confirmed 确认收货，shipped 发货，settled 到账，none 收入由别处记账。",
           "# When a sale is revenue, for the accountant to confirm: confirmed, shipped, settled; none: booked elsewhere."),
        "[posting.policy]" if point else "#[posting.policy]",
        _line("revenue_point", point, "confirmed"),
        "",
        "[opening]",
        tr("# 从哪一天开始核对。之前的订单只用来认出旧款。",
           "# The first day that is reconciled. Earlier orders only explain late money."),
        opening,
        "",
        "[tolerances]",
        '#group = "0.01"                 ' + tr("# 每张订单的尾差容差，元", "# rounding per order, yuan"),
        '#cap = "10.00"                  ' + tr("# 每店每月尾差合计上限，元", "# sum of roundings per shop and month, yuan"),
        "",
        "[alerts]",
        tr("# 达到这些界限的项目写进 alerts.csv。", "# What reaches one of these limits is written to alerts.csv."),
        '#variance = "500.00"            ' + tr("# 一项差异的金额", "# amount of one difference"),
        '#shop = "2000.00"               ' + tr("# 一个店铺差异的合计", "# sum of differences of a shop"),
        "#overdue_days = 15              " + tr("# 超期未回款的天数", "# days that a receipt is overdue"),
        '#refund_rate = "0.30"           ' + tr("# 退款占收款的比例", "# refunds as a share of receipts"),
        "",
        tr("# 店铺不写也能运行：店铺名取文件夹名。要固定名称、账户或费率时，每个店铺写一段：",
           "# Shops need not be named: the folder gives the name. To fix a name, account or rate, one block per shop:"),
        "#[[shops]]",
        '#name = "tmall_a"',
        '#platform = "taobao"',
        '#paths = ["taobao/tmall_a/**"]',
        "",
    ])  # fmt: skip


def _line(key: str, value: str | None, example: str) -> str:
    """A setting that was answered, or an example to switch on."""
    shown = json.dumps(str(value if value is not None else example), ensure_ascii=False)
    return f"{'#' if value is None else ''}{key} = {shown}"
