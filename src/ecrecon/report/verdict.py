"""The result of a run in plain words: what it means, what was not checked, what speaks against booking it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from ecrecon.base.texts import tr
from ecrecon.base.variances import BY_CODE
from ecrecon.report import labels, todo
from ecrecon.report.labels import DEFAULT_CURRENCY, grouped, money_expr, shown, text
from ecrecon.report.model import Report
from ecrecon.report.todo import causes

# What was not checked, in words: which file is missing and what waits for it.


def of_shop(report: Report, shop: str | None) -> list[str]:
    """Phrases about one shop; a file that lies in nobody's folder may be of every shop."""
    rows = report.unchecked.filter((pl.col("shop") == shop).fill_null(value=False) | pl.col("shop").is_null())
    return [phrase(row) for row in rows.iter_rows(named=True)]


def sentences(unchecked: pl.DataFrame) -> list[str]:
    """One per row of the frame UNCHECKED, with its shop."""
    return [
        tr(f"店铺 {row['shop']} {phrase(row)}", f"shop {row['shop']}: {phrase(row)}") if row["shop"] else phrase(row)
        for row in unchecked.iter_rows(named=True)
    ]


def phrase(row: Mapping[str, object]) -> str:
    """One row of the frame UNCHECKED."""
    count = row["count"] or 0
    match row["reason"]:
        case "no_order_file":
            return tr(
                f"缺订单文件：{count} 笔订单收退款（净额 {_amount(row)}）没有核对",
                f"no order file: {count} lines of order money (net {_amount(row)}) not checked",
            )
        case "bill_missing":
            name = _accounts(str(row["account"] or ""))
            return tr(f"缺{name}账单：{count} 个订单没有核对", f"no bill of {name}: {count} orders not checked")
        case "refund_unverified":
            return tr(
                f"缺售后文件：{count} 笔退款（{_amount(row)}）没有核对",
                f"no after-sale file: {count} refunds ({_amount(row)}) not checked",
            )
        case _:
            return tr(f"文件 {row['account']} 读不了，没有核对", f"file {row['account']} cannot be read, not checked")


def _amount(row: Mapping[str, object]) -> str:
    code = str(row["currency"] or DEFAULT_CURRENCY)
    return (
        f"{grouped(int(str(row['amount_minor'] or 0)), code)} {tr('元', 'CNY') if code == DEFAULT_CURRENCY else code}"
    )


def _accounts(text: str) -> str:
    """Accounts or kinds of accounts (`alipay/wechatpay`) as people call them."""
    names = [labels.platform(name) for name in text.split("/") if name]
    return tr("、", ", ").join(names) or tr("账户", "the account")


# What speaks against booking a run: stops, accounts that are not proved, missing days, totals that differ.

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


# The result of a run in plain words; the workbook and the console say the same.

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
