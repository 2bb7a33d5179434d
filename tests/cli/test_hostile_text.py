"""Names and cells that a terminal would obey: seen in every output of every command, obeyed in none."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from .call import call
from .samples import BILL, good

pytestmark = pytest.mark.slow

ACTS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
EVIL = "\x1b[2J\x1b]0;x\x07\x9b1A\u202e反\u2028断\x85\x0b\x0c"


@pytest.fixture
def month(tmp_path: Path) -> Path:
    """A month whose file name, cells, a bad amount and an unknown fee hold what a terminal obeys."""
    folder = tmp_path / "in"
    lines = BILL.split("\n")
    at = next(n for n, line in enumerate(lines) if line.startswith("#"))
    cells = lines[at - 1].split(",")
    lines[at - 1 : at - 1] = [
        ",".join([*cells[:5], "交易收入" + EVIL, *cells[6:]]),
        ",".join([*cells[:2], "12" + EVIL, *cells[3:]]),
    ]
    good(folder, "\n".join(lines))
    bill = next(path for path in folder.rglob("*.csv") if "bill" in path.name)
    text = bill.read_bytes().decode("gb18030")
    bill.unlink()
    name = "bill" + ("\x1b[31m\u202e" if os.name == "posix" else "") + ".csv"
    (bill.parent / name).write_bytes(text.encode("gb18030"))
    return folder


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nothing_that_acts_reaches_the_terminal(month: Path, tmp_path: Path, lang: str) -> None:
    out = tmp_path / "out"
    for arguments in (
        ("audit", month), ("audit", month, "--json"), ("formats", "identify", month),
        ("match", month, "--out", out), ("match", month, "--out", out, "--json"),
        ("match", month / f"none{EVIL}"), (f"match{EVIL}", month), ("trace", f"x{EVIL}", "--from", out),
    ):  # fmt: skip
        answer = call(*arguments, *(["--lang", lang] if arguments[0] in ("audit", "match") else []))
        assert not ACTS.search(answer.out + answer.err), arguments
        if "--json" in arguments:
            json.loads(answer.out)
    assert "\\x1b[2J" in call("audit", month).out


def test_nothing_that_acts_reaches_what_a_run_writes(month: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert call("match", month, "--out", out).code == 1
    for path in out.glob("*.csv"):
        assert not ACTS.search(path.read_text("utf-8-sig")), path.name
    assert not ACTS.search((out / "summary.json").read_text("utf-8"))
    assert not ACTS.search((out / "report.html").read_text("utf-8"))
