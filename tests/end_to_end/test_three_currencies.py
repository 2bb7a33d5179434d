"""A company with shops in CNY, USD and JPY: every output says whose money it is, and none adds up two."""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from tests.cli.call import call
from tests.end_to_end import toy

SHOPS = {"shop_a": ("CNY", 100), "shop_b": ("USD", 100), "shop_c": ("JPY", 1)}
"""Shop -> currency, minor units of one."""
DECIMALS = {"CNY": 2, "USD": 2, "JPY": 0}
ORDERS = {
    "settled": (1000, [("payout of goods", 1000), ("charges", -30)]),
    "short": (700, [("payout of goods", 650)]),
    "unpaid": (500, []),
    "refunded": (400, [("payout of goods", 400), ("goods taken back", -400)]),
}
"""Name -> what is due and the lines of the wallet, in whole units."""
KEPT = "order_id"


def text(units: int, currency: str) -> str:
    return f"{units}" if DECIMALS[currency] == 0 else f"{units}.00"


def month(folder: Path) -> Path:
    """One folder, wallet and order file per shop; the same numbers in each, in another currency."""
    config = toy.WORKSPACE.replace('paths = ["toy/**"]', 'paths = ["toy/shop_a/**"]').replace(
        "[[banks]]",
        "".join(
            f'[[shops]]\nname = "{shop}"\nplatform = "toy"\npaths = ["toy/{shop}/**"]\n'
            for shop in ("shop_b", "shop_c")
        )
        + "[[banks]]",
    )
    toy.workspace(folder, config)
    wallet = toy.PROFILES["toy.wallet"].replace('view = "cash"', 'view = "cash"\ncurrency = "column:money"').replace(
        'grain = "batch"', 'grain = "order"'
    ).replace("payout_batch_id", "order_id").replace('"left", "text"]', '"left", "text", "money"]').replace(
        '"charges" = "other"', '"charges" = "commission"'
    )  # fmt: skip
    orders = (
        toy.PROFILES["toy.orders"]
        .replace('kind = "orders"', 'kind = "orders"\ncurrency = "column:money"')
        .replace('"state", "due"]', '"state", "due", "money"]')
    )
    (folder / "profiles/toy.wallet.toml").write_text(wallet, encoding="utf-8")
    (folder / "profiles/toy.orders.toml").write_text(orders, encoding="utf-8")
    for number, (shop, (currency, _)) in enumerate(SHOPS.items(), start=1):
        sold, moves = [], []
        for at, (due, lines) in enumerate(ORDERS.values(), start=1):
            key = f"20261001{number}000{at}"
            sold.append((key, "finished", text(due, currency), "2026-10-01 10:00:00", "2026-10-02 12:00:00", currency))
            moves += [
                (f"2026-10-{3 + n:02d} 03:1{at}:00", key, text(units, currency), kind)
                for n, (kind, units) in enumerate(lines)
            ]
        rows = [(*row, currency) for row in wallet_rows(sorted(moves), currency)]
        toy.write(folder / f"toy/{shop}/orders.csv", (*toy.ORDERS, "money"), sold, None)
        toy.write(folder / f"toy/{shop}/wallet.csv", (*toy.WALLET, "money"), rows)
    return folder


def wallet_rows(moves: list[tuple[str, str, str, str]], currency: str) -> list[tuple[str, ...]]:
    left, rows = Decimal(0), []
    for at, number, amount, kind in moves:
        left += Decimal(amount)
        into, out = (amount, "") if Decimal(amount) > 0 else ("", amount.lstrip("-"))
        rows.append((at, number, into, out, text(int(left), currency), kind))
    return rows


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("three")
    answer = call("match", month(folder / "month"), "--out", folder / "out", "--lang", "zh", "--fail-on", "never")
    assert answer.code in (0, 1), answer.err
    (folder / "out/console.txt").write_text(answer.out, encoding="utf-8")
    return folder / "out"


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def sums(rows: list[dict[str, str]], name: str) -> dict[str, Decimal]:
    total: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        if row[name]:
            total[row["currency"]] += Decimal(row[name])
    return dict(total)


def test_variances_and_open_items_are_of_their_currency(out: Path) -> None:
    receipts = [row for row in rows_of(out / "variances.csv") if row["type"] in ("short_receipt", "overdue_receipt")]
    assert sums(receipts, "difference") == dict.fromkeys(DECIMALS, Decimal(-550))
    overdue = [row for row in rows_of(out / "open_items.csv") if row["state"] == "overdue"]
    assert sums(overdue, "open") == dict.fromkeys(DECIMALS, Decimal(500))


