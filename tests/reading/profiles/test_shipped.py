"""The shipped TOML files: shared tables stay equal, unknown fees surface, everything is documented."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel
from tests.golden.goldens import profiles

from ecrecon.base.resources import configs_dir
from ecrecon.settings import profiles as vocabulary
from ecrecon.settings.profiles import CategoryTable, Profile, Rule

FILES = sorted((configs_dir() / "platforms").glob("*.toml"))
PAGE = (Path(__file__).resolve().parents[3] / "docs" / "profiles.md").read_text(encoding="utf-8")
TAOBAO_CODES = ("alipay.a1", "alipay.a5", "taobao.t4a", "taobao.t4b", "taobao.t7")
PDD_CODES = ("pdd.p1", "pdd.p2")
DOUYIN_SCENES = ("douyin.d1", "douyin.d1_narrow", "douyin.d2", "douyin.d8")


def table_of(profile_id: str) -> CategoryTable:
    category = next(p for p in profiles() if p.id == profile_id).category
    assert category is not None
    return category


@pytest.mark.parametrize("profile_id", TAOBAO_CODES[1:])
def test_taobao_code_tables_are_equal(profile_id: str) -> None:
    first, other = table_of("alipay.a1"), table_of(profile_id)
    assert other.maps["desc_code"] == first.maps["desc_code"]
    for name in ("code_rules", "text_rules", "unknown_code"):
        assert other.rules[name] == first.rules[name], name
    remarks = other.rules["remark_rules"]
    shared = [rule for rule in first.rules["remark_rules"] if "counterparty" not in rule.tests]
    assert [rule for rule in remarks if rule in shared] == shared


@pytest.mark.parametrize("name", ["number_rules", "type_rules", "remark_rules"])
def test_both_wallet_bills_of_alipay_share_their_rules(name: str) -> None:
    assert table_of("alipay.a1").rules[name] == table_of("alipay.a5").rules[name]


def test_pinduoduo_code_tables_are_equal() -> None:
    first, other = (table_of(profile_id) for profile_id in PDD_CODES)
    assert first.maps == other.maps
    for name, rules in first.rules.items():
        assert other.rules[name] == rules, name


@pytest.mark.parametrize("profile_id", DOUYIN_SCENES[1:])
def test_douyin_scene_tables_are_equal(profile_id: str) -> None:
    first, other = table_of(DOUYIN_SCENES[0]), table_of(profile_id)
    assert (other.order, other.maps, other.rules) == (first.order, first.maps, first.rules)


def test_both_splits_of_the_douyin_ledger_agree() -> None:
    """The dump of the open platform names the same components, in English."""
    page, dump = (next(p for p in profiles() if p.id == name).split for name in ("douyin.d1", "douyin.d8"))
    assert page is not None
    assert dump is not None
    assert list(page.columns.values()) == list(dump.columns.values())[: len(page.columns)]
    assert page.unless == dump.unless


@pytest.mark.parametrize("profile_id", ["jd.j2", "jd.j2b", "jd.j3"])
def test_jd_settlement_generations_share_their_fee_names(profile_id: str) -> None:
    first, other = table_of("jd.j1"), table_of(profile_id)
    assert (other.maps, other.rules) == (first.maps, first.rules)


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


def models() -> list[type[BaseModel]]:
    found = vars(vocabulary).values()
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
