"""Every event with its exact entry, for both standards."""

from __future__ import annotations

import pytest

from ecrecon.base.categories import NAMES
from ecrecon.booking import make_vouchers
from ecrecon.booking.settings import shipped
from ecrecon.settings.workspace import Workspace

from .build import ASBE, SBE, entries, make_lines, make_sources

WALLET = ("1012", "其他货币资金")
AR = ("1122", "应收账款-平台")

# category, amount, event, (counter code sbe, code asbe, name sbe, name asbe), counter (debit, credit)
CASES = [
    ("goods_receipt", 5990, "receipt", ("1122", "1122", "应收账款-平台"), (0, 5990)),
    ("freight_income", 800, "receipt", ("1122", "1122", "应收账款-平台"), (0, 800)),
    ("coupon_platform", 300, "receipt", ("1122", "1122", "应收账款-平台"), (0, 300)),
    ("subsidy", 300, "receipt", ("1122", "1122", "应收账款-平台"), (0, 300)),
    ("deposit_forfeit", 1600, "deposit_forfeit", ("5301", "6301", "营业外收入-赔付收入"), (0, 1600)),
    ("goods_receipt", -5990, "refund", ("1122", "1122", "应收账款-平台"), (5990, 0)),
    ("coupon_platform", -300, "refund", ("1122", "1122", "应收账款-平台"), (300, 0)),
    ("refund", -2750, "refund", ("1122", "1122", "应收账款-平台"), (2750, 0)),
    ("refund", 2750, "refund", ("1122", "1122", "应收账款-平台"), (0, 2750)),
    ("price_protection", -500, "refund", ("1122", "1122", "应收账款-平台"), (500, 0)),
    ("advance", 6600, "advance", ("1122", "1122", "应收账款-平台"), (0, 6600)),
    ("advance", -6600, "advance", ("1122", "1122", "应收账款-平台"), (6600, 0)),
    ("commission", -735, "fee", ("5601", "6601", "销售费用-平台佣金"), (735, 0)),
    ("commission", 735, "fee", ("5601", "6601", "销售费用-平台佣金"), (-735, 0)),
    ("tech_service_fee", -38, "fee", ("5601", "6601", "销售费用-技术服务费"), (38, 0)),
    ("tech_service_fee", 38, "fee", ("5601", "6601", "销售费用-技术服务费"), (-38, 0)),
    ("payment_fee", -40, "fee", ("5603", "6603", "财务费用-手续费"), (40, 0)),
    ("installment_fee", 40, "fee", ("5603", "6603", "财务费用-手续费"), (-40, 0)),
    ("freight_cost", -900, "fee", ("5601", "6601", "销售费用-运费"), (900, 0)),
    ("freight_insurance", -120, "fee", ("5601", "6601", "销售费用-运费险"), (120, 0)),
    ("affiliate_commission", -199, "fee", ("5601", "6601", "销售费用-达人佣金"), (199, 0)),
    ("points", -73, "fee", ("5601", "6601", "销售费用-返点积分"), (73, 0)),
    ("coupon_merchant", -500, "fee", ("5601", "6601", "销售费用-商家承担优惠"), (500, 0)),
    ("buyer_compensation", -300, "buyer_compensation", ("5601", "6601", "销售费用-售后赔付"), (300, 0)),
    ("compensation_received", 700, "compensation_received", ("5301", "6301", "营业外收入-赔付收入"), (0, 700)),
    ("compensation_received", -700, "compensation_received", ("5301", "6301", "营业外收入-赔付收入"), (0, -700)),
    ("penalty", -500, "penalty", ("5711", "6711", "营业外支出-罚款"), (500, 0)),
    ("penalty", 500, "penalty", ("5711", "6711", "营业外支出-罚款"), (-500, 0)),
    ("deposit", -100000, "deposit", ("1221", "1221", "其他应收款-平台保证金"), (100000, 0)),
    ("deposit", 100000, "deposit", ("1221", "1221", "其他应收款-平台保证金"), (0, 100000)),
    ("reward", 1000, "reward", ("5601", "6601", "销售费用-活动奖励"), (-1000, 0)),
    ("withdrawal", -100000, "withdrawal", ("1002", "1002", "银行存款"), (100000, 0)),
    ("withdrawal", 100000, "withdrawal", ("1002", "1002", "银行存款"), (0, 100000)),
    ("transfer", -5000, "transfer", ("1012", "1012", "其他货币资金-在途资金"), (5000, 0)),
    ("interest", 12, "interest", ("5603", "6603", "财务费用-利息"), (-12, 0)),
    ("interest", -12, "interest", ("5603", "6603", "财务费用-利息"), (12, 0)),
    ("loan", 500000, "loan", ("2001", "2001", "短期借款"), (0, 500000)),
    ("loan", -500000, "loan", ("2001", "2001", "短期借款"), (500000, 0)),
    ("insurance", -160, "insurance", ("5601", "6601", "销售费用-保险费"), (160, 0)),
    ("donation", -2, "donation", ("5711", "6711", "营业外支出-捐赠"), (2, 0)),
    ("tax", -321, "tax", ("2241", "2241", "其他应付款-平台代扣税费"), (321, 0)),
    ("adjustment", -77, "suspense", ("1221", "1221", "其他应收款-待核查"), (77, 0)),
    ("other", 77, "suspense", ("1221", "1221", "其他应收款-待核查"), (0, 77)),
    ("unmapped", -77, "suspense", ("1221", "1221", "其他应收款-待核查"), (77, 0)),
]


