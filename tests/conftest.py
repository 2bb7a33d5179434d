"""Every test leaves Chinese behind. Hypothesis without deadlines and without luck: the same examples on every machine,
however busy it is; `HYPOTHESIS_PROFILE=explore` searches anew on every run.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from ecrecon.messages import set_language

_PATIENT = [HealthCheck.too_slow]
settings.register_profile("steady", deadline=None, derandomize=True, database=None, suppress_health_check=_PATIENT)
settings.register_profile("explore", deadline=None, suppress_health_check=_PATIENT)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


@pytest.fixture(autouse=True)
def _chinese_again() -> Iterator[None]:
    yield
    set_language("zh")
