"""One damaged file is one row, copies are told once, and rows of files carry what two amounts differ by."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from ecrecon.base.sources import Source, finding
from ecrecon.base.texts import set_language
from ecrecon.judging.damage import faults, sentence
from ecrecon.judging.variance_rows import finding_rows
from ecrecon.report.labels import money_expr


@pytest.fixture(autouse=True)
def _chinese() -> None:
    set_language("zh")


def source(path: str, *, sha: str = "", days: tuple[int, int] = (1, 31), account: str = "w", shop: str = "a") -> Source:
    cover = ((date(2026, 10, days[0]), date(2026, 10, days[1])),)
    return Source(
        path=path, sha256=sha or path, size=0, container="csv", kind="bill", profile="p", platform="alipay", shop=shop,
        account=account, coverage=cover, currency="CNY",
    )  # fmt: skip


def total(path: str, printed: int, found: int, column: str = "收入金额") -> pl.DataFrame:
    texts = {"text": f"{printed / 100:.2f}", "expected": f"{found / 100:.2f}"}
    return finding("F05", path, column=column, **texts, expected_minor=printed, actual_minor=found, hint="重新下载")


def balance(path: str, line: int = 8) -> pl.DataFrame:
    texts = {"text": "97,274.45", "expected": "97,862.45"}
    return finding("F06", path, line=line, column="余额", **texts, expected_minor=9786245, actual_minor=9727445)


def rows(findings: list[pl.DataFrame], *sources: Source) -> list[dict[str, Any]]:
    made = finding_rows(findings, list(sources)).with_columns(money=money_expr())
    return made.to_dicts()


def test_a_total_carries_the_difference() -> None:
    (row,) = rows([total("a.csv", 9786245, 9727445)], source("a.csv"))
    assert (row["actual_minor"], row["expected_minor"], row["difference_minor"], row["money"]) == (
        -58800,
        None,
        0,
        -58800,
    )
    assert row["note"] == "收入金额：文件打印 97862.45，各行为 97274.45，相差 -588.00"


def test_what_a_file_lost_is_one_row_with_all_its_symptoms() -> None:
    count = finding("F05", "a.csv", column="收入笔数", text="12", expected="11")
    gap = finding("F07", "b.csv", column="w", text="2026-10-16..2026-10-17")
    found = [count, total("a.csv", 9786245, 9727445), balance("a.csv"), gap]
    (row,) = rows(found, source("a.csv", days=(1, 15)), source("b.csv", days=(18, 31)))
    assert (row["code"], row["kind"], row["actual_minor"], row["sources"]) == ("F05", "break", -58800, "a.csv")
    for part in ("收入笔数：文件打印 12，各行为 11", "相差 -588.00", "第 8 行", "缺 2026-10-16..2026-10-17 的账单"):
        assert part in row["note"]
    assert "≠" not in row["note"]


def test_a_gap_elsewhere_is_a_row_of_its_own() -> None:
    gap = finding("F07", "b.csv", column="w", text="2026-10-25")
    made = rows(
        [total("a.csv", 200, 100), balance("a.csv"), gap], source("a.csv", days=(1, 15)), source("b.csv", days=(16, 24))
    )
    assert sorted(row["code"] for row in made) == ["F05", "F07"]


def test_the_most_severe_symptom_leads() -> None:
    cut = finding("F17", "a.csv", line=40, text="3 列", expected="12 列", hint="重新下载")
    (row,) = rows([total("a.csv", 200, 100), cut], source("a.csv"))
    assert (row["code"], row["kind"], row["actual_minor"]) == ("F17", "stop", -100)


def test_two_damaged_files_are_two_rows() -> None:
    made = rows(
        [total("a.csv", 200, 100), balance("a.csv"), total("b.csv", 300, 100)], source("a.csv"), source("b.csv")
    )
    assert [(row["sources"], row["actual_minor"]) for row in made if row["sources"] == "b.csv"] == [("b.csv", -200)]
    assert len(made) == 2


def test_bad_cells_stay_rows_of_their_own() -> None:
    cells = [finding("F11", "a.csv", line=n, column="金额", text="1O", expected="金额") for n in (3, 4)]
    assert len(rows([*cells, total("a.csv", 200, 100)], source("a.csv"))) == 3


def test_the_same_fault_in_two_copies_is_told_once() -> None:
    found = [total(path, 200, 100) for path in ("a.csv", "a (1).csv")]
    found += [
        finding("F11", path, line=3, column="金额", text="1O", expected="金额") for path in ("a.csv", "a (1).csv")
    ]
    made = rows(found, source("a.csv", sha="same"), source("a (1).csv", sha="same"))
    assert sorted((row["code"], row["sources"]) for row in made) == [("F05", "a (1).csv"), ("F11", "a (1).csv:3")]
    assert all("副本 a.csv 同样" in row["hint"] for row in made)


def test_copies_with_other_bytes_are_known_by_their_rows() -> None:
    found = [total(path, 200, 100) for path in ("a.csv", "a.xlsx")]
    found.append(finding("F08", "a.csv", text="a.xlsx"))
    made = rows(found, source("a.csv"), source("a.xlsx"))
    assert sorted((row["code"], row["sources"]) for row in made) == [("F05", "a.xlsx"), ("F08", "a.csv")]


def test_what_only_one_copy_shows_is_kept() -> None:
    found = [total("a.csv", 200, 100), total("a (1).csv", 200, 150)]
    assert len(rows(found, source("a.csv", sha="same"), source("a (1).csv", sha="same"))) == 2


def test_nothing_is_lost_without_damage() -> None:
    found = pl.concat([finding("F02", "a.csv", text="新列"), finding("F16", "b.csv", text="个人账单")])
    assert faults(found, [source("a.csv"), source("b.csv")]).equals(found)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_sentence_sets_a_thing_against_itself(language: Any) -> None:
    set_language(language)
    found = pl.concat(
        [
            finding(code, "a.csv", column="c", text="12", expected=expected)
            for code in ("F01", "F03", "F04", "F05", "F06", "F07", "F08", "F10", "F11", "F13", "F14", "F16", "F17")
            for expected in ("12", None, "13")
        ]
    )
    said = found.select(sentence()).to_series()
    assert said.null_count() == 0
    assert not said.str.contains("≠").any()
    assert all(text.count("12") == 1 for text in said)


def test_yen_have_no_decimals() -> None:
    found = finding("F05", "a.csv", text="1200", expected="1000", expected_minor=1200, actual_minor=1000)
    assert found.select(sentence()).item().endswith("相差 -200")
