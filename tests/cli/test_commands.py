"""Commands as a shell sees them: exit codes, streams, options, and what is written or left alone."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from unittest import mock

import pytest
from tests.cli.call import call
from tests.cli.damage import DAMAGE
from tests.cli.samples import BILL, ORDERS, ORDERS_NAME, good, put

from ecrecon import __version__
from ecrecon.base.errors import InvariantError
from ecrecon.cli import match

pytestmark = pytest.mark.slow

CLEAN = BILL.replace("终止时间：2026-10-10", "终止时间：2026-10-20").replace(
    "起始时间：2026-10-10", "起始时间：2026-10-01"
)
"""The bill covers the days from the confirmation of the orders until they are due."""
SHORT = CLEAN.replace(",20.00,0,", ",15.00,0,").replace("2笔33.80元", "2笔28.80元").replace("33.71", "28.71")
"""The second receipt is 5.00 short: one break."""
UNKNOWN = CLEAN.replace("0030002|技术服务费-基础技术服务费", "0990001|其他-新名称").replace(",技术服务费,", ",其他,")
"""A fee name that nobody knows: one review."""


def test_version() -> None:
    assert call("--version") == call("--version")
    answer = call("--version")
    assert (answer.code, answer.out, answer.err) == (0, f"ecrecon {__version__}\n", "")


def test_match_prints_the_result_to_stdout_and_writes_the_default_folder(tmp_path: Path) -> None:
    answer = call("match", good(tmp_path / "in"))
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("2026-10  截止 2026-10-10 23:59\n全部一致")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["2026-10"]
    written = json.loads((tmp_path / "out" / "2026-10" / "manifest.json").read_text("utf-8"))
    assert {*written["outputs"], "manifest.json"} == {p.name for p in (tmp_path / "out" / "2026-10").iterdir()}


def test_json_is_the_summary_file_and_nothing_else(tmp_path: Path) -> None:
    answer = call("match", good(tmp_path / "in"), "--json", "--out", tmp_path / "o")
    assert answer.out == (tmp_path / "o" / "summary.json").read_text("utf-8")
    assert answer.err == ""


def test_quiet_prints_nothing(tmp_path: Path) -> None:
    answer = call("match", good(tmp_path / "in"), "--quiet")
    assert (answer.code, answer.out, answer.err) == (0, "", "")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Usage"), (["match"], "Missing argument"), (["match", "absent"], "找不到 absent"), (["nonsense"], "nonsense"),
        (["match", "in", "--nope"], "--nope"), (["match", "in", "--period", "2026-13"], "2026-10"),
        (["match", "in", "--as-of", "31.10.2026"], "2026-10-31"), (["match", "in", "--tolerance", "abc"], "0.01"),
        (["match", "in", "--tolerance", "-1"], "0.01"), (["match", "in", "--fail-on", "x"], "break"),
        (["match", "in", "--lang", "fr"], "zh"), (["match", "in", "--config", "absent.toml"], "absent.toml"),
        (["trace", "X"], "--from"), (["trace", "X", "--from", "in"], "summary.json"), (["audit", "absent"], "absent"),
        (["formats", "show", "absent"], "formats list"), (["formats", "identify", "absent"], "absent"),
    ],
)  # fmt: skip
def test_usage_faults_exit_2_with_a_hint_on_stderr(tmp_path: Path, arguments: list[str], words: str) -> None:
    good(tmp_path / "in")
    answer = call(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert words in answer.err
    assert "Traceback" not in answer.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_defect_exits_70_names_no_bill_data_and_writes_nothing(tmp_path: Path, lang: str) -> None:
    folder = good(tmp_path / "in")
    for error in (RuntimeError("secret 261004"), InvariantError("conservation (a)")):
        with mock.patch.object(match, "run_match", side_effect=error):
            answer = call("match", folder, "--lang", lang, "--out", tmp_path / "o")
        assert (answer.code, answer.out) == (70, "")
        assert "secret" not in answer.err and "Traceback" not in answer.err
        assert not (tmp_path / "o").exists()


def test_an_interrupt_exits_130_and_leaves_the_old_result(tmp_path: Path) -> None:
    folder = good(tmp_path / "in")
    call("match", folder, "--out", tmp_path / "o", "--quiet")
    before = {p.name: p.read_bytes() for p in (tmp_path / "o").iterdir()}
    with mock.patch.object(match, "run_match", side_effect=KeyboardInterrupt):
        assert call("match", folder, "--out", tmp_path / "o").code == 130
    assert {p.name: p.read_bytes() for p in (tmp_path / "o").iterdir()} == before


@pytest.mark.parametrize(
    ("bill", "codes"),
    [
        (CLEAN, {"break": 0, "review": 0, "new-break": 0, "never": 0}),
        (UNKNOWN, {"break": 0, "review": 1, "new-break": 0, "never": 0}),
        (SHORT, {"break": 1, "review": 1, "new-break": 1, "never": 0}),
    ],
)
def test_fail_on_decides_the_exit_code(tmp_path: Path, bill: str, codes: dict[str, int]) -> None:
    good(tmp_path / "in", bill)
    for level, code in codes.items():
        assert call("match", tmp_path / "in", "--fail-on", level, "--quiet").code == code, level


def test_a_stop_fails_even_with_never(tmp_path: Path) -> None:
    DAMAGE["truncated_zip"](tmp_path / "in")
    assert call("match", tmp_path / "in", "--quiet", "--fail-on", "never").code == 1


@pytest.mark.parametrize("command", ["match", "audit"])
def test_strict_stops_on_an_unreadable_file(tmp_path: Path, command: str) -> None:
    DAMAGE["truncated_zip"](tmp_path / "in")
    answer = call(command, tmp_path / "in", "--strict")
    assert (answer.code, answer.out) == (2, "")
    assert "--strict" in answer.err and "20261010.zip" in answer.err
    assert not (tmp_path / "out").exists()


def test_as_of_is_the_end_of_the_day_and_judges_what_is_due(tmp_path: Path) -> None:
    good(tmp_path / "in")
    early = call("match", tmp_path / "in", "--as-of", "2026-10-09", "--json", "--out", tmp_path / "a")
    assert json.loads(early.out)["as_of"] == "2026-10-09T23:59:59+08:00"
    lines = list(csv.DictReader((tmp_path / "a" / "open_items.csv").read_text("utf-8-sig").splitlines()))
    assert [(row["state"], row["open"]) for row in lines] == [("not_due", "13.80"), ("not_due", "20.00")]


def test_period_chooses_the_month(tmp_path: Path) -> None:
    good(tmp_path / "in")
    put(tmp_path / "in", "pdd/shop_a/earlier.csv", ORDERS.replace("2026-10-04", "2026-09-30"), "utf-8-sig")
    answer = call("match", tmp_path / "in", "--period", "2026-09", "--json")
    assert json.loads(answer.out)["period"] == "2026-09"
    assert (tmp_path / "out" / "2026-09" / "summary.json").is_file()


def test_tolerance_makes_a_cent_a_rounding(tmp_path: Path) -> None:
    good(tmp_path / "in", BILL.replace(",20.00,0,", ",19.98,0,").replace("33.80", "33.78").replace("33.71", "33.69"))
    put(tmp_path / "in", "ecrecon.toml", b"[opening]\ndate = 2026-10-01\n")
    found = {}
    for tolerance in ("0.01", "0.02"):
        answer = call("match", tmp_path / "in", "--tolerance", tolerance, "--as-of", "2026-10-20", "--json")
        found[tolerance] = set(json.loads(answer.out)["variances"])
    assert "rounding" in found["0.02"] and "rounding" not in found["0.01"]


def test_language_order_is_option_environment_workspace_chinese(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = good(tmp_path / "in")
    assert "截止" in call("match", folder).out
    put(folder, "ecrecon.toml", b'language = "en"\n')
    assert "as of" in call("match", folder).out
    monkeypatch.setenv("ECRECON_LANG", "zh")
    assert "截止" in call("match", folder).out
    assert "as of" in call("match", folder, "--lang", "en").out
    monkeypatch.setenv("ECRECON_LANG", "xx")
    answer = call("match", folder)
    assert (answer.code, answer.out) == (2, "") and "ECRECON_LANG" in answer.err


def test_config_is_the_option_else_working_folder_else_first_path(tmp_path: Path) -> None:
    folder = good(tmp_path / "in")
    companies = []
    for place, arguments in (("in", []), (".", []), ("x", ["--config", tmp_path / "x" / "ecrecon.toml"])):
        put(tmp_path, f"{place}/ecrecon.toml", f'company = "{place}"\n'.encode())
        companies.append(call("match", folder, *arguments).out.split("  ")[0])
    assert companies == ["in", ".", "x"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_line_is_wider_than_a_terminal(tmp_path: Path, lang: str) -> None:
    from ecrecon.report.console import widest_line

    for name in ("renamed_column", "amount_of_letters", "consumer_bill", "other_shop"):
        DAMAGE[name](tmp_path / name)
        answer = call("match", tmp_path / name, "--lang", lang, "--out", tmp_path / "o")
        assert widest_line(answer.out) <= 80


def test_english_output_holds_no_chinese_sentence(tmp_path: Path) -> None:
    folder = good(tmp_path / "in", SHORT)
    answer = call("match", folder, "--lang", "en", "--as-of", "2026-10-20")
    assert re.findall(r"[一-鿿]{4,}", answer.out) == []


def test_trace_leads_from_an_order_to_the_bill_line_and_back(tmp_path: Path) -> None:
    folder = good(tmp_path / "in")
    settings = b'standard = "sbe"\nvat_status = "small"\n[posting.policy]\nrevenue_point = "confirmed"\n'
    put(folder, "ecrecon.toml", settings)
    call("match", folder, "--quiet")
    order = json.loads(call("trace", "261005-004000000387433", "--json").out)
    assert [line["amount"] for line in order["lines"]] == ["20.00"]
    line = order["lines"][0]
    spot = f"{line['path']}:{line['source_line']}"
    assert spot in call("trace", "261005-004000000387433").out
    back = json.loads(call("trace", spot, "--json").out)
    assert back["entries"] and {entry["voucher"] for entry in back["entries"]} <= {
        e["voucher"] for e in order["entries"]
    }
    answer = call("trace", "261005-1")
    assert (answer.code, answer.out) == (2, "") and "261005-1" in answer.err


def test_formats_list_show_identify(tmp_path: Path) -> None:
    good(tmp_path / "in")
    listed = json.loads(call("formats", "list", "--json").out)
    assert {row["id"] for row in listed} >= {"pdd.p1", "alipay.a1", "taobao.t1"}
    printed = call("formats", "list").out
    assert all(row["id"] in printed for row in listed)
    shown = {row["key"]: row["value"] for row in json.loads(call("formats", "show", "pdd.p1", "--json").out)}
    assert shown["id"] == "pdd.p1"
    bill = next((tmp_path / "in").rglob("pdd-mall*.csv"))
    assert json.loads(call("formats", "identify", bill, "--json").out)[0]["profile"] == "pdd.p1"
    put(tmp_path, "x.csv", "甲,乙\n1,2\n")
    assert call("formats", "identify", "x.csv").code == 1


def test_audit_writes_nothing_and_exits_1_on_a_break(tmp_path: Path) -> None:
    DAMAGE["trailer_disagrees"](tmp_path / "in")
    assert call("audit", tmp_path / "in").code == 1
    assert call("audit", good(tmp_path / "good")).code == 0
    assert not (tmp_path / "out").exists()


def test_orders_alone_are_not_called_unpaid(tmp_path: Path) -> None:
    put(tmp_path, f"in/{ORDERS_NAME}", ORDERS, "utf-8-sig")
    answer = call("match", tmp_path / "in", "--json")
    assert answer.code == 1  # they are here and were not checked
    assert "overdue_receipt" not in json.loads(answer.out)["variances"]


def test_runs_that_differ_in_words_and_place_alone_have_one_digest(tmp_path: Path) -> None:
    good(tmp_path / "in")
    ways = (
        (),
        ("--fail-on", "never"),
        ("--lang", "en"),
        ("--out", "elsewhere"),
        ("--strict",),
        ("--tolerance", "0.02"),
    )
    digests = [json.loads(call("match", tmp_path / "in", "--json", *way).out)["config_digest"] for way in ways]
    assert len(set(digests[:-1])) == 1 and digests[-1] != digests[0]
