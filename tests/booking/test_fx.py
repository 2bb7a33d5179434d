"""Foreign currency in vouchers: the example of an exchange difference, and what must hold for any month."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from beancount import loader
from dbfread import DBF
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from ecrecon.base.errors import ConfigError
from ecrecon.base.schema import ZONE
from ecrecon.base.texts import set_language
from ecrecon.booking import Vouchers, make_vouchers
from ecrecon.booking.currencies import OPENINGS
from ecrecon.issuing.issued.register import Issued
from ecrecon.issuing.issued.reversal import Numbers, Wish, reverse
from ecrecon.issuing.targets import load_layouts, read_vouchers
from ecrecon.issuing.targets.export import render
from ecrecon.issuing.targets.model import voucher_from_json, voucher_to_json
from ecrecon.report.tables import VOUCHER_COLUMNS, VOUCHER_YUAN, csv_bytes
from ecrecon.settings.workspace import Posting, Workspace, load_workspace

from .build import ASBE, SBE, entries, make_lines, make_sales, make_sources
from .targets.build import hledger

set_language("zh")
RATES = [("USD", 1, "7.10"), ("USD", 20, "7.15"), ("JPY", 1, "0.0485")]
ABROAD = {"currency": "USD", "account": "US1:USD", "shop": "us_a"}


def at(day: int) -> datetime:
    return datetime(2026, 10, day, 9, tzinfo=ZoneInfo(ZONE))


def company(
    base: Workspace, basis: str = "day", rates: Sequence[tuple[str, int, str]] = RATES, **more: Any
) -> Workspace:
    fx = [{"currency": code, "from": date(2026, 10, day), "rate": rate} for code, day, rate in rates]
    policy = {"fx_rate": basis, "revenue_point": "confirmed", **more.pop("policy", {})}
    return base.model_copy(update={"posting": Posting.model_validate({"policy": policy, "fx": fx, **more})})


def openings(*rows: tuple[str, str, str | None, str, int]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=OPENINGS, orient="row")


LINES = make_lines([
    {**ABROAD, "category": "goods_receipt", "amount_minor": 10000, "occurred_at": at(3)},
    {**ABROAD, "category": "commission", "amount_minor": -1500, "occurred_at": at(3)},
    {**ABROAD, "category": "withdrawal", "amount_minor": -8500, "occurred_at": at(25)},
])  # fmt: skip
SALE = {
    **{k: v for k, v in ABROAD.items() if k != "account"},
    "gross_minor": 10000,
    "vat_rate": "0",
    "day": date(2026, 10, 2),
}
NOTHING = openings(("wallet", "us_a", "US1:USD", "USD", 0), ("ar_platform", "us_a", None, "USD", 0))


def booked(
    workspace: Workspace,
    lines: pl.DataFrame = LINES,
    sales: Sequence[dict[str, Any]] = (SALE,),
    begun: pl.DataFrame = NOTHING,
) -> Vouchers:
    sold = make_sales(sales) if sales else None
    return make_vouchers(
        lines, make_sources(), workspace, "2026-10", workspace.posting.policy, sales=sold, openings=begun
    )


def test_the_example_small_enterprises() -> None:
    assert entries(booked(company(SBE)).vouchers) == [
        ("receipt", "1012", "其他货币资金", 71000, 0), ("receipt", "1122", "应收账款-平台", 0, 71000),
        ("fee", "5601", "销售费用-平台佣金", 10650, 0), ("fee", "1012", "其他货币资金", 0, 10650),
        ("withdrawal", "1002", "银行存款", 60775, 0), ("withdrawal", "1012", "其他货币资金", 0, 60775),
        ("revenue", "1122", "应收账款-平台", 71000, 0), ("revenue", "5001", "主营业务收入", 0, 71000),
        ("fx_difference", "1012", "其他货币资金", 425, 0), ("fx_difference", "5301", "营业外收入-汇兑收益", 0, 425),
    ]  # fmt: skip


def test_the_example_enterprises_red_on_the_normal_side() -> None:
    assert entries(booked(company(ASBE)).vouchers)[-2:] == [
        ("fx_difference", "1012", "其他货币资金", 425, 0), ("fx_difference", "6603", "财务费用-汇兑损益", -425, 0),
    ]  # fmt: skip


@pytest.mark.parametrize(("base", "code"), [(SBE, "5603"), (ASBE, "6603")])
def test_a_loss_is_finance_cost_in_both(base: Workspace, code: str) -> None:
    falling = company(base, rates=[("USD", 1, "7.10"), ("USD", 20, "7.05")])
    lost = entries(booked(falling).vouchers)[-2:]
    assert lost == [
        ("fx_difference", code, "财务费用-汇兑损益", 425, 0), ("fx_difference", "1012", "其他货币资金", 0, 425),
    ]  # fmt: skip


def test_entries_carry_currency_rate_and_amount_and_the_bank_is_kept_in_yuan() -> None:
    rows = booked(company(SBE)).vouchers.select("account_role", "currency", "fx_rate", "amount_fc_minor", "aux").rows()
    assert rows[1] == ("ar_platform", "USD", "7.10", 10000, "店铺=us_a;币别=USD")
    assert rows[4] == ("bank", "CNY", None, None, "店铺=us_a")
    assert rows[5] == ("wallet", "USD", "7.15", 8500, "店铺=us_a;账户=US1:USD")
    assert rows[8][1:4] == ("USD", "7.15", 0)


def test_month_start_takes_the_rate_of_the_first_day() -> None:
    vouchers = booked(company(SBE, "month_start")).vouchers
    assert set(vouchers.filter(pl.col("event") != "fx_difference")["fx_rate"].drop_nulls()) == {"7.10"}
    assert "fx_difference" not in vouchers["event"].to_list()  # nothing is left on the last day


def test_without_a_rate_money_and_sales_are_named() -> None:
    told = booked(company(SBE, rates=[("USD", 4, "7.10")]))
    assert told.problems == ["账户 US1:USD 有 2 笔 USD 流水没有做凭证：没有汇率"]
    assert "1 笔外币销售没有做凭证：没有汇率" in told.notes
    assert booked(company(SBE, "none")).vouchers.is_empty()


def test_opening_balances_are_revalued_from_the_rate_before_the_month() -> None:
    begun = openings(("wallet", "us_a", "US1:USD", "USD", 100000), ("ar_platform", "us_a", None, "USD", 20000))
    fx = [
        {"currency": "USD", "from": date(2026, 9, 1), "rate": "7.00"},
        {"currency": "USD", "from": date(2026, 10, 1), "rate": "7.10"},
    ]
    known = SBE.model_copy(update={"posting": Posting.model_validate({"policy": {"fx_rate": "day"}, "fx": fx})})
    told = booked(known, LINES, (), begun)
    difference = (
        told.vouchers.filter(pl.col("event") == "fx_difference")
        .select("account_role", "debit_minor", "credit_minor")
        .rows()
    )
    assert difference == [("wallet", 10000, 0), ("ar_platform", 2000, 0), ("nonop_fx_gain", 0, 12000)]
    assert not any("期初的人民币金额不知道" in note for note in told.notes)
    first = booked(company(SBE, rates=[("USD", 1, "7.10"), ("USD", 31, "7.20")]), LINES, (), begun)
    assert any("US1:USD USD" in note and "期初的人民币金额不知道" in note for note in first.notes)


def test_an_account_without_printed_balance_is_named_and_not_revalued() -> None:
    told = booked(company(SBE), begun=openings())
    assert "fx_difference" not in told.vouchers["event"].to_list()
    assert "没有打印余额的外币账户没有做期末汇兑损益：US1:USD" in told.notes


def test_a_total_is_converted_once_and_given_back_by_largest_remainder() -> None:
    yen = {"currency": "JPY", "account": "JP1:JPY", "shop": "jp_a", "category": "goods_receipt", "occurred_at": at(3)}
    told = booked(company(SBE), make_lines([{**yen, "amount_minor": n} for n in (101, 101, 101)]), (), openings())
    assert told.vouchers["debit_minor"].to_list()[0] == 1470  # 303 yen, no decimals, x 0.0485 = 14.6955
    debit = told.trace.filter(pl.col("amount_minor") > 0).sort("line_id")["amount_minor"].to_list()
    assert debit == [490, 490, 490]
    few = booked(company(SBE), make_lines([{**yen, "amount_minor": n} for n in (10, 10, 11)]), (), openings())
    assert few.trace.filter(pl.col("amount_minor") > 0).sort("line_id")["amount_minor"].to_list() == [
        49,
        48,
        53,
    ]  # 150: 48.39, 48.39, 53.23


def test_net_and_tax_are_gross_and_cost_stays_in_yuan() -> None:
    rows = [
        {**SALE, "gross_minor": 3333, "tax_minor": 383, "vat_rate": "0.13", "cost_minor": 9000},
        {**SALE, "gross_minor": 3334, "tax_minor": 384, "vat_rate": "0.13"},
    ]
    told = booked(company(SBE), make_lines([]), rows).vouchers.filter(pl.col("event") == "revenue")
    sums = {
        role: (d, c)
        for role, d, c in told.group_by("account_role").agg(pl.col("debit_minor", "credit_minor").sum()).iter_rows()
    }
    assert sums["ar_platform"] == (47336, 0) and sums["vat_output"] == (0, 5446) and sums["revenue"] == (0, 41890)
    cost = told.filter(pl.col("account_role").is_in(["cogs", "inventory"]))
    assert cost["currency"].to_list() == ["CNY", "CNY"] and sums["cogs"] == (9000, 0)
    assert told.group_by("number").agg(pl.col("currency").n_unique())["currency"].to_list() == [1, 1]


def test_the_account_of_a_currency_has_a_key_of_its_own() -> None:
    codes = {"ar_platform": "1122", "ar_platform@us_a:USD": "112202", "wallet@US1:USD": "101209"}
    told = booked(company(SBE, accounts=codes))
    by_role = dict(told.vouchers.select("account_role", "account_code").rows())
    assert (by_role["ar_platform"], by_role["wallet"]) == ("112202", "101209")
    assert not any("没有用上" in note for note in told.notes)


def test_without_foreign_money_rates_change_nothing() -> None:
    lines = make_lines([
        {"category": "goods_receipt", "amount_minor": 10000}, {"category": "commission", "amount_minor": -500},
    ])  # fmt: skip
    sales = ({"gross_minor": 10000, "tax_minor": 1150},)
    with_, without = (booked(company(SBE, basis), lines, sales, openings()) for basis in ("day", "none"))
    assert with_.vouchers.equals(without.vouchers) and with_.trace.equals(without.trace)
    assert with_.vouchers["fx_rate"].null_count() == with_.vouchers.height
    assert with_.notes == without.notes


MONEY = st.tuples(
    st.sampled_from([("CNY", "A"), ("USD", "U:USD"), ("JPY", "J:JPY")]),
    st.sampled_from(["goods_receipt", "commission", "refund", "withdrawal", "deposit", "unmapped", "transfer"]),
    st.integers(-10**7, 10**7), st.integers(1, 31),
)  # fmt: skip


@settings(max_examples=40)
@given(
    st.lists(MONEY, min_size=1, max_size=25), st.sampled_from(["day", "month_start"]),
    st.sampled_from(["month", "day", "order"]), st.integers(1, 10**6), st.sampled_from([SBE, ASBE]),
)  # fmt: skip
def test_any_month_balances_and_every_fen_is_traced(
    rows: list[tuple[tuple[str, str], str, int, int]], basis: str, grain: str, rate: int, base: Workspace
) -> None:
    lines = make_lines([
        {"currency": code, "account": account, "category": category, "amount_minor": amount, "occurred_at": at(day), "shop": "s"}
        for (code, account), category, amount, day in rows
    ])  # fmt: skip
    rates = [("USD", 1, f"{rate / 10**4:.4f}"), ("USD", 9, "7.1234"), ("JPY", 1, "0.0485"), ("JPY", 30, "0.05")]
    workspace = company(base, basis, rates, policy={"voucher_granularity": grain})
    sales = [
        {"currency": code, "shop": "s", "gross_minor": abs(n), "tax_minor": abs(n) // 9, "day": date(2026, 10, d)}
        for (code, _), _, n, d in rows
        if n
    ]
    begun = openings(("wallet", "s", "U:USD", "USD", 777), ("ar_platform", "s", None, "JPY", 5))
    told = booked(workspace, lines, sales, begun)  # the invariants themselves run inside
    side = pl.col("debit_minor") - pl.col("credit_minor")
    assert told.vouchers.group_by("voucher_id").agg(side.sum().alias("sum"))["sum"].unique().to_list() in ([0], [])
    traced = told.trace.group_by("voucher_id", "seq").agg(pl.col("amount_minor").sum())
    both = told.vouchers.select("voucher_id", "seq", side=side).join(traced, on=["voucher_id", "seq"], how="left")
    assert both.filter(pl.col("side").ne_missing(pl.col("amount_minor"))).is_empty()
    foreign = told.vouchers.filter(pl.col("currency") != "CNY").group_by("number").agg(pl.col("currency").n_unique())
    assert foreign.filter(pl.col("currency") > 1).is_empty()


def written(target: str, tmp_path: Path) -> Path:
    vouchers = read_vouchers(pl.read_csv(csv_of(booked(company(SBE))), infer_schema=False))
    path = tmp_path / target
    (content,) = render(vouchers, load_layouts()[target], "sbe").values()
    path.write_bytes(content)
    return path


def csv_of(told: Vouchers) -> bytes:
    return csv_bytes(told.vouchers, VOUCHER_COLUMNS, VOUCHER_YUAN)


def test_beancount_balances_by_total_prices(tmp_path: Path) -> None:
    path = written("beancount", tmp_path)
    _, errors, _ = loader.load_file(str(path))
    assert errors == []
    text = path.read_text(encoding="utf-8")
    assert "100.00 USD @@ 710.00 CNY" in text and "-85.00 USD @@ 607.75 CNY" in text and "4.25 CNY" in text


def test_hledger_checks_total_prices_strictly(tmp_path: Path) -> None:
    path = written("hledger", tmp_path)
    told = subprocess.run([hledger(), "-f", str(path), "check", "-s"], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert "USD -85.00 @@ CNY 607.75" in path.read_text(encoding="utf-8")


def test_kis_and_u8_hold_currency_rate_and_amount(tmp_path: Path) -> None:
    table = list(DBF(str(written("kis-dbf", tmp_path)), encoding="gbk"))
    told = [(r["FCYID"], r["FEXCHRATE"], r["FFCYAMT"], r["FDEBIT"], r["FCREDIT"]) for r in table]
    assert told[1] == ("USD", 7.1, 100, 0, 710) and told[5] == ("USD", 7.15, 85, 0, 607.75)
    assert told[4] == ("RMB", 1, 607.75, 607.75, 0) and told[8] == ("USD", 7.15, 0, 4.25, 0)
    rows = [line.split(",") for line in written("u8-txt", tmp_path).read_text(encoding="gbk").splitlines()[1:]]
    assert [row[9:11] for row in rows][4:6] == [["0", "0"], ["85.00", "7.15"]]


@pytest.mark.parametrize("target", ["k3-xls", "jdy-xlsx"])
def test_kingdee_sheets_hold_currency_rate_and_amount(target: str, tmp_path: Path) -> None:
    sheet = CalamineWorkbook.from_path(str(written(target, tmp_path))).get_sheet_by_index(0).to_python()
    wanted = [sheet[0].index(name) for name in ("币别代码" if target == "k3-xls" else "币别", "原币金额", "汇率")]
    rows = [tuple(row[place] for place in wanted) for row in sheet[1:]]
    assert rows[4:6] == [("RMB", 607.75, 1), ("USD", 85, 7.15)] and rows[8] == ("USD", 0, 7.15)


def test_a_target_without_columns_for_it_writes_yuan(tmp_path: Path) -> None:
    text = written("qbo", tmp_path).read_text(encoding="utf-8-sig")
    assert "607.75" in text and ",CNY," in text and "USD," not in text


def test_yen_have_no_decimals_in_the_table_and_the_yuan_beside_them_two() -> None:
    yen = {"currency": "JPY", "account": "JP1:JPY", "shop": "jp_a", "category": "goods_receipt", "occurred_at": at(3)}
    told = booked(company(SBE), make_lines([{**yen, "amount_minor": 303}]), (), openings())
    row = pl.read_csv(csv_of(told), infer_schema=False).row(0, named=True)
    assert (row["debit"], row["currency"], row["fx_rate"], row["amount_fc"]) == ("14.70", "JPY", "0.0485", "303")


def test_a_reversal_turns_the_foreign_amount_too() -> None:
    voucher = read_vouchers(pl.read_csv(csv_of(booked(company(SBE))), infer_schema=False))[0]
    assert voucher_from_json(voucher_to_json(voucher)) == replace(
        voucher, lines=tuple(replace(line, dimensions=()) for line in voucher.lines)
    )
    red = reverse(Issued(voucher, "export", voucher.voucher_id), Wish("x"), Numbers({})).after
    assert red is not None and [(x.amount_fc, x.signed_minor) for x in red.lines] == [
        ("-100.00", -71000),
        ("-100.00", 71000),
    ]


@pytest.mark.parametrize("row", [
    'currency = "CNY"\nrate = "7.1"', 'currency = "USD"\nrate = "0"', 'currency = "USD"\nrate = "-7"', 'currency = "US"\nrate = "7"',
])  # fmt: skip
def test_a_wrong_rate_is_refused(tmp_path: Path, row: str) -> None:
    path = tmp_path / "ecrecon.toml"
    path.write_text(f"[[posting.fx]]\nfrom = 2026-10-01\n{row}\n", encoding="utf-8")
    with pytest.raises(ConfigError):
        load_workspace(path)
