"""A short piece of the standing fuzz job (`make fuzz`), with a fixed seed, in this process; and proofs that it can fail."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from benchmarks.fuzz.case import make
from benchmarks.fuzz.corpus import ROOT, samples
from benchmarks.fuzz.judge import Said, calibrate, silent_loss
from benchmarks.fuzz.worker import Bench

pytestmark = pytest.mark.slow

SEED, CASES = 20261201, 260


def test_mutated_samples_are_read_told_or_refused(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    ends: Counter[str] = Counter()
    for number in range(CASES):
        case = make(SEED, number, bench.corpus)
        result = bench.run(case)
        ends[result["end"]] += 1
        assert result["end"] in ("read", "told", "ignored", "error 2"), result
        assert "loss" not in result, result
    assert ends["read"] > CASES // 10
    assert ends["told"] > CASES // 10


def test_a_case_is_the_same_bytes_every_time() -> None:
    corpus = samples()
    assert len(corpus) > 200
    assert [make(1, n, corpus) for n in range(20)] == [make(1, n, corpus) for n in range(20)]


@pytest.fixture
def alipay() -> bytes:
    return (ROOT / "tests/golden/alipay.a1/full_16_columns.csv").read_bytes()


def whole(**changes: object) -> Said:
    facts = {"readable": 1, "rows": 6, "money": Decimal("1183.70"), "headers": ((None, 5),), "told": Counter()}
    return Said(**{**facts, **changes})  # type: ignore[arg-type]


def test_a_lost_row_or_a_lost_cent_without_a_word_is_seen(alipay: bytes) -> None:
    relation = calibrate(alipay, whole())
    assert relation is not None
    assert relation.columns
    assert silent_loss(alipay, relation, whole()) == ""
    assert "rows" in silent_loss(alipay, relation, whole(rows=5))
    assert "money" in silent_loss(alipay, relation, whole(money=Decimal("1183.69")))
    assert "no bill" in silent_loss(alipay, relation, whole(readable=0, rows=0, money=None, headers=()))
    assert silent_loss(alipay, relation, whole(rows=5, told=Counter(["F05"]))) == ""


def test_a_row_put_in_is_a_row_that_must_be_said(alipay: bytes) -> None:
    relation = calibrate(alipay, whole())
    assert relation is not None
    lines = alipay.split(b"\n")
    more = b"\n".join([*lines[:6], lines[6], *lines[6:]])
    assert silent_loss(more, relation, whole())
