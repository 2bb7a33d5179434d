"""The gate for foreign text."""

from __future__ import annotations

import json
import re
import sys
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from ecrecon.base.texts import in_one_line, json_text, visible

ACTS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def test_what_acts_shows_and_what_reads_stays() -> None:
    assert visible("订单\x1b[2J\x9b1A\u202e\ud800") == "订单\\x1b[2J\\u009b1A\\u202e\\ud800"
    assert visible("第一行\n\t第二行 — ￥1.00 é 😀 👨\u200d👩") == "第一行\n\t第二行 — ￥1.00 é 😀 👨\u200d👩"
    assert in_one_line("a\r\nb\tc") == "a\\r\\nb\\tc"


@given(st.text(st.characters(codec=None)))
def test_nothing_that_acts_is_left_and_json_keeps_its_value(text: str) -> None:
    assert not ACTS.search(visible(text))
    told = json_text({"a": text})
    assert json.loads(told) == {"a": text}
    assert not ACTS.search(told)
    assert json.loads(visible(json.dumps({"a": text}, ensure_ascii=False))) == {"a": text}
    assert len(told.split("\n")) == 1 == len(told.splitlines())


def test_every_control_and_mark_of_direction_of_unicode_is_known() -> None:
    text = "".join(map(chr, range(sys.maxunicode + 1)))
    shown = visible(text)
    for character in text:
        kind, side = unicodedata.category(character), unicodedata.bidirectional(character)
        acts = kind in ("Cc", "Cs", "Zl", "Zp") or side in (
            "LRE",
            "RLE",
            "LRO",
            "RLO",
            "PDF",
            "LRI",
            "RLI",
            "FSI",
            "PDI",
        )
        if acts and character not in "\t\n":
            assert character not in shown, hex(ord(character))
