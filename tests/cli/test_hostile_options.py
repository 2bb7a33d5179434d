"""Every option of every command with values that cannot be meant: exit 2 and a message that names the option or the value,
never an internal error, and nothing written."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.cli.call import call
from tests.cli.samples import good, put

pytestmark = pytest.mark.slow

LONG = "x" * 300
ESCAPE = "\x1b[31m"
ODD = ("", " ", LONG, ESCAPE, "a\nb", "../..", "[", "%s{}", "\u202e", "∞")
FILES = (LONG, "nowhere", "in", "dir/", "\x1b[31m.toml")
"""Paths at which no file is."""

MATCH = ("match", "in", "--out", "o", "--quiet")
VOUCHERS = ("vouchers", "--from", "out/2026-10")
EXPORT = (*VOUCHERS, "--target", "xero")
LEARN = ("vouchers", "--learn", "--template", "template.xlsx")
LAYOUT = ("formats", "learn", "in/pdd/shop_a/orders_export2026-10-11-09-00-00.csv", "--dry-run")

CASES: list[tuple[tuple[str, ...], str, tuple[str, ...]]] = [
    (MATCH, "--period", ("0001-01", "9999-12", "0000-01", "2026-13", "2026-1", "２０２６-10", "202610", *ODD)),
    (MATCH, "--as-of", ("0001-01-01", "9999-12-31", "2026-02-30", "2026-10-01T25:00", "0001-01-01T00:00+14:00", *ODD)),
    (MATCH, "--tolerance", ("-1", "1e400", "NaN", "inf", "0.001", "１", "9" * 40, *ODD)),
    (MATCH, "--fail-on", ODD), (MATCH, "--lang", ODD), (MATCH, "--config", FILES),
    (MATCH, "--previous", (LONG, "nowhere", "in", "file")),
    (("match", "in", "--quiet"), "--out", (LONG, "a/" * 3000, "file", "file/below", "loop")),
    (("audit", "in"), "--config", FILES), (("audit", "in"), "--lang", ODD),
    (VOUCHERS, "--target", ("nothing", *ODD[1:])), (("vouchers",), "--from", (LONG, "nowhere", "in", "file", "loop")),
    (VOUCHERS, "--date", ("2026-13-01", "1.1.2026", "0001-01-01", *ODD)),
    (VOUCHERS, "--repair", ("", " ", ESCAPE, "a\nb", "x" * 501)),
    (EXPORT, "--reexport", ("", " ", ESCAPE, "a\nb", "x" * 501, "\udcff")),
    (EXPORT, "--despite", ("", " ", ESCAPE, "a\nb", "x" * 501, "\udcff")),
    (EXPORT, "--chart", (LONG, "nowhere", "in", "junk.xlsx", "junk.csv", "empty.csv")),
    ((*VOUCHERS, "--reason", "a"), "--reverse", ("nothing", *ODD[1:])),
    ((*VOUCHERS, "--reason", "a"), "--correct", ("nothing", *ODD[1:])),
    ((*VOUCHERS, "--reverse", "记-1"), "--reason", ("", " ", ESCAPE, "a\nb", "x" * 501)),
    (VOUCHERS, "--config", FILES), (VOUCHERS, "--lang", ODD),
    (("vouchers", "--learn"), "--template", (LONG, "nowhere", "in", "junk.xlsx", "junk.csv")),
    (LEARN, "--target", ("a b", "../x", "con", "a.b", *ODD[1:])), (LEARN, "--set", ("no sign", "=x", *ODD)),
    (("trace", "记-1"), "--from", (LONG, "nowhere", "in", "file", "loop")),
    (("init", "new"), "--start", ("2026-13", "0001-01", *ODD)), (("init", "new"), "--standard", ODD),
    (("init", "new"), "--vat-status", ODD), (("init", "new"), "--revenue-point", ODD),
    (("init", "new"), "--chart", (LONG, "nowhere", "in", "junk.xlsx", "junk.csv", "empty.csv")),
    (("init",), "", (LONG, "file", "file/below", "loop")),
    (LAYOUT, "--config", FILES), (LAYOUT, "--from-profile", ("nothing", *ODD)), (LAYOUT, "--lang", ODD),
    (("match",), "", (LONG, "nowhere")), (("audit",), "", (LONG, "nowhere")),
    (("diff", "out/2026-10"), "", (LONG, "nowhere", "in", "file", "loop")),
    (("formats", "show"), "", ("nothing", *ODD)), (("formats", "identify"), "", (LONG, "nowhere")),
    (("formats", "learn"), "", (LONG, "nowhere")),
]  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("options")
    good(base / "in")
    settings = 'standard = "sbe"\nvat_status = "general"\n[posting.policy]\nrevenue_point = "none"\n'
    put(base, "in/ecrecon.toml", settings, "utf-8")
    assert call("match", base / "in", "--out", base / "out" / "2026-10", "--quiet").code == 0
    put(base, "file", "x")
    put(base, "junk.xlsx", b"PK\x03\x04 no workbook")
    put(base, "junk.csv", b"\x00\xff\xfe\x80")
    put(base, "empty.csv", b"")
    (base / "loop").symlink_to("loop")
    return base


@pytest.mark.parametrize(
    ("command", "option", "values"), CASES, ids=[f"{c[0]}-{o}-{n}" for n, (c, o, _) in enumerate(CASES)]
)
def test_a_value_that_cannot_be_meant_is_refused(
    place: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
    option: str,
    values: tuple[str, ...],
) -> None:
    here = Path(shutil.copytree(place, tmp_path / "here", symlinks=True))
    make_template(here / "template.xlsx")
    monkeypatch.chdir(here)
    before = sorted(path.relative_to(here).as_posix() for path in here.rglob("*"))
    for value in values:
        answer = call(*command, *([option] if option else []), value)
        assert answer.code == 2, (value, answer)
        assert "内部错误" not in answer.err and "Traceback" not in answer.err, (value, answer.err)
        assert "\x1b" not in answer.err and answer.err.strip(), (value, answer.err)
        named = [option.lstrip("-") or "\0", value.strip()[:20] or "\0", "容差", "期间", "截止", "模板", "科目", "原因"]
        assert any(word in answer.err for word in named) or repr(value)[1:-1][:10] in answer.err, (value, answer.err)
        assert sorted(path.relative_to(here).as_posix() for path in here.rglob("*")) == before, value


def make_template(path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["日期", "凭证字", "凭证号", "摘要", "科目编码", "借方金额", "贷方金额"])
    book.save(path)


def test_a_target_may_have_a_chinese_name(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = Path(shutil.copytree(place, tmp_path / "here", symlinks=True))
    make_template(here / "template.xlsx")
    monkeypatch.chdir(here)
    told = call("vouchers", "--learn", "--template", "template.xlsx", "--target", "我的模板")
    assert told.code == 0 and Path("targets/我的模板.toml").is_file(), told
    put(
        here,
        "ecrecon.toml",
        (here / "in" / "ecrecon.toml").read_text("utf-8") + '[posting]\ntargets = ["targets"]\n',
        "utf-8",
    )
    done = call("vouchers", "--from", "out/2026-10", "--target", "我的模板", "--template", "template.xlsx")
    assert done.code == 0, done
    assert call("vouchers", "--learn", "--template", "template.xlsx", "--target", "我的模板").code == 2


def test_targets_among_the_downloads_cannot_lead_out(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Path(shutil.copytree(place, tmp_path / "here", symlinks=True))
    make_template(here / "template.xlsx")
    monkeypatch.chdir(here)
    put(here, "ecrecon.toml", '[posting]\ntargets = ["../elsewhere"]\n', "utf-8")
    told = call("vouchers", "--learn", "--template", "template.xlsx", "--target", "mine")
    assert told.code == 2 and "targets" in told.err and not (tmp_path / "elsewhere").exists()
