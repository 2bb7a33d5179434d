"""A month with a settlement detail, a wallet and a bank: orders by the one, money by the other, nothing twice."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from tests.end_to_end import toy
from tests.end_to_end.test_sample_month import run
from tests.end_to_end.truth import read_rows

from ecrecon.cli.trace import read_books
from ecrecon.issuing.trace import trace

pytestmark = pytest.mark.slow

ORDERS = [
    ("2026100100001", "finished", "129.00", "2026-10-01 10:00:00", "2026-10-06 12:00:00"),
    ("2026100100001", "finished", "129.00", "2026-10-01 10:00:00", "2026-10-06 12:00:00"),  # two goods, one amount
    ("2026100100002", "finished", "59.00", "2026-10-02 10:00:00", "2026-10-07 12:00:00"),
    ("2026100100003", "finished", "20.00", "2026-10-03 10:00:00", "2026-10-09 12:00:00"),
]
DETAIL = [
    ("2026100100001", "goods", "129.00", "B20261010", "2026-10-10 03:00:00"),
    ("2026100100001", "commission", "-6.45", "B20261010", "2026-10-10 03:00:00"),
    ("2026100100002", "goods", "59.00", "B20261010", "2026-10-10 03:00:00"),
    ("2026100100003", "goods", "20.00", "B20261012", "2026-10-12 03:00:00"),
]
WALLET = [
    ("2026-10-10 03:10:00", "B20261010", "188.00", "payout of goods"),
    ("2026-10-10 03:10:01", "B20261010", "-6.45", "charges"),
    ("2026-10-12 03:10:00", "B20261012", "20.00", "payout of goods"),
    ("2026-10-13 09:00:00", "W20261013", "-150.00", "withdrawal"),
    ("2026-10-14 09:00:00", "I20261014", "-1.20", "insurance"),
    ("2026-10-30 09:00:00", "W20261030", "-40.00", "withdrawal"),
]
BANK = [("20261014", "150.00", "玩具支付有限公司", "货款提现", "C1")]


def month(folder: Path, **files: list[tuple[str, ...]]) -> Path:
    toy.workspace(folder)
    toy.write(folder / "toy/orders.csv", toy.ORDERS, files.get("orders", ORDERS), None)
    toy.write(folder / "toy/detail.csv", toy.DETAIL, files.get("detail", DETAIL))
    toy.write(folder / "toy/wallet.csv", toy.WALLET, toy.wallet_rows(files.get("wallet", WALLET), "10.00"))  # type: ignore[arg-type]
    toy.write(folder / "bank/cmb.csv", toy.BANK, toy.bank_rows(files.get("bank", [*BANK, FILLER])), None)  # type: ignore[arg-type]
    if "totals" in files:
        toy.write(folder / "toy/totals.csv", toy.TOTAL, files["totals"], None)
    return folder


FILLER = ("20261106", "-88.00", "某某物流有限公司", "运费", "C9")
"""A later line: the statement covers the first days of November."""


def kinds(out: Path, *codes: str) -> list[tuple[str, str, str]]:
    return sorted(
        (r["code"], r["kind"], r["difference"])
        for r in read_rows(out / "variances.csv")
        if not codes or r["code"] in codes
    )


def summary(out: Path) -> dict:  # type: ignore[type-arg]
    return json.loads((out / "summary.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def test_orders_settle_by_the_detail_and_money_moves_by_the_wallet(tmp_path: Path) -> None:
    out = tmp_path / "out"
    report = run(month(tmp_path / "month"), out)
    assert report.exit_code == 0
    assert kinds(out, "X01", "X02", "X03", "X04", "A02", "A03", "T01", "M02", "F06", "F12") == []
    orders = pl.read_parquet(out / "orders.parquet")
    assert orders["disposition"].cast(pl.String).unique().to_list() == ["settled"] and orders.height == 3
    told = summary(out)
    account = next(a for a in told["accounts"] if a["platform"] == "toy")
    assert (account["order_basis"], account["money_basis"]) == ("toy.detail", "toy.wallet")
    assert (account["net"], account["opening"], account["closing"], account["balance_ok"]) == (
        "10.35",
        "10.00",
        "20.35",
        True,
    )
    assert next(s for s in told["shops"] if s["shop"] == "shop_a")["received"] == "208.00"
    tieout = told["checks"]["tieout"]
    assert (tieout["state"], tieout["groups"], tieout["agreed"]) == ("run", 2, 2)


def test_dispositions_name_every_line_of_both_views(tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(month(tmp_path / "month"), out)
    lines = pl.read_parquet(out / "lines.parquet").filter(pl.col("platform") == "toy")
    told = sorted(lines.group_by(pl.col("view", "disposition").cast(pl.String)).len().iter_rows())
    assert told == [("cash", "account_level", 3), ("cash", "explained", 3), ("detail", "grouped", 4)]


def test_vouchers_book_the_wallet_with_the_break_down_of_the_detail(tmp_path: Path) -> None:
    out = tmp_path / "out"
    report = run(month(tmp_path / "month"), out)
    assert report.voucher_problems == ()
    rows = read_rows(out / "vouchers.csv")
    own = [r for r in rows if r["account_role"] == "wallet"]
    moved = sum(round(100 * float(r["debit"] or 0)) - round(100 * float(r["credit"] or 0)) for r in own)
    assert moved == 1035
    commission = [r for r in rows if r["account_role"] == "selling_commission"]
    assert [r["debit"] for r in commission] == ["6.45"]
    assert not [r for r in rows if r["account_role"] == "unexplained"]
    traced = pl.read_parquet(out / "voucher_trace.parquet")
    assert set(traced["order_id"].drop_nulls()) == {"2026100100001", "2026100100002", "2026100100003"}


def test_a_net_movement_leads_to_its_orders_and_an_order_to_its_movement(tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(month(tmp_path / "month"), out)
    books = read_books(out)
    movement = trace("wallet.csv:5", books)  # goods of the second batch
    assert set(movement.lines["order_id"].drop_nulls()) == {"2026100100003"}
    assert movement.entries.height > 0
    order = trace("2026100100003", books)
    assert [p.rsplit("/", 1)[-1] for p in order.lines["path"].unique().sort()] == ["detail.csv", "wallet.csv"]
    assert order.lines.height == 2


def test_a_batch_that_differs_is_told_once_and_booked_as_it_moved(tmp_path: Path) -> None:
    out = tmp_path / "out"
    wallet = [WALLET[0], WALLET[1], ("2026-10-12 03:10:00", "B20261012", "19.00", "payout of goods"), *WALLET[3:]]
    report = run(month(tmp_path / "month", wallet=wallet), out)
    assert kinds(out, "T01") == [("T01", "break", "-1.00")]
    assert report.exit_code == 1
    row = next(r for r in read_rows(out / "variances.csv") if r["code"] == "T01")
    assert (row["check"], row["expected"], row["actual"], row["txn_id"]) == ("tieout", "20.00", "19.00", "B20261012")
    assert "detail.csv" in row["sources"] and "wallet.csv" in row["sources"]
    own = [r for r in read_rows(out / "vouchers.csv") if r["account_role"] == "wallet"]
    assert sum(round(100 * float(r["debit"] or 0)) - round(100 * float(r["credit"] or 0)) for r in own) == 935


@pytest.mark.parametrize(
    ("missing", "kind", "difference"), [("detail", "break", "20.00"), ("wallet", "break", "-20.00")]
)
def test_a_batch_that_one_side_lacks_is_a_break(tmp_path: Path, missing: str, kind: str, difference: str) -> None:
    out = tmp_path / "out"
    files = {"detail": DETAIL[:3]} if missing == "detail" else {"wallet": [*WALLET[:2], *WALLET[3:]]}
    run(month(tmp_path / "month", **files), out)  # type: ignore[arg-type]
    assert kinds(out, "T01", "X04") == [("T01", kind, difference)]


def test_a_batch_at_the_end_of_the_month_is_timing(tmp_path: Path) -> None:
    out = tmp_path / "out"
    detail = [*DETAIL, ("2026100100002", "commission", "-2.00", "B20261031", "2026-10-31 23:59:00")]
    report = run(month(tmp_path / "month", detail=detail), out)
    assert kinds(out, "T01") == [("T01", "timing", "2.00")]
    assert report.exit_code == 0


def test_a_printed_batch_total_is_held_against_its_lines(tmp_path: Path) -> None:
    out = tmp_path / "out"
    totals = [("B20261010", "181.55", "2026-10-10"), ("B20261012", "21.00", "2026-10-12")]
    run(month(tmp_path / "month", totals=totals), out)
    assert kinds(out, "M02", "T01") == [("M02", "break", "-1.00")]
    assert summary(out)["checks"]["tieout"]["printed_totals"] == 2


def test_withdrawals_arrive_are_on_the_way_or_missing(tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(month(tmp_path / "month"), out)
    # 30 October is a Friday: the window of three working days ends on 4 November, after as-of
    assert kinds(out, "X07", "X08", "M01") == [("X07", "timing", "-40.00")]
    payout = summary(out)["checks"]["payout"]
    assert (payout["withdrawals"], payout["arrived"], payout["in_transit"], payout["missing"]) == (2, 1, 1, 0)
    assert payout["rules"] == {"payout.amount": 1}
    waiting = [r for r in read_rows(out / "open_items.csv") if not r["order_id"]]
    assert [(r["open"], r["expected_by"], r["state"]) for r in waiting] == [("40.00", "2026-11-04", "not_due")]


def test_a_withdrawal_past_its_window_is_a_break_once_the_bank_covers_it(tmp_path: Path) -> None:
    late = [("20261014", "99.00", "玩具支付有限公司", "货款提现", "C1"), FILLER]
    out = tmp_path / "out"
    report = run(month(tmp_path / "month", bank=late), out)
    assert kinds(out, "X07", "X08") == [
        ("X07", "break", "-150.00"), ("X07", "timing", "-40.00"), ("X08", "review", "99.00")
    ]  # fmt: skip
    assert report.exit_code == 1
    short = tmp_path / "short"
    run(month(tmp_path / "month2", bank=[("20261013", "1.00", "某某客户", "往来", "C1")]), short)
    assert ("X07", "break", "-150.00") not in kinds(short, "X07")


def test_the_order_of_rows_and_files_decides_nothing(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    bank = [*BANK, ("20261015", "150.00", "玩具支付有限公司", "货款提现", "C2"), FILLER]
    first, second = (
        month(tmp_path / "a", bank=bank),
        month(tmp_path / "b", detail=DETAIL[::-1], orders=ORDERS[::-1], bank=bank),
    )
    for old, new in (("detail.csv", "z_detail.csv"), ("wallet.csv", "0_wallet.csv")):
        (second / "toy" / old).rename(second / "toy" / new)
    run(first, one)
    run(second, two)
    assert kinds(one) == kinds(two)
    assert summary(one)["checks"] == summary(two)["checks"]
    laws = [summary(out)["conservation"]["laws"] for out in (one, two)]
    assert laws[0] == laws[1]
