"""Every policy of README.md "ecrecon.toml" is known: it works, or it is refused with what to do instead."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from ecrecon.base.errors import ConfigError
from ecrecon.base.resources import configs_dir
from ecrecon.base.texts import set_language
from ecrecon.booking import accounts, make_vouchers
from ecrecon.booking.settings import choose, shipped, shipped_events
from ecrecon.pipeline.booking import posting_in_force
from ecrecon.settings.workspace import Posting, Workspace

from .build import ASBE, SBE, make_lines, make_sales, make_sources

SECTION_12 = (
    "standard", "vat_status", "rates", "revenue_point", "principal_agent", "platform_subsidy", "vat_rounding",
    "max_rounding_adjust", "small_scale_relief", "input_vat_on_fees", "payment_fee_account", "penalty_account",
    "buyer_compensation", "return_estimate", "red_style", "fx_rate", "goods_shipped_used", "accrue_fees", "period_by",
    "cutoff_tz", "voucher_granularity", "receipt_granularity", "ageing_edges", "account_map", "aux_map",
)  # fmt: skip
EVENTS = shipped_events()
REFUSED = [(name, choice) for name, policy in EVENTS.policy.items() for choice in policy.refused]
ROOT = configs_dir().parent


@pytest.fixture(autouse=True)
def _chinese() -> Iterator[None]:
    set_language("zh")
    yield
    set_language("zh")


def test_every_setting_of_the_section_is_known() -> None:
    assert set(SECTION_12) <= {*EVENTS.policy, *EVENTS.elsewhere}
    assert not set(EVENTS.policy) & set(EVENTS.elsewhere)


@pytest.mark.parametrize(("name", "choice"), [*REFUSED, *((name, "x") for name in EVENTS.elsewhere)])
def test_a_refusal_says_in_both_languages_what_to_do(name: str, choice: str) -> None:
    told = {}
    for language in ("zh", "en"):
        set_language(language)  # type: ignore[arg-type]
        with pytest.raises(ConfigError) as caught:
            choose(EVENTS, {name: choice})
        assert name in str(caught.value) and caught.value.hint
        told[language] = caught.value.hint
    assert told["zh"] != told["en"] and any("\u4e00" <= letter <= "\u9fff" for letter in told["zh"])


@pytest.mark.parametrize(("name", "choice"), [(n, c) for n, p in EVENTS.policy.items() for c in p.choices])
def test_every_choice_can_be_made_by_somebody_and_is_in_force(name: str, choice: str) -> None:
    companies = [
        Workspace(standard=standard, vat_status=status, company="x")  # type: ignore[arg-type]
        for standard in ("sbe", "asbe") for status in ("general", "small")
    ]  # fmt: skip
    accepted = 0
    for company in companies:
        try:
            assert choose(EVENTS, {name: choice}, company)[name] == choice
            accepted += 1
        except ConfigError as error:
            assert error.hint == str(EVENTS.policy[name].needs[choice].otherwise)
    assert accepted >= 2 if choice in EVENTS.policy[name].needs else accepted == 4


def test_a_choice_of_one_shop_stands_beside_that_of_the_company() -> None:
    chosen = choose(EVENTS, {"principal_agent@tmall_a": "principal"})
    assert chosen["principal_agent@tmall_a"] == "principal" and chosen["principal_agent"] == "principal"
    with pytest.raises(ConfigError, match="不能按店铺设置"):
        choose(EVENTS, {"red_style@tmall_a": "opposite_side"})


def test_the_manifest_holds_every_policy_with_its_default_and_the_rates_in_force() -> None:
    posting = Posting(policy={"vat_rounding": "line"})
    told: Any = posting_in_force(SBE.model_copy(update={"posting": posting}), date(2026, 10, 31))
    assert set(told["policies"]) == set(EVENTS.policy)
    assert told["policies"]["vat_rounding"] == "line" and told["policies"]["red_style"] == "red_same_side"
    assert told["vat_rates"] == {"company": "0.13", "shops": {}}
    assert told["policies"]["input_vat_on_fees"] == "on_invoice"
    of_small: Any = posting_in_force(ASBE, date(2026, 10, 31))
    assert of_small["policies"]["input_vat_on_fees"] == "none"  # a small-scale taxpayer has no input VAT
    assert posting_in_force(ASBE, date(2026, 10, 31))["vat_rates"] == {"company": "0.01", "shops": {}}


LINES = [{"category": "goods_receipt", "amount_minor": 11300}, {"category": "payment_fee", "amount_minor": -68}]
SALES = [{"gross_minor": 11300, "tax_minor": 1300}]


def test_all_unset_keys_without_a_safe_default_are_told_at_once() -> None:
    result = make_vouchers(make_lines(LINES), make_sources(), Workspace(), "2026-10", sales=make_sales(SALES))
    assert result.vouchers.is_empty() and len(result.problems) == 3
    for key, problem in zip(("standard", "vat_status", "revenue_point"), result.problems, strict=True):
        assert f"没有设置 {key}" in problem or f"没有确认 {key}" in problem


def test_sales_without_a_confirmed_revenue_point_refuse_the_vouchers_of_the_money_too() -> None:
    """A receipt booked against a receivable that was never booked leaves a wrong balance."""
    books = make_lines(LINES), make_sources(), SBE, "2026-10"
    result = make_vouchers(*books, sales=make_sales(SALES))
    assert result.vouchers.is_empty() and 'revenue_point = "confirmed"' in result.problems[0]
    assert not make_vouchers(*books).problems  # nothing was sold: nothing to confirm
    alone = make_vouchers(*books, {"revenue_point": "none"}, make_sales(SALES))
    assert set(alone.vouchers["event"]) == {"receipt", "fee"} and any("别处记账" in note for note in alone.notes)


def test_the_contract_liability_of_asbe_has_no_code_until_it_is_set() -> None:
    chart, _ = shipped("asbe")
    assert accounts.resolve("contract_liab", [], Posting(), chart) is None
    assert "contract_liab（合同负债）没有科目代码" in accounts.no_code(["contract_liab"], chart)[0]
    found = accounts.resolve("contract_liab", [], Posting(accounts={"contract_liab": "2205"}), chart)
    assert found is not None and found.code == "2205"


def test_the_vouchers_say_which_choices_they_depend_on_and_no_other() -> None:
    policy = {"revenue_point": "confirmed", "payment_fee_account": "selling"}
    notes = " ".join(make_vouchers(make_lines(LINES), make_sources(), SBE, "2026-10", policy, make_sales(SALES)).notes)
    assert "收入确认时点：确认收货（confirmed）" in notes and "支付手续费记入：销售费用（selling）" in notes
    assert "平台罚款记入" not in notes and "提现记入" not in notes


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_both_readmes_name_every_policy_and_choice(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for name, policy in EVENTS.policy.items():
        row = next((line for line in text.splitlines() if line.startswith(f"| `{name}` |")), "")
        assert all(f"`{choice}`" in row for choice in policy.choices), (name, row)
