"""One case per bad input: refused with its reason before a byte is written, or replaced and said; in both languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import pytest
from tests.booking.targets.build import line, voucher

from ecrecon.base.errors import ConfigError
from ecrecon.base.texts import set_language
from ecrecon.issuing.targets import Voucher, load_layouts
from ecrecon.issuing.targets.chart import ChartAccount
from ecrecon.issuing.targets.export import render
from ecrecon.issuing.targets.prepare import prepare
from ecrecon.issuing.targets.problems import Books

LAYOUTS = load_layouts()
ALL = tuple(LAYOUTS)
NOTHING = Books(None, {}, {})


def chart(*rows: tuple[str, str], dimensions: Mapping[str, tuple[str, ...]] | None = None) -> dict[str, ChartAccount]:
    """Accounts by code; a code that another one continues is no leaf."""
    wanted = dimensions or {}
    return {
        code: ChartAccount(code, name, wanted.get(code, ()), not any(c != code and c.startswith(code) for c, _ in rows))
        for code, name in rows
    }


ASBE = (
    ("1122", "应收账款"),
    ("4001", "实收资本"),
    ("5001", "生产成本"),
    ("6001", "主营业务收入"),
    ("22210102", "销项税额"),
)
SBE = (
    ("1122", "应收账款"),
    ("3001", "实收资本"),
    ("4001", "生产成本"),
    ("5001", "主营业务收入"),
    ("22210102", "销项税额"),
)
OLD = (("1131", "应收账款"), ("3131", "本年利润"), ("5101", "主营业务收入"))
KNOWN = {"客户": {"天猫旗舰店": "TM01"}}


def with_text(**changes: object) -> list[Voucher]:
    """The example voucher, the first line changed."""
    good = voucher()
    return [good.with_lines([replace(good.lines[0], **changes), *good.lines[1:]])]  # type: ignore[arg-type]


def two(code: str, amount: int = 100, **changes: object) -> list[Voucher]:
    """A balanced voucher with `code` on its debit side."""
    return [
        replace(voucher(line(1, code, "某科目", debit=amount), line(2, "1122", "应收账款", credit=amount)), **changes)
    ]  # type: ignore[arg-type]


@dataclass(frozen=True)
class Case:
    """`refused`: nothing may be written; else something is replaced. The words stand in the sentence."""

    name: str
    vouchers: list[Voucher]
    zh: str
    en: str
    targets: Sequence[str] = ALL
    books: Books = NOTHING
    refused: bool = True
    written: str | None = None


CASES = [
    Case("not a leaf", two("2221"), "不是末级科目", "is no leaf", books=Books(chart(*ASBE, ("2221", "应交税费")), {}, {})),
    Case("not in the chart", two("9999"), "科目 9999 某科目 不在科目表中", "9999 is not in the chart", books=Books(chart(*ASBE), {}, {})),
    Case("no account", two(""), "第 1 行没有科目", "line 1 of 记-1 has no account"),
    Case("dimension missing", [voucher()], "需要辅助核算“部门”", "wants the dimension '部门'", books=Books(None, {"6001": ["部门"]}, KNOWN)),
    Case("dimension of the chart missing", [voucher()], "[posting.codes.客户] \"天猫旗舰店\"", "天猫旗舰店 has no code",
         books=Books(chart(*ASBE, dimensions={"1122": ("客户",)}), {}, {})),
    Case("dimension code empty", [voucher()], "没有 天猫旗舰店 的编码", "天猫旗舰店 has no code",
         books=Books(None, {"1122": ["客户"]}, {"客户": {"天猫旗舰店": " "}})),
    Case("dimension without a column", [voucher()], "目标文件没有这一列", "has no column for it", ("xero", "qbo", "odoo", "u8-txt"),
         Books(None, {"1122": ["店铺"]}, {"店铺": {"天猫旗舰店": "S1"}})),
    Case("more dimensions than the target has", [voucher()], "有 2 个辅助核算，目标最多 1 个", "has 2 dimensions, at most 1 fit", ("k3-xls",),
         Books(None, {"1122": ["客户", "项目"]}, {**KNOWN, "项目": {"天猫旗舰店": "P1"}})),
    Case("does not balance", [voucher(line(1, "1122", "应收账款", debit=100), line(2, "6001", "收入", credit=99))],
         "借贷不平：1.00 / 0.99", "does not balance: 1.00 / 0.99"),
    Case("both sides", [voucher(line(1, "1122", "应收账款", debit=100, credit=100), line(2, "6001", "收入"))],
         "第 1 行借贷都有金额", "line 1 of 记-1 has both sides"),
    Case("chart of ASBE, books of SBE", two("5001"), "科目表是企业会计准则的（4001 实收资本、5001 生产成本、6001 主营业务收入）",
         "the chart is of the standard for enterprises", books=Books(chart(*ASBE), {}, {}, "sbe")),
    Case("chart of SBE, books of ASBE", two("5001"), "科目表是小企业会计准则的", "small enterprises (3001 实收资本",
         books=Books(chart(*SBE), {}, {}, "asbe")),
    Case("chart of the old system", two("5001"), "旧企业会计制度", "before the standards", books=Books(chart(*OLD, ("1122", "x"), ("5001", "y")), {}, {}, "sbe")),
    Case("summary too long", with_text(summary="汉" * 31), "有 62 字节，目标最多 60 字节", "has 62 bytes, the target takes 60", ("kis-dbf", "u8-txt")),
    Case("summary too long for K/3", with_text(summary="汉" * 86), "目标最多 255 字节", "the target takes 255", ("k3-xls",)),
    Case("word too long", two("1001", word="记账凭"), "凭证字“记账凭”有 6 字节，目标最多 4 字节", "word '记账凭' has 6 bytes", ("kis-dbf", "u8-txt")),
    Case("word that GBK lacks", two("1001", word="😀"), "😀 在 GBK 中没有", "😀 is not in GBK", ("kis-dbf", "u8-txt")),
    Case("account code too long", two("1" * 16), "有 16 字节，目标最多 15 字节", "has 16 bytes, the target takes 15", ("kis-dbf", "u8-txt")),
    Case("amount too large", two("1001", 10**14), "的金额 1000000000000.00 超过 14 位", "has over 14 characters", ("kis-dbf", "qbo")),
    Case("amount that a sheet would round", two("1001", 10**16), "超过 16 位", "has over 16 characters", ("k3-xls", "jdy-xlsx", "yy-xls73")),
    Case("number too large", two("1001", number=10000), "超过目标的上限 9999", "above 9999", ("kis-dbf",)),
    Case("number too large for U8", two("1001", number=32768), "超过目标的上限 32767", "above 32767", ("u8-txt",)),
    Case("more lines than one file holds", [voucher(*(line(i, "1122", "x", debit=100, credit=0) for i in range(1, 301)), line(301, "6001", "y", credit=30000))],
         "有 301 行，目标一个文件最多 300 行", "has 301 lines, 300 fit", ("xero",)),
    Case("day outside the period", two("1001", day=date(2026, 9, 1)), "日期 2026-09-01 不在会计期间 2026-08 内", "2026-09-01 of 记-1 is not in 2026-08"),
    Case("emoji in GBK", with_text(summary="店😀"), "😀 在 GBK 中没有，换成 ?", "😀 is not in GBK", ("kis-dbf", "u8-txt"), refused=False, written="店?"),
    Case("rare character in GBK", with_text(summary="䶮店"), "䶮 在 GBK 中没有", "䶮 is not in GBK", ("kis-dbf", "u8-txt"), refused=False, written="?店"),
    Case("emoji in the name of an account", with_text(account_name="应收😀"), "😀", "😀", ("kis-dbf", "u8-txt"), refused=False),
    Case("emoji in a dimension", [v.with_lines([replace(x, facts={"店铺": "店😀"}) for x in v.lines]) for v in [voucher()]], "换成 ?", "became ?",
         ("kis-dbf",), Books(None, {"1122": ["客户"]}, {"客户": {"店😀": "T1"}}), refused=False, written="店?"),
    Case("preparer that GBK lacks", two("1001", preparer="䶮"), "䶮", "䶮", ("kis-dbf", "u8-txt"), refused=False),
    Case("separator in a text", with_text(summary="a,b"), "',' 换成 '，'", "',' in texts became '，'", ("u8-txt",), refused=False, written="a，b"),
    Case("line break in a text", with_text(summary="a\r\nb\x0bc"), "换行和控制字符", "line breaks and control characters", refused=False, written="a  b c"),
    Case("formula in a text", with_text(summary="=1+1"), "当公式", "no formula", ("qbo", "odoo"), refused=False, written="'=1+1"),
    Case("red amount where there are no negatives", [voucher(line(1, "1122", "x", debit=-100), line(2, "6001", "y", credit=-100))],
         "红字金额改记另一方向", "red amounts stand on the other side", ("qbo", "odoo"), refused=False),
    Case("money that nobody explained", two("1221", event="suspense"), "待核查科目（记-1，合计 1.00）", "unexplained money (记-1, 1.00 in all)", refused=False),
]  # fmt: skip


def outcome(target: str, case: Case) -> tuple[list[str], list[str], bytes]:
    """(why nothing was written, what was replaced, the file)."""
    ready = prepare(case.vouchers, LAYOUTS[target], case.books)
    if ready.problems:
        return ready.problems, ready.notes, b""
    try:
        files = render(ready.vouchers, LAYOUTS[target], "asbe")
    except ConfigError as error:
        return [error.message], ready.notes, b""
    return [], ready.notes, b"".join(files.values())


@pytest.fixture(params=["zh", "en"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    set_language(request.param)
    yield request.param
    set_language("zh")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_bad_input_is_refused_or_replaced_and_said(case: Case, language: str) -> None:
    words = {"zh": case.zh, "en": case.en}[language]
    for target in case.targets:
        problems, notes, content = outcome(target, case)
        told = problems if case.refused else notes
        assert any(words in text for text in told), (target, problems, notes)
        assert bool(content) is not case.refused, (target, problems)
        if case.written is not None and LAYOUTS[target].target.container in ("csv", "text", "dbf"):
            assert case.written in content.decode(LAYOUTS[target].target.encoding, "replace"), target


@pytest.mark.parametrize("target", ALL)
def test_the_good_voucher_beside_them_passes_without_a_word(target: str) -> None:
    books = Books(chart(*ASBE), {}, KNOWN, "asbe")
    assert outcome(target, Case("good", [voucher()], "", "", books=books))[:2] == ([], [])


def test_a_sheet_of_xls_is_split_between_vouchers() -> None:
    from ecrecon.issuing.targets.export import split

    rows = LAYOUTS["k3-xls"].limits.rows
    assert rows == 65535  # one row of 65,536 is the header
    many = [voucher(number=i) for i in range(1, rows // 3 + 2)]
    parts = split(many, rows)
    assert [sum(len(v.lines) for v in part) for part in parts] == [65535, 3]
