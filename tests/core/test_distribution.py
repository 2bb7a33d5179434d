"""What the build configuration puts into the wheel is the whole program: laid out as a wheel, it runs on its own."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
DATA = ("configs", "src/ecrecon/report/page")


def wheel_rules() -> dict[str, object]:
    rules: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"][
        "targets"
    ]["wheel"]
    return rules


def places() -> dict[str, Path]:
    """Name in the wheel -> file of the source tree, as `packages` and `force-include` say."""
    rules = wheel_rules()
    pairs = [(package, Path(package).name) for package in rules["packages"]]  # type: ignore[attr-defined]
    pairs += list(rules["force-include"].items())  # type: ignore[attr-defined]
    found = {}
    for source, target in pairs:
        for path in sorted((ROOT / source).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                found[f"{target}/{path.relative_to(ROOT / source).as_posix()}"] = path
    return found


def git(*words: str) -> list[str]:
    told = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    return [line for line in told.stdout.splitlines() if line]


def test_every_data_file_is_covered_and_not_ignored() -> None:
    covered = set(places().values())
    for folder in DATA:
        files = {p for p in (ROOT / folder).rglob("*") if p.is_file() and "__pycache__" not in p.parts}
        assert files and files <= covered, sorted(files - covered)[:3]
    assert any(p.suffix == ".j2" for p in covered) and any(p.suffix == ".toml" for p in covered)
    names = [str(p.relative_to(ROOT)) for p in covered]
    assert git("check-ignore", "--no-index", *names) == []  # the build leaves out what git ignores


def test_the_program_runs_from_the_layout_of_the_wheel(tmp_path: Path) -> None:
    for name, path in places().items():
        target = tmp_path / "site" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    bills = ROOT / "sample_bills" / "2026-10" / "pdd"

    def run(*words: str) -> str:
        code = "import sys, ecrecon; assert ecrecon.__file__.startswith(sys.argv.pop(1)), ecrecon.__file__; from ecrecon.cli.main import run; run()"
        told = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / "site"), *words],
            cwd=tmp_path, env=environment, capture_output=True, text=True, encoding="utf-8", check=False,
        )  # fmt: skip
        assert told.returncode in (0, 1) and "Traceback" not in told.stderr, told.stderr
        return told.stdout

    assert "pdd." in run("formats", "list")
    assert "kis-dbf" in run("vouchers")
    run("match", str(bills), "--config", str(ROOT / "sample_bills/2026-10/ecrecon.toml"), "--out", "out/2026-10")
    assert "<svg" in (tmp_path / "out/2026-10/report.html").read_text("utf-8")
    assert "u8.txt" in run("vouchers", "--from", "out/2026-10", "--target", "u8-txt")


def test_a_built_wheel_holds_the_same_files(tmp_path: Path) -> None:
    if importlib.util.find_spec("hatchling") is None or importlib.util.find_spec("build") is None:
        pytest.skip("the build backend is not installed here; `make wheel` fetches it")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == set(places())
