"""`init` asks the accountant at a terminal, takes options elsewhere, and guesses nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.call import call
from tests.cli.samples import good, put

from ecrecon.settings.workspace import Workspace, load_workspace

SBE = "科目编码,科目名称\n3001,实收资本\n4001,生产成本\n5001,主营业务收入\n"
ASBE = "科目编码,科目名称\n4001,实收资本\n5001,生产成本\n6001,主营业务收入\n"


def settings(folder: Path) -> tuple[object, ...]:
    workspace = load_workspace(folder / "ecrecon.toml")
    point = workspace.posting.policy.get("revenue_point")
    return workspace.standard, workspace.vat_status, point, workspace.posting.chart


def test_options_answer_without_a_terminal(tmp_path: Path) -> None:
    put(tmp_path, "kingdee/科目表.csv", SBE)
    answer = call(
        "init",
        "in",
        "--standard",
        "sbe",
        "--vat-status",
        "small",
        "--revenue-point",
        "settled",
        "--chart",
        "kingdee/科目表.csv",
    )
    assert (answer.code, answer.err) == (0, "")
    assert settings(tmp_path / "in") == ("sbe", "small", "settled", "../kingdee/科目表.csv")
    assert "没有回答" not in answer.out


@pytest.mark.parametrize(
    ("lang", "words"), [("zh", "没有回答 standard、vat_status、revenue_point"), ("en", "not answered: standard")]
)
def test_nothing_is_asked_or_guessed_in_a_script(tmp_path: Path, lang: str, words: str) -> None:
    answer = call("init", "in", "--lang", lang)
    assert (answer.code, answer.err) == (0, "") and words in answer.out
    assert settings(tmp_path / "in") == (None, None, None, None)


def test_a_chart_answers_the_standard_and_contradicts_it(tmp_path: Path) -> None:
    for name, text in (("sbe", SBE), ("asbe", ASBE)):
        put(tmp_path, f"{name}.csv", text)
        assert call("init", name, "--chart", f"{name}.csv").code == 0
        assert settings(tmp_path / name)[0] == name
    wrong = call("init", "x", "--chart", "asbe.csv", "--standard", "sbe")
    assert wrong.code == 2 and "5001 生产成本" in wrong.err and not (tmp_path / "x").exists()
    assert call("init", "x", "--chart", "absent.csv").code == 2
    assert call("init", "x", "--standard", "ifrs").code == 2


def terminal(folder: Path, keys: str, *options: str) -> tuple[int, str]:
    """The program at a pseudo-terminal: (exit code, what the screen shows)."""
    import pty

    screen, side = pty.openpty()
    source = str(Path(__file__).parents[2] / "src")
    program = subprocess.Popen(
        [sys.executable, "-m", "ecrecon", "init", str(folder), *options], stdin=side, stdout=side, stderr=side,
        env={**os.environ, "PYTHONPATH": source, "NO_COLOR": "1"}, close_fds=True,
    )  # fmt: skip
    os.close(side)
    os.write(screen, keys.encode())
    shown = b""
    while True:
        try:
            piece = os.read(screen, 65536)
        except OSError:  # the other side is closed
            break
        if not piece:
            break
        shown += piece
    os.close(screen)
    return program.wait(timeout=60), shown.decode("utf-8", "replace")


@pytest.mark.skipif(os.name == "nt", reason="no pseudo-terminal on Windows")
def test_a_person_at_a_terminal_is_asked(tmp_path: Path) -> None:
    put(tmp_path, "chart.csv", ASBE)
    code, shown = terminal(tmp_path / "a", f"2\n7\nsmall\n1\nabsent.csv\n{tmp_path / 'chart.csv'}\n")
    assert code == 0, shown
    assert settings(tmp_path / "a") == ("asbe", "small", "confirmed", "../chart.csv")
    for words in ("小企业会计准则", "请输入 1 到 2", "买家确认收货时", "找不到 absent.csv", "已写出"):
        assert words in shown
    code, shown = terminal(tmp_path / "b", "\n\n\n\n", "--lang", "en")
    assert code == 0 and settings(tmp_path / "b") == (None, None, None, None)
    assert "when is a sale revenue" in shown and "vouchers wait" in shown
    code, shown = terminal(tmp_path / "c", "2\n\n", "--standard", "sbe", "--vat-status", "general")
    assert code == 0 and settings(tmp_path / "c") == ("sbe", "general", "shipped", None)
    assert "小企业会计准则" not in shown  # what an option said is not asked


@pytest.mark.skipif(os.name == "nt", reason="no pseudo-terminal on Windows")
def test_an_interrupt_writes_nothing_and_an_existing_file_is_not_asked_about(tmp_path: Path) -> None:
    code, _ = terminal(tmp_path / "a", "1\n\x04")
    assert code == 130 and not (tmp_path / "a").exists()
    call("init", "b")
    code, shown = terminal(tmp_path / "b", "")
    assert code == 2 and "已存在" in shown and "1. sbe" not in shown


def test_a_run_without_answers_reconciles_and_says_what_vouchers_need(tmp_path: Path) -> None:
    call("init", good(tmp_path / "in"))
    shown = "".join(call("match", "in").out.split())  # lines of the terminal are wrapped
    assert (
        "未生成凭证：ecrecon.toml没有设置standard（会计准则）" in shown
        and "另有" in shown
        and "见ecreconvouchers" in shown
    )
    assert "凭证：未生成凭证" not in shown
    told = call("vouchers", "--target", "xero")
    assert told.code == 2
    for key in ('standard = "sbe"', 'vat_status = "general"', 'revenue_point = "confirmed"'):
        assert key in told.err
    (tmp_path / "in" / "ecrecon.toml").unlink()
    call("init", "in", "--standard", "sbe", "--vat-status", "general", "--revenue-point", "confirmed")
    call("match", "in", "--quiet")
    assert call("vouchers", "--target", "xero").code == 0
    assert isinstance(load_workspace(tmp_path / "in" / "ecrecon.toml"), Workspace)