@pytest.mark.parametrize(("standard", "workspace"), [("sbe", SBE), ("asbe", ASBE)])
@pytest.mark.parametrize(("category", "amount", "event", "account", "sides"), CASES)
def test_one_line_makes_one_exact_entry(
    category: str, amount: int, event: str, account: tuple[str, str, str], sides: tuple[int, int],
    standard: str, workspace: Workspace,
) -> None:  # fmt: skip
    result = make_vouchers(
        make_lines([{"category": category, "amount_minor": amount}]), make_sources(), workspace, "2026-10"
    )
    code = account[0] if standard == "sbe" else account[1]
    wallet = (event, *WALLET, max(amount, 0), max(-amount, 0))
    counter = (event, code, account[2], *sides)
    assert sorted(entries(result.vouchers)) == sorted([wallet, counter])
    assert result.problems == []


@pytest.mark.parametrize(
    ("workspace", "account"),
    [(SBE, ("5601", "销售费用-广告费和业务宣传费")), (ASBE, ("6601", "销售费用-推广费"))],
)
def test_promotion_is_named_as_the_profit_statement_of_the_standard_asks(
    workspace: Workspace, account: tuple[str, str]
) -> None:
    lines = make_lines([{"category": "promotion", "amount_minor": -3520}])
    vouchers = make_vouchers(lines, make_sources(), workspace, "2026-10").vouchers
    assert entries(vouchers) == [("fee", *account, 3520, 0), ("fee", *WALLET, 0, 3520)]


def test_the_cases_cover_every_category() -> None:
    assert {case[0] for case in CASES} | {"promotion"} == set(NAMES)


@pytest.mark.parametrize(
    "text",
    [
        {"raw_desc": "0070004|转账-广告账户"},
        {"remark": "代扣款（扣款用途：直通车自动充值-202610）"},
        {"remark": "阿里妈妈无界账户", "raw_type": "其他"},
    ],
)
def test_a_transfer_to_the_ad_account_is_a_prepayment(text: dict[str, str]) -> None:
    rows = [{"category": "transfer", "amount_minor": -50000, **text}, {"category": "transfer", "amount_minor": -700}]
    vouchers = make_vouchers(make_lines(rows), make_sources(), SBE, "2026-10").vouchers
    assert entries(vouchers) == [
        ("promotion_recharge", "1123", "预付账款-推广充值", 50000, 0),
        ("promotion_recharge", *WALLET, 0, 50000),
        ("transfer", "1012", "其他货币资金-在途资金", 700, 0),
        ("transfer", *WALLET, 0, 700),
    ]


