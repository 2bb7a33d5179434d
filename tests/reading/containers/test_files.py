from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from ecrecon.base.errors import InputError
from ecrecon.reading.containers import find_files, open_tables


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("a,b\n1,2\n")
    return path


def displays(*paths: Path) -> list[str]:
    return [file.display for file in find_files(paths)]


def test_folder_is_searched_recursively_and_sorted(tmp_path: Path) -> None:
    for name in ("b.csv", "pdd/shop/a.csv", "alipay/x.zip", ".git/config"):
        touch(tmp_path / name)
    assert displays(tmp_path) == ["alipay/x.zip", "b.csv", "pdd/shop/a.csv"]


def test_a_file_reached_twice_is_listed_once_in_any_order(tmp_path: Path) -> None:
    inner = touch(tmp_path / "pdd" / "a.csv")
    assert displays(tmp_path, inner) == displays(inner, tmp_path) == ["pdd/a.csv"]
    assert displays(tmp_path, tmp_path / "pdd") == displays(tmp_path / "pdd", tmp_path) == ["pdd/a.csv"]


def test_equal_names_of_different_folders_are_told_apart(tmp_path: Path) -> None:
    touch(tmp_path / "one" / "s" / "a.csv")
    touch(tmp_path / "two" / "s" / "a.csv")
    touch(tmp_path / "two" / "s" / "b.csv")
    expected = ["one/s/a.csv", "s/b.csv", "two/s/a.csv"]
    assert displays(tmp_path / "one", tmp_path / "two") == expected
    assert displays(tmp_path / "two", tmp_path / "one") == expected


def test_display_is_nfc(tmp_path: Path) -> None:
    touch(tmp_path / unicodedata.normalize("NFD", "é.csv"))
    assert displays(tmp_path) == ["é.csv"]


def test_names_that_differ_by_unicode_form_stay_two_files(tmp_path: Path) -> None:
    touch(tmp_path / unicodedata.normalize("NFD", "é.csv"))
    touch(tmp_path / unicodedata.normalize("NFC", "é.csv"))
    names = displays(tmp_path)
    assert len(names) == len(set(names)) == 2


def test_link_that_leaves_the_root_is_refused_and_inner_link_is_no_duplicate(tmp_path: Path) -> None:
    outside = touch(tmp_path / "outside" / "secret.csv")
    root = tmp_path / "root"
    touch(root / "a.csv")
    (root / "out.csv").symlink_to(outside)
    (root / "folder").symlink_to(outside.parent, target_is_directory=True)
    (root / "again.csv").symlink_to(root / "a.csv")
    (root / "broken.csv").symlink_to(root / "nothing.csv")
    files = {file.display: file for file in find_files([root])}
    assert len([file for file in files.values() if not file.obstacle]) == 1
    for name in ("out.csv", "folder", "broken.csv"):
        result = open_tables(files[name])
        assert result.tables == []
        assert [(r.path, r.kind, r.code) for r in result.refusals] == [(name, "unreadable", "F01")]
        assert "链接" in result.refusals[0].message


def test_missing_path_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing"):
        find_files([tmp_path / "nothing"])
