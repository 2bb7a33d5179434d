"""`--previous`: last month, year and quarter to date, and an opening that is the earlier closing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests.end_to_end import toy
from tests.end_to_end.truth import read_rows as rows

from ecrecon import report as reports
from ecrecon.base.errors import ConfigError
from ecrecon.base.money import minor_from_text
from ecrecon.pipeline import RunSettings, find_config, parse_as_of, read_workspace, run_match

CONFIG = toy.WORKSPACE.replace("2026-10-01", "2026-08-01")
ORDERS = [
    ("A1", "finished", "100.00", "2026-08-02 10:00:00", "2026-08-06 10:00:00"),
    ("B1", "finished", "200.00", "2026-09-02 10:00:00", "2026-09-06 10:00:00"),
    ("B2", "finished", "70.00", "2026-09-25 10:00:00", "2026-09-29 10:00:00"),  # paid out in October
    ("C1", "finished", "300.00", "2026-10-02 10:00:00", "2026-10-06 10:00:00"),
]
DETAIL = [
    ("A1", "goods", "100.00", "p1", "2026-08-08 10:00:00"), ("A1", "commission", "-5.00", "p1", "2026-08-08 10:00:00"),
    ("B1", "goods", "200.00", "p2", "2026-09-08 10:00:00"), ("B1", "commission", "-10.00", "p2", "2026-09-08 10:00:00"),
    ("B2", "goods", "70.00", "p3", "2026-10-02 10:00:00"), ("C1", "goods", "300.00", "p4", "2026-10-08 10:00:00"),
    ("C1", "commission", "-15.00", "p4", "2026-10-08 10:00:00"),
]  # fmt: skip
WALLET = [
    ("2026-08-08 10:00:00", "p1", "95.00", "payout of goods"), ("2026-09-08 10:00:00", "p2", "190.00", "payout of goods"),
    ("2026-10-02 10:00:00", "p3", "70.00", "payout of goods"), ("2026-10-08 10:00:00", "p4", "285.00", "payout of goods"),
]  # fmt: skip
ALL = "range 2026-08-01 to 2026-10-31"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = toy.workspace(tmp_path_factory.mktemp("months") / "company", CONFIG)
    toy.write(place / "toy" / "orders.csv", toy.ORDERS, ORDERS, None)
    toy.write(place / "toy" / "detail.csv", toy.DETAIL, DETAIL, ALL)
    toy.write(place / "toy" / "wallet.csv", toy.WALLET, toy.wallet_rows(WALLET), ALL)
    return place


def run(folder: Path, period: str, out: Path, *previous: Path, as_of: str | None = None) -> reports.Report:
    config = find_config((folder,), None)
    settings = RunSettings(
        paths=(folder / "toy",),
        workspace=read_workspace(config),
        config=config,
        period=period,
        previous=previous,
        as_of=parse_as_of(as_of) if as_of else None,
    )
    report = run_match(settings)
    reports.write(report, out)
    return report


@pytest.fixture(scope="module")
def outs(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """out/2026-08, out/2026-09 (with it), out/2026-10 (with both)."""
    out = tmp_path_factory.mktemp("outs")
    run(folder, "2026-08", out / "2026-08")
    run(folder, "2026-09", out / "2026-09", out / "2026-08")
    run(folder, "2026-10", out / "2026-10", out / "2026-09", out / "2026-08")
    return out


def amounts(out: Path, name: str, column: str, **where: str) -> list[int | None]:
    return [
        minor_from_text(row[column]) if row[column] else None
        for row in rows(out / name)
        if all(row[key] == value for key, value in where.items())
    ]


def test_last_month_and_year_to_date_add_up(outs: Path) -> None:
    august, september, october = (outs / f"2026-{month}" for month in ("08", "09", "10"))
    for row in rows(october / "profit.csv"):
        place = {key: row[key] for key in ("level", "platform", "shop", "sku", "currency", "item")}
        own = [sum(filter(None, amounts(out, "profit.csv", "amount", **place))) for out in (august, september, october)]
        assert minor_from_text(row["last_month"]) == own[1]
        assert minor_from_text(row["year_to_date"]) == sum(own)
    net = amounts(october, "profit.csv", "year_to_date", level="company", item="net_revenue")
    assert net == [9901 + 26733 + 29703]  # 100.00, 270.00 and 300.00 less 1 % each month
    line = {"line": "1"}
    months = [amounts(out, "income_statement.csv", "month", **line)[0] or 0 for out in (august, september, october)]
    assert amounts(october, "income_statement.csv", "year_to_date", **line) == [sum(months)]
    assert amounts(october, "income_statement.csv", "year_ago", **line) == [None]


def test_what_no_earlier_month_says_is_empty_not_zero(outs: Path) -> None:
    report = outs / "2026-08"
    assert set(amounts(report, "profit.csv", "last_month")) == {None}
    assert set(amounts(report, "profit.csv", "year_to_date")) == {None}
    assert set(amounts(report, "income_statement.csv", "year_to_date")) == {None}
    assert amounts(report, "ledger.csv", "income", row="year") == [None]
    assert any("--previous" in note for note in json.loads((report / "summary.json").read_text("utf-8"))["notes"])
    notes = json.loads((outs / "2026-10" / "summary.json").read_text("utf-8"))["notes"]
    assert any("只含 2026-08、2026-09、2026-10；没有给出 2026-01…2026-07" in note for note in notes)


def test_the_ledger_has_the_year_and_rolls_on(outs: Path) -> None:
    august, september, october = (outs / f"2026-{month}" for month in ("08", "09", "10"))
    account = {"account": "toy:shop_a"}
    for column in ("income", "expense"):
        months = [amounts(o, "ledger.csv", column, row="month", **account) for o in (august, september, october)]
        assert amounts(october, "ledger.csv", column, row="year", **account) == [sum(m[0] or 0 for m in months)]
    ended = amounts(september, "ledger.csv", "balance", row="month", **account)
    assert amounts(october, "ledger.csv", "balance", row="opening", **account) == ended == [28500]


def test_the_quarter_adds_the_months_that_are_given_and_names_the_others(outs: Path) -> None:
    september = rows(outs / "2026-09" / "platform_income.csv")
    assert {row["months"] for row in september} == {"2026-08;2026-09"}
    assert {row["missing"] for row in september} == {"2026-07"}
    booked = {"item": "booked_gross"}
    assert amounts(outs / "2026-09", "platform_income.csv", "quarter_to_date", **booked) == [37000]
    assert amounts(outs / "2026-10", "platform_income.csv", "quarter_to_date", **booked) == [30000]
    assert {row["missing"] for row in rows(outs / "2026-10" / "platform_income.csv")} == {""}


def test_receivables_begin_as_the_last_month_ended(folder: Path, outs: Path, tmp_path: Path) -> None:
    opening = amounts(outs / "2026-10", "receivables.csv", "opening", level="shop")
    assert opening == amounts(outs / "2026-09", "receivables.csv", "closing", level="shop") == [7000]
    notes = json.loads((outs / "2026-10" / "summary.json").read_text("utf-8"))["notes"]
    assert not any("期初" in note for note in notes)
    later = tmp_path / "company"
    shutil.copytree(folder, later)
    changed = [(*row[:2], "75.00", *row[3:]) if row[0] == "B2" else row for row in ORDERS]
    toy.write(later / "toy" / "orders.csv", toy.ORDERS, changed, None)
    report = run(later, "2026-10", tmp_path / "out", outs / "2026-09")
    assert [
        n for n in report.notes if "期初应收" in n and "1 单不同" in n and "75.00" in n and "70.00" in n and "B2" in n
    ]


def test_an_earlier_day_reads_the_same_when_later_bills_have_come(folder: Path, tmp_path: Path) -> None:
    """`--as-of 2026-10-05` with the bills of that day, and again with those of the whole month."""
    early = tmp_path / "company"
    shutil.copytree(folder, early)
    until = "2026-10-05 23:59:59"
    ended = "range 2026-08-01 to 2026-10-05"
    toy.write(early / "toy" / "detail.csv", toy.DETAIL, [row for row in DETAIL if row[4] <= until], ended)
    moves = toy.wallet_rows([row for row in WALLET if row[0] <= until])
    toy.write(early / "toy" / "wallet.csv", toy.WALLET, moves, ended)
    for place, out in ((early, "then"), (folder, "now")):
        run(place, "2026-10", tmp_path / out, as_of="2026-10-05")
    for name in ("receivables.csv", "open_items.csv", "parties.csv", "cash_daily.csv"):
        assert (tmp_path / "then" / name).read_bytes() == (tmp_path / "now" / name).read_bytes(), name
    (shop,) = amounts(tmp_path / "now", "receivables.csv", "closing", level="shop")
    assert shop == 0  # B2 was paid on the second, C1 is confirmed on the sixth


def test_the_manifest_records_what_was_taken_in(outs: Path) -> None:
    manifest = json.loads((outs / "2026-10" / "manifest.json").read_text("utf-8"))
    from ecrecon.report.output import digest

    earlier = {name: digest((outs / name / "manifest.json").read_bytes()) for name in ("2026-08", "2026-09")}
    assert manifest["previous"] == earlier


@pytest.mark.parametrize(
    ("spoil", "word"),
    [("same", "不早于"), ("twice", "给了两次"), ("company", "公司"), ("standard", "会计准则"), ("manifest", "manifest.json"),
     ("edited", "改动过"), ("absent", "缺 ledger.csv")],
)  # fmt: skip
def test_a_folder_that_does_not_fit_is_refused(spoil: str, word: str, folder: Path, outs: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    shutil.copytree(outs / "2026-09", wrong)
    previous = [wrong]
    match spoil:
        case "same":
            previous = [outs / "2026-10"]
        case "twice":
            previous = [wrong, outs / "2026-09"]
        case "company" | "standard":
            manifest = json.loads((wrong / "manifest.json").read_text("utf-8"))
            manifest["settings"][spoil] = "另一家"
            (wrong / "manifest.json").write_text(json.dumps(manifest), "utf-8")
        case "manifest":
            (wrong / "manifest.json").unlink()
        case "edited":
            (wrong / "profit.csv").write_bytes((wrong / "profit.csv").read_bytes() + b"company,,,\n")
        case _:
            (wrong / "ledger.csv").unlink()
    with pytest.raises(ConfigError, match=word):
        run(folder, "2026-10", tmp_path / "out", *previous)
    assert not (tmp_path / "out").exists()
