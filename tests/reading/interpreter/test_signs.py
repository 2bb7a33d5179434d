"""Red entries: the balance decides, then the printed totals; what is left is read by a stated default and told."""

from __future__ import annotations

import itertools

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reading.interpreter.fakes import codes, frame, profile, read, table
from tests.reading.interpreter.profiles_inline import PDD

from ecrecon.base.sources import Parsed
from ecrecon.reading.signs import Evidence, Side, settle_signs, usual_sign
from ecrecon.settings.profiles import load_profiles

GENERAL = next(p for p in load_profiles() if p.id == "bank.general")
FLAG = next(p for p in load_profiles() if p.id == "bank.general_flag")
COLUMNS = "交易日期,摘要,支出金额,收入金额,余额,对方账号,对方户名\n"
WORDS = "交易日期,借贷标志,交易金额,余额,摘要,对方户名\n"


def amounts(parsed: Parsed) -> list[int]:
    return frame(parsed)["amount_minor"].to_list()


def told(parsed: Parsed) -> list[tuple[str, str | None]]:
    return [(str(code), kind) for code, kind in parsed.findings.select("code", "kind").rows()]


def columns(*rows: tuple[str, str, str], head: str = COLUMNS) -> str:
    """Rows of (out, in, balance)."""
    days = (f"2026-10-{day:02d}" for day in itertools.count(1))
    return head + "".join(f"{next(days)},转账,{out},{into},{balance},622,甲公司\n" for out, into, balance in rows)


def words(*rows: tuple[str, str, str], head: str = WORDS) -> str:
    """Rows of (word, amount, balance)."""
    days = (f"2026-10-{day:02d}" for day in itertools.count(1))
    return head + "".join(f"{next(days)},{word},{amount},{balance},转账,甲公司\n" for word, amount, balance in rows)


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        ([("11.00", "", "989.00"), ("-11.00", "", "1000.00"), ("5.00", "", "995.00")], [-1100, 1100, -500]),
        ([("11.00", "", "989.00"), ("-11.00", "", "978.00"), ("5.00", "", "973.00")], [-1100, -1100, -500]),
        ([("", "50.00", "1050.00"), ("-11.00", "", "1061.00")], [5000, 1100]),  # the only expense is in red
        ([("-11.00", "", "989.00"), ("-5.00", "", "984.00"), ("2.00", "", "986.00")], [-1100, -500, 200]),
        ([("", "50.00", "1050.00"), ("", "-50.00", "1000.00")], [5000, -5000]),  # a receipt taken back
        ([("5.00", "", "995.00"), ("(5.00)", "", "1000.00"), ("5.00", "", "995.00")], [-500, 500, -500]),
        ([("5.00", "", "995.00"), ("5.00-", "", "1000.00"), ("5.00", "", "995.00")], [-500, 500, -500]),
    ],
)
@pytest.mark.parametrize("newest_first", [False, True])
def test_the_balance_decides_between_two_columns(
    rows: list[tuple[str, str, str]], wanted: list[int], newest_first: bool
) -> None:
    text = columns(*rows)
    if newest_first:
        head, *lines = text.splitlines()
        text, wanted = "\n".join([head, *reversed(lines)]) + "\n", wanted[::-1]
    parsed = read(table(text), GENERAL)
    assert (amounts(parsed), told(parsed)) == (wanted, [])
    assert all(control.ok for control in parsed.source.control)


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        ([("贷", "100.00", "1100.00"), ("借", "5.00", "1095.00"), ("借", "-5.00", "1100.00")], [10000, -500, 500]),
        ([("贷", "100.00", "1100.00"), ("借", "5.00", "1095.00"), ("借", "-5.00", "1090.00")], [10000, -500, -500]),
        ([("贷", "100.00", "1100.00"), ("借", "-5.00", "1095.00")], [10000, -500]),  # a signed file
        ([("贷", "100.00", "1100.00"), ("借", "-5.00", "1105.00")], [10000, 500]),  # nothing but a red entry
        ([("贷", "100.00", "1100.00"), ("贷", "-100.00", "1000.00")], [10000, -10000]),
        ([("借", "-5.00", "995.00"), ("借", "-6.00", "989.00"), ("借", "6.00", "995.00")], [-500, -600, 600]),
    ],
)
def test_the_balance_decides_beside_a_word(rows: list[tuple[str, str, str]], wanted: list[int]) -> None:
    parsed = read(table(words(*rows)), FLAG)
    assert (amounts(parsed), told(parsed)) == (wanted, [])


