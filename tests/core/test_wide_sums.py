"""No sum wraps around in silence: cells that are no amounts are refused, and files whose amounts no longer add up."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from tests.cli.call import call
from tests.cli.samples import BILL, BILL_NAME, ORDERS, ORDERS_NAME, good, order_row, put

from ecrecon.base import money
from ecrecon.base.schema import PARSED_LINES, PARSED_ORDERS, conform
from ecrecon.base.sources import Parsed, Source
from ecrecon.reading.census import refuse_unsummable

HUGE = "92233720368547758.07"
"""The largest Int64 in minor units: twice this is -0.02."""


def bill_with(amounts: list[str]) -> str:
    """A day of receipts without printed totals."""
    head, _, rest = BILL.partition("业务描述\n")
    rows = [
        f"261004-00400000038{place:04d},2026-10-10 17:40:37,{amount},0,交易收入,-,0010002|交易收入-订单收入"
        for place, amount in enumerate(amounts)
    ]
    return f"{head}业务描述\n" + "\n".join(rows) + f"\n{rest.splitlines()[-1]}\n"


@pytest.mark.parametrize("many", [1, 2, 600])
@pytest.mark.parametrize("amount", [HUGE, "10000000000000.01", "99999999999999999999999.00"])
def test_an_amount_that_cannot_be_is_a_finding_of_its_cell(tmp_path: Path, amount: str, many: int) -> None:
    good(tmp_path / "in", bill_with([*[amount] * many, "13.80"]))
    answer = call("match", tmp_path / "in", "--json", "--out", tmp_path / "o")
    summary = json.loads(answer.out)
    bill = next(source for source in summary["sources"] if source["kind"] == "bill")
    assert answer.code == 1 and summary["variances"]["bad_value"]["kind"] == "stop"
    assert bill["income"] == "13.80" and bill["rows"] == many + 1
    told = call("audit", tmp_path / "in", "--lang", "en").out
    assert amount[:40] in told and "line 6" in told and "larger than any amount" in told


def test_an_order_that_cannot_be_is_a_finding_too(tmp_path: Path) -> None:
    good(tmp_path / "in")
    rows = [ORDERS, order_row("261006-004000000387434", HUGE), order_row("261006-004000000387435", HUGE)]
    put(tmp_path / "in", f"pdd/shop_a/{ORDERS_NAME}", "\n".join(rows), "utf-8-sig")
    answer = call("match", tmp_path / "in", "--json")
    assert answer.code == 1 and "bad_value" in json.loads(answer.out)["variances"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_file_of_numbers_that_are_no_amounts_is_refused_by_name(tmp_path: Path, lang: str) -> None:
    good(tmp_path / "in")
    name = BILL_NAME.replace("20261010", "20261011")
    put(tmp_path / "in", f"pdd/shop_a/{name}", bill_with(["10000000000000.00"] * 1200))
    answer = call("match", tmp_path / "in", "--json", "--out", tmp_path / "o", "--lang", lang)
    sources = {source["path"].rpartition("/")[2]: source for source in json.loads(answer.out)["sources"]}
    assert answer.code == 1 and sources[name]["kind"] == "unreadable" and sources[name]["income"] is None
    assert sources[BILL_NAME]["income"] == "33.80"
    words = {"zh": "金额合计超出可能的范围", "en": "more than money can be"}[lang]
    assert words in sources[name]["reason"] and words in call("audit", tmp_path / "in", "--lang", lang).out


@pytest.mark.parametrize(("schema", "column"), [(PARSED_LINES, "amount_minor"), (PARSED_ORDERS, "reading2_cash_minor")])
def test_files_are_refused_from_where_they_no_longer_add_up(schema: dict[str, pl.DataType], column: str) -> None:
    def item(number: int, rows: int) -> Parsed:
        frame = conform(pl.DataFrame({column: [money.LARGEST, -money.LARGEST] * (rows // 2)}), schema)
        return Parsed(Source(path=f"{number}", sha256="", size=0, container="csv", kind="orders"), frame)

    whole = money.SUMMABLE // money.LARGEST // 2 * 2
    told = refuse_unsummable([item(0, whole), item(1, 2), item(2, 0)])
    assert [one.source.kind for one in told] == ["orders", "unreadable", "orders"]
    assert told[1].frame is None and told[1].findings["code"].to_list() == ["F11"]


@pytest.mark.parametrize("amounts", [[], [0], [money.LARGEST] * 5000, [-money.LARGEST, 1] * 5000, [2**62] * 4])
def test_a_total_is_exact_whatever_its_size(amounts: list[int]) -> None:
    assert money.total_size(pl.Series(amounts, dtype=pl.Int64)) == sum(map(abs, amounts))


@pytest.mark.parametrize("minor", [money.LARGEST, -money.LARGEST, 7_500_000_001])
@pytest.mark.parametrize("rate", ["6.12345679", "0.99999999", "0.0385"])
def test_a_rate_of_many_digits_does_not_wrap(minor: int, rate: str) -> None:
    told = pl.select(money.times_rate(pl.lit(minor), *money.rate_scaled(rate))).item()
    exact = abs(minor) * Decimal(rate)
    assert told == int(exact + Decimal("0.5")) * (1 if minor > 0 else -1)
