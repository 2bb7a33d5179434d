"""Random months: every voucher balances, every cent is traced, wallets tie, order of input never matters."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecrecon.base.categories import NAMES
from ecrecon.base.errors import InvariantError
from ecrecon.booking import invariants, make_vouchers
from ecrecon.booking.vouchers import Vouchers

from .build import ASBE, SBE, make_lines, make_sources

pytestmark = pytest.mark.slow

SOURCES = [
    *make_sources(2),
    *make_sources(1, profile="taobao.t7", account_suffix="deposit", sha256="d" * 64),
    *make_sources(1, kind="bank", profile="bank.cmb", sha256="b" * 64),
]
LINE = st.fixed_dictionaries(
    {
        "category": st.sampled_from(NAMES),
        "amount_minor": st.integers(-10_000_000, 10_000_000),
        "account": st.sampled_from(["2088000000000001", "taobao:tmall_a:t4", "755900", None]),
        "shop": st.sampled_from(["tmall_a", "拼多多;二店", None]),
        "order_shop": st.sampled_from(["tmall_a", "tmall_b", None]),
        "source_id": st.integers(0, 3),
        "order_id": st.sampled_from(["A", "B", None]),
        "raw_type": st.sampled_from(["其他", "转账", None]),
        "remark": st.sampled_from(["直通车自动充值", "普通", None]),
        "disposition": st.sampled_from(["grouped", "account_level", "unreferenced", "before_opening", "pending"]),
        "currency": st.sampled_from(["CNY", "CNY", "CNY", "USD"]),
    }
)
MONTHS = st.lists(LINE, max_size=40)
POLICIES = st.sampled_from([{}, {"red_style": "opposite_side"}, {"withdrawal_account": "transit"}])
FEW = settings(max_examples=60)


def _booked(rows: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """Plain Python: which lines must be in a voucher."""
    return {
        i: row
        for i, row in enumerate(rows)
        if row["amount_minor"] and row["currency"] == "CNY" and row["disposition"] != "pending"
    }


def _book(rows: list[dict[str, Any]], policy: dict[str, str] | None = None) -> Vouchers:
    return make_vouchers(make_lines(rows), SOURCES, SBE, "2026-10", policy)


@given(MONTHS, POLICIES)
@FEW
def test_balance_trace_and_wallet_tie(rows: list[dict[str, Any]], policy: dict[str, str]) -> None:
    result = _book(rows, policy)
    booked = _booked(rows)
    totals: Counter[str] = Counter()
    lines: dict[tuple[str, int], int] = {}
    wallets: Counter[str] = Counter()
    own: set[tuple[str, int]] = set()
    for row in result.vouchers.iter_rows(named=True):
        totals[row["voucher_id"]] += row["debit_minor"] - row["credit_minor"]
        assert (row["debit_minor"] == 0) != (row["credit_minor"] == 0)
        lines[row["voucher_id"], row["seq"]] = row["debit_minor"] - row["credit_minor"]
        if "账户=" in row["aux"]:
            wallets[row["aux"].split("账户=")[1]] += row["debit_minor"] - row["credit_minor"]
            own.add((row["voucher_id"], row["seq"]))
        if policy.get("red_style") == "opposite_side":
            assert row["debit_minor"] >= 0 and row["credit_minor"] >= 0
    assert not any(totals.values())
    traced: Counter[tuple[str, int]] = Counter()
    legs: dict[int, list[int]] = {}
    for row in result.trace.iter_rows(named=True):
        traced[row["voucher_id"], row["seq"]] += row["amount_minor"]
        legs.setdefault(row["line_id"], []).append(row["amount_minor"])
        assert row["order_id"] == rows[row["line_id"]]["order_id"]
        if (row["voucher_id"], row["seq"]) in own:
            assert row["amount_minor"] == rows[row["line_id"]]["amount_minor"]
    assert {key: traced[key] for key in lines} == lines and set(traced) == set(lines)
    assert set(legs) == set(booked)
    assert all(sorted(amounts) == sorted((row["amount_minor"], -row["amount_minor"]))
               for amounts, row in ((legs[i], row) for i, row in booked.items()))  # fmt: skip
    moved: Counter[str] = Counter()
    for row in booked.values():
        moved[row["account"] or "未知账户"] += row["amount_minor"]
    assert wallets == moved


@given(MONTHS, st.randoms(use_true_random=False))
@FEW
def test_permuted_rows_give_identical_frames(rows: list[dict[str, Any]], dice: random.Random) -> None:
    frame = make_lines(rows)
    order = list(range(frame.height))
    dice.shuffle(order)
    first = make_vouchers(frame, SOURCES, SBE, "2026-10")
    second = make_vouchers(frame[order], SOURCES, SBE, "2026-10")
    assert first.vouchers.equals(second.vouchers) and first.trace.equals(second.trace)
    assert (first.problems, first.notes) == (second.problems, second.notes)


@given(MONTHS)
@FEW
def test_one_voucher_holds_one_event_of_one_shop_and_numbers_have_no_gap(rows: list[dict[str, Any]]) -> None:
    vouchers = _book(rows).vouchers
    heads = vouchers.select("number", "voucher_id", "event", "shop").unique().sort("number")
    assert heads["number"].to_list() == list(range(1, heads.height + 1))
    assert heads.select("event", "shop").n_unique() == heads.height == heads["voucher_id"].n_unique()
    merged = vouchers.filter(pl.col("event") != "suspense").with_columns(
        (pl.col("debit_minor") != 0).alias("side"), (pl.col("debit_minor") + pl.col("credit_minor") < 0).alias("red")
    )
    key = ["voucher_id", "account_code", "account_name", "aux", "side", "red"]
    assert merged.height == 0 or merged.select(key).n_unique() == merged.height


@given(MONTHS)
@FEW
def test_both_standards_differ_in_accounts_only(rows: list[dict[str, Any]]) -> None:
    sbe = _book(rows).vouchers
    asbe = make_vouchers(make_lines(rows), SOURCES, ASBE, "2026-10").vouchers
    same = ["number", "event", "shop", "account_role", "debit_minor", "credit_minor", "aux"]
    assert sbe.select(same).sort(pl.all()).equals(asbe.select(same).sort(pl.all()))
    assert not any(code.startswith("6") for code in sbe["account_code"])
    assert not any(code.startswith("5") for code in asbe["account_code"])


def test_a_charge_and_its_return_leave_the_expense_at_zero() -> None:
    rows = [{"category": c, "amount_minor": a} for c in ("commission", "penalty", "payment_fee") for a in (-735, 735)]
    vouchers = make_vouchers(make_lines(rows), make_sources(), SBE, "2026-10").vouchers
    expense = vouchers.filter(~pl.col("account_code").is_in(["1012"]))
    assert expense["credit_minor"].sum() == 0 and expense.group_by("account_name").agg(
        pl.col("debit_minor").sum()
    )["debit_minor"].to_list() == [0, 0, 0]  # fmt: skip


def test_a_lost_cent_is_noticed() -> None:
    entries = pl.DataFrame(
        {"entry": [0, 1], "own": [True, False], "bill_account": ["w", None], "voucher_id": ["J", "J"], "seq": [1, 2],
         "debit_minor": [100, 0], "credit_minor": [0, 100], "count": [1, 1],
         "amount_fc_minor": [None, None]},
        schema_overrides={"entry": pl.UInt32, "amount_fc_minor": pl.Int64},
    )  # fmt: skip
    trace = pl.DataFrame(
        {"entry": [0, 1], "amount_minor": [100, -100], "line_id": [7, 7]}, schema_overrides={"entry": pl.UInt32}
    )
    invariants.check_trace(entries, trace, 2)
    invariants.check_wallets(entries, pl.DataFrame({"account": ["w"], "amount_minor": [100]}))
    short = trace.with_columns(pl.Series("amount_minor", [99, -99]))
    for wrong in (short, trace.head(1), pl.concat([trace, trace.head(1)])):
        with pytest.raises(InvariantError, match="trace"):
            invariants.check_trace(entries, wrong, 2)
    for account, amount in (("w", 99), ("x", 100)):
        with pytest.raises(InvariantError, match="bill account"):
            invariants.check_wallets(entries, pl.DataFrame({"account": [account], "amount_minor": [amount]}))


@given(
    st.lists(st.tuples(st.integers(1, 10**7), st.booleans()), max_size=12), st.sampled_from(["month", "day", "order"])
)
@FEW
def test_own_transfers_seen_on_both_sides_leave_nothing_in_transit(
    moved: list[tuple[int, bool]], granularity: str
) -> None:
    pockets = ("2088000000000001", "taobao:tmall_a:t4")
    rows = [
        {"category": "transfer", "account": pockets[side != forth], "amount_minor": amount if side else -amount}
        for amount, forth in moved
        for side in (False, True)
    ]
    vouchers = _book(rows, {"voucher_granularity": granularity}).vouchers
    transit = vouchers.filter(pl.col("account_role") == "transit")
    assert transit["debit_minor"].sum() == transit["credit_minor"].sum()
    seen = transit["debit_minor"].sum() + transit["credit_minor"].sum()
    assert seen == 2 * sum(amount for amount, _ in moved)
