"""The posting configuration refuses what it does not know, with the nearest known word."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ecrecon.base.errors import ConfigError
from ecrecon.base.resources import configs_dir
from ecrecon.base.texts import set_language
from ecrecon.booking.settings import load_chart, load_events, shipped

FOLDER = configs_dir() / "posting"


def _changed(tmp_path: Path, name: str, old: str, new: str) -> Path:
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / name
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def _chinese() -> Iterator[None]:
    set_language("zh")
    yield
    set_language("zh")


def _said_in_both(act: Callable[[], object], zh: str, en: str) -> None:
    for language, words in (("zh", zh), ("en", en)):
        set_language(language)  # type: ignore[arg-type]
        with pytest.raises(ConfigError, match=words):
            act()


@pytest.mark.parametrize(
    ("old", "new", "zh", "en"),
    [
        ('\nmerge = "raw_type"', '\nmerg = "raw_type"', "未知的键 .*最接近的是 'merge'", "unknown key .*did you mean 'merge'"),
        ("{shop} {unit} {event}", "{shop} {periode} {event}", "占位符 {periode} 不认识，最接近的是 'period'", "unknown placeholder {periode}, did you mean 'period'"),
        ("{shop} {unit} {event}", "{shop", "花括号不成对：expected '}'", "expected '}'"),
        ('category = ["commission"]', 'category = ["comission"]', "没有 'comission' 这个费用类别，最接近的是 'commission'", "did you mean 'commission'"),
        ('category = ["commission"]', 'category = ["refund"]', "永远得不到 'refund'|没有任何 entry 接收", "never gets 'refund'|no entry takes category"),
        ('category = ["donation"]', 'category = ["donation"]\nsign = "-"', "'donation' 的收入没有任何 entry 接收", "no entry takes category 'donation' with sign '[+]'"),
        ('counter = "policy:penalty_account"', 'counter = "policy:penalty_acount"', "没有这项做法，最接近的是 'penalty_account'", "did you mean 'penalty_account'"),
        ('default = "finance"', 'default = "finanz"', "不在选项里，选项有：finance、selling", "is none of finance, selling"),
        ('counter = "loan"', 'counter = "lone"', "小企业会计准则没有科目角色 'lone'，最接近的是 'loan'", "no account role 'lone', did you mean 'loan'"),
        ('name = "advance"', 'name = "receipt"', "有两个业务类型都叫 'receipt'", "two events are called 'receipt'"),
        ('pocket = "prepay_ads"', 'pocket = "prepay_add"', "没有角色为 'prepay_add'.*最接近的是 'prepay_ads'", "did you mean 'prepay_ads'"),
        ('contains = ["广告账户"', 'contains = [""', "contains 里有空文本", "would fit every line"),
        ('choices = { red_same_side = "", opposite_side = "" }\nwords = { red_same_side = "同方向红字", opposite_side = "反方向蓝字" }',
         'choices = { red_same_side = "", other_side = "" }', "选项必须是 red_same_side、opposite_side", "red_same_side, opposite_side"),
        ('day = "", order = "" }\nwords = { month = "每店每类业务每月一张", day = "每店每类业务每天一张", order = "每张订单每类业务一张" }', 'day = "", orders = "" }', "voucher_granularity 的选项必须是", "must have the choices month, day, order"),
        ("{shop} {unit} {event}", "{shop} {month:02} {event}", "{month} 不能带格式", "without a format"),
        ('\nmerge = "raw_type"', '\ngranularity = "week"', "granularity", "granularity"),
        ('own = "wallet"', "own = ", "不是可读的 TOML 文件", "not a readable TOML file"),
    ],
)  # fmt: skip
def test_bad_templates_are_refused(tmp_path: Path, old: str, new: str, zh: str, en: str) -> None:
    path, charts = _changed(tmp_path, "events.toml", old, new), [shipped("sbe")[0]]
    _said_in_both(lambda: load_events(path, charts), zh, en)


@pytest.mark.parametrize(
    ("old", "new", "zh", "en"),
    [
        ('normal = "debit"', 'normall = "debit"', "最接近的是 'normal'", "did you mean 'normal'"),
        (
            'parent = "selling"',
            'parent = "sellin"',
            "上级 'sellin' 不是科目角色，最接近的是 'selling'",
            "unknown parent 'sellin', did you mean 'selling'",
        ),
        ('parent = "selling"', 'parent = "nonop_penalty"', "自己还有上级，只允许两级", "has a parent itself"),
        ('sub = "平台佣金"', "", "必须同时写", "parent and sub belong together"),
        ('name = "银行存款"', "", "科目角色要有 name", "needs a name"),
        ('standard = "sbe"', 'standard = "ifrs"', "写的是 'ifrs'，应为 'sbe' 或 'asbe'", "standard"),
    ],
)
def test_bad_accounts_are_refused(tmp_path: Path, old: str, new: str, zh: str, en: str) -> None:
    path = _changed(tmp_path, "sbe.toml", old, new)
    _said_in_both(lambda: load_chart(path), zh, en)


def test_an_entry_behind_one_that_takes_everything_is_refused(tmp_path: Path) -> None:
    text = (FOLDER / "events.toml").read_text(encoding="utf-8")
    path = tmp_path / "events.toml"
    late = '\n[[event]]\nname = "late"\ntitle = "x"\nsummary = "x"\n[[event.entry]]\ncategory = ["loan"]\ncontains = ["x"]\ncounter = "loan"\n'
    path.write_text(text + late, encoding="utf-8")
    with pytest.raises(ConfigError, match="业务类型 'late' 永远得不到 'loan'"):
        load_events(path)


def test_first_level_codes_of_the_two_standards_never_mix() -> None:
    """SBE income and expense are 5xxx, ASBE 6xxx."""
    for standard, digit in (("sbe", "5"), ("asbe", "6")):
        chart, _ = shipped(standard)
        results = {role.code for role in chart.roles.values() if role.red and role.code}
        assert {code[0] for code in results} == {digit}
        assert all(role.code is None or len(role.code) == 4 for role in chart.roles.values())
    assert shipped("asbe")[0].roles["contract_liab"].code is None
