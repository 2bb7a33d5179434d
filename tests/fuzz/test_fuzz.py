"""A short piece of the standing fuzz job (`make fuzz`), with a fixed seed, in this process; and proofs that it can fail."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from benchmarks.fuzz import dress
from benchmarks.fuzz.__main__ import Tally
from benchmarks.fuzz.case import make
from benchmarks.fuzz.corpus import ROOT, samples
from benchmarks.fuzz.judge import Relation, Said, calibrate, judged
from benchmarks.fuzz.reader import tables_of
from benchmarks.fuzz.worker import EVERY, Bench

pytestmark = pytest.mark.slow

SEEDS, CASES = (20261201, 20261204), 320
"""About half a minute of processor time in all, on as many cores as there are seeds; `make fuzz` takes seeds by chance."""


@pytest.mark.parametrize("seed", SEEDS)
def test_mutated_samples_are_read_told_or_refused(tmp_path: Path, seed: int) -> None:
    bench = Bench(tmp_path)
    tally = Tally(seed)
    for number in range(CASES):
        result = bench.run(make(seed, number, bench.corpus))
        tally.add({**result, "mib": 0})  # this process held what other tests needed
    assert tally.bad == [], "\n".join(tally.lines())
    assert tally.ends["read"] > CASES // 10
    assert tally.ends["told"] > CASES // 10
    assert tally.verdicts["not judged"] < CASES // 8
    assert sum(tally.commands.values()) == CASES // EVERY


def test_a_case_is_the_same_bytes_every_time() -> None:
    corpus = samples()
    again = samples.__wrapped__()
    assert [(sample.name, sample.data) for sample in again] == [(sample.name, sample.data) for sample in corpus]
    assert {name.partition("/")[0] for name in (sample.name for sample in corpus)} == {
        "biff", "sample_bills", "simulated", "spreadsheetml", "tests",
    }  # fmt: skip
    cases = [(make(1, n, corpus), make(1, n, again)) for n in range(300)]
    assert [one.plain for one, _ in cases] == [other.plain for _, other in cases]
    assert [one.mutations for one, _ in cases] == [other.mutations for _, other in cases]
    assert any("password" in one.mutations for one, _ in cases)


@pytest.fixture
def alipay() -> bytes:
    return (ROOT / "tests/golden/alipay.a1/full_16_columns.csv").read_bytes()


def whole(**changes: object) -> Said:
    facts = {"readable": 1, "rows": 6, "money": Decimal("1183.70"), "headers": ((None, 5, 6),), "told": Counter()}
    return Said(**{**facts, **changes})  # type: ignore[arg-type]


def test_a_lost_row_or_a_lost_cent_without_a_word_is_seen(alipay: bytes) -> None:
    relation = calibrate(alipay, whole())
    assert isinstance(relation, Relation)
    assert relation.columns
    assert judged(alipay, relation, whole()).kind == "equal"
    assert "rows" in judged(alipay, relation, whole(rows=5)).text
    assert "money" in judged(alipay, relation, whole(money=Decimal("1183.69"))).text
    assert "no bill" in judged(alipay, relation, whole(readable=0, rows=0, money=None, headers=())).text
    assert judged(alipay, relation, whole(rows=5, told=Counter(["F05"]))).kind == "told"
    assert judged(b"\xff\x00", relation, whole()).kind == "not judged"
    nothing = calibrate(alipay, whole(readable=0, rows=0, headers=()))
    assert judged(alipay, nothing, whole()).kind == "no bill"
    blind = calibrate(b"\xff\x00", whole())
    assert judged(alipay, blind, whole()).kind == "not judged"
    assert judged(alipay, calibrate(alipay, whole(headers=((None, 4, 6),))), whole()).kind == "not judged"


def test_a_row_put_in_is_a_row_that_must_be_said(alipay: bytes) -> None:
    relation = calibrate(alipay, whole())
    assert isinstance(relation, Relation)
    lines = alipay.split(b"\n")
    more = b"\n".join([*lines[:6], lines[6], *lines[6:]])
    assert judged(more, relation, whole()).kind == "loss"


@pytest.mark.parametrize("kind", dress.KINDS)
def test_the_second_reader_sees_a_workbook_in_each_of_its_clothes(kind: str) -> None:
    workbook = (ROOT / "tests/golden/wechat_shop.w1/every_type_11_columns.xlsx").read_bytes()
    plain = tables_of(workbook)
    dressed = dress.KINDS[kind](workbook)
    assert plain and dressed
    again = tables_of(dressed)
    assert again is not None
    for one, other in zip(plain, again, strict=True):
        assert one.sheet == other.sheet
        assert [[cell for cell in cells if cell] for _, cells in one.rows] == [
            [cell for cell in cells if cell] for _, cells in other.rows
        ]


def test_counts_of_a_run_that_is_broken_off_are_in_the_file(tmp_path: Path) -> None:
    tally = Tally(5)
    tally.add(
        {"case": "5:0", "end": "read", "verdict": "loss", "why": "rows: 2, 1 said", "seconds": 0.1, "sample": "a"}
    )
    tally.add({"case": "5:1", "end": "read", "verdict": "equal", "mib": 2000, "sample": "b"})
    tally.add({"case": "5:2", "end": "told", "verdict": "told", "seconds": 20.5, "sample": "b"})
    tally.add({"case": "5:3", "end": "read", "verdict": "not judged", "why": "no relation", "sample": "b"})
    tally.write(tmp_path / "counts.txt")
    lines = (tmp_path / "counts.txt").read_text("utf-8").splitlines()
    assert lines[0].startswith("seed 5: 4 inputs of 2 samples")
    assert "silent losses 1 of 3 judged" in lines[1]
    assert [case["case"] for case in tally.bad] == ["5:0", "5:1", "5:2"]
    assert len(lines) == len(tally.lines()) + 3
