"""Real samples cut into files and sheets on disk, read like any folder: all lines of the whole file count."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from tests.golden.goldens import FOLDER, profiles, sample_read

from ecrecon.ledger.lines import Ledger, build_ledger
from ecrecon.ledger.shops import place
from ecrecon.ledger.views import views_of
from ecrecon.reading.load import load
from ecrecon.settings.workspace import Workspace

pytestmark = pytest.mark.slow

IDENTITY = {p.id: p.identity.key for p in profiles() if p.identity is not None}
VIEWS = views_of({p.id: p for p in profiles()})


def ledger_of(folder: Path) -> Ledger:
    """Lines of all bills of a folder."""
    parsed = place(load([folder], profiles(), workers=1), Workspace(), lambda path: path).parsed
    return build_ledger(parsed, VIEWS, IDENTITY)


def live(ledger: Ledger) -> pl.DataFrame:
    return ledger.lines.filter(pl.col("fate").is_null() | (pl.col("fate") == "account_level"))


def stops(ledger: Ledger) -> int:
    return sum(f.filter(pl.col("kind") == "stop").height for f in ledger.findings)


@pytest.mark.parametrize(
    "sample",
    [
        "pdd.p1/codes_and_types.csv", "jd.j1/old_23_columns.csv", "alipay.a1/codes_and_remarks.csv", "bank.cmb/row_13_newest_first.csv",
        "kuaishou.k2/types_gb18030.csv", "wechatpay.w1/1900000109All2026-05-02.csv",
    ],
)  # fmt: skip
def test_a_file_cut_by_rows_counts_as_the_whole(sample: str, tmp_path: Path) -> None:
    """Head and trailer stand in every part, as in the parts of an export."""
    path = FOLDER / sample
    parsed = sample_read(path)
    assert parsed.frame is not None
    lines = path.read_bytes().splitlines(keepends=True)
    head = parsed.source.header_line or 1
    last = int(parsed.frame["source_line"].max())  # type: ignore[call-overload]
    dice = random.Random(sample)
    edges = [head, *sorted(dice.sample(range(head + 1, last), min(2, last - head - 1))), last]
    (tmp_path / "whole").mkdir()
    (tmp_path / "whole" / path.name).write_bytes(path.read_bytes())
    (tmp_path / "parts").mkdir()
    for n, (first, until) in enumerate(pairwise(edges)):
        content = b"".join([*lines[:head], *lines[first:until], *lines[last:]])
        (tmp_path / "parts" / f"{path.stem}_{n}{path.suffix}").write_bytes(content)
    whole, parts = live(ledger_of(tmp_path / "whole")), ledger_of(tmp_path / "parts")
    assert stops(parts) == 0
    assert live(parts).height == whole.height
    assert live(parts)["amount_minor"].sum() == whole["amount_minor"].sum()


@pytest.mark.parametrize(
    "sample", ["xiaohongshu.x1/orders.xlsx", "douyin.d1/splits.xlsx", "wechat_shop.w1/every_type_11_columns.xlsx"]
)
def test_a_workbook_whose_second_sheet_goes_on(sample: str, tmp_path: Path) -> None:
    path = FOLDER / sample
    parsed = sample_read(path)
    assert parsed.frame is not None
    book = openpyxl.load_workbook(path)
    sheet = book[parsed.source.sheet] if parsed.source.sheet else book.worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    head = parsed.source.header_line or 1
    last = int(parsed.frame["source_line"].max())  # type: ignore[call-overload]
    at = random.Random(sample).randrange(head + 1, last)
    cut = openpyxl.Workbook()
    first, second = cut.active, cut.create_sheet("2")
    assert first is not None
    for target, part in ((first, rows[:at]), (second, [*rows[:head], *rows[at:]])):
        for row in part:
            target.append(row)
    for name, content in (("whole", book), ("parts", cut)):
        (tmp_path / name).mkdir()
        content.save(tmp_path / name / path.name)
    whole, parts = ledger_of(tmp_path / "whole"), ledger_of(tmp_path / "parts")
    assert stops(parts) == 0
    assert live(parts).height == live(whole).height
    assert live(parts)["amount_minor"].sum() == live(whole)["amount_minor"].sum()
