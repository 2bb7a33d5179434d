"""Passwords from the command line to the report, and nowhere else."""

from __future__ import annotations

import json
import subprocess
import sys
from os import close, environ, read, write
from pathlib import Path

import pytest
from tests.reading.containers.build import PDD
from tests.sealed import zip_aes
from typer.testing import CliRunner

from ecrecon.base.errors import ConfigError
from ecrecon.cli.main import app
from ecrecon.pipeline import RunSettings, collect_passwords
from ecrecon.reading.containers import Passwords
from ecrecon.reading.load import load
from ecrecon.settings.profiles import load_profiles
from ecrecon.settings.workspace import Workspace, load_workspace

SECRET = "Geheim-7788"
BILL = zip_aes({"bill.csv": PDD.encode("gb18030")}, SECRET)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "bill.zip").write_bytes(BILL)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ECRECON_PASSWORD", raising=False)
    return tmp_path


def kinds(*options: str) -> dict[str, str]:
    result = CliRunner().invoke(app, ["audit", "in", "--json", *options])
    return {row["path"]: row["kind"] for row in json.loads(result.stdout)["sources"]}


OPEN = {"bill.zip!/bill.csv": "bill"}


def test_options_environment_and_workspace_all_reach_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "in" / "plain.csv").write_text(PDD.replace("2026-05-09", "2026-05-10"), encoding="gb18030")
    plain = {"plain.csv": "bill"}
    assert kinds() == {"bill.zip!/bill.csv": "unreadable", **plain}
    assert kinds("--password", "x", "--password", SECRET) == {**OPEN, **plain}
    (folder / "ecrecon.toml").write_text(f'passwords = ["x", "{SECRET}"]\n', encoding="utf-8")
    assert kinds() == {**OPEN, **plain}
    (folder / "ecrecon.toml").write_text('password_file = "secret.txt"\n', encoding="utf-8")
    (folder / "secret.txt").write_bytes(f"\ufeffx\r\n\r\n{SECRET}\r\n".encode())
    assert kinds() == {**OPEN, **plain}
    (folder / "ecrecon.toml").unlink()
    monkeypatch.setenv("ECRECON_PASSWORD", SECRET)
    assert kinds() == {**OPEN, **plain}


def test_formats_identify_opens_it_too(folder: Path) -> None:
    result = CliRunner().invoke(app, ["formats", "identify", "in/bill.zip", "--password", SECRET])
    assert "pdd.p1" in result.stdout
    assert "--password" in CliRunner().invoke(app, ["formats", "identify", "in/bill.zip"]).stdout


def test_no_output_names_a_password(folder: Path) -> None:
    (folder / "ecrecon.toml").write_text(f'passwords = ["other-secret", "{SECRET}"]\n', encoding="utf-8")
    given = ["match", "in", "--out", "out", "--period", "2026-05", "--fail-on", "never", "--password", "third-secret"]
    result = CliRunner().invoke(app, given)
    assert (folder / "out" / "manifest.json").is_file(), result.output
    everything = b"".join(path.read_bytes() for path in (folder / "out").iterdir()) + result.output.encode()
    for secret in (SECRET, "other-secret", "third-secret"):
        assert secret.encode() not in everything
    workspace = load_workspace(folder / "ecrecon.toml")
    assert SECRET not in repr(RunSettings((), workspace, passwords=Passwords((SECRET,))))
    assert SECRET not in workspace.model_dump_json() + str(workspace)


def test_order_of_passwords_and_a_missing_file(tmp_path: Path) -> None:
    workspace = Workspace.model_validate({"passwords": ["c", "a"], "password_file": "p.txt"})
    (tmp_path / "p.txt").write_text("d\nb\n", encoding="utf-8")
    config = tmp_path / "ecrecon.toml"
    assert collect_passwords(["a"], "b", workspace, config).known == ("a", "b", "c", "d")
    (tmp_path / "p.txt").unlink()
    with pytest.raises(ConfigError, match=r"p\.txt"):
        collect_passwords([], None, workspace, config)


def test_somebody_is_asked_once_and_only_when_a_file_needs_it(folder: Path) -> None:
    profiles = load_profiles()
    asked: list[str] = []

    def ask(name: str) -> str:
        asked.append(name)
        return SECRET

    (folder / "in" / "second.zip").write_bytes(zip_aes({"b.csv": PDD.encode()}, SECRET))
    (folder / "in" / "third.zip").write_bytes(zip_aes({"b.csv": PDD.encode()}, "another"))
    found = load([folder / "in"], profiles, passwords=Passwords(("x",), ask))
    assert asked == ["bill.zip"]
    assert [item.source.kind for item in found] == ["bill", "bill", "unreadable"]
    asked.clear()
    load([folder / "in" / "bill.zip"], profiles, passwords=Passwords((SECRET,), ask))
    assert asked == []


def test_the_prompt_on_a_terminal_is_hidden(folder: Path) -> None:
    pty = pytest.importorskip("pty")
    parent, child = pty.openpty()
    command = [sys.executable, "-m", "ecrecon.cli.main", "formats", "identify", "in/bill.zip"]
    source = str(Path(__file__).parents[2] / "src")
    with subprocess.Popen(
        command, stdin=child, stdout=subprocess.PIPE, stderr=child, env={**environ, "PYTHONPATH": source},
        start_new_session=True,
    ) as process:  # fmt: skip
        close(child)
        shown = b""
        while b": " not in shown and "：".encode() not in shown:
            shown += read(parent, 1024)
        write(parent, SECRET.encode() + b"\n")
        out, _ = process.communicate(timeout=60)
    close(parent)
    assert "pdd.p1" in out.decode()
    assert SECRET.encode() not in shown + out
