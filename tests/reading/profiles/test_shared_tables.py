"""`use`: tables that several profiles share, and what a profile says itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.golden.goldens import profiles

from ecrecon.base.errors import ConfigError
from ecrecon.settings.profiles import Profile, load_profile, load_profiles, profile_data, profile_from, shortened
from ecrecon.settings.profiles.shared import resolved

OWN = """
[profile]
id = "own.ledger"
title = "t"
use = {use}
platform = "own"
kind = "bill"
view = "cash"

[header]
require = ["时间", "金额"]

[fields]
occurred_at = {{ from = ["时间"], as = "datetime" }}

[amount]
mode = "signed"
column = "金额"
{more}
"""
FEES = '[category]\norder = ["rules", "raw_type"]\n[[category.rules]]\nwhen = { sign = "-" }\nis = "refund"\n[category.raw_type]\n"货款" = "goods_receipt"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "fees.toml").write_text(FEES, "utf-8")
    return tmp_path


def own(folder: Path, use: str = '["fees"]', more: str = "") -> Profile:
    path = folder / "own.ledger.toml"
    path.write_text(OWN.format(use=use, more=more), "utf-8")
    return load_profile(path)


def test_own_folder_holds_shared_tables(folder: Path) -> None:
    category = own(folder).category
    assert category is not None
    assert category.maps["raw_type"] == {"货款": "goods_receipt"}
    assert [rule.is_ for rule in category.rules["rules"]] == ["refund"]


def test_one_name_needs_no_brackets(folder: Path) -> None:
    assert own(folder, '"fees"') == own(folder)


def test_key_of_the_profile_replaces_the_shared_one_as_a_whole(folder: Path) -> None:
    category = own(folder, more='[category.raw_type]\n"退款" = "refund"').category
    assert category is not None
    assert category.maps["raw_type"] == {"退款": "refund"}
    assert category.order == ["rules", "raw_type"]


def test_list_of_tables_is_replaced_as_a_whole(folder: Path) -> None:
    (folder / "shared" / "ties.toml").write_text('[[tie]]\ngroup = ["day"]\nwith_view = "detail"\n', "utf-8")
    assert [tie.group for tie in own(folder, '["fees", "ties"]').tie] == [["day"]]
    more = '[[tie]]\ngroup = ["order_id"]\nwith_view = "detail"\n'
    assert [tie.group for tie in own(folder, '["fees", "ties"]', more).tie] == [["order_id"]]


def test_shipped_tables_serve_own_profiles_and_own_ones_hide_them(folder: Path) -> None:
    category = own(folder, '["jd_fees"]').category
    assert category is not None
    assert category.maps["raw_type"]["佣金"] == "commission"
    (folder / "shared" / "jd_fees.toml").write_text(FEES, "utf-8")
    assert own(folder, '["jd_fees"]').category == own(folder).category


def test_changed_shared_file_is_read_again(folder: Path) -> None:
    before = own(folder).category
    path = folder / "shared" / "fees.toml"
    path.write_text(FEES.replace('"refund"', '"commission"'), "utf-8")
    os.utime(path, ns=(1, 1))
    assert load_profile(folder / "own.ledger.toml").category != before


def test_shared_file_is_no_layout(folder: Path) -> None:
    own(folder)
    assert {p.id for p in load_profiles([folder])} - {p.id for p in profiles()} == {"own.ledger"}


@pytest.mark.parametrize(
    ("use", "told"),
    [('["fee"]', "fees"), ('["../fees"]', "'../fees'"), ('["fees", "twice"]', "shared/fees.toml, shared/twice.toml"),
     ('["whole"]', "shared/whole.toml"), ('["typo"]', "shared/typo.toml"), ("3", "profile.use")],
)  # fmt: skip
def test_what_does_not_fit_is_refused_by_name(folder: Path, use: str, told: str) -> None:
    (folder / "shared" / "twice.toml").write_text('[category]\norder = ["raw_type"]\n', "utf-8")
    (folder / "shared" / "whole.toml").write_text('[profile]\nid = "a.b"\n', "utf-8")
    (folder / "shared" / "typo.toml").write_text("[fields]\noccured = 1\n", "utf-8")
    with pytest.raises(ConfigError) as caught:
        own(folder, use)
    assert told in caught.value.message
    assert caught.value.hint


def test_shortened_is_the_inverse_of_resolved() -> None:
    for profile in profiles():
        whole = profile_data(profile.id)
        assert resolved(shortened(whole), profile.id) == whole, profile.id
        assert len(shortened(whole)["profile"].get("use", [])) == len(profile.profile.use), profile.id


def test_shortened_brings_nothing_back_that_was_taken_out() -> None:
    whole = profile_data("jd.j2")
    del whole["category"]["rules"]
    whole["category"]["order"] = ["raw_type"]
    short = shortened(whole)
    assert "jd_fees" not in short["profile"].get("use", [])
    assert profile_from(short, "x").category == profile_from(whole | {"profile": short["profile"]}, "x").category
