"""The shipped TOML files: unknown fees surface, no table stands twice, everything is documented."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel
from tests.golden.goldens import profiles

from ecrecon.base.resources import configs_dir
from ecrecon.settings import profiles as vocabulary
from ecrecon.settings.profiles import CategoryTable, Profile, Rule
from ecrecon.settings.profiles.shared import shipped_folder, tables_of

FILES = sorted((configs_dir() / "platforms").glob("*.toml"))
SHARED = sorted(shipped_folder().glob("*.toml"))
LONGEST_COPY = 300
"""Characters of a value that two files may both hold: a short field or list is read where it stands."""
PAGE = (Path(__file__).resolve().parents[3] / "docs" / "profiles.md").read_text(encoding="utf-8")
TAOBAO_CODES = ("alipay.a1", "alipay.a5", "taobao.t4a", "taobao.t4b", "taobao.t7")
PDD_CODES = ("pdd.p1", "pdd.p2")


def table_of(profile_id: str) -> CategoryTable:
    category = next(p for p in profiles() if p.id == profile_id).category
    assert category is not None
    return category


def test_both_splits_of_the_douyin_ledger_agree() -> None:
    """The dump of the open platform names the same components, in English."""
    page, dump = (next(p for p in profiles() if p.id == name).split for name in ("douyin.d1", "douyin.d8"))
    assert page is not None
    assert dump is not None
    assert list(page.columns.values()) == list(dump.columns.values())[: len(page.columns)]
    assert page.unless == dump.unless


def test_xiaohongshu_order_and_sku_settlement_name_the_same_fees() -> None:
    first, other = (next(p for p in profiles() if p.id == f"xiaohongshu.{x}").split for x in ("x1", "x2"))
    assert first is not None
    assert other is not None
    same = {"佣金": "佣金总额", "运费实付/实退": "运费"}
    assert {same.get(name, name): category for name, category in first.columns.items()} == other.columns


def test_alipay_and_pinduoduo_never_share_a_code_table() -> None:
    """The same numbers mean other things (docs/reading.md "Cells")."""
    alipay, pdd = table_of("alipay.a1").maps["desc_code"], table_of("pdd.p1").maps["desc_code"]
    assert alipay["0010002"] == "deposit_forfeit"
    assert pdd["0010002"] == "goods_receipt"
    assert {code for code in alipay.keys() & pdd.keys() if alipay[code] != pdd[code]}


@pytest.mark.parametrize("profile_id", [*TAOBAO_CODES, *PDD_CODES])
def test_no_rule_looks_at_the_first_digits_of_a_code(profile_id: str) -> None:
    """Such a fallback hides the new fee that it was not written for."""
    rules: Iterator[Rule] = (rule for rules in table_of(profile_id).rules.values() for rule in rules)
    for rule in rules:
        condition = rule.tests.get("desc_code")
        assert condition is None or condition.prefix is None
        if condition is not None and condition.regex is not None:
            assert rule.is_ == "unmapped"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_file_begins_with_a_sample_header_and_is_named_after_its_id(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    head = text.split("[profile]")[0].strip().splitlines()
    assert len(head) >= 2
    assert all(line.startswith("#") for line in head)
    assert sum("," in line for line in head) >= 2
    assert f'id = "{path.stem}"' in text


def test_every_shipped_profile_is_on_the_page() -> None:
    assert [profile.id for profile in profiles() if f"`{profile.id}`" not in PAGE] == []


@pytest.mark.parametrize("path", SHARED, ids=lambda path: path.stem)
def test_shared_tables_say_what_they_are_and_serve_several_profiles(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("# ")
    assert "profile" not in tables_of(path)
    assert sum(path.stem in profile.profile.use for profile in profiles()) > 1
    assert f"`{path.stem}`" in PAGE


def test_no_table_stands_twice() -> None:
    """A copy is a shared table that was not made: its twin would be forgotten at the next change."""
    places: dict[str, list[str]] = {}
    for path in (*FILES, *SHARED):
        for section, table in tables_of(path).items():
            entries = table if isinstance(table, dict) and section != "profile" else {}
            for key, value in entries.items():
                text = json.dumps([section, key, value], ensure_ascii=False)
                places.setdefault(text, []).append(path.stem)
    assert {text[:60]: stems for text, stems in places.items() if len(stems) > 1 and len(text) > LONGEST_COPY} == {}


def models() -> list[type[BaseModel]]:
    files = [
        importlib.import_module(f"{vocabulary.__name__}.{m.name}") for m in pkgutil.iter_modules(vocabulary.__path__)
    ]
    found = {name: value for file in files for name, value in vars(file).items()}.values()
    return [
        m
        for m in found
        if isinstance(m, type) and issubclass(m, vocabulary.Word) and m not in (vocabulary.Word, Profile)
    ]


def test_every_key_and_word_of_the_vocabulary_is_on_the_page() -> None:
    words = set(re.findall(r"`(?:\[*(?:\w+\.)*)?(\w+)\]*`", PAGE)) | set(re.findall(r"\b(\w+)\b", PAGE))
    keys = {info.alias or name for model in models() for name, info in model.model_fields.items()}
    assert sorted(keys - words) == []


def test_tables_of_a_profile_are_on_the_page() -> None:
    tables = set(Profile.model_fields)
    assert [name for name in sorted(tables) if f"[{name}" not in PAGE] == []
