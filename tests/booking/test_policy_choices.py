"""What each choice of the accountant does to the entries, end to end through the vouchers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecrecon.base.errors import ConfigError
from ecrecon.base.texts import set_language
from ecrecon.booking import Vouchers, make_vouchers
from ecrecon.booking.settings import choose, shipped_events
from ecrecon.settings.workspace import Posting, Workspace

from .build import ASBE, SBE, entries, make_lines, make_sales, make_sources


@pytest.fixture(autouse=True)
def _chinese() -> Iterator[None]:
    set_language("zh")
    yield
    set_language("zh")


def booked(
    lines: list[dict[str, Any]], policy: dict[str, str], sales: list[dict[str, Any]] = (), workspace: Workspace = SBE,  # type: ignore[assignment]
) -> Vouchers:  # fmt: skip
    frame = make_sales(sales) if sales else None
    result = make_vouchers(
        make_lines(lines), make_sources(), workspace, "2026-10", {"revenue_point": "confirmed", **policy}, frame
    )
    assert not result.problems
    return result


def line_of(result: Vouchers, name: str) -> tuple[int, int]:
    found = [(d, c) for _, _, account, d, c in entries(result.vouchers) if account == name]
    assert len(found) == 1, entries(result.vouchers)
    return found[0]


@pytest.mark.parametrize(("category", "policy", "choice", "account", "sides"), [
    ("payment_fee", "payment_fee_account", "finance", "财务费用-手续费", (600, 0)),
    ("payment_fee", "payment_fee_account", "selling", "销售费用-支付手续费", (600, 0)),
    ("penalty", "penalty_account", "nonop_expense", "营业外支出-罚款", (600, 0)),
    ("penalty", "penalty_account", "selling", "销售费用-平台罚款", (600, 0)),
    ("buyer_compensation", "buyer_compensation", "selling", "销售费用-售后赔付", (600, 0)),
    ("buyer_compensation", "buyer_compensation", "revenue", "主营业务收入", (0, -600)),
    ("withdrawal", "withdrawal_account", "bank", "银行存款", (600, 0)),
    ("withdrawal", "withdrawal_account", "transit", "其他货币资金-在途资金", (600, 0)),
])  # fmt: skip
def test_a_choice_moves_the_money_to_its_account(
    category: str, policy: str, choice: str, account: str, sides: tuple[int, int]
) -> None:
    result = booked([{"category": category, "amount_minor": -600}], {policy: choice})
    assert line_of(result, account) == sides
    assert any(f"（{choice}）" in note for note in result.notes)


INPUT = "应交税费-应交增值税-进项税额"
FEES = [{"category": "commission", "amount_minor": -500}, {"category": "commission", "amount_minor": -333}]


def test_input_vat_leaves_the_fee_at_the_rate_of_services() -> None:
    """8.33 at 6 %: net 7.86, tax 0.47 by subtraction from the total."""
    result = booked(FEES, {"input_vat_on_fees": "at_booking"})
    assert line_of(result, "销售费用-平台佣金") == (786, 0) and line_of(result, INPUT) == (47, 0)
    traced = result.trace.join(result.vouchers.select("voucher_id", "seq", "account_name"), on=["voucher_id", "seq"])
    of_tax = traced.filter(pl.col("account_name") == INPUT).sort("line_id")
    assert of_tax["amount_minor"].to_list() == [28, 19] and traced.height == 6
    assert traced.group_by("line_id").agg(pl.col("amount_minor").sum())["amount_minor"].to_list() == [0, 0]
    assert result.places.height == 2 and result.places["counter_account"].cast(pl.String).unique().to_list() == [
        "5601 销售费用-平台佣金"
    ]


def test_a_fee_that_comes_back_takes_its_input_vat_back_in_red() -> None:
    result = booked([*FEES, {"category": "commission", "amount_minor": 500}], {"input_vat_on_fees": "at_booking"})
    rows = [(d, c) for _, _, name, d, c in entries(result.vouchers) if name == INPUT]
    assert sorted(rows) == [(-28, 0), (47, 0)]


def test_only_the_categories_of_services_carry_input_vat() -> None:
    lines = [{"category": "freight_insurance", "amount_minor": -600}, *FEES]
    policy = {"input_vat_on_fees": "at_booking"}
    assert line_of(booked(lines, policy), INPUT) == (47, 0)
    own = SBE.model_copy(update={"posting": Posting(input_vat_categories=["freight_insurance"])})
    assert line_of(booked(lines, policy, workspace=own), INPUT) == (34, 0)
    with pytest.raises(ValueError, match="最接近的是 'freight_insurance'"):
        Posting(input_vat_categories=["freight_insurence"])


@pytest.mark.parametrize("choice", ["on_invoice", "none"])
def test_without_the_choice_the_fee_stays_whole(choice: str) -> None:
    assert line_of(booked(FEES, {"input_vat_on_fees": choice}), "销售费用-平台佣金") == (833, 0)


def test_a_small_scale_taxpayer_takes_no_input_vat() -> None:
    with pytest.raises(ConfigError, match="不适用") as caught:
        choose(shipped_events(), {"input_vat_on_fees": "at_booking"}, ASBE)
    assert "小规模纳税人不抵扣进项税" in caught.value.hint


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["commission", "payment_fee", "freight_cost", "goods_receipt"]),
            st.integers(-50_000, 50_000), st.sampled_from(["a", "b"]), st.sampled_from(["o1", "o2", None]),
        ),
        min_size=1, max_size=40,
    ),
    st.sampled_from(["month", "day", "order"]),
)  # fmt: skip
def test_input_vat_adds_up_and_does_not_depend_on_how_vouchers_are_cut(
    rows: list[tuple[str, int, str, str | None]], grain: str
) -> None:
    lines = [{"category": c, "amount_minor": a, "order_shop": s, "order_id": o} for c, a, s, o in rows]
    policy = {"input_vat_on_fees": "at_booking", "voucher_granularity": grain}
    result = booked(lines, policy)
    expected = 0
    for shop in ("a", "b"):
        for category in ("commission", "payment_fee"):
            for sign in (1, -1):
                total = sum(abs(a) for c, a, s, _ in rows if (c, s) == (category, shop) and a * sign > 0)
                expected -= sign * (total - (200 * total + 106) // 212)
    taken = result.vouchers.filter(pl.col("account_role") == "vat_input")
    assert (taken["debit_minor"] - taken["credit_minor"]).sum() == expected


SOLD = {"gross_minor": 11000, "tax_minor": 1265, "subsidy_minor": 885}


@pytest.mark.parametrize(("choice", "expected"), [
    ("revenue", {"主营业务收入": (0, 9735)}),
    ("other_revenue", {"主营业务收入": (0, 8850), "其他业务收入": (0, 885)}),
    ("reduce_selling_expense", {"主营业务收入": (0, 8850), "销售费用-平台补贴": (-885, 0)}),
])  # fmt: skip
def test_the_part_that_the_platform_pays_stands_where_the_policy_says(
    choice: str, expected: dict[str, tuple[int, int]]
) -> None:
    result = booked([], {"platform_subsidy": choice}, [SOLD])
    assert {name: (d, c) for _, _, name, d, c in entries(result.vouchers)} == {
        "应收账款-平台": (11000, 0), "应交税费-应交增值税-销项税额": (0, 1265), **expected,
    }  # fmt: skip
    assert any(f"（{choice}）" in note for note in result.notes)


@pytest.mark.parametrize("choice", ["revenue", "other_revenue", "reduce_selling_expense"])
@pytest.mark.parametrize("style", ["red_same_side", "opposite_side"])
def test_a_full_return_leaves_nothing_on_any_account(choice: str, style: str) -> None:
    back = {**SOLD, "event": "sales_return", "order_id": "o0"}
    result = booked([], {"platform_subsidy": choice, "red_style": style}, [SOLD, back])
    left = result.vouchers.group_by("account_role").agg((pl.col("debit_minor") - pl.col("credit_minor")).sum())
    assert left["debit_minor"].to_list() == [0] * left.height
    red = result.vouchers.filter((pl.col("debit_minor") < 0) | (pl.col("credit_minor") < 0)).height
    assert (red > 0) == (style == "red_same_side")
