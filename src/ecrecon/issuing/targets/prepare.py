"""From canonical vouchers to what a target can hold: dimensions filled, red amounts turned, texts made fit.

Nothing is changed silently: each replacement is a sentence; what cannot be mended is a problem, and then no file is
written (docs/targets.md "What is checked").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ecrecon.base.money import decimal_text
from ecrecon.base.texts import tr
from ecrecon.issuing.targets.cells import Texts
from ecrecon.issuing.targets.layout import Layout
from ecrecon.issuing.targets.model import Dimension, Voucher, VoucherLine, negated
from ecrecon.issuing.targets.problems import Books, chart_problems, numbers_too_high, voucher_problems

SHOP_CLASSES = ("客户", "店铺", "项目", "部门")
"""Classes that the shop of a line can fill; others need a code of their own."""

UNEXPLAINED = "suspense"
"""The event of lines that nobody has explained yet (configs/posting/events.toml)."""


@dataclass(frozen=True)
class Prepared:
    """`vouchers` fit the target where `problems` is empty; `notes` say what was replaced."""

    vouchers: list[Voucher]
    problems: list[str]
    notes: list[str]


def prepare(vouchers: Sequence[Voucher], layout: Layout, books: Books) -> Prepared:
    """Fill dimensions, turn red amounts where the target cannot hold them, fit texts, and check everything."""
    problems: list[str] = []
    texts = Texts(layout)
    ready = []
    for voucher in vouchers:
        known = (_dimensioned(_named(line, books), books, problems) for line in voucher.lines)
        lines = [_fit(line, layout, texts) for line in known]
        head = replace(voucher, shop=texts.fit(voucher.shop), preparer=texts.fit(voucher.preparer))
        ready.append(head.with_lines(lines))
    problems += chart_problems(books)
    for voucher in ready:
        problems += voucher_problems(voucher, layout, books)
    problems += numbers_too_high(ready, layout.limits.number)
    return Prepared(ready, _once(problems), [*_once(texts.notes), *_unexplained(vouchers)])


def _once(texts: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(texts))


def _named(line: VoucherLine, books: Books) -> VoucherLine:
    """The account under the name that the books give it: some software takes code and name only as a pair."""
    account = (books.chart or {}).get(line.account_code)
    return replace(line, account_name=account.name) if account is not None and account.name else line


def _dimensioned(line: VoucherLine, books: Books, problems: list[str]) -> VoucherLine:
    wanted = list(books.dimensions.get(line.account_code, ()))
    if books.chart is not None and line.account_code in books.chart:
        wanted += [kind for kind in books.chart[line.account_code].dimensions if kind not in wanted]
    found = []
    for kind in wanted:
        item = line.facts.get(kind) or (line.facts.get("店铺", "") if kind in SHOP_CLASSES else "")
        code = books.codes.get(kind, {}).get(item, "").strip()
        if not code:
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


def _fit(line: VoucherLine, layout: Layout, texts: Texts) -> VoucherLine:
    """Every text as the target can hold it, red amounts on the other side where it takes no negatives."""
    debit, credit, foreign = line.debit_minor, line.credit_minor, line.amount_fc
    if layout.limits.negative == "flip" and (debit < 0 or credit < 0):
        texts.notes.append(
            tr("红字金额改记另一方向：目标软件不接受负数", "red amounts stand on the other side: no negatives there")
        )
        debit, credit = max(debit, 0) - min(credit, 0), max(credit, 0) - min(debit, 0)
        foreign = negated(foreign)
    return replace(
        line, summary=texts.fit(line.summary), account_name=texts.fit(line.account_name), debit_minor=debit,
        credit_minor=credit, amount_fc=foreign, facts={name: texts.fit(text) for name, text in line.facts.items()},
        dimensions=tuple(replace(item, name=texts.fit(item.name)) for item in line.dimensions),
    )  # fmt: skip


def _unexplained(vouchers: Sequence[Voucher]) -> list[str]:
    """Lines whose kind no bill explains wait on an account of their own: said before they are imported."""
    waiting = [voucher for voucher in vouchers if voucher.event == UNEXPLAINED]
    if not waiting:
        return []
    names = "、".join(voucher.name for voucher in waiting)
    total = decimal_text(sum(line.debit_minor for voucher in waiting for line in voucher.lines))
    return [
        tr(
            f"{len(waiting)} 张凭证记在待核查科目（{names}，合计 {total}）：导入前请确认是什么款项",
            f"{len(waiting)} vouchers stand on the account for unexplained money ({names}, {total} in all): find out what it is",
        )
    ]
