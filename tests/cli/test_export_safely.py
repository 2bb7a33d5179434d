"""Exports that something speaks against, that run at once, and whose folder was touched: refused, said, logged."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.call import call
from tests.cli.samples import BILL, BILL_NAME, good, put

pytestmark = pytest.mark.slow

SRC = Path(__file__).parents[2] / "src"
CONFIG = 'standard = "sbe"\nvat_status = "general"\n[posting.policy]\nrevenue_point = "none"\n'


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("exports")
    good(base / "in")
    put(base, "in/ecrecon.toml", CONFIG, "utf-8")
    assert call("match", base / "in", "--out", base / "2026-10", "--quiet").code == 0
    return base / "2026-10"


@pytest.fixture
def out(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "out" / "2026-10"))


def log(out: Path) -> list[dict[str, object]]:
    path = out / "vouchers" / "log.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").split("\n")[:-1]] if path.exists() else []


def match(tmp_path: Path, bill: str, name: str = BILL_NAME) -> Path:
    good(tmp_path / "in", bill)
    put(tmp_path, "in/ecrecon.toml", CONFIG, "utf-8")
    call("match", tmp_path / "in", "--out", tmp_path / "o", "--quiet")
    return tmp_path / "o"


def a_stop(tmp_path: Path) -> Path:
    """A cell of a bill that is no amount."""
    return match(tmp_path, BILL.replace("20.00,0,交易收入", "12.345,0,交易收入"))


def a_total(tmp_path: Path) -> Path:
    """The bill prints another sum than its lines give."""
    return match(tmp_path, BILL.replace("2笔33.80元", "2笔43.80元"))


def a_missing_day(tmp_path: Path) -> Path:
    """Bills of the 8th and the 10th."""
    put(tmp_path, "in/pdd/shop_a/pdd-mall-bill-detail_20261008.csv",
        BILL.replace("2026-10-10", "2026-10-08").replace("38743", "38799"))  # fmt: skip
    return match(tmp_path, BILL)


def an_account_that_does_not_roll(tmp_path: Path) -> Path:
    sample = Path(__file__).parents[2] / "sample_bills" / "2026-10"
    folder = Path(shutil.copytree(sample / "alipay" / "taobao_b", tmp_path / "in" / "alipay" / "taobao_b"))
    path = next(folder.rglob("*.csv"))
    lines = path.read_bytes().decode("gb18030").split("\n")
    data = [n for n, line in enumerate(lines) if not line.startswith("#") and line.count(",") > 5]
    del lines[data[len(data) // 2]]
    path.write_bytes("\n".join(lines).encode("gb18030"))
    put(tmp_path, "in/ecrecon.toml", CONFIG, "utf-8")
    call("match", tmp_path / "in", "--out", tmp_path / "o", "--quiet")
    return tmp_path / "o"


FAULTS: list[tuple[Callable[[Path], Path], str, str]] = [
    (a_stop, "stop", "数字不可信"),
    (a_total, "control_total", "合计与明细不符"),
    (a_missing_day, "days_missing", "缺日"),
    (an_account_that_does_not_roll, "account_unproved", "没有证明"),
]


@pytest.mark.parametrize(("fault", "reason", "zh"), FAULTS)
def test_a_run_that_cannot_be_booked_is_refused_unless_a_reason_is_given(
    tmp_path: Path, fault: Callable[[Path], Path], reason: str, zh: str
) -> None:
    out = fault(tmp_path)
    stood = json.loads((out / "summary.json").read_text("utf-8"))["vouchers"]["obstacles"]
    assert reason in {row["reason"] for row in stood}
    refused = call("vouchers", "--from", out, "--target", "kis-dbf")
    assert (refused.code, refused.out) == (2, "")
    assert zh in refused.err and "--despite" in refused.err
    english = call("vouchers", "--from", out, "--target", "kis-dbf", "--lang", "en")
    assert english.code == 2 and "speak against" in english.err
    assert call("vouchers", "--from", out, "--target", "kis-dbf", "--despite", " ").code == 2
    assert not (out / "vouchers").exists()
    done = call("vouchers", "--from", out, "--target", "kis-dbf", "--despite", "经理同意")
    assert done.code == 0, done.err
    assert zh in done.out and "经理同意" in done.out
    first = log(out)[0]
    assert (first["action"], first["reason"], first["target"]) == ("despite", "经理同意", "kis-dbf")
    assert len(first["stood"]) == len(stood)  # type: ignore[arg-type]
    assert "log" not in call("trace", "记-1", "--from", out).err


def test_a_clean_run_needs_no_reason_and_logs_none(out: Path) -> None:
    assert json.loads((out / "summary.json").read_text("utf-8"))["vouchers"]["obstacles"] == []
    assert call("vouchers", "--from", out, "--target", "kis-dbf", "--despite", "x").code == 0
    assert {entry["action"] for entry in log(out)} == {"export"}


def test_a_run_of_a_version_that_does_not_say_is_refused(out: Path) -> None:
    told = json.loads((out / "summary.json").read_text("utf-8"))
    del told["vouchers"]["obstacles"]
    (out / "summary.json").write_text(json.dumps(told), "utf-8")
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    import hashlib

    manifest["outputs"]["summary.json"] = hashlib.sha256((out / "summary.json").read_bytes()).hexdigest()
    (out / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    answer = call("vouchers", "--from", out, "--target", "kis-dbf")
    assert answer.code == 2 and "vouchers.obstacles" in answer.err


def test_a_table_that_excel_saved_is_refused_and_match_mends_it(out: Path) -> None:
    path = out / "vouchers.csv"
    text = path.read_text("utf-8-sig")
    for content in (
        text.encode("gbk"),
        text.replace("\n", "\r\n").encode("utf-8-sig"),
        b"",
        b"\x00\xff",
        text[:-9].encode(),
    ):
        path.write_bytes(content)
        for command in (("--target", "kis-dbf"), (), ("--reverse", "记-1", "--reason", "a")):
            answer = call("vouchers", "--from", out, *command)
            assert answer.code in (0, 2) and "内部错误" not in answer.err, answer.err
            assert not (out / "vouchers").exists()
        answer = call("vouchers", "--from", out, "--target", "kis-dbf")
        assert answer.code == 2 and "vouchers.csv" in answer.err and "match" in answer.err


@pytest.mark.parametrize("name", ["summary.json", "vouchers.csv", "manifest.json"])
@pytest.mark.parametrize("content", [None, b"", b"{", b"[]", b"\xff\xfe", b'{"period": 1}', b"[" * 100_000])
def test_what_is_missing_or_damaged_is_named(out: Path, name: str, content: bytes | None) -> None:
    (out / name).unlink()
    if content is not None:
        (out / name).write_bytes(content)
    answer = call("vouchers", "--from", out, "--target", "kis-dbf")
    assert answer.code == 2 and name in answer.err, answer.err
    assert not (out / "vouchers").exists()


def test_a_file_that_the_log_does_not_know_is_not_passed_over(out: Path) -> None:
    """An export of an earlier version that was cut off between file and log."""
    put(out, "vouchers/kis.dbf", b"the file of an act that was cut off")
    answer = call("vouchers", "--from", out, "--target", "kis-dbf")
    assert answer.code == 2 and "kis.dbf" in answer.err and "重复记账" in answer.err
    (out / "vouchers" / "kis.dbf").unlink()
    assert call("vouchers", "--from", out, "--target", "kis-dbf").code == 0


def test_a_torn_log_is_repaired_as_it_says(out: Path) -> None:
    assert call("vouchers", "--from", out, "--target", "kis-dbf").code == 0
    path = out / "vouchers" / "log.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    refused = call("vouchers", "--from", out, "--target", "xero")
    assert refused.code == 2 and "--repair" in refused.err
    assert call("vouchers", "--from", out, "--repair", "").code == 2
    mended = call("vouchers", "--from", out, "--repair", "断电")
    assert mended.code == 0 and "log.copy.jsonl" in mended.out
    again = call("vouchers", "--from", out, "--target", "kis-dbf")
    assert again.code == 2 and "都已导出" in again.err  # nothing goes out twice
    assert call("vouchers", "--from", out, "--target", "xero").code == 0
    assert "完好" in call("vouchers", "--from", out, "--repair", "x").out


def test_of_two_exports_at_once_one_writes_and_the_other_is_told(out: Path) -> None:
    command = [sys.executable, "-m", "ecrecon", "vouchers", "--from", str(out), "--target", "kis-dbf"]
    running = [
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=out.parent, env={"PYTHONPATH": str(SRC)}
        )
        for _ in range(2)
    ]
    told = [process.communicate(timeout=120) for process in running]
    assert sorted(process.returncode for process in running) == [0, 2], told
    ids = [entry["voucher_id"] for entry in log(out)]
    assert ids and len(ids) == len(set(ids))
    assert sorted(path.name for path in (out / "vouchers").iterdir()) == ["kis.dbf", "log.copy.jsonl", "log.jsonl"]
