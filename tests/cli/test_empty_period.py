"""A month that holds nothing is refused: a run over nothing must not say that nothing is wrong."""

from __future__ import annotations

import json
from contextlib import nullcontext
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from tests.cli.call import call
from tests.cli.samples import BILL, BILL_NAME, ORDERS, ORDERS_NAME, good, put

from ecrecon.base.errors import InputError
from ecrecon.base.moment import Moment
from ecrecon.base.schema import conform
from ecrecon.ledger.lines import LEDGER
from ecrecon.pipeline.period import refuse_nothing

NOTHING = (("zh", "没有可核对的内容", "文件覆盖 2026-10"), ("en", "nothing to reconcile in", "the files cover 2026-10"))


@pytest.mark.parametrize(("lang", "words", "covers"), NOTHING)
@pytest.mark.parametrize("asked", ["2025-03", "2026-09", "2027-01"], ids=["years-before", "month-before", "future"])
@pytest.mark.parametrize("more", [(), ("--json",), ("--quiet", "--fail-on", "never")])
def test_a_month_without_line_and_order_is_refused(
    tmp_path: Path, asked: str, lang: str, words: str, covers: str, more: tuple[str, ...]
) -> None:
    answer = call("match", good(tmp_path / "in"), "--period", asked, "--lang", lang, *more)
    assert (answer.code, answer.out) == (2, "")
    assert asked in answer.err and words in answer.err and covers in answer.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("more", [("--as-of", "2020-01-01"), ("--period", "2026-10", "--as-of", "2026-09-30")])
def test_an_as_of_before_everything_is_refused(tmp_path: Path, more: tuple[str, ...]) -> None:
    answer = call("match", good(tmp_path / "in"), *more, "--lang", "en")
    assert answer.code == 2 and "nothing to reconcile" in answer.err and "2026-10" in answer.err
    assert not (tmp_path / "out").exists()


def test_as_of_inside_the_month_is_named_where_it_is_the_cause(tmp_path: Path) -> None:
    folder = good(tmp_path / "in")
    answer = call("match", folder, "--period", "2026-10", "--as-of", "2026-10-03", "--lang", "zh")
    assert answer.code == 2 and "--as-of" in answer.err and "2026-10-03" in answer.err
    assert call("match", folder, "--period", "2026-10", "--as-of", "2026-10-04", "--quiet").code != 2


def test_a_month_of_orders_alone_is_something(tmp_path: Path) -> None:
    put(tmp_path / "in", f"pdd/{ORDERS_NAME}", ORDERS, "utf-8-sig")
    assert call("match", tmp_path / "in", "--period", "2026-10", "--json").code != 2
    assert call("match", tmp_path / "in", "--period", "2026-11", "--json").code == 2


def test_an_empty_bill_that_prints_its_days_is_something(tmp_path: Path) -> None:
    head, rest = BILL.split("业务描述\n")
    empty = f"{head}业务描述\n#支出合计：0笔0.00元\n#收入合计：0笔0.00元\n#总计：0笔0.00元\n{rest.splitlines()[-1]}\n"
    good(tmp_path / "in")
    put(
        tmp_path / "in",
        f"pdd/shop_a/{BILL_NAME.replace('20261010', '20261101')}",
        empty.replace("2026-10-10", "2026-11-01"),
    )
    answer = call("match", tmp_path / "in", "--period", "2026-11", "--json", "--lang", "en")
    assert json.loads(answer.out)["period"] == "2026-11"


def test_a_settlement_date_alone_makes_no_month() -> None:
    """A line belongs to the month in which the money moved, whatever other days its row prints."""
    zone = ZoneInfo("Asia/Shanghai")
    times = {"occurred_at": datetime(2026, 10, 31, tzinfo=zone), "settled_at": datetime(2026, 11, 2, tzinfo=zone)}
    ledger = conform(pl.DataFrame([times | {"day": date(2026, 10, 31)}]), LEDGER)
    for month, last in ((10, 31), (11, 30)):
        end = date(2026, month, last)
        moment = Moment(datetime(2026, month, last, tzinfo=zone), end.replace(day=1), end)
        refused = nullcontext() if month == 10 else pytest.raises(InputError, match=r"2026-11 .* 2026-10")
        with refused:
            refuse_nothing(ledger, [], moment)
