"""Rows without a readable day: named, never the end of a run, never the choice of a period."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.call import call
from tests.cli.samples import ORDERS, ORDERS_NAME

WALLET = """商户订单号,发生时间,收入金额（+元）,支出金额（-元）,账务类型,备注,业务描述
261004-004000000387432,2026-10-10 17:40:37,13.80,0,交易收入,-,0010002|交易收入-订单收入
261004-004000000387432,2026-10-10 17:40:38,0,-0.09,技术服务费,基础技术服务费,0030002|技术服务费-基础技术服务费
261004-004000000387432,2026-10-10 18:40:37,0,-3.00,交易退款,-,0020002|交易退款-订单退款
,2026-10-10 20:00:00,0,-5.00,转账,-,0070004|转账-广告账户
,2026-10-10 21:00:00,0,-5.00,提现,-,0080001|提现-提现申请
"""
BANK = """交易日期,摘要,支出金额,收入金额,余额,对方账号,对方户名
2026-10-11,提现,,5.00,105.00,622,拼多多支付科技有限公司
2026-10-12,手续费,1.00,,104.00,,
2026-10-13,结息,,0.10,104.10,,
"""


def folder(base: Path, files: dict[str, str]) -> Path:
    base.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (base / name).write_text(text, encoding="utf-8")
    return base


def edited(text: str, line: int, cell: str) -> str:
    """`text` with the date of one line (from 1) replaced."""
    lines = text.splitlines()
    cells = lines[line - 1].split(",")
    place = next(i for i, one in enumerate(cells) if one.startswith("2026-"))
    cells[place] = cell
    return "\n".join([*lines[: line - 1], ",".join(cells), *lines[line:]]) + "\n"


@pytest.mark.parametrize("cell", ["十月十号", "2062-10-10 10:00:00", "9999-12-31 10:00:00", "2026-10-32"])
@pytest.mark.parametrize("line", [2, 4, 6])
def test_one_bad_day_in_a_wallet_costs_its_row_alone(tmp_path: Path, line: int, cell: str) -> None:
    files = {"wallet.csv": edited(WALLET, line, cell), "bank.csv": BANK, ORDERS_NAME: ORDERS}
    base = folder(tmp_path / "in", files)
    answer = call("match", base, "--out", tmp_path / "out")
    assert answer.code == 1, answer.err
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert (summary["period"], summary["as_of"][:10]) == ("2026-10", "2026-10-10")
    assert summary["variances"]["bad_value"]["count"] == 1
    assert sum(one["rows"] for one in summary["sources"] if one["kind"] == "bill") == 5
    told = (tmp_path / "out" / "variances.csv").read_text(encoding="utf-8-sig")
    assert cell[:8] in told and f"wallet.csv:{line}" in told


@pytest.mark.parametrize(("line", "cell"), [(2, "x"), (3, "2062-10-12"), (4, "0000-00-00")])
def test_one_bad_day_in_a_bank_statement_costs_its_row_alone(tmp_path: Path, line: int, cell: str) -> None:
    base = folder(tmp_path / "in", {"wallet.csv": WALLET, "bank.csv": edited(BANK, line, cell), ORDERS_NAME: ORDERS})
    answer = call("match", base, "--out", tmp_path / "out")
    assert answer.code == 1, answer.err
    assert cell in (tmp_path / "out" / "variances.csv").read_text(encoding="utf-8-sig")


@pytest.mark.parametrize(("lang", "column"), [("zh", "应为"), ("en", "expected")])
def test_without_any_readable_day_the_cells_are_named(tmp_path: Path, lang: str, column: str) -> None:
    text = WALLET.replace("2026-10-10 ", "大约")
    base = folder(tmp_path / "in", {"bill.csv": text})
    for answer in (call("audit", base, "--lang", lang), call("match", base, "--out", tmp_path / "out", "--lang", lang)):
        said = answer.out + answer.err
        assert answer.code in (1, 2)
        assert "发生时间" in said and "大约17:40:37" in said and column in said and "ecrecon audit" not in said
    told = json.loads(call("audit", base, "--json", "--lang", lang).out)
    first = told["findings"][0]
    assert (first["type"], first["kind"], first["line"], first["column"]) == ("bad_value", "stop", 2, "发生时间")
    assert first["text"] == "大约17:40:37" and len(told["findings"]) == 5
    assert told["sources"][0]["rows"] == 5 and not (tmp_path / "out").exists()
