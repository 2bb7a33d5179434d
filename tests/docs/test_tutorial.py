"""Every command of the tutorial runs, in the order of the page, and both languages show the same commands."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ecrecon.base.errors import EcreconError
from ecrecon.cli.main import app

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("docs/tutorial.md", "docs/tutorial.zh-CN.md")


def commands(page: str) -> list[tuple[list[str], int]]:
    """(words, expected exit code) of each line of the page's shell blocks."""
    found = []
    for block in re.findall(r"```bash\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL):
        for line in block.splitlines():
            command, _, remark = line.partition("   # ")
            code = re.search(r"\d+", remark)
            found.append((shlex.split(command), int(code.group()) if code else 0))
    return found


def run(words: list[str]) -> tuple[int, str]:
    """The commands of the page, with the few of the shell done in Python."""
    program, *rest = words
    paths = [word for word in rest if not word.startswith("-")]
    if program == "mkdir":
        for path in paths:
            Path(path).mkdir(parents=True, exist_ok=True)
        return 0, ""
    if program == "cp":
        source, target = paths
        shutil.copytree(source, target) if "-r" in rest else shutil.copy(source, target)
        return 0, ""
    assert program == "ecrecon"
    result = CliRunner().invoke(app, rest)
    if isinstance(result.exception, EcreconError):
        return int(result.exception.exit_code), result.exception.message
    return result.exit_code, result.output


def test_every_command_does_what_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "sample_bills", tmp_path / "sample_bills")
    shutil.copytree(ROOT / "docs" / "tutorial", tmp_path / "docs" / "tutorial")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ECRECON_PASSWORD", raising=False)
    for words, expected in commands(PAGES[0]):
        code, output = run(words)
        assert code == expected, (words, output)
    assert (tmp_path / "out/2026-10/report.xlsx").is_file()
    assert (tmp_path / "out/2026-10/vouchers/jdy.xlsx").is_file()
    written = sorted(path.name for path in (tmp_path / "month/profiles").iterdir())
    assert written == ["bank.own_bank.toml", "mall.own_bill.toml"]


def test_both_languages_show_the_same_commands() -> None:
    assert commands(PAGES[0]) == commands(PAGES[1])
    assert len(commands(PAGES[0])) >= 15