def test_every_amount_has_the_decimals_of_its_currency(out: Path) -> None:
    """No row with an amount is without a currency; yen have no decimals, yuan and dollars two."""
    yuan = {"vouchers.csv": {"debit", "credit"}}
    for path in sorted(out.glob("*.csv")):
        rows = rows_of(path)
        if path.name == "income_statement.csv":  # the statutory form is in yuan by law
            continue
        amounts = [n for n in (rows[0] if rows else ()) if n in AMOUNTS - yuan.get(path.name, set())]
        for row in rows:
            for name in amounts:
                if row[name] and re.fullmatch(r"-?\d+(\.\d+)?", row[name]):
                    assert row["currency"] in DECIMALS, (path.name, row)
                    assert len(row[name].partition(".")[2]) == DECIMALS[row["currency"]], (path.name, name, row)


AMOUNTS = {
    "expected", "actual", "difference", "received", "open", "amount", "income", "expense", "balance", "printed", "opening",
    "closing", "increase", "reversal", "paid_back", "credit", "debit", "advance", "last_month", "year_to_date", "fee",
}  # fmt: skip


def test_the_statements_add_up_by_currency(out: Path) -> None:
    month = [row for row in rows_of(out / "ledger.csv") if row["row"] == "month"]
    assert sums(month, "balance") == dict.fromkeys(DECIMALS, Decimal(1620))
    profit = [r for r in rows_of(out / "profit.csv") if (r["level"], r["item"]) == ("company", "platform_fees")]
    assert {(r["currency"], r["amount"]) for r in profit} == {("CNY", "-30.00"), ("USD", "-30.00"), ("JPY", "-30")}
    shops = [row for row in rows_of(out / "receivables.csv") if row["level"] == "shop"]
    assert sums(shops, "closing") == dict.fromkeys(DECIMALS, Decimal(550))


def test_the_summary_names_each(out: Path) -> None:
    told = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    shops = {
        (s["shop"], s["currency"]): (s["receivable"], s["received"], s["refunded"], s["fees"]) for s in told["shops"]
    }
    assert shops == {
        ("shop_a", "CNY"): ("2200.00", "2050.00", "-400.00", "-30.00"), ("shop_b", "USD"): ("2200.00", "2050.00", "-400.00", "-30.00"),
        ("shop_c", "JPY"): ("2200", "2050", "-400", "-30"),
    }  # fmt: skip
    overdue = told["variances"]["overdue_receipt"]
    assert overdue["amount"] is None and overdue["amounts"] == {"CNY": "-500.00", "JPY": "-500", "USD": "-500.00"}


def test_people_see_the_code_of_what_is_not_yuan(out: Path) -> None:
    console = (out / "console.txt").read_text(encoding="utf-8")
    assert "2,050.00 USD" in console and "2,050 JPY" in console
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "2,050.00 USD" in page and "500 JPY" in page and "2,050.00 JPY" not in page


def test_the_proof_adds_up_each_currency_alone(out: Path) -> None:
    orders = pl.read_parquet(out / "orders.parquet").group_by("currency").agg(pl.col("due_cash_minor").sum())
    assert dict(orders.iter_rows()) == {c: 2600 * minor for c, minor in SHOPS.values()}
    told = json.loads((out / "summary.json").read_text(encoding="utf-8"))["conservation"]["laws"]["b"]["rows"]
    whole = {row["currency"]: row["expected"] for row in told if row["item"] is None}
    assert whole == {
        None: "0.00",
        "CNY": "2600.00",
        "USD": "2600.00",
        "JPY": "2600",
    }  # the first row counts orders alone


def test_a_receipt_in_another_currency_settles_nothing(tmp_path: Path) -> None:
    folder = month(tmp_path / "month")
    path = folder / "toy/shop_b/wallet.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    at = next(n for n, line in enumerate(lines) if "1000.00" in line and "payout" in line)
    lines[at] = lines[at].replace("USD", "EUR")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    call("match", folder, "--out", tmp_path / "out", "--fail-on", "never")
    rows = rows_of(tmp_path / "out" / "variances.csv")
    assert [(r["actual"], r["currency"]) for r in rows if r["type"] == "currency"] == [("1000.00", "EUR")]
    assert ("overdue_receipt", "-1000.00", "USD") in {(r["type"], r["difference"], r["currency"]) for r in rows}