def test_the_texts_of_an_ad_transfer_mean_nothing_on_another_category() -> None:
    lines = make_lines([{"category": "refund", "amount_minor": -100, "remark": "直通车"}])
    vouchers = make_vouchers(lines, make_sources(), SBE, "2026-10").vouchers
    assert vouchers["event"].unique().to_list() == ["refund"]


def test_settlement_and_fees_of_a_month_are_two_vouchers_with_merged_lines() -> None:
    rows = [
        {"category": "goods_receipt", "amount_minor": 5990, "order_id": "A"},
        {"category": "coupon_platform", "amount_minor": 300, "order_id": "A"},
        {"category": "tech_service_fee", "amount_minor": -38, "order_id": "A"},
        {"category": "tech_service_fee", "amount_minor": -12, "order_id": "B"},
        {"category": "tech_service_fee", "amount_minor": 38, "order_id": "A"},
        {"category": "payment_fee", "amount_minor": -5, "order_id": "A"},
    ]
    vouchers = make_vouchers(make_lines(rows), make_sources(), SBE, "2026-10").vouchers
    assert entries(vouchers) == [
        ("receipt", *WALLET, 6290, 0),
        ("receipt", *AR, 0, 6290),
        ("fee", *WALLET, 38, 0),
        ("fee", "5601", "销售费用-技术服务费", 50, 0),
        ("fee", "5601", "销售费用-技术服务费", -38, 0),
        ("fee", "5603", "财务费用-手续费", 5, 0),
        ("fee", *WALLET, 0, 55),
    ]
    assert vouchers["number"].to_list() == [1, 1, 2, 2, 2, 2, 2]
    assert vouchers["seq"].to_list() == [1, 2, 1, 2, 3, 4, 5]
    assert vouchers["summary"].to_list() == [
        "tmall_a 2026-10 平台结算货款到账", "tmall_a 2026-10 平台结算货款到账", "tmall_a 2026-10 平台费用",
        "tmall_a 2026-10 技术服务费", "tmall_a 2026-10 技术服务费", "tmall_a 2026-10 手续费", "tmall_a 2026-10 平台费用",
    ]  # fmt: skip


def test_opposite_side_style_has_no_negative_amount() -> None:
    rows = [
        {"category": "tech_service_fee", "amount_minor": 38},
        {"category": "tech_service_fee", "amount_minor": -50},
        {"category": "compensation_received", "amount_minor": -700},
    ]
    policy = {"red_style": "opposite_side"}
    vouchers = make_vouchers(make_lines(rows), make_sources(), SBE, "2026-10", policy).vouchers
    assert entries(vouchers) == [
        ("fee", *WALLET, 38, 0),
        ("fee", "5601", "销售费用-技术服务费", 50, 0),
        ("fee", *WALLET, 0, 50),
        ("fee", "5601", "销售费用-技术服务费", 0, 38),
        ("compensation_received", "5301", "营业外收入-赔付收入", 700, 0),
        ("compensation_received", *WALLET, 0, 700),
    ]


@pytest.mark.parametrize(
    ("policy", "category", "account"),
    [
        ({"payment_fee_account": "selling"}, "payment_fee", ("5601", "销售费用-支付手续费")),
        ({"penalty_account": "selling"}, "penalty", ("5601", "销售费用-平台罚款")),
        ({"withdrawal_account": "transit"}, "withdrawal", ("1012", "其他货币资金-在途资金")),
    ],
)
def test_a_policy_moves_the_counter_account(policy: dict[str, str], category: str, account: tuple[str, str]) -> None:
    lines = make_lines([{"category": category, "amount_minor": -500}])
    vouchers = make_vouchers(lines, make_sources(), SBE, "2026-10", policy).vouchers
    assert entries(vouchers)[0][1:3] == account


