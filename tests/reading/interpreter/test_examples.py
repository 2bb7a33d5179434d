"""The worked examples of the format pages, read exactly."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import polars as pl
from tests.reading.interpreter import samples
from tests.reading.interpreter.fakes import codes, frame, read, table
from tests.reading.interpreter.profiles_inline import ALL

CN = ZoneInfo("Asia/Shanghai")


def test_alipay_example() -> None:
    parsed = read(table(samples.ALIPAY), *ALL)
    lines, source = frame(parsed), parsed.source
    assert lines["amount_minor"].to_list() == [14692, -735, -73, -2750, -120, -100000]
    assert lines["category"].cast(pl.String).to_list() == [
        "goods_receipt", "commission", "points", "refund", "freight_insurance", "withdrawal",
    ]  # fmt: skip
    order, other = "5100000000000000101", "5100000000000000088"
    assert lines["order_id"].to_list() == [order, order, order, other, order, None]
    assert lines["txn_id"].to_list() == [f"157000000000000{n}" for n in range(1, 7)]
    assert lines["source_line"].to_list() == [6, 7, 8, 9, 10, 11]
    assert lines["balance_minor"].to_list() == [114692, 113957, 113884, 111134, 111014, 11014]
    assert lines["occurred_at"][0] == datetime(2026, 5, 13, 9, 10, 28, tzinfo=CN)
    assert lines["remark"][0] is None
    assert codes(parsed) == []
    assert all(control.ok for control in source.control)
    assert {c.name: c.printed for c in source.control}["expense_sum"] == "-1036.78"
    assert (source.income_minor, source.expense_minor, source.rows) == (14692, -103678, 6)
    assert (source.account, source.printed_account) == ("2088000000000000", True)
    assert (source.coverage, source.printed_range) == (((date(2026, 5, 1), date(2026, 5, 31)),), True)
    assert source.exported_at == datetime(2026, 6, 1, 12, 51, 6, tzinfo=CN)
    assert source.header_line == 5


def test_pinduoduo_example() -> None:
    parsed = read(table(samples.PDD), *ALL)
    lines, source = frame(parsed), parsed.source
    assert lines["amount_minor"].to_list() == [5990, 300, -38, -2750, -50000, -100000]
    assert lines["category"].cast(pl.String).to_list() == [
        "goods_receipt", "coupon_platform", "tech_service_fee", "refund", "transfer", "withdrawal",
    ]  # fmt: skip
    assert lines["order_created_at"].dt.date().to_list()[:4] == [date(2026, 5, 5)] * 3 + [date(2026, 4, 28)]
    assert lines["source_line"].to_list() == [6, 7, 8, 9, 10, 11]  # the blank second line counts
    assert [(c.name, c.found) for c in source.control] == [
        ("expense_count", "4"), ("expense_sum", "-1527.88"), ("income_count", "2"), ("income_sum", "62.90"),
        ("net_count", "6"), ("net_sum", "-1464.98"),
    ]  # fmt: skip
    assert all(control.ok for control in source.control)
    assert source.coverage == ((date(2026, 5, 9), date(2026, 5, 9)),)
    assert codes(parsed) == []


def test_douyin_example_splits_into_twelve_lines() -> None:
    parsed = read(table(samples.DOUYIN), *ALL)
    lines = frame(parsed)
    assert lines.height == 12
    assert lines["amount_minor"].sum() == -45150
    assert lines["source_line"].to_list() == [2, 2, 2, 3, 3, 3, 3, 4, 5, 5, 6, 7]
    first = lines.filter(pl.col("source_line") == 2)
    assert first["money_column"].cast(pl.String).to_list() == ["订单实付应结", "实际平台补贴", "平台服务费"]
    assert first["amount_minor"].to_list() == [4000, 1000, -150]
    assert lines["txn_id"][0] == "2026050302100500000000000001"
    whole = lines.filter(pl.col("money_column").is_null())
    assert whole["category"].cast(pl.String).to_list() == ["refund", "coupon_platform", "withdrawal"]
    assert (parsed.source.income_minor, parsed.source.expense_minor) == (14850, -60000)
    assert parsed.source.entity == "示例商贸"


def test_taobao_orders_example() -> None:
    rows = frame(read(table(samples.TAOBAO), *ALL))
    assert rows["order_id"].to_list() == ["5100000000000000101", "5100000000000000202", "5100000000000000088"]
    assert rows["status"].cast(pl.String).to_list() == ["finished", "finished", "closed"]
    assert rows["channel"].cast(pl.String).to_list() == ["alipay", "wechat", "alipay"]
    assert rows["reading1_cash_minor"].to_list() == [14692, 6600, 0]
    assert rows["reading2_cash_minor"].to_list() == [14692, 6600, 2750]
    assert rows["reading2_platform_minor"].to_list() == [0, 0, 0]
    assert rows["freight_minor"].to_list() == [0, 600, 0]


def test_taobao_refunds_example() -> None:
    parsed = read(table(samples.REFUNDS), *ALL)
    rows = frame(parsed)
    assert rows["amount_minor"].to_list() == [2750, 1000]
    assert rows["state"].cast(pl.String).to_list() == ["done", "rejected"]
    assert rows["gross"].to_list() == [True, True]
    assert rows["goods_returned"].to_list() == [False, False]
    assert rows["completed_at"].to_list() == [datetime(2026, 5, 13, 14, 2, 11, tzinfo=CN), None]
    assert parsed.source.latest_at == datetime(2026, 5, 13, 14, 2, 11, tzinfo=CN)
