"""A known layout whose columns were renamed."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.reading.containers.build import PDD
from tests.reading.learn.files import shipped, text_file, words

from ecrecon.base.errors import ConfigError
from ecrecon.learning import Proposal, Sample, find_start, propose_from, try_profile
from ecrecon.reading.containers import NO_PASSWORDS
from ecrecon.reading.identify import Identified, identify
from ecrecon.settings.profiles import profile_data

BASE = next(profile for profile in shipped() if profile.id == "pdd.p1")
RENAMED = PDD.replace("发生时间,收入金额", "交易发生时间,入账金额")


def start(tmp_path: Path, text: str) -> Sample:
    found = find_start(text_file(tmp_path / "a.csv", text), shipped(), words(), NO_PASSWORDS, base=BASE)
    assert found.sample is not None
    return found.sample


def proposed(sample: Sample, **answers: str) -> Proposal:
    return propose_from(sample, words(), BASE, profile_data("pdd.p1"), {f"alias:{k}": v for k, v in answers.items()})


def test_a_renamed_column_is_proposed_and_asked(tmp_path: Path) -> None:
    proposal = proposed(start(tmp_path, RENAMED))
    assert {q.key: q.suggestion for q in proposal.questions} == {
        "alias:发生时间": "交易发生时间",
        "alias:收入金额": "入账金额",
    }


def test_the_new_layout_reads_the_file_as_the_old_one_read_the_old_file(tmp_path: Path) -> None:
    sample = start(tmp_path, RENAMED)
    proposal = proposed(sample, 发生时间="交易发生时间", 收入金额="入账金额")
    assert proposal.questions == ()
    assert proposal.data is not None
    trial = try_profile(sample, proposal.data, shipped())
    frame = trial.parsed.frame
    assert frame is not None
    assert frame["amount_minor"].to_list() == [5990, -50000]
    assert frame["category"].to_list() == ["goods_receipt", "transfer"]
    assert trial.parsed.source.printed_range
    old = find_start(text_file(tmp_path / "old.csv", PDD), shipped(), words(), NO_PASSWORDS)
    assert old.known is not None and old.known.id == "pdd.p1"
    assert isinstance(identify(sample.table, [*shipped(), trial.profile]), Identified)


def test_a_file_of_another_kind_is_no_drift(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        start(tmp_path, "甲,乙,丙\n1,2,3\n")


def test_learnt_profile_keeps_the_shared_tables_of_its_base(tmp_path: Path) -> None:
    """A renamed column is the profile's own; what a shared table says anyway is not written down again."""
    sample = start(tmp_path, RENAMED)
    proposal = proposed(sample, 发生时间="交易发生时间", 收入金额="入账金额")
    assert proposal.data is not None
    trial = try_profile(sample, proposal.data, shipped())
    assert 'use = ["pdd_ledger", "dates"]' in trial.text
    assert "技术服务费" not in trial.text
    assert trial.profile.category == BASE.category
    assert trial.profile.controls == BASE.controls
