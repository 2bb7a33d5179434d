"""Nothing that was not checked is called agreed: verdict of the shop, headline and exit code say what is missing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import polars as pl
import pytest
from tests.cli.call import Answer, call
from tests.cli.samples import BILL, BILL_NAME, ORDERS, ORDERS_NAME, good, order_row, put, zipped

SAMPLE = Path(__file__).parents[2] / "sample_bills" / "2026-10"
CLEAN_WORDS = ("没有差异", "全部一致", "no differences", "all agreed", "every line is explained")
REFUND = BILL.replace(
    "#支出合计：1笔-0.09元\n#收入合计：2笔33.80元\n#总计：3笔33.71元",
    "261005-004000000387433,2026-10-10 19:40:37,0,-5.00,退款,-,0020002|退款-订单退款\n"
    "#支出合计：2笔-5.09元\n#收入合计：2笔33.80元\n#总计：4笔28.71元",
)


def whole(folder: Path, bill: str = BILL, orders: str = ORDERS) -> Path:
    """One shop with other orders."""
    good(folder, bill)
    put(folder, f"pdd/shop_a/{ORDERS_NAME}", orders, "utf-8-sig")
    return folder


def run(folder: Path, out: Path, *more: str) -> tuple[Answer, dict]:
    """Console text and summary of one run."""
    told = call("match", folder, "--out", out, *more)
    return told, json.loads((out / "summary.json").read_text("utf-8"))


def verdicts(summary: dict) -> dict[str, str]:
    return {shop["shop"]: shop["verdict"] for shop in summary["shops"] if shop["shop"]}


def says_nothing_green(answer: Answer, lang: str) -> None:
    head = "\n".join(answer.out.splitlines()[1:4])
    assert not any(word in head for word in CLEAN_WORDS)
    assert {"zh": "没有全部核对", "en": "not everything was checked"}[lang] in head


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_bills_without_orders_are_not_checked(tmp_path: Path, lang: str) -> None:
    answer, summary = run(SAMPLE / "alipay", tmp_path / "o", "--lang", lang)
    assert answer.code == 1 and set(verdicts(summary).values()) == {"not_checked"}
    says_nothing_green(answer, lang)
    assert all(
        any({"zh": "订单文件", "en": "order file"}[lang] in m for m in s["missing"])
        for s in summary["shops"]
        if s["shop"]
    )
    lines = pl.read_parquet(tmp_path / "o" / "lines.parquet")
    assert lines.filter(pl.col("disposition") == "not_checked").height > 0
    assert run(SAMPLE / "alipay", tmp_path / "o", "--fail-on", "never")[0].code == 0


def test_everything_checked_is_green(tmp_path: Path) -> None:
    whole(tmp_path / "in")
    answer, summary = run(tmp_path / "in", tmp_path / "o")
    assert answer.code == 0 and "全部一致" in answer.out and set(verdicts(summary).values()) == {"ok"}
    assert summary["unchecked"] == []


@pytest.mark.parametrize("day", ["2026-10-10", "2026-10-31"])
def test_orders_without_any_bill_are_not_checked_before_they_are_due_either(tmp_path: Path, day: str) -> None:
    put(tmp_path / "in", f"pdd/shop_a/{ORDERS_NAME}", ORDERS, "utf-8-sig")
    answer, summary = run(tmp_path / "in", tmp_path / "o", "--as-of", day)
    assert answer.code == 1 and set(verdicts(summary).values()) == {"not_checked"}
    says_nothing_green(answer, "zh")
    assert "拼多多账单" in answer.out and summary["unchecked"][0]["reason"] == "bill_missing"


def test_one_shop_without_orders_does_not_stain_the_other(tmp_path: Path) -> None:
    whole(tmp_path / "in")
    other = BILL.replace("261004-004000000387432", "261004-111000000387432").replace("261005-00", "261005-11")
    put(tmp_path / "in", "pdd/shop_b/pdd-mall-bill-detail_20261010.csv", other)
    put(tmp_path / "in", "ecrecon.toml", "".join(
        f'[[shops]]\nname = "shop_{x}"\nplatform = "pdd"\npaths = ["pdd/shop_{x}/**"]\n' for x in "ab"
    ).encode())  # fmt: skip
    answer, summary = run(tmp_path / "in", tmp_path / "o", "--config", str(tmp_path / "in" / "ecrecon.toml"))
    assert answer.code == 1 and verdicts(summary) == {"shop_a": "ok", "shop_b": "not_checked"}


@pytest.mark.parametrize("name", ["订单导出.zip", "orders_export2026-10-12.zip"])
def test_an_order_file_that_cannot_be_read_is_no_reason_to_call_orders_old(tmp_path: Path, name: str) -> None:
    """Neither X11 (older than the loaded orders) nor X03 (no such order): the order may be in the file."""
    whole(tmp_path / "in", BILL, ORDERS.rsplit("\n", 1)[0])
    put(tmp_path / "in", f"pdd/shop_a/{name}", zipped({"orders.csv": ORDERS.encode()})[:-30])
    answer, summary = run(tmp_path / "in", tmp_path / "o", "--fail-on", "never")
    assert answer.code == 1 and "before_opening" not in summary["variances"]
    assert "receipt_without_order" not in summary["variances"]
    assert summary["variances"]["order_file_missing"]["count"] == 1
    assert not set(verdicts(summary).values()) & {"ok", "review"}
    says_nothing_green(answer, "zh")


def test_refunds_that_no_after_sale_file_speaks_for_leave_the_shop_unchecked(tmp_path: Path) -> None:
    whole(tmp_path / "in", REFUND)
    answer, summary = run(tmp_path / "in", tmp_path / "o")
    assert verdicts(summary) == {"shop_a": "not_checked"}
    says_nothing_green(answer, "zh")
    assert [(row["reason"], row["count"], row["amount"], row["fails"]) for row in summary["unchecked"]] == [
        ("refund_unverified", 1, "-5.00", False)
    ]
    assert answer.code == 0  # after-sale lists are a side that may be absent


def test_a_bank_statement_alone_compares_nothing_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    shutil.copy(next((Path(__file__).parents[1] / "golden" / "bank.cmb").glob("*6.csv")), tmp_path / "in")
    answer, _ = run(tmp_path / "in", tmp_path / "o")
    assert not any(word in answer.out for word in CLEAN_WORDS)


def test_a_month_that_no_bill_covers_is_not_checked(tmp_path: Path) -> None:
    good(tmp_path / "in")
    put(tmp_path / "in", "pdd/shop_a/earlier.csv", "\n".join(
        [ORDERS.split("\n")[0], order_row("260904-004000000387400", "9.00").replace("2026-10-0", "2026-09-0")]
    ), "utf-8-sig")  # fmt: skip
    answer, summary = run(tmp_path / "in", tmp_path / "o", "--period", "2026-09")
    assert answer.code == 1 and verdicts(summary) == {"shop_a": "not_checked"}
    says_nothing_green(answer, "zh")


@pytest.mark.parametrize("name", [BILL_NAME])
def test_totals_agree_is_said_of_totals_that_were_compared(tmp_path: Path, name: str) -> None:
    head, rest = BILL.split("#支出合计")
    for folder, text in (("with", BILL), ("without", head + "#导出时间" + rest.split("#导出时间")[1])):
        put(tmp_path / folder, name, text)
    told = {folder: call("audit", tmp_path / folder).out for folder in ("with", "without")}
    assert "合计相符" in told["with"] and "合计相符" not in told["without"]
