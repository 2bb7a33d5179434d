"""Shop x account x days: what a shop's orders are paid into, which days are there, what to download."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
from tests.judging.bill.build import at, bill, ledger, row

from ecrecon.base.moment import Moment
from ecrecon.base.schema import conform
from ecrecon.judging.coverage_table import coverage_table
from ecrecon.ledger.order_books import BOOK_ORDERS
from ecrecon.settings.workspace import Workspace

MOMENT = Moment(at(31, 23, 59), date(2026, 10, 1), date(2026, 10, 31))
GAPS = ((date(2026, 10, 1), date(2026, 10, 4)), (date(2026, 10, 8), date(2026, 10, 31)))


def orders(*rows: tuple[str, str, str, str | None]) -> pl.DataFrame:
    """(platform, shop, order id, channel)."""
    told = [{"platform": p, "shop": s, "order_id": o, "channel": c, "status": "finished"} for p, s, o, c in rows]
    return conform(pl.DataFrame(told), BOOK_ORDERS)


def table(files: list[Any], books: pl.DataFrame, moment: Moment = MOMENT) -> list[dict[str, Any]]:
    told = ledger(files, {})
    return coverage_table(told.sources, told.lines, books, Workspace(), {}, moment).rows(named=True)


def alipay(coverage: tuple[tuple[date, date], ...] = GAPS) -> Any:
    return bill(
        "alipay.a1", [row("goods_receipt", 100, at(2), order_id="1")], account="alipay:a", shop="a", coverage=coverage
    )


def test_missing_days_are_named_per_account_and_view() -> None:
    (told,) = table([alipay()], orders(("taobao", "a", "1", "alipay"), ("taobao", "a", "2", "alipay")))
    assert (told["platform"], told["shop"], told["account"], told["channel"], told["orders"]) == (
        "taobao",
        "a",
        "alipay:a",
        "alipay",
        2,
    )
    assert (told["covered_days"], told["missing_days"], told["missing"], told["state"]) == (
        28,
        3,
        "2026-10-05..2026-10-07",
        "gaps",
    )


def test_a_channel_without_any_bill_is_absent_with_the_orders_that_wait() -> None:
    books = orders(("taobao", "a", "1", "alipay"), ("taobao", "a", "2", "wechat"), ("taobao", "a", "3", "wechat"))
    absent = [r for r in table([alipay()], books) if r["state"] == "absent"]
    assert [(r["account_kind"], r["channel"], r["orders"], r["missing_days"]) for r in absent] == [
        ("taobao:t4", "wechat", 2, 31)
    ]


def test_both_views_of_an_account_stand_side_by_side_and_a_bank_below() -> None:
    files = [
        bill("detail", [row("goods_receipt", 100, at(2), order_id="1")], view="detail"),
        bill("wallet", [row("goods_receipt", 100, at(2))], coverage=GAPS),
        bill("bank", [row("other", 1, at(2))], kind="bank", account="bank:1", shop="cmb"),
    ]
    told = table(files, orders(("jd", "a", "1", None)))
    assert [(r["account"], r["view"], r["state"], r["orders"]) for r in told] == [
        ("bank:1", "cash", "complete", None), ("jd:a", "cash", "gaps", 1), ("jd:a", "detail", "complete", 1)
    ]  # fmt: skip


def test_days_after_as_of_are_not_missing_and_two_shops_of_one_wallet_have_a_row_each() -> None:
    early = Moment(at(4, 23, 59), date(2026, 10, 1), date(2026, 10, 31))
    books = orders(("taobao", "a", "1", "alipay"), ("taobao", "b", "9", "alipay"))
    wallet = bill(
        "alipay.a1",
        [row("goods_receipt", 100, at(2), order_id="1"), row("goods_receipt", 100, at(2), order_id="9")],
        account="alipay:a", shop="a", coverage=GAPS,
    )  # fmt: skip
    told = table([wallet], books, early)
    assert [(r["shop"], r["covered_days"], r["missing_days"], r["orders"]) for r in told] == [
        ("a", 4, 0, 1),
        ("b", 4, 0, 1),
    ]
