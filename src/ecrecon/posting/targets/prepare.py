"""From canonical vouchers to what a target can hold: dimensions filled, red amounts turned, texts made fit.

Nothing is changed silently: each replacement is a sentence; what cannot be mended is a problem, and then no file is
written (vouchers section 1.2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ecrecon.messages import tr
from ecrecon.money import decimal_text
from ecrecon.posting.targets.chart import ChartAccount
from ecrecon.posting.targets.layout import Layout
from ecrecon.posting.targets.model import Dimension, Voucher, VoucherLine

SHOP_CLASSES = ("客户", "店铺", "项目", "部门")
"""Classes that the shop of a line can fill; others need a code of their own."""


@dataclass(frozen=True)
class Prepared:
    """`vouchers` fit the target where `problems` is empty; `notes` say what was replaced."""

    vouchers: list[Voucher]
    problems: list[str]
    notes: list[str]


@dataclass(frozen=True)
class Books:
    """What is known of the user's books. `chart`: None where no chart was given. `dimensions`: account code ->
    classes it wants. `codes`: class -> item of ours (shop, account) -> code in the books."""

    chart: Mapping[str, ChartAccount] | None
    dimensions: Mapping[str, Sequence[str]]
    codes: Mapping[str, Mapping[str, str]]


def prepare(vouchers: Sequence[Voucher], layout: Layout, books: Books) -> Prepared:
    """Fill dimensions, turn red amounts where the target cannot hold them, fit texts, and check everything."""
    problems: list[str] = []
    notes: list[str] = []
    ready = []
    for voucher in vouchers:
        lines = [_fit(_dimensioned(line, voucher, books, problems), layout, notes) for line in voucher.lines]
        ready.append(voucher.with_lines(lines))
    for voucher in ready:
        problems += _voucher_problems(voucher, layout, books)
    problems += _numbers_too_high(ready, layout.limits.number)
    return Prepared(ready, _once(problems), _once(notes))


def _once(texts: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(texts))


def _dimensioned(line: VoucherLine, voucher: Voucher, books: Books, problems: list[str]) -> VoucherLine:
    wanted = list(books.dimensions.get(line.account_code, ()))
    if books.chart is not None and line.account_code in books.chart:
        wanted += [kind for kind in books.chart[line.account_code].dimensions if kind not in wanted]
    found = []
    for kind in wanted:
        item = line.facts.get(kind) or (line.facts.get("店铺", "") if kind in SHOP_CLASSES else "")
        code = books.codes.get(kind, {}).get(item)
        if code is None:
            problems.append(
                tr(
                    f"科目 {line.account_code} 需要辅助核算“{kind}”，没有 {item or '该项'} 的编码："
                    f'请在 ecrecon.toml 写 [posting.codes.{kind}] "{item}" = "编码"',
                    f"account {line.account_code} wants the dimension {kind!r}, {item or 'the item'} has no code: "
                    f'write [posting.codes.{kind}] "{item}" = "code" in ecrecon.toml',
                )
            )
        else:
            found.append(Dimension(kind, code, item))
    return replace(line, dimensions=tuple(found))


def _fit(line: VoucherLine, layout: Layout, notes: list[str]) -> VoucherLine:
    text = line.summary
    for bad, good in layout.limits.forbidden.items():
        if bad in text:
            notes.append(tr(f"摘要中的 {bad!r} 换成 {good!r}", f"{bad!r} in summaries became {good!r}"))
            text = text.replace(bad, good)
    encoding = layout.target.encoding
    lost = sorted({c for c in text if not _encodes(c, encoding)})
    if lost:
        shown = "".join(lost)
        notes.append(
            tr(
                f"摘要中的 {shown} 在 {encoding.upper()} 中没有，换成 ?",
                f"{shown} is not in {encoding.upper()} and became ?",
            )
        )
        text = "".join(c if _encodes(c, encoding) else "?" for c in text)
    debit, credit = line.debit_minor, line.credit_minor
    if layout.limits.negative == "flip" and (debit < 0 or credit < 0):
        notes.append(
            tr("红字金额改记另一方向：目标软件不接受负数", "red amounts stand on the other side: no negatives there")
        )
        debit, credit = max(debit, 0) - min(credit, 0), max(credit, 0) - min(debit, 0)
    return replace(line, summary=text, debit_minor=debit, credit_minor=credit)


def _encodes(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _voucher_problems(voucher: Voucher, layout: Layout, books: Books) -> list[str]:
    name = f"{voucher.word}-{voucher.number}"
    found = []
    debit = sum(line.debit_minor for line in voucher.lines)
    credit = sum(line.credit_minor for line in voucher.lines)
    if debit != credit:
        sides = f"{decimal_text(debit)} / {decimal_text(credit)}"
        found.append(tr(f"凭证 {name} 借贷不平：{sides}", f"voucher {name} does not balance: {sides}"))
    limits, encoding = layout.limits, layout.target.encoding
    found += _too_long(tr("凭证字", "word"), voucher.word, limits.word, encoding)
    for line in voucher.lines:
        if line.debit_minor and line.credit_minor:
            found.append(tr(f"凭证 {name} 第 {line.seq} 行借贷都有金额", f"line {line.seq} of {name} has both sides"))
        found += _account_problems(line, name, books)
        found += _too_long(tr("摘要", "summary"), line.summary, limits.summary, encoding)
        found += _too_long(tr("科目", "account"), line.account_code, limits.account, encoding)
        if limits.slots is not None and len(line.dimensions) > limits.slots:
            found.append(
                tr(
                    f"科目 {line.account_code} 有 {len(line.dimensions)} 个辅助核算，目标最多 {limits.slots} 个",
                    f"account {line.account_code} has {len(line.dimensions)} dimensions, at most {limits.slots} fit",
                )
            )
    return found


def _numbers_too_high(vouchers: Sequence[Voucher], most: int | None) -> list[str]:
    """One sentence however many there are: a month of order vouchers has more numbers than some software takes."""
    high = [voucher for voucher in vouchers if most is not None and voucher.number > most]
    if not high:
        return []
    name = f"{high[-1].word}-{high[-1].number}"
    return [
        tr(
            f"有 {len(high)} 张凭证的凭证号超过目标的上限 {most}（最大 {name}）："
            "请在 [posting.policy] 把 voucher_granularity 改成 day 或 month",
            f"{len(high)} vouchers have numbers above {most}, the most that the target takes (the last is {name}): "
            "set voucher_granularity to day or month under [posting.policy]",
        )
    ]


def _too_long(what: str, text: str, limit: int | None, encoding: str) -> list[str]:
    size = len(text.encode(encoding, "replace"))
    if limit is None or size <= limit:
        return []
    return [
        tr(
            f"{what}“{text}”有 {size} 字节，目标最多 {limit} 字节：请缩短店铺名或模板",
            f"{what} {text!r} has {size} bytes, the target takes {limit}: shorten the shop's name or the template",
        )
    ]


def _account_problems(line: VoucherLine, name: str, books: Books) -> list[str]:
    if not line.account_code:
        return [tr(f"凭证 {name} 第 {line.seq} 行没有科目", f"line {line.seq} of {name} has no account")]
    if books.chart is None:
        return []
    account = books.chart.get(line.account_code)
    if account is None:
        return [
            tr(
                f"科目 {line.account_code} {line.account_name} 不在科目表中："
                "请在 [posting.accounts] 写您账套里的末级科目",
                f"account {line.account_code} is not in the chart: give your leaf account under [posting.accounts]",
            )
        ]
    if not account.leaf:
        return [
            tr(
                f"科目 {line.account_code} {account.name} 不是末级科目：请在 [posting.accounts] 写它的下级科目",
                f"account {line.account_code} {account.name} is no leaf: give a sub-account under [posting.accounts]",
            )
        ]
    return []