def test_a_mark_of_its_own_is_read_with_the_balance() -> None:
    head = "交易日期,借贷标志,交易金额,余额,摘要,对方户名,冲正标志\n"
    lines = [
        "2026-10-01,借,5.00,95.00,费,,正常",
        "2026-10-02,借,5.00,100.00,冲正,,冲正",
        "2026-10-03,借,1.00,99.00,费,,",
    ]
    parsed = read(table(head + "\n".join(lines) + "\n"), FLAG)
    assert (amounts(parsed), told(parsed)) == ([-500, 500, -100], [])
    red = head.replace("冲正标志", "红蓝标志") + "\n".join(lines).replace("冲正,,冲正", "退,,红字") + "\n"
    without = "\n".join(
        line.rsplit(",", 4)[0] + ",," + ",".join(line.rsplit(",", 3)[1:]) for line in red.splitlines()[1:]
    )
    parsed = read(table(red.splitlines()[0] + "\n" + without + "\n"), FLAG)
    assert (amounts(parsed), told(parsed)) == ([-500, 500, -100], [("F11", "review")])


def test_what_nothing_decides_has_a_stated_default_and_is_told() -> None:
    no_balance = words(("借", "5.00", ""), ("借", "6.00", ""), ("借", "-5.00", ""))
    parsed = read(table(no_balance), FLAG)
    assert (amounts(parsed), told(parsed)) == ([-500, -600, 500], [("F11", "review")])
    assert "红字冲回" in parsed.findings["hint"][0]
    first_row = columns(("-20.00", "", "1020.00"), ("5.00", "", "1015.00"), ("5.00", "", "1010.00"))
    parsed = read(table(first_row), GENERAL)  # the balance before the first row is not printed
    assert (amounts(parsed), told(parsed)) == ([2000, -500, -500], [("F11", "review")])


PDD_HEAD = "商户订单号,发生时间,收入金额（+元）,支出金额（-元）,账务类型,备注,业务描述\n"


@pytest.mark.parametrize(
    ("cells", "trailer", "wanted", "findings"),
    [
        (["-5.00", "-7.00", "2.00"], "#支出合计：3笔-10.00元\n", [-500, -700, 200], []),
        (["-5.00", "-7.00", "2.00"], "#支出合计：3笔-14.00元\n", [-500, -700, -200], []),
        (["-5.00", "-7.00", "2.00"], "#总计：3笔-10.00元\n", [-500, -700, 200], []),
        (["-5.00", "-7.00", "2.00"], "", [-500, -700, 200], [("F11", "review")]),
        (["5.00", "7.00"], "#支出合计：2笔-12.00元\n#总计：2笔-12.00元\n", [-500, -700], []),
        (["5.00", "7.00"], "", [-500, -700], [("F11", "review")]),  # the column should print a minus
        (["-5.00", "-7.00"], "", [-500, -700], []),
        (["-5.00", "2.00"], "#支出合计：2笔-9.99元\n", [-500, 200], [("F11", "review"), ("F05", None)]),
    ],
)
def test_printed_totals_decide_where_no_balance_is(
    cells: list[str], trailer: str, wanted: list[int], findings: list[tuple[str, str | None]]
) -> None:
    lines = [f"26051{i}-1,2026-05-09 10:00:0{i},0,{cell},其他,-,x" for i, cell in enumerate(cells)]
    parsed = read(table(PDD_HEAD + "\n".join(lines) + "\n" + trailer), PDD)
    assert (amounts(parsed), told(parsed)) == (wanted, findings)


WITNESS = profile(
    """
[profile]
id = "test.witness"
title = "signed amount and a word"
platform = "bank"
kind = "bank"
view = "cash"
[header]
require = ["日期", "类型", "金额", "余额"]
[fields]
occurred_at = { from = ["日期"], as = "datetime" }
[amount]
mode = "signed"
column = "金额"
balance = "余额"
witness = { column = "类型", plus = ["来账"], minus = ["往账"] }
[[controls.balance]]
column = "余额"
"""
)


@pytest.mark.parametrize(
    ("last", "wanted", "findings"),
    [
        ("往账,50.00,1150.00", 5000, []),  # a transfer that came back
        ("往账,50.00,1050.00", -5000, []),  # the word is right
        ("往账,50.00,1000.00", 5000, ["F05", "F06"]),
    ],
)
def test_the_balance_decides_between_sign_and_word(last: str, wanted: int, findings: list[str]) -> None:
    text = f"日期,类型,金额,余额\n2026-10-01,来账,100.00,1100.00\n2026-10-02,{last}\n"
    parsed = read(table(text), WITNESS)
    assert (amounts(parsed)[-1], codes(parsed)) == (wanted, findings)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(1, 9999), st.sampled_from([1, -1]), st.booleans()), min_size=2, max_size=25),
    st.booleans(),
)
def test_a_running_balance_always_finds_the_truth(rows: list[tuple[int, int, bool]], newest_first: bool) -> None:
    """Whatever signs a file prints: with a balance on every row only the first row can stay open."""
    truth = [size * sign for size, sign, _ in rows]
    balances = list(itertools.accumulate(truth, initial=100_000))[1:]
    read_as = [-amount if wrong else amount for amount, (_, _, wrong) in zip(truth, rows, strict=True)]
    places = list(range(len(rows)))[:: -1 if newest_first else 1]
    evidence = Evidence(
        pl.Series([balances[i] for i in places]), pl.Series([None] * len(rows), dtype=pl.Datetime("us")),
        pl.Series([""] * len(rows)),
    )  # fmt: skip
    sure = [i for i in places if not rows[i][2] and i]
    if not sure:
        return  # nothing tells in which order such a file runs
    doubtful = pl.Series([rows[i][2] for i in places])
    signs = settle_signs(pl.Series([read_as[i] for i in places]), doubtful, evidence)
    settled = {
        i: (-read_as[i] if flip else read_as[i], left)
        for i, flip, left in zip(places, signs.flipped, signs.open, strict=True)
    }
    for i, amount in enumerate(truth):
        assert settled[i] == ((read_as[0], rows[0][2]) if i == 0 and rows[0][2] else (amount, False))


