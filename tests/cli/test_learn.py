"""`formats learn` from the command line: scriptable, and never a silent guess."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from os import close, environ, read, write
from pathlib import Path

import pytest
from click.testing import Result
from tests.reading.containers.build import PDD
from tests.reading.learn.files import BANK, BILL, ORDERS, text_file
from tests.sealed import zip_aes
from typer.testing import CliRunner

from ecrecon.base.errors import ConfigError
from ecrecon.cli.main import app
from ecrecon.settings.workspace import load_workspace

pytestmark = pytest.mark.slow

GIVEN = ["kind=bill", "platform=shop3", "sign=plus_in", "view=detail"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    text_file(tmp_path / "bill.csv", BILL)
    text_file(tmp_path / "bank.csv", BANK, "gb18030")
    return tmp_path


def learn(*options: str) -> Result:
    return CliRunner().invoke(app, ["formats", "learn", *options])


def answers(*given: str) -> list[str]:
    return [part for answer in given for part in ("--answer", answer)]


def test_without_answers_nothing_is_written_and_every_question_is_listed(folder: Path) -> None:
    result = learn("bill.csv")
    assert isinstance(result.exception, ConfigError)
    assert int(result.exception.exit_code) == 2
    for key in ("kind=", "platform=", "sign=", "view="):
        assert f"--answer '{key}" in result.exception.message
    assert not (folder / "profiles").exists()


def test_with_answers_the_layout_is_written_once_and_match_uses_it(folder: Path) -> None:
    result = learn("bill.csv", *answers(*GIVEN), "--register")
    assert result.exception is None, result.output
    path = folder / "profiles" / "shop3.own_bill.toml"
    before = path.read_bytes()
    assert b"13800001111" not in before
    assert load_workspace(folder / "ecrecon.toml").profiles == ["profiles"]
    shown = CliRunner().invoke(app, ["audit", "bill.csv", "--json"])
    (source,) = json.loads(shown.stdout)["sources"]
    assert (source["profile"], source["rows"], source["net"]) == ("shop3.own_bill", 4, "71.05")
    assert "shop3.own_bill" in learn("bill.csv").stdout
    other = text_file(folder / "other.csv", BILL.replace("费用项,费用项", "款项,备注2"))
    again = learn(other.name, *answers(*GIVEN, "type=none"), "--id", "shop3.own_bill")
    assert isinstance(again.exception, ConfigError)
    assert path.read_bytes() == before


def test_a_bank_needs_no_answer_and_a_dry_run_writes_nothing(folder: Path) -> None:
    result = learn("bank.csv", "--dry-run")
    assert result.exception is None, result.output
    assert 'mode = "in_out"' in result.stdout
    assert "3500.25" in result.stdout
    assert "张三" not in result.stdout
    assert not (folder / "profiles").exists()


def test_json_names_questions_and_result(folder: Path) -> None:
    told = json.loads(learn("bank.csv", "--json").stdout)
    assert (told["profile"], told["parsed_rows"], told["income"]) == ("bank.own_bank", 4, "3500.25")
    assert told["findings"] == []
    assert (folder / told["written"]).is_file()
    opened = json.loads(learn("bill.csv", "--json").stdout)
    assert [question["key"] for question in opened["questions"]] == ["kind", "platform", "sign", "view"]


def test_existing_settings_keep_their_text(folder: Path) -> None:
    text = 'company = "示例"  # 注释\n\n[opening]\ndate = 2026-08-01\n'
    (folder / "ecrecon.toml").write_text(text, encoding="utf-8")
    learn("bank.csv", "--register")
    changed = (folder / "ecrecon.toml").read_text(encoding="utf-8")
    assert changed == text.replace("\n\n", '\nprofiles = ["profiles"]\n\n')


def test_the_folder_of_the_workspace_is_used(folder: Path) -> None:
    (folder / "ecrecon.toml").write_text('profiles = ["my/layouts"]\n', encoding="utf-8")
    assert learn("bank.csv").exception is None
    assert (folder / "my/layouts/bank.own_bank.toml").is_file()


def test_known_files_encrypted_files_and_drifted_files(folder: Path) -> None:
    text_file(folder / "known.csv", PDD)
    assert "pdd.p1" in learn("known.csv").stdout
    (folder / "locked.zip").write_bytes(zip_aes({"bank.csv": BANK.encode()}, "8888"))
    assert learn("locked.zip", "--password", "8888", "--dry-run").exception is None
    text_file(folder / "new.csv", PDD.replace("发生时间,", "交易发生时间,"))
    result = learn("new.csv", "--from-profile", "pdd.p1", *answers("alias:发生时间=交易发生时间"))
    assert result.exception is None, result.output
    assert (folder / "profiles" / "pdd.p1_own.toml").is_file()


def test_on_a_terminal_it_asks_one_by_one(folder: Path) -> None:
    pty = pytest.importorskip("pty")
    text_file(folder / "orders.csv", ORDERS)
    parent, child = pty.openpty()
    command = [sys.executable, "-m", "ecrecon.cli.main", "formats", "learn", "orders.csv"]
    env = {**environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    with subprocess.Popen(command, stdin=child, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env) as process:
        close(child)
        echo = threading.Thread(target=lambda: _drain(parent, read), daemon=True)
        echo.start()
        write(parent, b"mini\n\nnonsense\nclosed\ny\n")
        out, asked = process.communicate(timeout=60)
    assert process.returncode == 0, asked.decode()
    assert (folder / "profiles" / "mini.own_orders.toml").is_file()
    assert load_workspace(folder / "ecrecon.toml").profiles == ["profiles"]
    assert "[status:拼单未成功]" in asked.decode()
    assert "李四" not in out.decode() + asked.decode()


def _drain(place: int, reader) -> None:  # type: ignore[no-untyped-def]
    try:
        while reader(place, 1024):
            pass
    except OSError:
        return
