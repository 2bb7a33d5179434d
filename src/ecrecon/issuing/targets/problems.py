"""What a target would refuse, found before a byte is written (docs/targets.md "What is checked")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ecrecon.base.money import decimal_text
from ecrecon.base.texts import tr
from ecrecon.issuing.targets.cells import encodes
from ecrecon.issuing.targets.chart import TITLES, ChartAccount, standard_of
from ecrecon.issuing.targets.layout import Layout
from ecrecon.issuing.targets.model import Voucher, VoucherLine


@dataclass(frozen=True)
class Books:
    """What is known of the user's books. `chart`: None where no chart was given. `dimensions`: account code ->
    classes it wants. `codes`: class -> item of ours (shop, account) -> code in the books. `standard`: sbe or asbe, as the
    workspace says."""

    chart: Mapping[str, ChartAccount] | None
    dimensions: Mapping[str, Sequence[str]]
    codes: Mapping[str, Mapping[str, str]]
    standard: str | None = None


def chart_problems(books: Books) -> list[str]:
    """The chart is of another accounting standard than the vouchers: 5001 is revenue in one, cost of production in the
    other, so that the wrong one would book without complaint (docs/accounting.md "Accounts")."""
    found = standard_of(books.chart) if books.chart is not None else None
    if found is None or books.standard is None or found.standard == books.standard:
        return []
    ours = TITLES[books.standard]
    return [
        tr(
            f'科目表是{TITLES[found.standard][0]}的（{found.told}），凭证按{ours[0]}（standard = "{books.standard}"）做：'
            "同一代码是不同的科目。请改正 standard 或换科目表",
            f"the chart is of {TITLES[found.standard][1]} ({found.told}), the vouchers are of {ours[1]} "
            f'(standard = "{books.standard}"): one code means different accounts. Mend standard or give the other chart',
        )
    ]


def voucher_problems(voucher: Voucher, layout: Layout, books: Books) -> list[str]:
    """What keeps one voucher from being imported: a sentence each."""
    name = f"{voucher.word}-{voucher.number}"
    found = []
    debit = sum(line.debit_minor for line in voucher.lines)
    credit = sum(line.credit_minor for line in voucher.lines)
    if debit != credit:
        sides = f"{decimal_text(debit)} / {decimal_text(credit)}"
        found.append(tr(f"凭证 {name} 借贷不平：{sides}", f"voucher {name} does not balance: {sides}"))
    if (voucher.day.year, voucher.day.month) != (voucher.year, voucher.period):
        month = f"{voucher.year:04d}-{voucher.period:02d}"
        found.append(
            tr(
                f"凭证 {name} 的日期 {voucher.day} 不在会计期间 {month} 内",
                f"{voucher.day} of {name} is not in {month}",
            )
        )
    limits, encoding = layout.limits, layout.target.encoding
    found += _not_encodable(tr("凭证字", "word"), voucher.word, encoding)
    found += _too_long(tr("凭证字", "word"), voucher.word, limits.word, encoding)
    for line in voucher.lines:
        if line.debit_minor and line.credit_minor:
            found.append(tr(f"凭证 {name} 第 {line.seq} 行借贷都有金额", f"line {line.seq} of {name} has both sides"))
        found += _account_problems(line, name, books)
        found += _too_long(tr("摘要", "summary"), line.summary, limits.summary, encoding)
        found += _too_long(tr("科目", "account"), line.account_code, limits.account, encoding)
        found += _not_encodable(tr("科目", "account"), line.account_code, encoding)
        found += _amount_too_large(line, name, limits.amount)
        found += _dimension_problems(line, layout)
        if limits.slots is not None and len(line.dimensions) > limits.slots:
            found.append(
                tr(
                    f"科目 {line.account_code} 有 {len(line.dimensions)} 个辅助核算，目标最多 {limits.slots} 个",
                    f"account {line.account_code} has {len(line.dimensions)} dimensions, at most {limits.slots} fit",
                )
            )
    return found


def numbers_too_high(vouchers: Sequence[Voucher], most: int | None) -> list[str]:
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


def _dimension_problems(line: VoucherLine, layout: Layout) -> list[str]:
    """A dimension that no column takes would be lost on the way."""
    if not layout.column:
        return []
    slots = {column.slot for column in layout.column if column.kind is None and column.value.startswith("dimension_")}
    kinds = {column.kind for column in layout.column if column.kind is not None}
    found = []
    for place, item in enumerate(line.dimensions, start=1):
        found += _not_encodable(tr(f"{item.kind}编码", f"code of {item.kind}"), item.code, layout.target.encoding)
        if item.kind not in kinds and place not in slots:
            found.append(
                tr(
                    f"科目 {line.account_code} 需要辅助核算“{item.kind}”，目标文件没有这一列",
                    f"account {line.account_code} wants the dimension {item.kind!r}, the target has no column for it",
                )
            )
    return found


def _amount_too_large(line: VoucherLine, name: str, most: int | None) -> list[str]:
    shown = decimal_text(line.amount_minor)
    if most is None or len(shown) <= most:
        return []
    return [
        tr(
            f"凭证 {name} 第 {line.seq} 行的金额 {shown} 超过 {most} 位：请把 voucher_granularity 改成 day 或 order",
            f"{shown} on line {line.seq} of {name} has over {most} characters: set voucher_granularity to day or order",
        )
    ]


def _not_encodable(what: str, text: str, encoding: str) -> list[str]:
    if encodes(text, encoding):
        return []
    lost = "".join(sorted({c for c in text if not encodes(c, encoding)}))
    return [
        tr(
            f"{what}“{text}”中的 {lost} 在 {encoding.upper()} 中没有：编码不能替换，请改用别的",
            f"{what} {text!r}: {lost} is not in {encoding.upper()}; a code cannot be replaced, use another",
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