def test_totals_decide_only_where_one_reading_fits() -> None:
    amount, rows = pl.Series([-500, 200]), pl.Series([False, True])
    nothing = Evidence(pl.Series([None, None], dtype=pl.Int64), pl.Series([None, None], dtype=pl.Datetime("us")), pl.Series(["", ""]))  # fmt: skip
    for total, flipped, left in ((300, False, False), (700, True, False), (999, False, True)):
        evidence = Evidence(nothing.balance, nothing.time, nothing.owner, [Side(amount != 0, -total)])
        signs = settle_signs(amount, rows, evidence)
        assert (signs.flipped.to_list(), signs.open.to_list()) == ([False, flipped], [False, left])


@pytest.mark.parametrize(
    ("cells", "declared", "usual"),
    [([-1, -2], "any", -1), ([1, 2], "minus", 1), ([-1, 2], "minus", -1), ([-1, 2], "any", 1), ([-1, -2, 3], "any", -1), ([], "minus", 1)],
)  # fmt: skip
def test_usual_sign(cells: list[int], declared: str, usual: int) -> None:
    assert usual_sign(pl.Series(cells, dtype=pl.Int64), declared) == usual  # type: ignore[arg-type]


def test_a_receipt_with_a_minus_beside_its_word_is_told() -> None:
    scenes = next(p for p in load_profiles() if p.id == "wechat_shop.w1_scenes")
    head = "动账时间,动帐流水号,动账方向,动账金额,动账场景,销售收入,平台服务费,佣金,订单退款,站外推广费,备注\n"
    rows = ["出账,-9.00,提现", "出账,8.00,提现", "入账,-7.00,提现"]
    text = head + "".join(f"2026-06-05 10:00:0{i},WX{i},{row},0,0,0,0,0,\n" for i, row in enumerate(rows))
    parsed = read(table(text), scenes)
    assert (amounts(parsed), told(parsed)) == ([-900, -800, 700], [("F11", "review")])
    assert "按收支方向" in parsed.findings["hint"][0]


SIGNED = next(p for p in load_profiles() if p.id == "bank.general_signed")
ONE_COLUMN = "交易日期,摘要,交易金额,账户余额,对方账号与户名\n"


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        (["-49.00", '"+1,000.00"', "0.35"], [-4900, 100000, 35]),
        (["49.00-", "￥1000.00", "0.35"], [-4900, 100000, 35]),
        (["(49.00)", "1000.00元", "0.35"], [-4900, 100000, 35]),
        (["支出49.00", '"收入1,000.00"', "收入：0.35"], [-4900, 100000, 35]),
        (["49.00DR", '"1,000.00 CR"', "0.35Cr"], [-4900, 100000, 35]),
        (["借 49.00", "贷 1000.00", "贷0.35"], [-4900, 100000, 35]),
        (["－49.00", "１０００.００", "+0.35"], [-4900, 100000, 35]),
        (["支出-49.00", "收入1000.00", "收入0.35"], [4900, 100000, 35]),  # the balance is not that of a payment
    ],
)
def test_one_amount_that_says_its_direction(cells: list[str], wanted: list[int]) -> None:
    balances = [100_000 + total for total in itertools.accumulate(wanted)]
    rows = [
        f"2026-10-{9 + i:02d},转账,{cell},{balances[i] / 100:.2f},200000/财付通支付科技有限公司\n"
        for i, cell in enumerate(cells)
    ]
    parsed = read(table(ONE_COLUMN + "".join(rows)), SIGNED)
    assert amounts(parsed) == wanted
    assert [code for code, kind in told(parsed) if kind != "review"] == []
    assert all(control.ok for control in parsed.source.control)
    assert set(frame(parsed)["channel"].cast(pl.String)) == {"财付通支付科技有限公司"}


@pytest.mark.parametrize("cell", ["约49.00", "49.00?", "收", "CR", "--49.00", "(49.00", "49.00CRDR"])
def test_what_is_no_amount_beside_a_word_is_refused(cell: str) -> None:
    parsed = read(table(ONE_COLUMN + f"2026-10-09,转账,{cell},951.00,\n2026-10-10,转账,1.00,952.00,\n"), SIGNED)
    assert "F11" in codes(parsed) and amounts(parsed)[0] == 0
