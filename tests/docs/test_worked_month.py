"""The figures of the worked month are those that the program writes for the sample."""

from __future__ import annotations

import csv
import re
import shlex
import shutil
from pathlib import Path

import pytest
from tests.cli.call import call
from tests.end_to_end.test_sample_month import SAMPLE, run

from ecrecon.cli.trace import read_books
from ecrecon.issuing.trace import Traced, trace

pytestmark = pytest.mark.slow

DOCS = Path(__file__).parents[2] / "docs"
ORDER = "261021-003000000168476"


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("worked") / "out"
    run(SAMPLE, folder)
    return folder


@pytest.fixture(scope="module")
def told(out: Path) -> Traced:
    return trace(ORDER, read_books(out))


@pytest.mark.parametrize("page", ["worked-month.md", "worked-month.zh-CN.md"])
def test_every_voucher_and_line_of_the_page_is_in_the_trail(told: Traced, page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    table = [line for line in text.split("\n") if line.startswith("| ") and "记-" in line]
    assert {f"记-{n}" for n in re.findall(r"记-(\d+)", "\n".join(table))} == set(told.entries["voucher"])
    lines = {int(n) for n in re.findall(r"货款明细(?:, line |第 )(\d+)", text)}
    counted = told.lines.filter(told.lines["disposition"] == "grouped")
    assert lines == set(counted["source_line"])
    assert told.documents["refund_id"].to_list() == ["20000001684761"]


def test_the_order_nets_to_nothing(told: Traced) -> None:
    sums: dict[str, int] = {}
    accounts = {(v, s): c for v, s, c in told.entries.select("voucher_id", "seq", "account_code").iter_rows()}
    for voucher, seq, minor in told.links.select("voucher_id", "seq", "amount_minor").iter_rows():
        code = accounts[voucher, seq]
        sums[code] = sums.get(code, 0) + minor
    assert set(sums) == {"1012", "1122", "2221", "5001", "5601"}
    assert set(sums.values()) == {0}


@pytest.mark.parametrize("page", ["worked-month.md", "worked-month.zh-CN.md"])
def test_the_receivable_and_the_profit_of_the_shop_are_those_of_the_files(out: Path, page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8").replace(",", "")
    with (out / "receivables.csv").open(encoding="utf-8-sig", newline="") as file:
        row = next(r for r in csv.DictReader(file) if r["level"] == "shop" and r["shop"] == "pdd_a")
    for name in ("opening", "increase", "reversal", "received", "paid_back", "closing"):
        assert row[name] in text, (name, row[name])
    with (out / "profit.csv").open(encoding="utf-8-sig", newline="") as file:
        profit = {r["item"]: r["amount"] for r in csv.DictReader(file) if r["level"] == "shop" and r["shop"] == "pdd_a"}
    for item in ("sales_gross", "sales_tax", "returns_net", "net_revenue"):
        assert profit[item].removeprefix("-") in text, (item, profit[item])


@pytest.mark.parametrize("page", ["worked-month.md", "worked-month.zh-CN.md"])
def test_the_commands_of_the_page_write_what_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    shutil.copytree(SAMPLE, tmp_path / "sample_bills" / SAMPLE.name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ECRECON_LANG", raising=False)
    commands = [row for block in re.findall(r"```bash\n(.*?)```", text, re.DOTALL) for row in block.splitlines()]
    assert len(commands) >= 8
    shown = ""
    for row in commands:
        program, *words = shlex.split(row, comments=True)
        answer = call(*words)
        assert program == "ecrecon" and answer.code == (1 if words[0] == "match" else 0), (row, answer.err)
        shown += answer.out
    assert "注销10月31日记-53号凭证" in shown and "2026-10/记-58" in shown
    blocks = re.findall(r"```text\n(.*?)```", text, re.DOTALL)
    for block, name, number in zip(blocks, ("u8.txt", "u8_2.txt"), ("48", "58"), strict=True):
        written = (tmp_path / "out" / "2026-10" / "vouchers" / name).read_bytes().decode("gbk").split("\r\n")
        lines = [",".join(line.split(",")[:8]) for line in written if line.split(",")[2:3] == [number]]
        assert lines == block.splitlines()
    assert (
        len(
            set(
                re.findall(
                    r"^2026-10-31,记,(\d+),",
                    (tmp_path / "out/2026-10/vouchers/u8.txt").read_bytes().decode("gbk"),
                    re.M,
                )
            )
        )
        == 57
    )


def test_both_pages_show_the_same_commands_and_lines() -> None:
    pages = [(DOCS / page).read_text(encoding="utf-8") for page in ("worked-month.md", "worked-month.zh-CN.md")]
    blocks = [
        [re.sub(r'"[^"]*"|#.*', "", block) for block in re.findall(r"```\w+\n(.*?)```", p, re.DOTALL)] for p in pages
    ]
    assert blocks[0] == blocks[1]
