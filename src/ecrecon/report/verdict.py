"""The result of a run in plain words; the workbook and the console say the same."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from ecrecon.base.texts import tr
from ecrecon.report import labels, todo
from ecrecon.report.amounts import DEFAULT_CURRENCY, grouped, shown
from ecrecon.report.gaps import of_shop, sentences
from ecrecon.report.model import Report
from ecrecon.report.todo import causes

_TOP_CAUSES = 3
_LEFT_SHOWN = 2


def counts(report: Report) -> dict[str, int]:
    """Number of variance rows by kind."""
    kinds = report.variances["kind"].cast(pl.String).value_counts().iter_rows()
    return {kind: number for kind, number in kinds if kind}


def at_risk(report: Report) -> str:
    """Σ |money| of all breaks about orders, payouts and shops, per currency, as text."""
    sums = todo.at_risk(report)
    return "；".join(amount(money, currency) for currency, money in sums.items()) or amount(0, None)


def amount(minor: int, currency: str | None) -> str:
    """`1,234.50 元`; other currencies by their code."""
    code = currency or DEFAULT_CURRENCY
    unit = tr("元", "CNY") if code == DEFAULT_CURRENCY else code
    return f"{grouped(minor, code)} {unit}"


def amounts(sums: Mapping[str, int], currency: str) -> str:
    """Sums by currency as the rows of the shops show them; a currency that is not the row's is named. Nothing is 0."""
    texts = [
        shown(minor, currency) if code == currency else f"{grouped(minor, code)} {code}" for code, minor in sums.items()
    ]
    return "；".join(texts) or shown(0, currency)


def headline(report: Report) -> str:
    """One sentence: can the figures be trusted, and is money at risk; never that all is well beside what was not checked."""
    found, left = _found(report), _left(report)
    if not left:
        return found or _all_agreed(report)
    if found:
        return found + tr(f"；{left}", f"; {left}")
    return left + tr("；核对过的部分没有发现问题", "; nothing was found in what was checked")


def _left(report: Report) -> str:
    """What was not checked: the first of it, and how much more."""
    told = sentences(report.unchecked)
    if not told:
        return ""
    more = len(told) - _LEFT_SHOWN
    text = tr("；", "; ").join(told[:_LEFT_SHOWN]) + (tr(f"；另有 {more} 处", f"; {more} more") if more > 0 else "")
    return tr(f"没有全部核对：{text}", f"not everything was checked: {text}")


def _all_agreed(report: Report) -> str:
    if not any(source.readable for source in report.sources):
        return tr("没有可核对的文件", "nothing to reconcile")
    if not _compares(report):
        return tr(
            "文件本身没有问题；没有平台账单和订单，没有互相核对",
            "the files themselves are sound; without bills and orders of a platform nothing was compared",
        )
    return tr("全部一致：每一笔账单都有去向，没有差异", "all agreed: every line is explained")


def _compares(report: Report) -> bool:
    """True where a bill or an order file of a platform is here: a bank statement alone has nothing to be compared with."""
    kinds = {source.kind for source in report.sources if source.readable and source.platform != "bank"}
    return bool(kinds & {"bill", "orders"})


def _found(report: Report) -> str:
    by_kind = counts(report)
    stops, breaks, reviews = (by_kind.get(kind, 0) for kind in ("stop", "break", "review"))
    if stops:
        return tr(
            f"有 {stops} 个文件问题：相关账户的数字暂不可信，先处理它们",
            f"{stops} file problems: the figures of these accounts cannot be trusted yet",
        )
    if breaks:
        money = at_risk(report)
        return tr(f"有 {breaks} 项差异要处理，涉及 {money}", f"{breaks} differences to settle, {money} at risk")
    if reviews and report.unchecked.is_empty() and _compares(report):
        return tr(f"没有差异，另有 {reviews} 项待确认", f"no differences; {reviews} items to confirm")
    return tr(f"有 {reviews} 项待确认", f"{reviews} items to confirm") if reviews else ""


def next_steps(report: Report) -> list[str]:
    """What to do now, most important first."""
    by_kind = counts(report)
    steps = []
    if by_kind.get("stop"):
        steps.append(
            tr("先处理“待办”最上面的文件问题，再重新运行", "settle the file problems on top of To do, run again")
        )
    missing = report.variances.filter(pl.col("code").cast(pl.String).is_in(["F12", "F07"])).height
    if missing:
        steps.append(tr(f"补下缺少的账单（{missing} 处），再重新运行", f"download {missing} missing bills, run again"))
    top = causes(report).filter(~pl.col("code").cast(pl.String).str.starts_with("F") & (pl.col("kind") == "break"))
    if not top.is_empty():
        named = tr("；", "; ").join(
            f"{labels.type_name(row['code'])} {row['count']} {tr('笔', 'x')} {amount(row['money'], row['currency'])}"
            for row in top.head(_TOP_CAUSES).iter_rows(named=True)
        )
        steps.append(tr(f"按原因处理差异：{named}", f"settle the differences: {named}"))
    if by_kind.get("review"):
        steps.append(
            tr("待确认的项目在“待办”的“处理”列选择", "choose in the column Decision of To do for items to confirm")
        )
    steps.append(voucher_line(report))
    return steps


def voucher_line(report: Report) -> str:
    """State of the vouchers in one sentence."""
    if report.voucher_problems:
        first, rest = report.voucher_problems[0], len(report.voucher_problems) - 1
        more = tr(f"；另有 {rest} 项，见 ecrecon vouchers", f"; {rest} more, see ecrecon vouchers") if rest else ""
        named = first.startswith(tr("未生成凭证", "no vouchers"))
        return ("" if named else tr("凭证：", "vouchers: ")) + first + more
    number = report.vouchers["voucher_id"].n_unique()
    if not number:
        return tr("本次没有凭证", "no vouchers in this run")
    total = grouped(int(report.vouchers["debit_minor"].sum()))
    return tr(
        f"凭证 {number} 张，借贷合计各 {total}，见 vouchers.csv",
        f"{number} vouchers, debit and credit {total} each, see vouchers.csv",
    )


def shop_verdict(report: Report, row: Mapping[str, object]) -> str:
    """The verdict of one row of the shops frame in plain words, with the files that are missing."""
    verdict = str(row["verdict"] or "")
    breaks, reviews = (int(str(row[name] or 0)) for name in ("breaks", "reviews"))
    parts = []
    if verdict == "stop":
        parts.append(tr("数字暂不可信，先处理文件问题", "figures cannot be trusted yet"))
    elif verdict == "not_checked":
        parts.append(tr("未核对", "not checked"))
    elif verdict not in labels.VERDICTS and verdict:
        parts.append(verdict)
    if breaks:
        parts.append(tr(f"{breaks} 项差异要处理", f"{breaks} differences"))
    if reviews:
        parts.append(tr(f"{reviews} 项待确认", f"{reviews} to confirm"))
    parts += of_shop(report, str(row["shop"] or ""))
    return tr("；", "; ").join(parts) or tr("一致", "agreed")


def shop_name(row: Mapping[str, object]) -> str:
    """What a row of the shops is called; what belongs to no shop by its platform."""
    return str(row["shop"] or "") or labels.platform(str(row["platform"] or "")) or tr("（不属于店铺）", "(of no shop)")


def shop_word(row: Mapping[str, object]) -> str:
    """The verdict of one shop in one word."""
    return labels.word(labels.VERDICTS, str(row["verdict"] or "ok"))
