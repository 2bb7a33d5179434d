"""Vouchers that were exported: final, reversed in red, corrected, counted on; a later run knows them."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest
from tests.cli.call import call
from tests.cli.samples import BILL, good

pytestmark = pytest.mark.slow

SAMPLE = Path(__file__).parents[2] / "sample_bills" / "2026-10"
GONE = "pdd/pdd_b/days/pdd-mall-bill-detail_20261014.csv"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The month, and the month without one bill; each matched into a folder of its own."""
    base = tmp_path_factory.mktemp("month")
    shutil.copytree(SAMPLE, base / "less")
    (base / "less" / GONE).unlink()
    for source, name in ((SAMPLE, "whole"), (base / "less", "short")):
        call("match", source, "--out", base / name / "2026-10", "--quiet", "--lang", "zh")
    return base


@pytest.fixture
def out(made: Path, tmp_path: Path) -> Path:
    """The whole month, nothing exported."""
    return Path(shutil.copytree(made / "whole" / "2026-10", tmp_path / "out" / "2026-10"))


def log(out: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (out / "vouchers" / "log.jsonl").read_text("utf-8").splitlines()]


def numbers(out: Path) -> dict[str, int]:
    with (out / "vouchers.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["voucher_id"]: int(row["number"]) for row in csv.DictReader(file)}


def rerun(made: Path, out: Path) -> None:
    """The later run, into the folder that holds the exports."""
    assert call("match", made / "less", "--out", out, "--quiet").code == 1


def net(path: Path) -> dict[str, Decimal]:
    """Account -> Σ debit - Σ credit of an Odoo file: read back by the standard library."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in csv.DictReader(io.StringIO(path.read_text("utf-8"))):
        sums[row["line_ids/account_id"]] += Decimal(row["line_ids/debit"]) - Decimal(row["line_ids/credit"])
    return sums


def test_a_voucher_that_was_not_exported_is_not_reversed(out: Path) -> None:
    answer = call("vouchers", "--from", out, "--reverse", "记-3", "--reason", "错")
    assert (answer.code, answer.out) == (2, "")
    assert "还没有导出" in answer.err and "ecrecon match" in answer.err
    assert not (out / "vouchers").exists()
    english = call("vouchers", "--from", out, "--reverse", "记-999", "--reason", "x", "--lang", "en")
    assert english.code == 2 and "no voucher '记-999'" in english.err


def test_a_reversal_is_the_red_twin_with_the_prescribed_words(out: Path) -> None:
    call("vouchers", "--from", out, "--target", "u8-txt")
    answer = call("vouchers", "--from", out, "--reverse", "记-3", "--reason", "店铺错", "--date", "2026-10-31")
    assert (answer.code, answer.err) == (0, "")
    entry = log(out)[-1]
    wrong, red = entry["before"], entry["after"]
    assert (entry["action"], entry["reason"], entry["when"]) == ("reverse", "店铺错", "2026-10-31")
    assert entry["refers"] == wrong["voucher_id"] != red["voucher_id"] == entry["voucher_id"]
    assert (wrong["number"], red["number"], red["attachments"]) == (3, 58, 0)
    assert {line["summary"] for line in red["lines"]} == {"注销10月31日记-3号凭证"}
    for old, new in zip(wrong["lines"], red["lines"], strict=True):
        assert (old["account_code"], old["facts"], old["seq"]) == (new["account_code"], new["facts"], new["seq"])
        assert [Decimal(old[s]) + Decimal(new[s]) for s in ("debit", "credit")] == [0, 0]
    assert call("vouchers", "--from", out, "--target", "u8-txt").code == 0
    rows = [row.split(",") for row in (out / "vouchers" / "u8_2.txt").read_bytes().decode("gbk").split("\r\n")[1:-1]]
    assert {row[2] for row in rows} == {"58"} and len(rows) == len(red["lines"])
    assert {row[6] for row in rows} | {row[7] for row in rows} == {
        line[s] for line in red["lines"] for s in ("debit", "credit")
    }
    assert any(row[6].startswith("-") for row in rows)


def test_nothing_is_reversed_twice_or_without_a_reason(out: Path) -> None:
    call("vouchers", "--from", out, "--target", "xero")
    for options in ((), ("--reason", " ")):
        assert "--reason" in call("vouchers", "--from", out, "--reverse", "记-3", *options).err
    assert call("vouchers", "--from", out, "--reverse", "2026-10/记-3", "--reason", "a").code == 0
    before = (out / "vouchers" / "log.jsonl").read_bytes()
    again = call("vouchers", "--from", out, "--reverse", "记-3", "--reason", "b")
    assert again.code == 2 and "已经冲销过" in again.err
    both = call("vouchers", "--from", out, "--reverse", "记-4", "--reverse", "记-3", "--reason", "b")
    assert both.code == 2
    assert (out / "vouchers" / "log.jsonl").read_bytes() == before  # all or nothing


@pytest.mark.parametrize(
    ("day", "words"), [("2026-10-30", "早于"), ("2027-01-05", "以前年度"), ("5.11.2026", "2026-11-05")]
)
def test_the_day_of_a_reversal_is_checked(out: Path, day: str, words: str) -> None:
    call("vouchers", "--from", out, "--target", "xero")
    answer = call("vouchers", "--from", out, "--reverse", "记-3", "--reason", "a", "--date", day)
    assert answer.code == 2 and words in answer.err
    assert {entry["action"] for entry in log(out)} == {"export"}


def test_a_target_without_negative_sides_gets_them_turned(out: Path) -> None:
    call("vouchers", "--from", out, "--target", "odoo")
    call("vouchers", "--from", out, "--reverse", "记-3", "--reason", "a")
    answer = call("vouchers", "--from", out, "--target", "odoo")
    assert answer.code == 0 and "红字金额改记另一方向" in answer.out
    assert "-" not in "".join(
        row["line_ids/debit"] + row["line_ids/credit"]
        for row in csv.DictReader(io.StringIO((out / "vouchers" / "odoo_2.csv").read_text("utf-8")))
    )
    red, wrong = net(out / "vouchers" / "odoo_2.csv"), log(out)[2]["after"]
    expected: dict[str, Decimal] = defaultdict(Decimal)
    for line in wrong["lines"]:
        expected[f"{line['account_code']} {line['account_name']}"] -= Decimal(line["debit"]) - Decimal(line["credit"])
    assert red == expected


def test_a_later_run_keeps_the_exports_and_says_what_changed(made: Path, out: Path) -> None:
    call("vouchers", "--from", out, "--target", "odoo")
    kept = {path.name: path.read_bytes() for path in (out / "vouchers").iterdir()}
    first = numbers(out)
    rerun(made, out)
    assert {path.name: path.read_bytes() for path in (out / "vouchers").iterdir()} == kept
    later = numbers(out)
    assert {i: later[i] for i in first if i in later} == {i: first[i] for i in first if i in later}
    new = [number for identity, number in later.items() if identity not in first]
    assert new and sorted(new) == list(range(58, 58 + len(new)))
    told = call("vouchers", "--from", out).out
    assert f"记-2 pdd_b 变为 记-58：ecrecon vouchers --from {out} --correct 2026-10/记-2" in told
    refused = call("vouchers", "--from", out, "--target", "odoo")
    assert refused.code == 2 and "--correct 2026-10/记-2" in refused.err
    english = call("vouchers", "--from", out, "--target", "odoo", "--lang", "en")
    assert "is now 记-58" in english.err


def test_corrected_books_are_those_of_the_later_run(made: Path, out: Path) -> None:
    call("vouchers", "--from", out, "--target", "odoo")
    rerun(made, out)
    assert call("vouchers", "--from", out, "--correct", "all", "--reason", "少一天").code == 0
    acts = [entry for entry in log(out) if entry["action"] != "export"]
    pairs = {entry["refers"]: entry["after"] for entry in acts if entry["action"] == "correct"}
    assert pairs and all(set(pairs) <= {e["refers"] for e in acts if e["action"] == "reverse"} for _ in pairs)
    for entry in acts:
        word = {"reverse": "注销", "correct": "订正"}[entry["action"]]
        summary = f"{word}10月31日记-{entry['before']['number']}号凭证"
        assert {line["summary"] for line in entry["after"]["lines"]} == {summary}
    assert call("vouchers", "--from", out, "--target", "odoo", "--despite", "少一天").code == 0
    total = net(out / "vouchers" / "odoo.csv")
    for account, amount in net(out / "vouchers" / "odoo_2.csv").items():
        total[account] += amount
    short = Path(shutil.copytree(made / "short" / "2026-10", out.with_name("short")))
    call("vouchers", "--from", short, "--target", "odoo", "--despite", "少一天")
    assert {a: v for a, v in total.items() if v} == {a: v for a, v in net(short / "vouchers" / "odoo.csv").items() if v}
    given = [e["after"]["number"] for e in log(out) if e["after"]]
    assert sorted(given) == list(range(1, len(given) + 1))  # continuous, none twice
    rerun(made, out)  # the later run now agrees
    assert "一致" in call("vouchers", "--from", out).out
    assert "都已导出" in call("vouchers", "--from", out, "--target", "odoo").err


def test_a_voucher_that_is_the_same_is_not_corrected(out: Path) -> None:
    call("vouchers", "--from", out, "--target", "xero")
    for word, told in (("记-3", "没有要更正的"), ("all", "一致")):
        answer = call("vouchers", "--from", out, "--correct", word, "--reason", "a")
        assert answer.code == 2 and told in answer.err
    call("vouchers", "--from", out, "--reverse", "记-3", "--reason", "误冲")
    note = call("vouchers", "--from", out, "--target", "xero").out
    assert "1 张凭证已冲销，没有再导出：记-3" in note
    assert call("vouchers", "--from", out, "--correct", "记-3", "--reason", "误冲").code == 0
    blue = log(out)[-1]
    assert (blue["action"], blue["after"]["number"]) == ("correct", 59)
    assert call("vouchers", "--from", out, "--target", "xero").code == 0
    assert "已冲销" not in call("vouchers", "--from", out).out


def test_a_reversal_of_the_next_month_takes_a_number_there(out: Path) -> None:
    call("vouchers", "--from", out, "--target", "xero")
    call("vouchers", "--from", out, "--reverse", "记-3", "--reason", "a", "--date", "2026-11-05")
    red = log(out)[-1]["after"]
    assert (red["day"], red["period"], red["number"]) == ("2026-11-05", 11, 1)
    bills = good(out.parent / "bills", BILL.replace("2026-10", "2026-11"))
    (bills / "ecrecon.toml").write_text('standard = "sbe"\nvat_status = "general"\n', "utf-8")
    november = out.with_name("2026-11")
    for folder, first in ((out.with_name("elsewhere"), 1), (november, 2)):
        call("match", bills, "--out", folder, "--quiet")
        assert sorted(set(numbers(folder).values()))[:2] == [first, first + 1]
    call("vouchers", "--from", november, "--target", "xero")
    call("vouchers", "--from", out, "--reverse", "记-4", "--reason", "a", "--date", "2026-11-06")
    assert log(out)[-1]["after"]["number"] == max(numbers(november).values()) + 1


def test_a_changed_log_is_refused_with_its_line(out: Path) -> None:
    call("vouchers", "--from", out, "--target", "xero")
    path = out / "vouchers" / "log.jsonl"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    damaged = {
        "2": [lines[0], lines[1].replace("记-2", "记-9"), *lines[2:]], "3": [*lines[:2], *lines[3:]],
        "1": ["{}\n", *lines[1:]],
    }  # fmt: skip
    for number, text in damaged.items():
        path.write_text("".join(text), "utf-8")
        for command in (
            ("vouchers", "--from", out),
            ("vouchers", "--from", out, "--target", "odoo"),
            ("trace", "记-3", "--from", out),
        ):
            answer = call(*command)
            assert answer.code == 2 and f"第 {number} 行" in answer.err, command


def test_the_trail_of_a_reversal_is_that_of_its_voucher_negated(out: Path) -> None:
    call("vouchers", "--from", out, "--target", "xero")
    call("vouchers", "--from", out, "--reverse", "记-3", "--reason", "a")
    wrong, red = (json.loads(call("trace", name, "--from", out, "--json").out) for name in ("记-3", "记-58"))
    assert red["lines"] == wrong["lines"] != []
    assert red["entries"][0]["summary"] == "注销10月31日记-3号凭证"
    ours = [(x["seq"], x["line_id"], -Decimal(x["amount"])) for x in red["links"]]
    theirs = [
        (x["seq"], x["line_id"], Decimal(x["amount"]))
        for x in wrong["links"]
        if x["voucher_id"] == wrong["entries"][0]["voucher_id"]
    ]
    assert sorted(ours) == sorted(theirs)


def test_the_same_acts_write_the_same_log(made: Path, tmp_path: Path) -> None:
    logs = []
    for name in ("a", "b"):
        out = Path(shutil.copytree(made / "whole" / "2026-10", tmp_path / name / "2026-10"))
        call("vouchers", "--from", out, "--target", "xero", "--date", "2026-11-02")
        call("vouchers", "--from", out, "--reverse", "记-3", "--reason", "a")
        logs.append((out / "vouchers" / "log.jsonl").read_bytes())
    assert logs[0] == logs[1]
    assert json.loads(logs[0].splitlines()[0])["when"] == "2026-11-02"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_refused_export_writes_nothing_and_names_every_point(out: Path, tmp_path: Path, lang: str) -> None:
    chart = tmp_path / "科目表.csv"
    chart.write_text(
        "科目编码,科目名称\n1012,其他货币资金\n101201,支付宝\n5001,生产成本\n6001,主营业务收入\n", "gb18030"
    )
    config = tmp_path / "books.toml"
    config.write_text('standard = "sbe"\n', "utf-8")
    for target in ("kis-dbf", "u8-txt", "xero", "hledger"):
        answer = call(
            "vouchers", "--from", out, "--target", target, "--chart", chart, "--config", config, "--lang", lang
        )
        assert (answer.code, answer.out) == (2, "")
        words = {
            "zh": ("企业会计准则", "1012 其他货币资金 不是末级", "1122 应收账款"),
            "en": ("enterprises", "1012", "1122"),
        }[lang]
        assert all(word in answer.err for word in words), answer.err
        assert not (out / "vouchers").exists()


def test_a_run_that_makes_no_vouchers_is_no_reason_to_reverse_them(out: Path, tmp_path: Path) -> None:
    call("vouchers", "--from", out, "--target", "xero")
    bare = tmp_path / "bare.toml"
    bare.write_text("", "utf-8")
    call("match", SAMPLE / "pdd", "--out", out, "--quiet", "--config", bare)
    for words in ((), ("--target", "xero"), ("--correct", "all", "--reason", "a")):
        answer = call("vouchers", "--from", out, *words)
        assert answer.code == 2 and "没有设置 standard" in answer.err and "--reverse" not in answer.err
    assert {entry["action"] for entry in log(out)} == {"export"}


def test_another_month_in_the_folder_of_exports_is_refused(out: Path) -> None:
    call("vouchers", "--from", out, "--target", "xero")
    call("match", SAMPLE, "--period", "2026-09", "--out", out, "--quiet")
    answer = call("vouchers", "--from", out, "--target", "xero")
    assert answer.code == 2 and "导出过 2026-10 的凭证" in answer.err
