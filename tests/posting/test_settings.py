"""The posting configuration refuses what it does not know, with the nearest known word."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecrecon.errors import ConfigError
from ecrecon.posting.settings import load_chart, load_events, shipped
from ecrecon.resources import configs_dir

FOLDER = configs_dir() / "posting"


def _changed(tmp_path: Path, name: str, old: str, new: str) -> Path:
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / name
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('\nmerge = "raw_type"', '\nmerg = "raw_type"', "最接近的是 'merge'"),
        ("{shop} {period} {event}", "{shop} {periode} {event}", "unknown placeholder {periode}, did you mean 'period'"),
        ("{shop} {period} {event}", "{shop", "expected '}'"),
        ('category = ["commission"]', 'category = ["comission"]', "did you mean 'commission'"),
        ('category = ["commission"]', 'category = ["refund"]', "never gets 'refund'|no entry takes category"),
        ('category = ["donation"]', 'category = ["donation"]\nsign = "-"', "no entry takes category 'donation' with sign '[+]'"),
        ('counter = "policy:penalty_account"', 'counter = "policy:penalty_acount"', "did you mean 'penalty_account'"),
        ('default = "finance"', 'default = "finanz"', "is none of finance, selling"),
        ('counter = "loan"', 'counter = "lone"', "no account role 'lone', did you mean 'loan'"),
        ('name = "advance"', 'name = "receipt"', "two events are called 'receipt'"),
        ('pocket = "prepay_ads"', 'pocket = "prepay_add"', "did you mean 'prepay_ads'"),
        ('contains = ["广告账户"', 'contains = [""', "would fit every line"),
        ("opposite_side = \"\"", "other_side = \"\"", "red_same_side, opposite_side"),
        ('own = "wallet"', "own = ", "not a readable TOML file"),
    ],
)  # fmt: skip
def test_bad_templates_are_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        load_events(_changed(tmp_path, "events.toml", old, new), [shipped("sbe")[0]])


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('normal = "debit"', 'normall = "debit"', "最接近的是 'normal'"),
        ('parent = "selling"', 'parent = "sellin"', "unknown parent 'sellin', did you mean 'selling'"),
        ('parent = "selling"', 'parent = "nonop_penalty"', "has a parent itself"),
        ('sub = "平台佣金"', "", "parent and sub belong together"),
        ('name = "银行存款"', "", "needs a name"),
        ('standard = "sbe"', 'standard = "ifrs"', "standard"),
    ],
)
def test_bad_accounts_are_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        load_chart(_changed(tmp_path, "sbe.toml", old, new))


def test_an_entry_behind_one_that_takes_everything_is_refused(tmp_path: Path) -> None:
    text = (FOLDER / "events.toml").read_text(encoding="utf-8")
    path = tmp_path / "events.toml"
    late = '\n[[event]]\nname = "late"\ntitle = "x"\nsummary = "x"\n[[event.entry]]\ncategory = ["loan"]\ncontains = ["x"]\ncounter = "loan"\n'
    path.write_text(text + late, encoding="utf-8")
    with pytest.raises(ConfigError, match="event 'late' never gets 'loan'"):
        load_events(path)


def test_first_level_codes_of_the_two_standards_never_mix() -> None:
    """Accounting section 1: SBE income and expense are 5xxx, ASBE 6xxx."""
    for standard, digit in (("sbe", "5"), ("asbe", "6")):
        chart, _ = shipped(standard)
        results = {role.code for role in chart.roles.values() if role.red and role.code}
        assert {code[0] for code in results} == {digit}
        assert all(role.code is None or len(role.code) == 4 for role in chart.roles.values())
    assert shipped("asbe")[0].roles["contract_liab"].code is None
