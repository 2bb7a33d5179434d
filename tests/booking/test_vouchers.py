"""Numbers, ids, dates, shops, accounts of the user, missing settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest

from ecrecon.base.errors import ConfigError, InvariantError
from ecrecon.base.schema import VOUCHER_TRACE, VOUCHERS
from ecrecon.base.texts import set_language
from ecrecon.booking import invariants, make_vouchers
from ecrecon.settings.workspace import Posting, Shop, Workspace

from .build import SBE, make_lines, make_sources

ROWS: list[dict[str, Any]] = [
    {"category": "goods_receipt", "amount_minor": 5990, "order_id": "A", "source_id": 1},
    {"category": "goods_receipt", "amount_minor": 1000, "order_id": "B", "order_shop": "tmall_b"},
    {"category": "tech_service_fee", "amount_minor": -38, "order_id": "A", "source_id": 2},
    {"category": "withdrawal", "amount_minor": -5000},
]


@pytest.fixture(autouse=True)
def _chinese() -> Iterator[None]:
    set_language("zh")
    yield
    set_language("zh")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"standard": None}, ["standard", "小企业会计准则", '"asbe"']),
        ({"vat_status": None}, ["vat_status", "一般纳税人", '"small"']),
        ({"standard": None, "vat_status": None}, ["standard", "vat_status"]),
    ],
)
def test_without_a_setting_nothing_is_booked_and_the_key_is_named(changes: dict[str, Any], words: list[str]) -> None:
    result = make_vouchers(make_lines(ROWS), make_sources(), SBE.model_copy(update=changes), "2026-10")
    assert result.vouchers.is_empty() and result.trace.is_empty()
    assert dict(result.vouchers.schema) == dict(VOUCHERS) and dict(result.trace.schema) == dict(VOUCHER_TRACE)
    assert len(result.problems) == len(changes)
    assert all(word in " ".join(result.problems) for word in words)


def test_the_problem_is_told_in_english_too() -> None:
    set_language("en")
    (problem,) = make_vouchers(make_lines(ROWS), make_sources(), Workspace(vat_status="small"), "2026-10").problems
    assert problem.startswith("no vouchers: ecrecon.toml does not set standard") and 'standard = "sbe"' in problem


@pytest.mark.parametrize(
    ("posting", "words"),
    [
        (Posting(accounts={"walet": "1012"}), ["posting.accounts", "'walet'", "wallet"]),
        (Posting(names={"ar_platfrom": "应收"}), ["posting.names", "ar_platform"]),
        (Posting(accounts={"wallet": " "}), ["posting.accounts.wallet", "空"]),
    ],
)
def test_a_wrong_key_is_refused_with_the_nearest_role(posting: Posting, words: list[str]) -> None:
    result = make_vouchers(make_lines(ROWS), make_sources(), SBE.model_copy(update={"posting": posting}), "2026-10")
    assert result.vouchers.is_empty()
    assert all(word in result.problems[0] for word in words)


def test_without_default_accounts_every_missing_code_is_listed() -> None:
    posting = Posting(default_accounts=False, accounts={"wallet": "101204", "bank": "100201"})
    result = make_vouchers(make_lines(ROWS), make_sources(), SBE.model_copy(update={"posting": posting}), "2026-10")
    assert result.vouchers.is_empty()
    assert [p.split("（")[0] for p in result.problems] == [
        "未生成凭证：科目角色 ar_platform", "未生成凭证：科目角色 selling_tech_service_fee"
    ]  # fmt: skip
    posting = posting.model_copy(update={"accounts": {**posting.accounts, "ar_platform": "112201", "selling": "5601"}})
    result = make_vouchers(make_lines(ROWS), make_sources(), SBE.model_copy(update={"posting": posting}), "2026-10")
    assert result.problems == [] and all(note.startswith("凭证采用的做法") for note in result.notes)
    assert set(result.vouchers["account_code"]) == {"101204", "100201", "112201", "5601"}


def test_accounts_of_the_user_win_most_special_first() -> None:
    posting = Posting(
        accounts={
            "wallet": "1012.01", "wallet@2088000000000001": "1012.02", "ar_platform@tmall_b": "1122.07",
            "selling": "5601.99", "selling_tech_service_fee": "5601.03", "bank@nobody": "1",
        },
        names={"wallet": "支付宝", "selling": "营业费用"},
    )  # fmt: skip
    rows = [
        *ROWS,
        {"category": "commission", "amount_minor": -1},
        {"category": "donation", "amount_minor": -1, "account": "X"},
    ]
    result = make_vouchers(make_lines(rows), make_sources(), SBE.model_copy(update={"posting": posting}), "2026-10")
    got = set(result.vouchers.select("account_role", "shop", "account_code", "account_name").rows())
    assert ("wallet", "tmall_a", "1012.02", "支付宝") in got
    assert ("wallet", "tmall_a", "1012.01", "支付宝") in got
    assert ("ar_platform", "tmall_b", "1122.07", "应收账款-平台") in got
    assert ("ar_platform", "tmall_a", "1122", "应收账款-平台") in got
    assert ("selling_tech_service_fee", "tmall_a", "5601.03", "营业费用-技术服务费") in got
    assert ("selling_commission", "tmall_a", "5601.99", "营业费用-平台佣金") in got
    assert any("bank@nobody" in note for note in result.notes)
    assert any("ar_platform = 1122" in note and "wallet =" not in note for note in result.notes)


def test_two_roles_on_one_account_make_one_line() -> None:
    names = {"selling_commission": "销售费用", "selling_tech_service_fee": "销售费用"}
    workspace = SBE.model_copy(update={"posting": Posting(names=names)})
    rows = [{"category": "commission", "amount_minor": -5}, {"category": "tech_service_fee", "amount_minor": -7}]
    vouchers = make_vouchers(make_lines(rows), make_sources(), workspace, "2026-10").vouchers
    assert vouchers.select("account_name", "debit_minor", "credit_minor").rows() == [
        ("销售费用", 12, 0), ("其他货币资金", 0, 12)
    ]  # fmt: skip


def test_header_fields() -> None:
    workspace = SBE.model_copy(update={"posting": Posting(word="转", preparer="张三")})
    sources = make_sources()
    vouchers = make_vouchers(make_lines(ROWS), sources, workspace, "2026-10").vouchers
    heads = vouchers.unique("voucher_id", keep="first", maintain_order=True)
    assert heads.select("number", "event", "shop", "attachments").rows() == [
        (1, "receipt", "tmall_a", 1), (2, "receipt", "tmall_b", 1), (3, "fee", "tmall_a", 1), (4, "withdrawal", "tmall_a", 1),
    ]  # fmt: skip
    assert set(vouchers["date"]) == {date(2026, 10, 31)}
    assert set(vouchers.select("fiscal_year", "period", "word", "preparer", "currency").rows()) == {
        (2026, 10, "转", "张三", "CNY")
    }
    assert heads["batch_id"].n_unique() == 1 and heads["source_hash"].n_unique() == 3
    assert heads["voucher_id"].str.contains("^J[A-Z2-7]{11}$").all()


def test_february_of_a_leap_year_ends_on_the_29th() -> None:
    moment = datetime(2028, 2, 29, 15, 59, tzinfo=UTC)
    lines = make_lines([{"category": "refund", "amount_minor": -1, "occurred_at": moment}])
    assert make_vouchers(lines, make_sources(), SBE, "2028-02").vouchers["date"][0] == date(2028, 2, 29)


def test_the_voucher_id_knows_nothing_of_files_but_of_what_is_booked() -> None:
    first = make_vouchers(make_lines(ROWS), make_sources(), SBE, "2026-10").vouchers
    moved = make_lines(
        [{**row, "source_id": 2 - row.get("source_id", 0), "line_id": 9 - i} for i, row in enumerate(ROWS)]
    )
    renamed = make_vouchers(moved, list(reversed(make_sources())), SBE, "2026-10").vouchers
    assert first.equals(renamed)
    downloaded = [replace(s, sha256="a" * 64, path=f"again/{i}") for i, s in enumerate(make_sources())]
    again = make_vouchers(make_lines(ROWS), downloaded, SBE, "2026-10").vouchers
    assert again["voucher_id"].equals(first["voucher_id"])
    assert not again["batch_id"].equals(first["batch_id"])
    changed = make_lines([{**ROWS[0], "amount_minor": 5991}, *ROWS[1:]])
    other = make_vouchers(changed, make_sources(), SBE, "2026-10").vouchers
    assert [a == b for a, b in zip(other["voucher_id"], first["voucher_id"], strict=True)] == [False] * 2 + [True] * 6


def test_other_currencies_are_left_out_and_named() -> None:
    rows = [*ROWS, {"category": "goods_receipt", "amount_minor": 999, "currency": "USD", "account": "US1"}]
    result = make_vouchers(make_lines(rows), make_sources(), SBE, "2026-10")
    assert 4 not in result.trace["line_id"].to_list() and result.vouchers.height == 8
    assert result.problems == ["账户 US1 有 1 笔 USD 流水没有做凭证：没有汇率"]
    only = make_vouchers(make_lines(rows[4:]), make_sources(), SBE, "2026-10")
    assert only.vouchers.is_empty() and only.problems == result.problems


def test_pending_and_zero_lines_move_nothing() -> None:
    rows = [
        {"category": "goods_receipt", "amount_minor": 100, "disposition": "pending"},
        {"category": "goods_receipt", "amount_minor": 0},
        {"category": "goods_receipt", "amount_minor": 7, "disposition": "before_opening"},
    ]
    result = make_vouchers(make_lines(rows), make_sources(), SBE, "2026-10")
    assert result.trace["line_id"].unique().to_list() == [2]
    assert make_vouchers(make_lines([]), make_sources(0), SBE, "2026-10").vouchers.is_empty()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"disposition": "duplicate"}, "must not be booked"),
        ({"disposition": "after_as_of"}, "must not be booked"),
        ({"view": "witness"}, "must not be booked"),
        ({"occurred_at": datetime(2026, 10, 31, 16, tzinfo=UTC)}, "not of the period"),
        ({"line_id": 1}, "stands in two lines"),
        ({"source_id": 3}, "there are 3 sources"),
        ({"category": None}, "without line_id, amount or category"),
    ],
)
def test_a_line_that_must_not_come_is_a_bug(change: dict[str, Any], words: str) -> None:
    with pytest.raises(InvariantError, match=words):
        make_vouchers(make_lines([{**ROWS[0], **change}, *ROWS[1:]]), make_sources(), SBE, "2026-10")


@pytest.mark.parametrize(("language", "policy", "choice"), [
    ("zh", "没有 'red_stile' 这项做法，最接近的是 'red_style'", "red_style 不能写成 'oposite_side'，最接近的是 'opposite_side'"),
    ("en", "did you mean 'red_style'", "did you mean 'opposite_side'"),
])  # fmt: skip
def test_a_policy_that_nobody_knows_is_refused(language: Any, policy: str, choice: str) -> None:
    set_language(language)
    with pytest.raises(ConfigError, match=policy):
        make_vouchers(make_lines(ROWS), make_sources(), SBE, "2026-10", {"red_stile": "opposite_side"})
    with pytest.raises(ConfigError, match=choice):
        make_vouchers(make_lines(ROWS), make_sources(), SBE, "2026-10", {"red_style": "oposite_side"})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            pl.when(pl.col("seq") == 1).then(pl.col("debit_minor") + 1).otherwise("debit_minor").alias("debit_minor"),
            "debit and credit differ",
        ),
        (pl.lit(1, dtype=pl.Int64).alias("credit_minor"), "exactly one side"),
        (pl.lit("").alias("account_code"), "no account"),
        ((pl.col("seq") + 1).alias("seq"), "1, 2, 3"),
        ((pl.col("number") + 1).alias("number"), "not continuous"),
        (pl.lit("J").alias("voucher_id"), "one voucher_id"),
        (pl.col("event").reverse().alias("event"), "two vouchers"),
        (pl.col("number").reverse().alias("number"), "do not stand together"),
    ],
)
def test_a_damaged_voucher_is_noticed(change: pl.Expr, words: str) -> None:
    rows = [*ROWS, {"category": "commission", "amount_minor": -5}]
    vouchers = make_vouchers(make_lines(rows), make_sources(), SBE, "2026-10").vouchers
    invariants.check_vouchers(vouchers)
    with pytest.raises(InvariantError, match=words):
        invariants.check_vouchers(vouchers.with_columns(change))


def test_shops_of_the_workspace_are_known_places() -> None:
    posting = Posting(accounts={"wallet@quiet": "1012.9", "wallet@2088": "1012.8"})
    workspace = SBE.model_copy(
        update={"posting": posting, "shops": [Shop(name="quiet", platform="pdd", accounts=["2088"])]}
    )
    notes = make_vouchers(make_lines(ROWS), make_sources(), workspace, "2026-10").notes
    assert not any("wallet@" in note for note in notes)