def test_a_deposit_account_is_a_pocket_of_its_own_and_its_top_up_nets_to_nothing() -> None:
    sources = [*make_sources(1), *make_sources(1, profile="taobao.t7", account_suffix="deposit", sha256="d" * 64)]
    pocket = {"source_id": 1, "account": "taobao:tmall_a:deposit"}
    rows = [
        {"category": "deposit", "amount_minor": -3000},
        {"category": "deposit", "amount_minor": 3000, **pocket},
        {"category": "refund", "amount_minor": -3000, **pocket},
        {"category": "penalty", "amount_minor": -500, **pocket},
    ]
    vouchers = make_vouchers(make_lines(rows), sources, SBE, "2026-10").vouchers
    own = "店铺=tmall_a;账户=taobao:tmall_a:deposit"
    got = vouchers.select("event", "account_code", "aux", "debit_minor", "credit_minor").rows()
    wallet = "店铺=tmall_a;账户=2088000000000001"
    assert got == [
        ("refund", "1122", "店铺=tmall_a", 3000, 0),
        ("refund", "1221", own, 0, 3000),
        ("penalty", "5711", "店铺=tmall_a", 500, 0),
        ("penalty", "1221", own, 0, 500),
        ("deposit", "1221", "店铺=tmall_a", 3000, 0),
        ("deposit", "1221", own, 3000, 0),
        ("deposit", "1012", wallet, 0, 3000),
        ("deposit", "1221", "店铺=tmall_a", 0, 3000),
    ]


def test_a_transfer_seen_in_the_marketing_account_clears_the_prepayment() -> None:
    sources = [*make_sources(1, profile="pdd.p1"), *make_sources(1, profile="pdd.p2", sha256="e" * 64)]
    rows = [
        {"category": "transfer", "amount_minor": -5000, "raw_desc": "转账-营销账户"},
        {
            "category": "transfer",
            "amount_minor": 5000,
            "source_id": 1,
            "account": "pdd:a:marketing",
            "raw_type": "转账",
        },
        {"category": "promotion", "amount_minor": -200, "source_id": 1, "account": "pdd:a:marketing"},
    ]
    vouchers = make_vouchers(make_lines(rows), sources, SBE, "2026-10").vouchers
    prepaid = vouchers.filter(account_code="1123")
    assert prepaid["debit_minor"].sum() - prepaid["credit_minor"].sum() == 5000 - 200
    assert "transfer" not in vouchers["event"].to_list()


def test_lines_of_a_bank_statement_stand_in_the_bank() -> None:
    sources = [*make_sources(1), *make_sources(1, kind="bank", profile="bank.cmb", sha256="f" * 64)]
    rows = [
        {"category": "withdrawal", "amount_minor": -9000},
        {"category": "withdrawal", "amount_minor": 9000, "source_id": 1, "account": "755900001234567"},
    ]
    vouchers = make_vouchers(make_lines(rows), sources, SBE, "2026-10", {"withdrawal_account": "transit"}).vouchers
    totals = {
        key: group["debit_minor"].sum() - group["credit_minor"].sum()
        for (key,), group in vouchers.group_by("account_role")
    }
    assert totals == {"wallet": -9000, "transit": 0, "bank": 9000}


def test_unexplained_lines_stay_visible_per_raw_type() -> None:
    rows = [
        {"category": "unmapped", "amount_minor": -77, "raw_type": "神秘扣款"},
        {"category": "unmapped", "amount_minor": -3, "raw_type": "神秘扣款"},
        {"category": "adjustment", "amount_minor": -10},
    ]
    result = make_vouchers(make_lines(rows), make_sources(), SBE, "2026-10")
    counter = result.vouchers.filter(account_role="unexplained")
    assert sorted(counter.select("summary", "debit_minor").rows()) == [
        ("tmall_a 2026-10 待核查 神秘扣款 2笔", 80),
        ("tmall_a 2026-10 待核查 调账 1笔", 10),
    ]
    strange = counter.filter(debit_minor=80).row(0, named=True)
    traced = result.trace.filter(voucher_id=strange["voucher_id"], seq=strange["seq"])
    assert traced.select("line_id", "amount_minor").rows() == [(0, 77), (1, 3)]
    assert any("3 笔收支记入待核查科目（借 0.90，贷 0.00）" in note for note in result.notes)


def test_each_standard_knows_every_role_of_the_templates() -> None:
    for standard in ("sbe", "asbe"):
        chart, events = shipped(standard)
        assert events.roles() <= set(chart.roles)
        assert chart.standard == standard
