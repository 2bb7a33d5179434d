"""Every profile against its samples: what each file becomes was checked by hand against the description of the layout."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.golden.goldens import FOLDER, golden_of, goldens, profiles, render, sample_read, samples

SAMPLES = samples()


def name_of(path: Path) -> str:
    return path.relative_to(FOLDER).as_posix()


def test_every_profile_has_a_sample_and_every_folder_a_profile() -> None:
    assert {path.parent.name for path in SAMPLES} == {profile.id for profile in profiles()}


def test_no_golden_without_its_sample() -> None:
    assert set(goldens()) <= {golden_of(sample) for sample in SAMPLES}


@pytest.mark.parametrize("sample", SAMPLES, ids=name_of)
def test_sample_becomes_its_golden(sample: Path) -> None:
    golden = golden_of(sample)
    assert golden.is_file(), f"no golden for {name_of(sample)}: run `make golden` and look at it"
    assert render(sample_read(sample)) == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("sample", SAMPLES, ids=name_of)
def test_sample_is_recognised_by_its_own_profile(sample: Path) -> None:
    assert sample_read(sample).source.profile == sample.parent.name


@pytest.mark.parametrize("sample", SAMPLES, ids=name_of)
def test_sample_is_sound(sample: Path) -> None:
    """A clean file of a known variant gives no finding, and its printed totals hold."""
    parsed = sample_read(sample)
    assert all(control.ok for control in parsed.source.control)
    wanted = {"F16"} if parsed.source.kind == "refused" else set()
    assert set(parsed.findings["code"].to_list()) == wanted
