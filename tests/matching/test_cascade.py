"""The matcher: strict first, each row once, null never, ambiguity listed."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from ecrecon.base.components import component_of
from ecrecon.matching import KeyRule, cascade


def index(*pairs: tuple[str | None, str]) -> pl.DataFrame:
    return pl.DataFrame(pairs, schema={"key": pl.String, "target": pl.String}, orient="row")


def rows(*values: tuple[int, str | None, str | None]) -> pl.DataFrame:
    return pl.DataFrame(values, schema={"row_id": pl.Int64, "a": pl.String, "b": pl.String}, orient="row")


def test_a_stronger_rule_takes_its_rows_before_a_weaker_one() -> None:
    rules = [KeyRule("one", "a", index(("x", "T1"))), KeyRule("two", "b", index(("y", "T2")))]
    matches, doubtful = cascade(rows((1, "x", "y"), (2, "?", "y"), (3, None, None)), rules)
    assert matches.rows() == [(1, "T1", "one"), (2, "T2", "two")]
    assert doubtful.is_empty()


def test_null_keys_never_match() -> None:
    matches, _ = cascade(rows((1, None, None)), [KeyRule("one", "a", index((None, "T1")))])
    assert matches.is_empty()


def test_a_key_with_two_targets_is_listed_not_decided() -> None:
    matches, doubtful = cascade(rows((1, "x", None)), [KeyRule("one", "a", index(("x", "T1"), ("x", "T2")))])
    assert matches.is_empty()
    assert doubtful["target"].to_list() == ["T1", "T2"]


def test_a_linking_rule_keeps_all_targets() -> None:
    rule = KeyRule("pay", "a", index(("x", "T1"), ("x", "T2")), many="link")
    assert cascade(rows((1, "x", None)), [rule])[0]["target"].to_list() == ["T1", "T2"]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), max_size=12), st.randoms())
def test_row_order_changes_nothing(pairs: list[tuple[str, str]], random) -> None:
    data = [(number, a, b) for number, (a, b) in enumerate(pairs)]
    rules = [KeyRule("one", "a", index(("a", "A"), ("b", "B"))), KeyRule("two", "b", index(("x", "A"), ("x", "C")))]
    expected = cascade(rows(*data), rules)
    random.shuffle(data)
    again = cascade(rows(*data), rules)
    assert [f.rows() for f in expected] == [f.rows() for f in again]


@given(st.lists(st.tuples(st.integers(0, 15), st.integers(0, 15)), max_size=40))
def test_components_agree_with_union_find(pairs: list[tuple[int, int]]) -> None:
    parent: dict[str, str] = {}

    def root(key: str) -> str:
        parent.setdefault(key, key)
        while parent[key] != key:
            key = parent[key]
        return key

    names = [(f"{a:02d}", f"{b:02d}") for a, b in pairs]
    for a, b in names:
        low, high = sorted((root(a), root(b)))
        parent[high] = low
    links = pl.DataFrame(names, schema={"left": pl.String, "right": pl.String}, orient="row")
    assert dict(component_of(links).iter_rows()) == {key: root(key) for key in parent}
