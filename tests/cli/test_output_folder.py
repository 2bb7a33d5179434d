"""Where a run writes: never over a file of somebody else, never elsewhere, whole or not at all."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from unittest import mock

import pytest
from tests.cli.call import call
from tests.cli.samples import good, put

from ecrecon.disk import locked

pytestmark = pytest.mark.slow


def files(place: Path) -> dict[str, bytes]:
    return {p.relative_to(place).as_posix(): p.read_bytes() for p in place.rglob("*") if p.is_file()}


@pytest.mark.parametrize("name", ["documents.csv", "report.xlsx", "lines.parquet", "manifest.json", "ledger.csv/x"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_file_of_the_users_own_with_the_name_of_an_output_is_not_touched(
    tmp_path: Path, name: str, lang: str
) -> None:
    good(tmp_path / "in")
    put(tmp_path, f"o/{name}", "mine")
    before = files(tmp_path / "o")
    answer = call("match", "in", "--out", "o", "--lang", lang)
    assert (answer.code, answer.out) == (2, "")
    assert name.split("/", maxsplit=1)[0] in answer.err and "--out" in answer.err
    assert files(tmp_path / "o") == before


def test_an_input_bill_of_an_outputs_name_is_not_written_over(tmp_path: Path) -> None:
    good(tmp_path / "in")
    bill = next((tmp_path / "in").rglob("pdd-mall*"))
    bill.rename(tmp_path / "in" / "documents.csv")
    before = files(tmp_path / "in")
    answer = call("match", "in", "--out", "in")
    assert answer.code == 2 and "documents.csv" in answer.err
    assert files(tmp_path / "in") == before


def test_out_may_be_the_folder_of_the_bills_and_the_bills_stay(tmp_path: Path) -> None:
    good(tmp_path / "in")
    before = files(tmp_path / "in")
    assert call("match", "in", "--out", "in", "--quiet").code == 0
    after = files(tmp_path / "in")
    assert {name: after[name] for name in before} == before
    assert call("match", "in", "--out", "in", "--quiet").code == 0
    assert files(tmp_path / "in") == after


def test_what_a_person_changed_is_kept_and_said(tmp_path: Path) -> None:
    good(tmp_path / "in")
    call("match", "in", "--out", "o", "--quiet")
    first = files(tmp_path / "o")
    changed = first["variances.csv"].decode("utf-8-sig").encode("gb18030") + b"x"
    (tmp_path / "o" / "variances.csv").write_bytes(changed)
    answer = call("match", "in", "--out", "o")
    assert "variances.edited-1.csv" in answer.out
    assert files(tmp_path / "o") == {**first, "variances.edited-1.csv": changed}


def test_a_file_that_only_a_manifest_of_another_version_lists_goes(tmp_path: Path) -> None:
    good(tmp_path / "in")
    call("match", "in", "--out", "o", "--quiet")
    listed = json.loads((tmp_path / "o" / "manifest.json").read_text("utf-8"))
    put(tmp_path, "o/old.csv", b"ours")
    listed["outputs"]["old.csv"] = "f3f52b2b6a3c1a1a0b6c2ee7c4d1b6f1b6cf4a4a7d8ed7f3e0f3b0c4f2f2a9d1"
    (tmp_path / "o" / "manifest.json").write_text(json.dumps(listed), "utf-8")
    call("match", "in", "--out", "o", "--quiet")
    assert not (tmp_path / "o" / "old.csv").exists()
    assert (tmp_path / "o" / "old.edited-1.csv").read_bytes() == b"ours"


@pytest.mark.parametrize("out", ["../elsewhere", "/tmp/ecrecon-elsewhere", "in/link"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_ecrecon_toml_among_the_downloads_cannot_lead_out(tmp_path: Path, out: str, lang: str) -> None:
    good(tmp_path / "work" / "in")
    (tmp_path / "work" / "in" / "link").symlink_to(tmp_path / "elsewhere")
    put(tmp_path, "work/in/ecrecon.toml", f'out = "{out}"', "utf-8")
    os.chdir(tmp_path / "work")
    answer = call("match", "in", "--lang", lang)
    assert (answer.code, answer.out) == (2, "") and out in answer.err and "--out" in answer.err
    assert not (tmp_path / "elsewhere").exists() and not Path("/tmp/ecrecon-elsewhere").exists()
    assert call("match", "in", "--out", "o", "--quiet").code in (0, 1)
    if out.startswith(".."):  # who names the file has chosen what it says
        assert call("match", "in", "--config", "in/ecrecon.toml", "--quiet").code in (0, 1)
        assert (tmp_path / "elsewhere" / "2026-10" / "summary.json").is_file()


@pytest.mark.parametrize(
    ("number", "zh", "en"),
    [
        (errno.ENOSPC, "磁盘已满", "disk is full"), (errno.EACCES, "没有权限", "no permission"),
        (errno.EROFS, "只读", "read-only"), (errno.EIO, "写不进去", "cannot write"),
    ],
)  # fmt: skip
def test_a_disk_that_refuses_is_told_and_the_old_result_stays(tmp_path: Path, number: int, zh: str, en: str) -> None:
    good(tmp_path / "in")
    call("match", "in", "--out", "o", "--quiet")
    before = files(tmp_path / "o")
    for lang, words in (("zh", zh), ("en", en)):
        with mock.patch.object(os, "fsync", side_effect=OSError(number, os.strerror(number))):
            answer = call("match", "in", "--out", "o", "--quiet", "--lang", lang)
        assert (answer.code, answer.out) == (2, "") and words in answer.err
        assert files(tmp_path / "o") == before
        assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "o"]


def test_places_that_cannot_be_written_are_refused_before_the_run(tmp_path: Path) -> None:
    good(tmp_path / "in")
    put(tmp_path, "file", "x")
    (tmp_path / "loop").symlink_to("loop")
    for out, words in (
        ("x" * 300, "路径太长"), ("a/" * 3000, "路径太长"), ("file", "是文件"), ("file/below", "是文件"), ("loop", "指向自己"),
        ("/proc/o", "写不进去"),
    ):  # fmt: skip
        answer = call("match", "in", "--out", out)
        assert (answer.code, answer.out) == (2, ""), out[:20]
        assert words in answer.err, answer.err


def test_two_writers_of_one_folder_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good(tmp_path / "in")
    monkeypatch.setattr("ecrecon.disk.durable.WAIT", 0.1)
    with locked(tmp_path / ".o.lock"):
        answer = call("match", "in", "--out", "o", "--quiet")
    assert answer.code == 2 and "另一个 ecrecon" in answer.err
    assert call("match", "in", "--out", "o", "--quiet").code == 0
